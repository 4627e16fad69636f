"""The read-out in the window, driven with the mouse, and its widgets alone."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QLabel, QScrollArea
from pytestqt.qtbot import QtBot

from tests.samples import random_model, save_random_model
from tests.ui import panels
from tests.ui.conftest import OpenWindow
from tests.ui.driving import NONE, SHORT, click, drag, middle, pixel, retype, send_mouse
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.planes import AxesPlane, DigitsPlane
from vae_explorer.core.trust import RULE, Trust, TrustGauge
from vae_explorer.ui.decoder.trust_view import PENDING, TrustLight, TrustView
from vae_explorer.ui.main_window import MainWindow
from vae_explorer.ui.theme import ThemeSwitch

switch, large_font = panels.switch, panels.large_font

TRUST = Trust(-2.5, 0.4321, -3.0, 51.26, 1234, 7, 0.01, 0.0567, "on")


def measured(window: MainWindow, qtbot: QtBot) -> TrustView:
    """The read-out, when there is a gauge."""
    panel = window.decoder_panel
    qtbot.waitUntil(lambda: panel.meter.current, timeout=SHORT)
    return panel.trust


def expected(window: MainWindow) -> Trust:
    model = window.session.model
    assert model is not None
    return TrustGauge(model.snapshot, model.posterior).read(window.selection.z)


def test_until_the_gauge_is_ready_rows_are_pending(window: MainWindow, qtbot: QtBot) -> None:
    view = window.decoder_panel.trust
    if window.decoder_panel.meter.gauge is None:
        assert view.light.verdict is None
        assert view.figures["prior"].text == PENDING
        assert view.figures["nearest"].text != PENDING
    measured(window, qtbot)
    assert view.light.verdict is not None
    assert PENDING not in {figure.text for figure in view.figures.values()}


def test_the_light_follows_the_cursor_in_a_drag(window: MainWindow, qtbot: QtBot) -> None:
    view, map_ = measured(window, qtbot), window.map_panel.map
    model = window.session.model
    assert model is not None
    gauge = TrustGauge(model.snapshot, model.posterior)
    corner = map_.getViewBox().viewRect().bottomRight()
    far = pixel(map_, corner.x() * 0.98, corner.y() * 0.98)
    words: list[str] = []
    send_mouse(map_.viewport(), QEvent.Type.MouseButtonPress, pixel(map_, 0.2, 0.0))
    for spot in (*(pixel(map_, x, 0.0) for x in (0.6, 1.0, 1.6, 2.4)), far):
        send_mouse(map_.viewport(), QEvent.Type.MouseMove, spot, NONE)
        QCoreApplication.processEvents()
        assert view.light.verdict == gauge.read(window.selection.z).verdict
        words.append(view.light.text)
    send_mouse(map_.viewport(), QEvent.Type.MouseButtonRelease, far, buttons=NONE)
    assert words[0] == "On the data"
    assert words[-1] == "Off the data"
    assert "Off the data" in view.light.accessibleName()


@pytest.mark.parametrize("place", [(0.5, 0.5), (-2.0, 1.0), (3.0, 3.0)])
def test_the_figures_are_those_of_the_gauge(
    window: MainWindow, place: tuple[float, float], qtbot: QtBot
) -> None:
    view, map_ = measured(window, qtbot), window.map_panel.map
    click(map_.viewport(), pixel(map_, *place))
    QCoreApplication.processEvents()
    trust, texts = expected(window), {key: figure.text for key, figure in view.figures.items()}
    assert texts["prior"] == f"{trust.prior_log_density:.2f} nats".replace("-", "−")
    assert texts["within"] == f"{trust.within_sigma:,}"
    assert texts["drift"] == f"{trust.drift:.3f}"
    assert texts["distance"] == f"{trust.distance:.3f}"
    assert texts["nearest"].endswith(f"(#{trust.nearest})")
    for key, share in (("outside", 100 * trust.prior_outside), ("density", trust.data_percentile)):
        assert texts[key] in (f"{share:.1f} %", "< 0.1 %", "> 99.9 %")
    assert view.light.verdict == trust.verdict


def test_newer_weights_with_the_same_posterior_keep_gauge_and_figures(
    window: MainWindow, qtbot: QtBot
) -> None:
    view, model = measured(window, qtbot), window.session.model
    assert model is not None
    gauge, texts = window.decoder_panel.meter.gauge, [f.text for f in view.figures.values()]
    window.session.show(replace(model, snapshot=random_model(model.snapshot.config)))
    assert window.decoder_panel.meter.gauge is gauge
    assert [f.text for f in view.figures.values()] == texts


def test_a_later_moment_of_a_run_says_that_the_figures_are_older(window: MainWindow, qtbot: QtBot) -> None:
    view, model, images = measured(window, qtbot), window.session.model, window.session.images
    assert model is not None
    assert images is not None
    window.session.show(replace(model, run="r"))
    snapshot = random_model(model.snapshot.config)
    window.session.show(replace(model, run="r", snapshot=snapshot, posterior=snapshot.encode(images.images)))
    QCoreApplication.processEvents()
    assert view.light.verdict is not None
    assert "a moment ago" in [label.text() for label in view.findChildren(QLabel)]


@pytest.mark.parametrize("latent", [1, 20, 60])
def test_any_latent_size(open_window: OpenWindow, tmp_path: Path, latent: int, qtbot: QtBot) -> None:
    path = save_random_model(tmp_path / "m.safetensors", VAEConfig(hidden=(24,), latent=latent), seed=1)
    window = open_window(path)
    view = measured(window, qtbot)
    window.moves.move(np.full(latent, 0.5))
    trust = expected(window)
    qtbot.waitUntil(lambda: view.figures["drift"].text == f"{trust.drift:.3f}", timeout=SHORT)
    assert view.light.verdict == trust.verdict


def test_a_hidden_dock_measures_nothing_and_is_right_when_it_comes_back(
    window: MainWindow, qtbot: QtBot
) -> None:
    view = measured(window, qtbot)
    before = view.figures["prior"].text
    dock = next(dock for dock in window.docks.all if dock.objectName() == "decoder")
    dock.hide()
    window.moves.move(np.array([1.5, -0.5]))
    assert view.figures["prior"].text == before
    dock.show()
    trust = expected(window)
    assert view.figures["prior"].text == f"{trust.prior_log_density:.2f} nats".replace("-", "−")


def test_all_of_the_dock_is_seen_in_a_window_of_usual_size(window: MainWindow, qtbot: QtBot) -> None:
    panel = window.decoder_panel
    measured(window, qtbot)
    area = panel.parentWidget().parentWidget()
    assert isinstance(area, QScrollArea)
    window.resize(1440, 900)
    # What is below the fold of the small window of a test would leave it a scroll bar.
    dock = next(dock for dock in window.docks.all if dock.objectName() == "decoder")
    window.resizeDocks([dock], [360], Qt.Orientation.Horizontal)
    qtbot.waitUntil(lambda: area.verticalScrollBar().maximum() == 0, timeout=SHORT)
    window.resizeDocks([dock], [320], Qt.Orientation.Horizontal)
    QCoreApplication.processEvents()
    assert area.verticalScrollBar().maximum() == 0
    assert panel.reconstructions.geometry().bottom() < area.viewport().height()


# The widgets alone


@pytest.fixture
def view(qtbot: QtBot) -> TrustView:
    view = TrustView()
    qtbot.addWidget(view)
    return view


def test_each_row_and_the_light_explain_themselves(view: TrustView) -> None:
    assert view.light.toolTip() == RULE
    assert all(figure.toolTip() for figure in view.figures.values())
    view.show_trust(TRUST)
    assert view.figures["within"].accessibleName() == "Digits in 1 σ: 1,234"


@pytest.mark.parametrize(
    ("share", "text"),
    [(0, "0.0 %"), (1e-6, "< 0.1 %"), (0.5, "50.0 %"), (1 - 1e-6, "> 99.9 %"), (1, "100.0 %")],
)
def test_a_share_is_not_rounded_to_none_or_all(view: TrustView, share: float, text: str) -> None:
    view.show_trust(replace(TRUST, prior_outside=share))
    assert view.figures["outside"].text == text


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_is_a_dash(view: TrustView, value: float) -> None:
    view.show_trust(replace(TRUST, drift=value))
    assert view.figures["drift"].text == "–"


def test_new_figures_lay_nothing_out_again(view: TrustView) -> None:
    view.show_trust(TRUST)
    hint = view.sizeHint()
    view.show_trust(replace(TRUST, prior_log_density=-123456.7, within_sigma=0, verdict="between"))
    assert view.sizeHint() == hint


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_lights_differ_in_shape_and_not_only_in_colour(switch: ThemeSwitch, theme: str, qtbot: QtBot) -> None:
    switch.set_theme("dark" if theme == "dark" else "light")
    light = TrustLight()
    qtbot.addWidget(light)
    light.resize(light.sizeHint())
    shapes = set()
    for verdict in ("on", "between", "off"):
        light.show_verdict(verdict)
        shapes.add(_lamp(light))
    assert len(shapes) == 3


def _lamp(light: TrustLight) -> tuple[bool, ...]:
    """Which pixels of the lamp are not the background."""
    image = light.grab().toImage()
    words = light.fontMetrics().horizontalAdvance(light.text)
    left = light.width() - words - 1 - 8 - 12
    ground = QColor(image.pixelColor(QPoint(light.width() - words - 6, 0))).name()
    top = (light.height() - 12) // 2
    return tuple(image.pixelColor(left + x, top + y).name() != ground for y in range(12) for x in range(12))


def test_large_letters_fit(large_font: None, view: TrustView) -> None:
    view.resize(view.sizeHint())
    view.show_trust(replace(TRUST, prior_log_density=-99.99))
    prior = view.figures["prior"]
    assert prior.fontMetrics().horizontalAdvance(prior.text) <= prior.sizeHint().width()


# Off the plane of the map


@pytest.fixture
def ten(open_window: OpenWindow, tmp_path: Path) -> MainWindow:
    """A window with a model of ten latent dimensions."""
    return open_window(save_random_model(tmp_path / "ten.safetensors", VAEConfig(hidden=(24,), latent=10)))


def said_off_plane(window: MainWindow) -> str | None:
    """What the row says, if it is to be seen."""
    QCoreApplication.processEvents()
    view = window.decoder_panel.trust
    names = [label for label in view.findChildren(QLabel) if label.text() == "Off the plane"]
    assert len(names) == 1
    figure = view.figures["off_plane"]
    assert names[0].isVisible() == figure.isVisible()
    return figure.text if figure.isVisible() else None


def distance_off_plane(window: MainWindow) -> float:
    """From the cursor to the nearest point of the plane."""
    model, z = window.session.model, window.selection.z
    assert model is not None
    plane = model.projection
    return float(np.linalg.norm(z - plane.lift(plane.project(z), plane.origin)))


def test_the_row_says_how_far_off_the_plane_a_digit_is(ten: MainWindow) -> None:
    model, map_ = ten.session.model, ten.map_panel.map
    assert model is not None
    ten.selection.move_to(model.posterior.mu[17])
    distance = distance_off_plane(ten)
    assert distance > 0.1
    assert said_off_plane(ten) == f"{distance:.3f}"
    # Along the plane the distance stays, however one drags.
    start = middle(map_)
    drag(map_.viewport(), [start, start + QPoint(40, 25), start + QPoint(80, -30)])
    assert np.abs(ten.selection.z - model.posterior.mu[17]).max() > 0.01
    assert said_off_plane(ten) == f"{distance:.3f}"


def test_a_typed_coordinate_changes_it_at_once(ten: MainWindow, qtbot: QtBot) -> None:
    plane = AxesPlane(1, 3)
    ten.exploration.plane_control.choose(plane)
    qtbot.waitUntil(lambda: ten.session.model is not None and ten.session.model.plane == plane, timeout=SHORT)
    ten.selection.move_to(np.array([0.0, 5, 0, 5, 0, 0, 0, 0, 0, 0]))
    assert said_off_plane(ten) is None
    retype(ten.decoder_panel.coordinates.field(0), "3")
    assert said_off_plane(ten) == "3.000"
    retype(ten.decoder_panel.coordinates.field(2), "-4")
    assert said_off_plane(ten) == "5.000"
    # One of the two axes of the map.
    retype(ten.decoder_panel.coordinates.field(1), "1")
    assert said_off_plane(ten) == "5.000"


def test_another_plane_is_at_another_distance(ten: MainWindow, qtbot: QtBot) -> None:
    model = ten.session.model
    assert model is not None
    ten.selection.move_to(model.posterior.mu[30])
    before = said_off_plane(ten)
    assert before is not None
    ten.exploration.plane_control.choose(DigitsPlane(30, 4, 8))
    # The digit lies on this one.
    qtbot.waitUntil(lambda: said_off_plane(ten) is None, timeout=SHORT)
    ten.undo_stack.undo()
    qtbot.waitUntil(lambda: said_off_plane(ten) == before, timeout=SHORT)


@pytest.mark.parametrize("latent", [1, 2])
def test_nothing_is_off_the_plane_in_up_to_two_dimensions(
    open_window: OpenWindow, tmp_path: Path, latent: int
) -> None:
    path = save_random_model(tmp_path / "m.safetensors", VAEConfig(hidden=(24,), latent=latent))
    window = open_window(path)
    window.selection.move_to(np.full(latent, 3.3))
    assert said_off_plane(window) is None
