import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from vae_explorer.ui.map.point_cloud import PointCloud
from vae_explorer.ui.map.point_density import PointDensity

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
    cloud.set_shown(np.array([False, True]))
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


def test_what_is_not_picked_turns_gray_and_lies_below(plot: pg.PlotWidget) -> None:
    cloud = cloud_on(plot, np.array([[0.0, 0.0], [0.0, 0.0], [0.5, 0.5]]), np.array([0, 1, 1]))
    cloud.set_gray("#777777")
    cloud.set_picked(np.array([True, False, False]))
    assert color_at(plot, 0, 0) == QColor(RED)
    assert color_at(plot, 0.5, 0.5) == QColor("#777777")
    cloud.set_picked(None)
    assert color_at(plot, 0, 0) == QColor(BLUE)
    assert color_at(plot, 0.5, 0.5) == QColor(BLUE)


def test_other_colours_can_lie_in_another_order(plot: pg.PlotWidget) -> None:
    cloud = cloud_on(plot, np.array([[0.0, 0.0], [0.0, 0.0]]), np.array([0, 1]))
    palette = ("#00ff00", "#ff00ff", "#00ffff")
    cloud.recolor(palette, np.array([2, 0]), np.array([0, 0]))
    assert color_at(plot, 0, 0) == QColor("#00ff00")
    cloud.recolor(palette, np.array([2, 0]), np.array([1, 0]))
    assert color_at(plot, 0, 0) == QColor("#00ffff")
    cloud.recolor(palette, np.array([2, 1]))
    assert color_at(plot, 0, 0) == QColor("#00ffff")


def test_dots_can_be_larger_and_fainter(plot: pg.PlotWidget) -> None:
    cloud = cloud_on(plot, np.array([[0.0, 0.0]]), np.array([0]))

    def ink() -> float:
        middle = plot.mapFromScene(plot.getViewBox().mapViewToScene(pg.Point(0, 0)))
        around = plot.grab(QRect(middle.x() - 8, middle.y() - 8, 16, 16)).toImage()
        return float((255 - pixels(around)[..., 0].astype(float)).sum())

    cloud.set_dots(2, 1)
    small = ink()
    cloud.set_dots(7, 1)
    large = ink()
    assert large > 4 * small
    cloud.set_dots(7, 0.5)
    assert ink() == pytest.approx(large / 2, rel=0.1)


@pytest.fixture
def crowd(plot: pg.PlotWidget) -> PointCloud:
    """More points than are drawn one by one: red ones on the left, blue ones on the right."""
    xy = np.random.default_rng(0).uniform(-1, 1, (120_000, 2))
    return cloud_on(plot, xy, (xy[:, 0] > 0).astype(np.uint8))


def test_very_many_points_are_an_image_of_their_density(
    plot: pg.PlotWidget, crowd: PointCloud, qtbot: QtBot
) -> None:
    assert crowd.as_density
    image = pixels(plot.grab().toImage())
    width = image.shape[1]
    left, right = (
        image[100:300, columns, :3].reshape(-1, 3).mean(0)
        for columns in (slice(width // 4, width // 3), slice(2 * width // 3, 3 * width // 4))
    )
    # Blue, green, red, each 255 where nothing is.
    assert left[2] > 250 > left[0] + 20
    assert right[0] > 250 > right[2] + 20
    with qtbot.waitSignal(crowd.density_changed) as changed:
        plot.setRange(xRange=(0, 0.2), yRange=(0, 0.2), padding=0)
    assert changed.args == [False]
    assert crowd._density is not None
    assert crowd._density.count_in(crowd.boundingRect()) == pytest.approx(1200, rel=0.2)
    with qtbot.waitSignal(crowd.density_changed) as changed:
        plot.setRange(xRange=(-1, 1), yRange=(-1, 1), padding=0)
    assert changed.args == [True]


def test_hiding_most_of_very_many_points_shows_single_ones(crowd: PointCloud) -> None:
    shown = np.zeros(120_000, bool)
    shown[:500] = True
    crowd.set_shown(shown)
    assert not crowd.as_density
    crowd.set_shown(np.zeros(120_000, bool))
    assert not crowd.as_density


def test_very_many_points_in_one_place_can_be_drawn(plot: pg.PlotWidget) -> None:
    cloud = cloud_on(plot, np.zeros((110_000, 2)), np.zeros(110_000, np.uint8))
    assert cloud.as_density
    plot.grab()
    assert cloud._density is not None
    assert cloud._density.count_in(cloud.boundingRect()) == 110_000


def test_points_that_are_not_picked_are_gray_in_the_image_of_their_density(
    plot: pg.PlotWidget, crowd: PointCloud
) -> None:
    crowd.set_gray("#00ff00")
    colored = pixels(plot.grab().toImage())
    left = crowd._x < 0
    crowd.set_picked(left)
    picked = pixels(plot.grab().toImage())
    middle = picked.shape[1] // 2
    # The red ones keep their colour, and the blue ones lose theirs.
    np.testing.assert_array_equal(picked[:, : middle - 60], colored[:, : middle - 60])
    green = picked[100:300, middle + 60 : -60, :3].reshape(-1, 3).mean(0)
    assert green[1] > 250 > green[0] + 20
    assert green[1] > 250 > green[2] + 20
    crowd.set_picked(None)
    np.testing.assert_array_equal(pixels(plot.grab().toImage()), colored)


def test_density_counts_every_point() -> None:
    xy = np.random.default_rng(1).normal(size=(5000, 2))
    density = PointDensity(xy[:, 0], xy[:, 1])
    assert density.count_in(density.rect) == 5000
    assert density.count_in(QRectF(-1, -1, 2, 2)) == pytest.approx((np.abs(xy) < 1).all(1).sum(), abs=15)
    assert density.count_in(QRectF(50, 50, 1, 1)) == 0
