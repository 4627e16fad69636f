import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from vae_explorer.ui.map.point_cloud import PointCloud

RED, BLUE = "#ff0000", "#0000ff"


@pytest.fixture
def plot(qapp: QApplication, qtbot: QtBot) -> pg.PlotWidget:
    plot = pg.PlotWidget(background="#ffffff")
    plot.resize(400, 400)
    plot.setRange(xRange=(-1, 1), yRange=(-1, 1), padding=0)
    qtbot.addWidget(plot)
    with qtbot.waitExposed(plot):
        plot.show()
    return plot


def cloud_on(plot: pg.PlotWidget, xy: np.ndarray, classes: np.ndarray) -> PointCloud:
    cloud = PointCloud((RED, BLUE), diameter=5, alpha=1)
    plot.addItem(cloud, ignoreBounds=True)
    cloud.set_points(xy, classes)
    return cloud


def color_at(plot: pg.PlotWidget, x: float, y: float) -> QColor:
    pixel = plot.mapFromScene(plot.getViewBox().mapViewToScene(pg.Point(x, y)))
    return plot.grab().toImage().pixelColor(pixel)


def pixels(image: QImage) -> np.ndarray:
    converted = image.convertToFormat(QImage.Format.Format_RGB32)
    rows = np.frombuffer(converted.constBits(), np.uint8).reshape(converted.height(), -1, 4)
    return rows[:, : converted.width()].copy()


def test_each_point_has_its_colour_at_its_place(plot: pg.PlotWidget) -> None:
    cloud_on(plot, np.array([[-0.5, 0.5], [0.5, -0.25]]), np.array([0, 1]))
    assert color_at(plot, -0.5, 0.5) == QColor(RED)
    assert color_at(plot, 0.5, -0.25) == QColor(BLUE)
    assert color_at(plot, 0, 0) == QColor("#ffffff")


def test_points_stay_at_their_places_when_the_view_moves(plot: pg.PlotWidget) -> None:
    cloud_on(plot, np.array([[-0.5, 0.5], [0.5, -0.25]]), np.array([0, 1]))
    plot.setRange(xRange=(0, 1), yRange=(-0.5, 0.5), padding=0)
    assert color_at(plot, 0.5, -0.25) == QColor(BLUE)


def test_a_later_class_lies_on_an_earlier_one_and_can_be_hidden(plot: pg.PlotWidget) -> None:
    cloud = cloud_on(plot, np.array([[0.0, 0.0], [0.0, 0.0]]), np.array([1, 0]))
    assert color_at(plot, 0, 0) == QColor(BLUE)
    cloud.set_shown(np.array([True, False]))
    assert color_at(plot, 0, 0) == QColor(RED)
    cloud.set_shown(np.array([False, False]))
    assert color_at(plot, 0, 0) == QColor("#ffffff")


def test_no_points_draw_nothing(plot: pg.PlotWidget) -> None:
    cloud = cloud_on(plot, np.array([[0.0, 0.0]]), np.array([0]))
    cloud.set_points(np.empty((0, 2)), np.empty(0, np.uint8))
    assert color_at(plot, 0, 0) == QColor("#ffffff")


def test_a_part_is_painted_as_it_is_in_the_whole(plot: pg.PlotWidget) -> None:
    rng = np.random.default_rng(0)
    cloud_on(plot, rng.uniform(-1, 1, (3000, 2)), rng.integers(0, 2, 3000))
    part = QRect(133, 117, 61, 47)
    whole = pixels(plot.grab().toImage())
    rows, columns = slice(part.top(), part.bottom() + 1), slice(part.left(), part.right() + 1)
    np.testing.assert_array_equal(pixels(plot.grab(part).toImage()), whole[rows, columns])
    assert len(np.unique(whole[rows, columns].reshape(-1, 4), axis=0)) > 2


def test_the_same_points_move_elsewhere_with_their_colours(plot: pg.PlotWidget) -> None:
    cloud = cloud_on(plot, np.array([[0.5, 0.5], [-0.5, 0.5]]), np.array([1, 0]))
    cloud.move_points(np.array([[0.5, -0.5], [-0.5, -0.5]]))
    assert color_at(plot, 0.5, -0.5) == QColor(BLUE)
    assert color_at(plot, -0.5, -0.5) == QColor(RED)
    assert color_at(plot, 0.5, 0.5) == QColor("#ffffff")
