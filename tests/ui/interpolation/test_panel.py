"""The dock of the journey with real models: its rows, figures, plot and fields, with mouse and keyboard."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QComboBox, QDockWidget, QLabel, QMainWindow, QWidget
from pytestqt.qtbot import QtBot

from tests.ui.clipping import cut_off
from tests.ui.driving import choose, click, hold, retype
from tests.ui.interpolation.desk import PAIR, Desk
from tests.ui.panels import shown
from tests.waiting import SHORT
from vae_explorer.core.path_kinds import PATH_KINDS
from vae_explorer.core.strips import decoded_frames
from vae_explorer.state.journey import ClassAnchor, DigitAnchor, PlaceAnchor
from vae_explorer.ui.numbers import signed
from vae_explorer.ui.theme import ThemeSwitch

#: Where the list of what stands beside the strips has the plot of changes.
CHANGES = 2


def figures(desk: Desk, kind: str) -> list[str]:
    return [figure.text for figure in desk.row(kind).figures.values()]  # type: ignore[arg-type]


# To begin with


def test_before_there_are_two_anchors_it_says_what_to_do_and_has_an_example_at_hand(desk: Desk) -> None:
    beginning = desk.panel.beginning
    assert beginning.isVisible()
    desk.click(beginning.example)
    assert len(desk.plan.anchors) == 2
    assert all(isinstance(anchor, ClassAnchor) for anchor in desk.plan.anchors)
    assert desk.panel.view.isVisible()
    desk.wait()
    desk.stack.undo()
    assert desk.anchors == []
    assert beginning.isVisible()
    desk.stack.redo()
    desk.wait()


def test_one_anchor_is_no_path_yet(desk: Desk) -> None:
    desk.journey.add(DigitAnchor(7))
    assert desk.panel.beginning.isVisible()
    assert not desk.panel.beginning.example.isVisible()
    assert not desk.panel.player.play_button.isEnabled()
    assert not desk.panel.export.isEnabled()


# Rows


@pytest.mark.parametrize("latent", [1, 2, 3, 32])
def test_each_row_shows_what_the_decoder_draws_and_what_was_measured(desk: Desk, latent: int) -> None:
    desk.open(latent)
    desk.travel()
    for kind in PATH_KINDS:
        frames = decoded_frames(desk.model.snapshot, desk.points(kind))
        np.testing.assert_array_equal(desk.row(kind).strip.frames, frames)
        report = desk.panel.worker.report_of(kind)
        assert report is not None
        on_map, change, jump, data, mismatch = figures(desk, kind)
        assert float(on_map) == pytest.approx(report.latent_length, abs=0.051)
        assert change.endswith(" rad")
        assert jump == f"× {report.unevenness:.1f}"
        assert data == f"{report.percentile:.1f} %"
        assert mismatch.endswith(" nats")
        assert float(mismatch.removesuffix(" nats")) == pytest.approx(report.shortfall.max(), abs=0.051)
        tip = desk.row(kind).figures["shortfall"].toolTip()
        assert f"The lowest ELBO is −{-report.elbo.min():.0f} nats" in tip


def test_in_512_dimensions_there_are_paths_too(desk: Desk) -> None:
    desk.open(512)
    desk.travel()
    assert all(desk.panel.worker.is_measured(kind) for kind in PATH_KINDS)


def test_figures_of_a_path_that_has_changed_are_paler_until_they_are_measured_anew(desk: Desk) -> None:
    desk.travel()
    before = figures(desk, "geodesic")
    desk.journey.replace_anchor(1, PlaceAnchor((0.4, 0.9)))
    shown_figures = list(desk.row("geodesic").figures.values())
    assert figures(desk, "geodesic") == before
    assert not any(figure.isEnabled() for figure in shown_figures)
    desk.wait()
    assert figures(desk, "geodesic") != before
    assert all(figure.isEnabled() for figure in shown_figures)


def test_a_kind_is_hidden_and_shown_with_its_box(desk: Desk) -> None:
    desk.travel()
    desk.click(desk.row("linear").shown)
    assert "linear" not in desk.plan.kinds
    assert figures(desk, "linear") == ["–"] * 5
    assert desk.row("linear").pages.currentWidget() is not desk.row("linear").strip
    desk.stack.undo()
    desk.wait()
    assert desk.plan.kinds == PATH_KINDS
    assert desk.row("linear").pages.currentWidget() is desk.row("linear").strip


def test_hiding_the_chosen_kind_chooses_another(desk: Desk) -> None:
    desk.travel()
    desk.click(desk.row("geodesic").shown)
    assert desk.plan.chosen == "linear"
    assert desk.row("linear").name.isChecked()
    for kind in ("linear", "spherical", "neighbours"):
        desk.click(desk.row(kind).shown)
    assert desk.plan.kinds == ()
    assert not desk.panel.export.isEnabled()
    assert not desk.panel.player.play_button.isEnabled()


def test_a_click_on_its_name_chooses_a_kind(desk: Desk) -> None:
    desk.travel()
    desk.click(desk.row("neighbours").name)
    assert desk.plan.chosen == "neighbours"
    assert [kind for kind in PATH_KINDS if desk.row(kind).name.isChecked()] == ["neighbours"]
    assert not desk.stack.canUndo()


# Going to frames


def test_a_click_on_a_picture_goes_there(desk: Desk) -> None:
    desk.travel()
    before = desk.selection.z
    desk.drag_over("spherical", [5])
    assert desk.plan.chosen == "spherical"
    assert desk.journey.frame == 5
    np.testing.assert_array_equal(desk.selection.z, desk.points("spherical")[5])
    assert [desk.row(kind).strip.current for kind in PATH_KINDS] == [5] * 4
    desk.stack.undo()
    np.testing.assert_array_equal(desk.selection.z, before)
    assert not desk.stack.canUndo()


def test_a_drag_over_the_pictures_is_one_step(desk: Desk) -> None:
    desk.travel()
    before = desk.selection.z
    desk.drag_over("geodesic", [2, 4, 6, 9])
    np.testing.assert_array_equal(desk.selection.z, desk.points()[9])
    desk.stack.undo()
    np.testing.assert_array_equal(desk.selection.z, before)
    assert not desk.stack.canUndo()


def test_the_keys_go_from_picture_to_picture_and_a_key_that_is_held_is_one_step(desk: Desk) -> None:
    desk.travel()
    strip = desk.row("geodesic").strip
    strip.setFocus()
    hold(strip, Qt.Key.Key_Right, 3)
    assert desk.journey.frame == 4
    np.testing.assert_array_equal(desk.selection.z, desk.points()[4])
    desk.stack.undo()
    assert not desk.stack.canUndo()


# Fields


def test_the_number_of_frames_is_typed_and_undone(desk: Desk) -> None:
    desk.travel()
    desk.drag_over("geodesic", [15])
    retype(desk.panel.settings.steps, "9")
    desk.wait()
    assert len(desk.row("geodesic").strip.frames) == 9
    assert desk.journey.frame == 8
    desk.stack.undo()
    desk.wait()
    assert desk.plan.steps == 16
    assert desk.panel.settings.steps.value() == 16


def test_fewer_frames_than_anchors_are_not_to_be_had(desk: Desk) -> None:
    desk.travel(*(PlaceAnchor((x, 0.5)) for x in (0.0, 1.0, 2.0, 3.0, 4.0)))
    retype(desk.panel.settings.steps, "2")
    assert desk.plan.steps == desk.panel.settings.steps.value() == 5
    desk.wait()


def test_the_pace_is_chosen_and_makes_changes_even(desk: Desk) -> None:
    desk.travel()
    choose(desk.panel.settings.pace, 2, desk.qtbot)
    assert desk.plan.even == "decoder"
    desk.wait()
    report = desk.panel.worker.report_of("linear")
    assert report is not None
    assert report.unevenness < 1.2
    desk.stack.undo()
    assert desk.panel.settings.pace.currentIndex() == 0
    desk.wait()


def test_how_near_to_the_data_a_geodesic_stays_is_typed(desk: Desk) -> None:
    desk.travel()
    retype(desk.panel.settings.near_data, "0")
    assert desk.plan.near_data == 0
    desk.wait()
    straight, geodesic = (desk.panel.worker.report_of(kind) for kind in ("linear", "geodesic"))
    assert straight is not None
    assert geodesic is not None
    assert geodesic.decoder_length <= straight.decoder_length * 1.001
    desk.click(desk.row("geodesic").shown)
    assert not desk.panel.settings.near_data.isEnabled()


# The plot


def test_a_plot_stands_in_place_of_the_figures_and_a_click_on_it_goes_to_a_frame(desk: Desk) -> None:
    desk.travel()
    view, plot = desk.panel.view, desk.panel.view.plot
    assert view.rows.figures_shown
    assert plot.isHidden()
    choose(view.choice, CHANGES, desk.qtbot)
    desk.qtbot.waitUntil(plot.isVisible, timeout=SHORT)
    assert set(plot.curves) == set(PATH_KINDS)
    for kind in PATH_KINDS:
        report = desk.panel.worker.report_of(kind)
        assert report is not None
        x, y = plot.curves[kind].getData()
        np.testing.assert_allclose(x, 1.5 + np.arange(15))
        np.testing.assert_allclose(y, report.changes)
    assert desk.row("linear").figures["jump"].isHidden()
    high = float(plot.curves["linear"].getData()[1].max())
    QCoreApplication.processEvents()
    click(plot.viewport(), QPointF(plot.pixel_of(QPointF(11.0, high / 2))))
    desk.qtbot.waitUntil(lambda: desk.journey.frame == 10, timeout=SHORT)
    assert plot.marker.value() == 11
    np.testing.assert_array_equal(desk.selection.z, desk.points()[10])


@pytest.mark.parametrize(("row", "name"), [(3, "log_density"), (4, "shortfall"), (5, "elbo")])
def test_other_quantities_are_plotted_at_the_frames(desk: Desk, row: int, name: str) -> None:
    desk.travel()
    choose(desk.panel.view.choice, row, desk.qtbot)
    report = desk.panel.worker.report_of("geodesic")
    assert report is not None
    x, y = desk.panel.view.plot.curves["geodesic"].getData()
    np.testing.assert_allclose(x, 1.0 + np.arange(16))
    np.testing.assert_allclose(y, getattr(report, name))
    said = desk.panel.view.plot.accessibleDescription()
    values = getattr(report, name)
    low, high = (signed(float(value), 1) for value in (values.min(), values.max()))
    frame = int(values.argmax()) + 1
    assert f"Geodesic: from {low} to {high}, the highest at frame {frame}" in said


def test_the_keys_of_the_plot_step_and_play(desk: Desk) -> None:
    desk.travel()
    choose(desk.panel.view.choice, CHANGES, desk.qtbot)
    plot = desk.panel.view.plot
    plot.setFocus()
    QTest.keyClick(plot, Qt.Key.Key_Right)
    assert desk.journey.frame == 1
    QTest.keyClick(plot, Qt.Key.Key_Space)
    assert desk.is_playing()
    QTest.keyClick(plot, Qt.Key.Key_Space)
    assert not desk.is_playing()


# Following


def test_another_model_draws_the_same_journey_anew(desk: Desk) -> None:
    desk.travel()
    before = desk.row("linear").strip.frames
    desk.open(seed=1)
    desk.wait()
    assert (desk.row("linear").strip.frames != before).any()
    frames = decoded_frames(desk.model.snapshot, desk.points("geodesic"))
    np.testing.assert_array_equal(desk.row("geodesic").strip.frames, frames)


def test_newer_weights_with_the_same_means_change_nothing(desk: Desk) -> None:
    desk.session.show(replace(desk.model, run="r"))
    desk.travel()
    found = desk.panel.worker.found_of("linear")
    desk.session.show(replace(desk.model, epoch=1.5))
    assert desk.panel.worker.found_of("linear") is found
    assert not desk.panel.worker.busy


def test_nothing_is_computed_or_drawn_while_it_lies_behind_another_dock(desk: Desk, qtbot: QtBot) -> None:
    window, dock, other = QMainWindow(), QDockWidget("a"), QDockWidget("b")
    desk.panel.setParent(None)
    dock.setWidget(desk.panel)
    other.setWidget(QWidget())
    for each in (dock, other):
        window.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, each)
    window.tabifyDockWidget(dock, other)
    window.resize(900, 500)
    with shown(window, qtbot):
        qtbot.waitUntil(lambda: not other.visibleRegion().isEmpty(), timeout=SHORT)
        dock.raise_()
        desk.travel()
        other.raise_()
        qtbot.waitUntil(lambda: desk.panel.visibleRegion().isEmpty(), timeout=SHORT)
        found = desk.panel.worker.found_of("linear")
        desk.journey.replace_anchor(1, PlaceAnchor((0.4, 0.9)))
        assert desk.panel.worker.found_of("linear") is found
        assert not desk.panel.map_paths.lines.isVisible() or not desk.panel.map_paths.lines.paths
        dock.raise_()
        desk.wait()
        assert desk.panel.worker.found_of("linear") is not found
        # Back to where the fixture takes it from.
        desk.panel.setParent(desk.host)


# Bad input


def test_two_anchors_at_one_place_count_as_one_and_all_rows_stay(desk: Desk) -> None:
    desk.travel(DigitAnchor(7), DigitAnchor(2), DigitAnchor(11))
    apart = {kind: desk.points(kind) for kind in PATH_KINDS}
    desk.journey.set(replace(desk.plan, anchors=tuple(DigitAnchor(i) for i in (7, 7, 2, 11))))
    desk.wait()
    assert desk.panel.view.isVisible()
    for kind in PATH_KINDS:
        assert desk.panel.worker.is_measured(kind)
        assert len(desk.row(kind).strip.frames) == 16
        assert "–" not in "".join(figures(desk, kind))
        np.testing.assert_array_equal(desk.points(kind), apart[kind])


def test_anchors_that_are_all_at_one_place_are_said_once_and_nothing_is_lost(desk: Desk) -> None:
    desk.travel()
    desk.journey.replace_anchor(1, DigitAnchor(7))
    QCoreApplication.processEvents()
    labels = [label for label in desk.panel.findChildren(QLabel) if label.isVisible()]
    saying = [label for label in labels if "at the same place" in label.text()]
    assert [label.text() for label in saying] == [desk.panel._refusal.text()]
    assert cut_off(desk.panel) == []
    assert not desk.panel.export.isEnabled()
    desk.journey.replace_anchor(1, PAIR[1])
    desk.wait()
    assert desk.panel.view.isVisible()
    assert desk.panel.worker.is_measured("geodesic")


def test_anchors_of_another_latent_size_are_said_in_words(desk: Desk) -> None:
    desk.travel(PlaceAnchor((0.0, 1.0)), PlaceAnchor((1.0, 1.0)))
    desk.open(3)
    assert "3 latent dimension" in desk.panel._refusal.text()
    desk.open(2)
    desk.wait()
    assert desk.panel.view.isVisible()


def test_far_off_the_data_the_figures_say_so(desk: Desk) -> None:
    desk.travel(DigitAnchor(7), PlaceAnchor((5e4, -5e4)))
    assert figures(desk, "linear")[3] == "0.0 %"
    assert desk.panel.worker.is_measured("geodesic")


def test_what_is_no_place_is_said_in_each_row(desk: Desk) -> None:
    desk.travel(DigitAnchor(7), PlaceAnchor((1e15, 0.0)))
    assert all("not a place" in desk.row(kind).words for kind in PATH_KINDS)


# Appearance


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1114, 700), (700, 620), (560, 700)])
def test_nothing_is_cut_off(desk: Desk, switch: ThemeSwitch, theme: str, size: tuple[int, int]) -> None:
    switch.set_theme(theme)  # type: ignore[arg-type]
    desk.host.resize(*size)
    desk.travel()
    for row in range(desk.panel.view.choice.count()):
        choose(desk.panel.view.choice, row, desk.qtbot)
        QCoreApplication.processEvents()
        assert cut_off(desk.panel.view) == []
    assert desk.panel.width() <= size[0]


@pytest.mark.parametrize("width", [1114, 700])
def test_nothing_is_cut_off_with_large_letters(large_font: None, desk: Desk, width: int) -> None:
    desk.host.resize(width, 800)
    desk.travel()
    QCoreApplication.processEvents()
    assert cut_off(desk.panel.view) == []


def test_it_fits_a_small_dock(desk: Desk) -> None:
    least = desk.panel.minimumSizeHint()
    assert least.width() <= 560
    assert least.height() <= 170


def test_each_control_says_what_it_is(desk: Desk) -> None:
    desk.travel()
    controls = [*desk.panel.view.findChildren(QAbstractButton), *desk.panel.player.findChildren(QWidget)]
    controls += [
        *desk.panel.findChildren(QComboBox),
        desk.panel.settings.steps,
        desk.panel.settings.near_data,
    ]
    focusable = [
        each for each in controls if each.focusPolicy() & Qt.FocusPolicy.TabFocus and each.isVisible()
    ]
    assert len(focusable) > 10
    for each in focusable:
        text = each.text() if isinstance(each, QAbstractButton) else ""
        if not each.objectName().startswith("qt_"):
            assert each.accessibleName() or text, each
            assert each.toolTip() or each.accessibleName(), each


def test_a_handle_pressed_on_the_map_is_chosen_in_the_list(desk: Desk) -> None:
    desk.travel()
    click(desk.map.viewport(), desk.map.pixel_at(desk.model.on_map[2]))
    assert desk.panel.anchors.row == 1
