from itertools import combinations

import numpy as np
import pyqtgraph as pg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QRectF
from pytestqt.qtbot import QtBot

from tests.ui import panels
from vae_explorer.ui.map.latent_map import LatentMap
from vae_explorer.ui.theme import ThemeSwitch
from vae_explorer.ui.widgets.axis import Axis

theme = panels.switch


@given(st.floats(-300, 300), st.floats(0.001, 500), st.floats(60, 2500))
def test_it_has_the_ticks_of_pyqtgraph(low: float, span: float, size: float) -> None:
    pg.mkQApp()
    found = Axis("left").tickValues(low, low + span, size)
    expected = pg.AxisItem("left").tickValues(low, low + span, size)
    assert [spacing for spacing, _ in found] == [spacing for spacing, _ in expected]
    for (spacing, values), (_, others) in zip(found, expected, strict=True):
        inside = [sorted(set(np.round(np.array(each) / spacing, 3))) for each in (values, others)]
        # Rounding decides on the two at the ends.
        assert len(set(inside[0]) ^ set(inside[1])) <= 2


@pytest.mark.parametrize("side", ["left", "bottom"])
@pytest.mark.parametrize(
    "view", [(-3.0, -2.0, 6.0, 5.0), (100.0, 200.0, 0.02, 0.02), (-4000.0, 0.0, 9000.0, 9000.0)]
)
def test_its_labels_have_room(
    side: str, view: tuple[float, float, float, float], theme: ThemeSwitch, qtbot: QtBot
) -> None:
    map_ = LatentMap(theme)
    qtbot.addWidget(map_)
    map_.resize(600, 400)
    axis = map_.getAxis(side)
    assert isinstance(axis, Axis)
    with qtbot.waitExposed(map_):
        map_.show()
    map_.getViewBox().setRange(QRectF(*view), padding=0)
    # The axis grows with the first picture.
    qtbot.waitUntil(lambda: all(room_of(axis).contains(rect) for rect, _ in labels_of(axis)), timeout=2000)
    labels = labels_of(axis)
    assert len(labels) >= 2
    assert len({text for _, text in labels}) == len(labels)
    for (one, _), (other, _) in combinations(labels, 2):
        assert not one.intersects(other)


def room_of(axis: Axis) -> QRectF:
    """With half a label at each end."""
    return axis.mapRectFromParent(axis.geometry()).adjusted(
        0 if axis.orientation == "left" else -30, -20, 30, 20
    )


def labels_of(axis: Axis) -> list[tuple[QRectF, str]]:
    room = axis.mapRectFromParent(axis.geometry())
    size = room.height() if axis.orientation == "left" else room.width()
    return list(axis.labels(axis.scene().font(), room, axis.tickValues(*axis.range, size)))
