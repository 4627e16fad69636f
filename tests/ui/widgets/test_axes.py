import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtWidgets import QApplication

from vae_explorer.ui.widgets.axes import DimensionAxis, EpochAxis, ValueAxis, log_ticks


@given(st.floats(-5, 5), st.floats(0.01, 6), st.integers(2, 12))
def test_logarithmic_ticks_are_few_round_and_inside(low: float, span: float, most: int) -> None:
    ticks = log_ticks(low, low + span, most)
    assert all(10**low * (1 - 1e-9) <= tick <= 10 ** (low + span) * (1 + 1e-9) for tick in ticks)
    assert ticks == sorted(set(ticks))
    assert len(ticks) <= most + 1


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(100, 250, [100, 150, 200, 250]), (1, 1000, [1, 3, 10, 30, 100, 300, 1000])],
)
def test_a_training_gets_ticks_that_can_be_read(low: float, high: float, expected: list[float]) -> None:
    assert log_ticks(math.log10(low), math.log10(high) + 1e-9, 7 if high > 500 else 4) == pytest.approx(
        expected
    )


def test_axes_write_what_ticks_stand_for(qapp: QApplication) -> None:
    axis = ValueAxis("left")
    assert axis.tickStrings([-20.0], 1, 10) == ["−20"]
    axis.set_logarithmic(True)
    assert axis.tickStrings([2.0, -1.0], 1, 1) == ["100", "0.1"]
    assert EpochAxis("bottom").tickStrings([-1.0, 0.0, 100000.0], 1, 1) == ["", "0", "100,000"]


def test_dimensions_are_named_where_there_is_room(qapp: QApplication) -> None:
    axis = DimensionAxis("bottom")
    assert axis.tickValues(-0.7, 9.7, 300) == []
    axis.set_names(("3", "1", "2"))
    (_, places), *_ = axis.tickValues(-0.7, 2.7, 300)
    assert axis.tickStrings(places, 1, 1) == ["3", "1", "2"]
    axis.set_names(tuple(map(str, range(1, 4097))))
    (_, places), *_ = axis.tickValues(-0.7, 4095.7, 300)
    assert 2 <= len(places) <= 9
    (_, places), *_ = axis.tickValues(99.6, 103.4, 300)
    assert axis.tickStrings(places, 1, 1) == ["101", "102", "103", "104"]
