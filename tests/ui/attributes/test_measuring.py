"""Measures of two pictures: the right ones, and the newest ones."""

from collections.abc import Iterator

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from tests.waiting import SHORT
from vae_explorer.core.data import ImageSet
from vae_explorer.core.morphometry import measure
from vae_explorer.ui.attributes.measuring import Measuring
from vae_explorer.workers.jobs import Jobs


@pytest.fixture
def measuring(qapp: object) -> Iterator[Measuring]:
    measuring = Measuring(Jobs())
    yield measuring
    measuring.drop()


def test_both_pictures_are_measured(measuring: Measuring, qtbot: QtBot, sixty: ImageSet) -> None:
    pictures = sixty.images[:2].reshape(-1, 28, 28)
    with qtbot.waitSignal(measuring.measured, timeout=SHORT):
        measuring.want(*pictures)
    np.testing.assert_allclose(measuring.values, measure(pictures))


def test_the_newest_pair_is_what_remains(measuring: Measuring, qtbot: QtBot, sixty: ImageSet) -> None:
    pictures = sixty.images.reshape(-1, 28, 28)
    told: list[int] = []
    measuring.measured.connect(lambda: told.append(1))
    for k in range(50):
        measuring.want(pictures[0], pictures[k])
    qtbot.waitUntil(lambda: not measuring.busy, timeout=SHORT)
    assert measuring.values is not None
    np.testing.assert_allclose(measuring.values[1], measure(pictures[49:50])[0])
    assert len(told) <= 3


def test_what_is_dropped_is_not_shown(measuring: Measuring, qtbot: QtBot, sixty: ImageSet) -> None:
    pictures = sixty.images.reshape(-1, 28, 28)
    measuring.want(pictures[0], pictures[1])
    measuring.drop()
    qtbot.waitUntil(lambda: not measuring.busy, timeout=SHORT)
    assert measuring.values is None
    with qtbot.waitSignal(measuring.measured, timeout=SHORT):
        measuring.want(pictures[0], pictures[1])
    with qtbot.waitSignal(measuring.measured, timeout=SHORT):
        measuring.drop()
    assert measuring.values is None


def test_a_picture_without_ink_has_no_measures(measuring: Measuring, qtbot: QtBot, sixty: ImageSet) -> None:
    digit = sixty.images[0].reshape(28, 28)
    with qtbot.waitSignal(measuring.measured, timeout=SHORT):
        measuring.want(digit, np.zeros_like(digit))
    assert measuring.values is not None
    assert np.isfinite(measuring.values[0]).all()
    assert np.isnan(measuring.values[1]).all()
