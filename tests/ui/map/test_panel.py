from dataclasses import replace

import numpy as np
from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from tests.samples import random_model
from tests.ui.conftest import OpenWindow
from tests.ui.driving import LEFT, SHORT, click, hover, pixel
from vae_explorer.core.data import ImageSet
from vae_explorer.core.snapshot import Posterior
from vae_explorer.state.session import OpenModel
from vae_explorer.ui.main_window import MainWindow
from vae_explorer.ui.widgets.image_view import to_image


def thumbnail_of(window: MainWindow) -> tuple[QImage | None, str]:
    thumbnail = window.map_panel._thumbnail
    assert not thumbnail.isHidden()
    return thumbnail._view.image, thumbnail._text.text()


def test_hovering_shows_the_digit_itself(window: MainWindow, few_digits: ImageSet, qtbot: QtBot) -> None:
    map_, model = window.map_panel.map, window.session.model
    assert model is not None
    with qtbot.waitSignal(map_.digit_hovered) as hovered:
        hover(map_.viewport(), pixel(map_, *model.posterior.mu[5]))
    index = hovered.args[0]
    image, text = thumbnail_of(window)
    assert image == to_image(few_digits.picture(index))
    assert text == f"Digit {few_digits.labels[index]}\n#{index}"


def test_the_thumbnail_stays_inside_the_map(window: MainWindow) -> None:
    map_, model = window.map_panel.map, window.session.model
    assert model is not None
    for place in model.posterior.mu[:80]:
        hover(map_.viewport(), pixel(map_, *place))
        if not window.map_panel._thumbnail.isHidden():
            assert map_.rect().contains(window.map_panel._thumbnail.geometry())


def test_the_thumbnail_goes_when_the_pointer_leaves_or_a_button_is_pressed(window: MainWindow) -> None:
    map_, model = window.map_panel.map, window.session.model
    assert model is not None
    spot = pixel(map_, *model.posterior.mu[5])
    hover(map_.viewport(), spot)
    click(map_.viewport(), spot)
    assert window.map_panel._thumbnail.isHidden()
    hover(map_.viewport(), spot)
    assert not window.map_panel._thumbnail.isHidden()
    QApplication.sendEvent(map_.viewport(), QEvent(QEvent.Type.Leave))
    QApplication.sendEvent(map_, QEvent(QEvent.Type.Leave))
    assert window.map_panel._thumbnail.isHidden()


def test_the_caption_says_what_the_points_are(window: MainWindow) -> None:
    assert window.map_panel._caption.text() == "600 test digits"


def test_the_ring_marks_the_digit_nearest_to_the_cursor(window: MainWindow) -> None:
    map_, model = window.map_panel.map, window.session.model
    assert model is not None
    click(map_.viewport(), pixel(map_, *model.posterior.mu[44]))
    distances = ((model.posterior.mu - window.selection.z) ** 2).sum(1)
    ring = map_._points.nearest_ring.pos()
    nearest = model.posterior.mu[distances.argmin()]
    assert (ring.x(), ring.y()) == tuple(map(float, nearest))


def test_hints_stand_on_the_map_until_dismissed_and_never_come_again(
    open_window: OpenWindow, qtbot: QtBot
) -> None:
    first = open_window()
    hints = first.map_panel.hints
    assert hints.isVisible()
    assert first.map_panel.map.rect().contains(hints.geometry())
    assert [word for word in ("Click", "Drag", "Train") if word in words_of(hints)] == [
        "Click",
        "Drag",
        "Train",
    ]
    qtbot.mouseClick(hints.findChild(QPushButton), LEFT)
    assert not hints.isVisible()
    first.close()
    assert not open_window().map_panel.hints.isVisible()


def words_of(widget: object) -> list[str]:
    return [label.text() for label in widget.findChildren(QLabel)]  # type: ignore[attr-defined]


def test_the_hints_move_with_the_map(window: MainWindow) -> None:
    window.resize(1280, 800)
    QApplication.processEvents()
    map_, hints = window.map_panel.map, window.map_panel.hints
    assert map_.rect().contains(hints.geometry())
    assert abs(hints.geometry().center().x() - map_.rect().center().x()) <= 2


# A model in training


def snapshot_of_run(window: MainWindow, factor: float, run: object = "one") -> OpenModel:
    """What is open, as if it were a snapshot of a run that has its digits elsewhere."""
    model = window.session.model
    assert model is not None
    posterior = Posterior(model.posterior.mu[:, ::-1] * np.float32(factor), model.posterior.logvar)
    return replace(model, posterior=posterior, origin="training", run=run)  # type: ignore[arg-type]


def test_points_of_one_run_glide_and_those_of_another_model_do_not(window: MainWindow, qtbot: QtBot) -> None:
    map_ = window.map_panel.map
    first, second = snapshot_of_run(window, 1.0), snapshot_of_run(window, 0.9)
    window.session.show(first)
    assert not map_.gliding
    window.session.show(second)
    assert map_.gliding
    np.testing.assert_array_equal(map_.places, first.posterior.mu)
    qtbot.waitUntil(lambda: not map_.gliding, timeout=SHORT)
    np.testing.assert_array_equal(map_.places, second.posterior.mu)
    window.session.show(snapshot_of_run(window, 1.1, "two"))
    assert not map_.gliding


def test_newer_weights_alone_do_not_touch_the_points(window: MainWindow) -> None:
    model, map_ = snapshot_of_run(window, 1.0), window.map_panel.map
    window.session.show(model)
    painted: list[object] = []
    map_.viewport().installEventFilter(paints := Paints(painted))
    painted.append("the first")
    while painted:
        # The first picture shows how much room the axes need, and is painted once more with that.
        painted.clear()
        QApplication.processEvents()
    newer = replace(model, snapshot=random_model(model.snapshot.config))
    window.session.show(newer)
    QApplication.processEvents()
    assert not painted
    assert not map_.gliding
    # The map goes on with the newer model.
    click(map_.viewport(), pixel(map_, 0.5, 0.5))
    np.testing.assert_allclose(window.selection.z, map_.cursor_xy)
    QApplication.processEvents()
    assert painted
    map_.viewport().removeEventFilter(paints)


class Paints(QObject):
    """Notes when a widget is painted."""

    def __init__(self, painted: list[object]) -> None:
        super().__init__()
        self._painted = painted

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self._painted.append(watched)
        return False


def test_there_is_no_timeline_for_a_model_from_a_file(window: MainWindow) -> None:
    assert window.map_panel.timeline.isHidden()
    assert window.map_panel.timeline.parent() is window.map_panel


def test_the_background_bar_lies_beneath_the_map_and_fits_a_small_window(window: MainWindow) -> None:
    window.resize(1280, 800)
    QApplication.processEvents()
    panel = window.map_panel
    bar = panel.background
    assert panel.rect().contains(bar.geometry())
    assert bar.geometry().top() > panel.map.geometry().bottom()
    bar.show_layer("density", (-13.1, -1.1))
    QApplication.processEvents()
    assert window.width() == 1280
    for part in (bar.layers, bar.opacity, bar.scale, bar.sentence):
        assert part.isVisible()
        assert bar.rect().contains(part.geometry())
