"""Who gets the room of the dock: names, pictures and figures, in small docks, large ones, and with large letters."""

import pytest
from PySide6.QtCore import QCoreApplication, QPointF
from PySide6.QtWidgets import QListView

from tests.ui.driving import choose, drag
from tests.ui.interpolation.desk import Desk
from tests.waiting import SHORT
from vae_explorer.core.path_kinds import PATH_KINDS
from vae_explorer.state.journey import DigitAnchor, PlaceAnchor
from vae_explorer.ui.interpolation.figures import in_words
from vae_explorer.ui.interpolation.split import AnchorSplit

NAME = "A place between fours and nines"
STRIPS_ONLY = 6


def split(desk: Desk) -> AnchorSplit:
    found = desk.panel.findChild(AnchorSplit)
    assert isinstance(found, AnchorSplit)
    return found


def list_width(desk: Desk) -> int:
    QCoreApplication.processEvents()
    return split(desk).sizes()[0]


def names_have_room(desk: Desk) -> bool:
    view = desk.panel.anchors.view
    assert isinstance(view, QListView)
    return view.width() >= view.wanted_width()


# The list


def test_the_list_is_as_wide_as_its_names(desk: Desk) -> None:
    desk.travel()
    short = list_width(desk)
    assert names_have_room(desk)
    desk.journey.add(PlaceAnchor((0.5, -1.0), NAME))
    assert list_width(desk) > short
    assert names_have_room(desk)
    desk.journey.remove(2)
    assert list_width(desk) == short
    desk.wait()


def test_the_list_leaves_most_of_a_narrow_dock_to_the_pictures(desk: Desk) -> None:
    desk.host.resize(700, 620)
    desk.travel(DigitAnchor(7), PlaceAnchor((0.5, -1.0), 4 * NAME))
    assert list_width(desk) <= 0.31 * split(desk).width()


def test_while_an_anchor_is_dragged_the_list_does_not_become_narrower(desk: Desk) -> None:
    desk.travel(DigitAnchor(7), PlaceAnchor((0.5, -1.0), NAME))
    before = list_width(desk)
    desk.journey.replace_anchor(1, PlaceAnchor((0.5, -1.1)))
    assert list_width(desk) == before
    desk.wait()


def test_a_list_that_was_pulled_stays_as_it_is(desk: Desk) -> None:
    desk.travel()
    before = list_width(desk)
    handle = split(desk).handle(1)
    middle = QPointF(handle.rect().center())
    drag(handle, [middle, middle + QPointF(40, 0), middle + QPointF(80, 0)])
    wide = list_width(desk)
    assert wide > before + 40
    desk.journey.add(DigitAnchor(3))
    assert list_width(desk) == wide
    desk.wait()


# The pictures


def test_what_is_not_shown_leaves_its_height_to_the_pictures_of_the_others(desk: Desk) -> None:
    desk.travel()
    choose(desk.panel.view.choice, STRIPS_ONLY, desk.qtbot)
    QCoreApplication.processEvents()
    before = desk.row("geodesic").strip.side
    for kind in ("linear", "spherical"):
        desk.click(desk.row(kind).shown)
    desk.qtbot.waitUntil(lambda: desk.row("geodesic").strip.side > before + 8, timeout=SHORT)


def test_pictures_use_the_height_or_the_width_that_there_is(desk: Desk) -> None:
    desk.travel()
    QCoreApplication.processEvents()
    for kind in PATH_KINDS:
        strip = desk.row(kind).strip
        beside = strip.width() - strip.rect_of(15).right()
        above_and_below = strip.height() - strip.side
        assert beside <= 16 + 4 or above_and_below <= 7


def test_where_rows_scroll_anyway_pictures_are_of_a_good_size(large_font: None, desk: Desk) -> None:
    view = desk.panel.view
    view.setMaximumHeight(80)
    desk.travel()
    choose(view.choice, STRIPS_ONLY, desk.qtbot)
    desk.qtbot.waitUntil(lambda: view.height() == 80, timeout=SHORT)
    QCoreApplication.processEvents()
    assert all(desk.row(kind).strip.side >= 30 for kind in PATH_KINDS)
    assert not desk.row("geodesic").name.visibleRegion().isEmpty(), "the chosen one is in sight"
    desk.panel._choose("linear")
    desk.qtbot.waitUntil(lambda: not desk.row("linear").name.visibleRegion().isEmpty(), timeout=SHORT)


# The figures


def test_in_a_narrow_dock_the_figures_of_the_chosen_path_stand_in_a_line(desk: Desk) -> None:
    desk.host.resize(700, 620)
    desk.travel()
    QCoreApplication.processEvents()
    line = desk.panel.view.line
    assert line.isVisible()
    assert not desk.panel.view.rows.figures_shown
    for kind in ("geodesic", "linear"):
        desk.click(desk.row(kind).name)
        texts = [figure.text for figure in desk.row(kind).figures.values()]  # type: ignore[arg-type]
        assert len(texts) == 5
        assert all(text in line.text() for text in texts)
    assert line.accessibleName().startswith("Straight line: Length ")
    desk.host.resize(1114, 620)
    desk.qtbot.waitUntil(line.isHidden, timeout=SHORT)
    assert desk.panel.view.rows.figures_shown


@pytest.mark.parametrize("choice", [0, STRIPS_ONLY])
def test_the_figures_are_with_the_names_and_pictures_of_all_kinds(desk: Desk, choice: int) -> None:
    desk.travel()
    choose(desk.panel.view.choice, choice, desk.qtbot)
    for kind in PATH_KINDS:
        report = desk.panel.worker.report_of(kind)
        assert report is not None
        row, words = desk.row(kind), in_words(report)
        assert words in row.name.toolTip()
        assert row.name.accessibleDescription() == words
        assert row.strip.toolTip() == words
        assert words in row.strip.accessibleName()
    desk.click(desk.row("linear").shown)
    assert desk.row("linear").strip.toolTip() == ""


def test_fields_are_high_enough_for_their_letters(desk: Desk) -> None:
    desk.travel()
    settings = desk.panel.settings
    for field in (settings.steps, settings.near_data, desk.panel.player.speed):
        assert field.lineEdit().height() >= field.fontMetrics().height()
