import threading
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QDeadlineTimer
from pytestqt.qtbot import QtBot

from tests.samples import random_model
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.data import ByteArray
from vae_explorer.core.images import gray_levels, square
from vae_explorer.core.snapshot import ModelSnapshot
from vae_explorer.workers.decoding import Decoder


@pytest.fixture(scope="module")
def small() -> ModelSnapshot:
    return random_model(VAEConfig(hidden=(24,)))


@pytest.fixture(scope="module")
def large() -> ModelSnapshot:
    """Forty million parameters: too slow for the thread of the window."""
    return random_model(VAEConfig(hidden=(4096, 4096)))


@pytest.fixture
def decoder(qtbot: QtBot) -> Iterator[Decoder]:
    decoder = Decoder()
    yield decoder
    decoder.stop()
    assert decoder._thread is None or decoder._thread.isFinished()


def picture_at(snapshot: ModelSnapshot, z: NDArray[np.float64]) -> ByteArray:
    return square(gray_levels(snapshot.decode(z[None]))[0])


def test_a_small_model_answers_at_once(decoder: Decoder, small: ModelSnapshot) -> None:
    seen: list[ByteArray] = []
    decoder.decoded.connect(seen.append)
    for x in (0.0, 1.0, -3.0):
        z = np.array([x, 0.5])
        decoder.request(small, z)
        np.testing.assert_array_equal(seen[-1], picture_at(small, z))
    assert len(seen) == 3
    assert decoder._thread is None


def test_a_large_model_answers_from_another_thread(
    decoder: Decoder, large: ModelSnapshot, qtbot: QtBot
) -> None:
    threads: list[int] = []
    decoder.decoded.connect(lambda _picture: threads.append(threading.get_ident()))
    z = np.array([0.3, -0.3])
    with qtbot.waitSignal(decoder.decoded, timeout=15_000) as decoded:
        decoder.request(large, z)
        assert not threads
    # The product of a matrix and one vector may be summed in another order on another thread.
    np.testing.assert_allclose(decoded.args[0].astype(int), picture_at(large, z), atol=1)
    assert threads == [threading.get_ident()]


def test_the_newest_request_wins(decoder: Decoder, large: ModelSnapshot, qtbot: QtBot) -> None:
    seen: list[ByteArray] = []
    decoder.decoded.connect(seen.append)
    places = [np.array([x, 0.0]) for x in np.linspace(-1, 1, 50)]
    for z in places:
        decoder.request(large, z)
    qtbot.waitUntil(lambda: bool(seen), timeout=15_000)
    decoder.stop()
    # Of fifty points asked for in one breath only the last is drawn; the others were not waited for.
    assert len(seen) == 1
    np.testing.assert_allclose(seen[0].astype(int), picture_at(large, places[-1]), atol=1)


def test_a_stale_picture_is_dropped(
    decoder: Decoder, large: ModelSnapshot, small: ModelSnapshot, qtbot: QtBot
) -> None:
    seen: list[ByteArray] = []
    decoder.decoded.connect(seen.append)
    z = np.array([0.0, 0.0])
    decoder.request(large, z)
    patience = QDeadlineTimer(15_000)
    while decoder._worker.mailbox and not patience.hasExpired():
        pass  # until it is at work; no event arrives here meanwhile
    decoder.request(small, z)  # answers at once
    decoder.request(large, z + 1)
    qtbot.waitUntil(lambda: len(seen) == 2, timeout=15_000)
    np.testing.assert_array_equal(seen[0], picture_at(small, z))
    np.testing.assert_allclose(seen[1].astype(int), picture_at(large, z + 1), atol=1)


def test_after_stop_nothing_arrives(large: ModelSnapshot, qtbot: QtBot) -> None:
    decoder, seen = Decoder(), list[ByteArray]()
    decoder.decoded.connect(seen.append)
    decoder.request(large, np.zeros(2))
    decoder.stop()
    qtbot.waitUntil(lambda: decoder._thread is not None and decoder._thread.isFinished())
    assert not seen


def test_stop_without_a_thread(qtbot: QtBot) -> None:
    Decoder().stop()
