from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.ui.driving import SHORT
from vae_explorer.ui.map.glide import Glide, Way, eased


@pytest.fixture
def shares(qapp: QApplication) -> tuple[Glide, list[float]]:
    glide, shares = Glide(), list[float]()
    glide.moved.connect(shares.append)
    return glide, shares


@given(st.floats(0, 1), st.floats(0, 1))
def test_it_slows_down_and_never_turns_back(one: float, other: float) -> None:
    first, second = sorted((one, other))
    assert eased(0) == 0
    assert eased(1) == 1
    assert eased(first) <= eased(second)
    assert eased(first) >= first - 1e-12  # fast at first


arrays = hnp.arrays(np.float64, (4, 2), elements=st.floats(-1e3, 1e3))


@given(arrays, arrays, st.floats(0, 1))
def test_a_way_begins_and_ends_exactly_and_stays_between(
    start: np.ndarray, goal: np.ndarray, share: float
) -> None:
    way = Way(start, goal)
    np.testing.assert_array_equal(way.at(0), start)
    np.testing.assert_array_equal(way.at(1), goal)
    assert (way.at(share) >= np.minimum(start, goal) - 1e-9).all()
    assert (way.at(share) <= np.maximum(start, goal) + 1e-9).all()


def test_it_counts_up_to_one_and_ends(shares: tuple[Glide, list[float]], qtbot: QtBot) -> None:
    glide, seen = shares
    glide.start()
    assert glide.running
    qtbot.waitUntil(lambda: not glide.running, timeout=SHORT)
    assert seen[-1] == 1
    assert seen.count(1) == 1
    assert all(before < after for before, after in pairwise(seen))


def test_finishing_jumps_to_the_end_once(shares: tuple[Glide, list[float]]) -> None:
    glide, seen = shares
    glide.start()
    glide.finish()
    glide.finish()
    assert seen == [1]
    assert not glide.running


def test_stopping_stays_where_it_is(shares: tuple[Glide, list[float]], qtbot: QtBot) -> None:
    glide, seen = shares
    glide.start()
    qtbot.waitUntil(lambda: bool(seen), timeout=SHORT)
    glide.stop()
    assert not glide.running
    glide.finish()
    assert 1 not in seen


def test_starts_in_quick_succession_do_not_put_the_frames_off(
    shares: tuple[Glide, list[float]], qtbot: QtBot
) -> None:
    glide, seen = shares

    def start_again() -> bool:
        glide.start()
        return len(seen) >= 3

    qtbot.waitUntil(start_again, timeout=SHORT)
    assert 1 not in seen
    glide.stop()
