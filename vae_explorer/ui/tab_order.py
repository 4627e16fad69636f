"""The order in which the Tab key goes through the window: as one reads it.

Qt goes in the order in which widgets came into the window. Here they come late, are made anew, and lie in docks that
the user moves: so the order is found when it is needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import (
    QAbstractScrollArea,
    QAbstractSpinBox,
    QComboBox,
    QDockWidget,
    QLayout,
    QMainWindow,
    QTabBar,
    QWidget,
)

_Area = Qt.DockWidgetArea
_BEFORE = (_Area.TopDockWidgetArea, _Area.LeftDockWidgetArea)
_AFTER = (_Area.RightDockWidgetArea, _Area.BottomDockWidgetArea)


def put_in_reading_order(window: QMainWindow, docks: Sequence[QDockWidget], first: QWidget) -> None:
    """Have the Tab key go through what is before the middle, the middle, and what is after it.

    Args:
        window: whose order it is.
        docks: all of its docks; of those on each other, the order is that of their tabs.
        first: with this part of the middle it begins there.
    """
    stops = [*reading_order(window, docks, first)]
    for one, next_one in pairwise(stops):
        QWidget.setTabOrder(one, next_one)


def reading_order(window: QMainWindow, docks: Sequence[QDockWidget], first: QWidget) -> Iterator[QWidget]:
    """What the Tab key can stop at, in the order in which one reads it."""
    for area in _BEFORE:
        yield from _area(window, docks, area)
    yield from _stops(first)
    middle = window.centralWidget()
    if middle is not None:
        yield from (stop for stop in _stops(middle) if stop is not first and not first.isAncestorOf(stop))
    for area in _AFTER:
        yield from _area(window, docks, area)


def _area(window: QMainWindow, docks: Sequence[QDockWidget], area: _Area) -> Iterator[QWidget]:
    """The docks of one side, each with those that lie on it, and then the tabs of these."""
    bars = window.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly)
    here = [dock for dock in docks if not dock.isFloating() and window.dockWidgetArea(dock) == area]
    told: set[QDockWidget] = set()
    for dock in sorted(here, key=_place):
        if dock in told:
            continue
        group = [dock, *window.tabifiedDockWidgets(dock)]
        bar = next((bar for bar in bars if bar.isVisible() and dock.windowTitle() in _titles(bar)), None)
        if len(group) > 1 and bar is not None:
            titles = _titles(bar)
            group.sort(key=lambda each: titles.index(each.windowTitle()))
        told.update(group)
        for each in group:
            yield from _stops(each)
        if len(group) > 1 and bar is not None:
            yield bar


def _titles(bar: QTabBar) -> list[str]:
    return [bar.tabText(index) for index in range(bar.count())]


def _place(widget: QWidget) -> tuple[bool, int, int]:
    """From top to bottom and from left to right; what lies behind another dock comes last, as Qt moved it away."""
    corner = widget.mapTo(widget.window(), QPoint())
    return widget.visibleRegion().isEmpty(), corner.y(), corner.x()


def _stops(widget: QWidget) -> Iterator[QWidget]:
    """`widget` and what is in it, as far as the Tab key stops there."""
    view = widget.parentWidget()
    shows_view = isinstance(view, QAbstractScrollArea) and view.viewport() is widget
    if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and not shows_view:
        yield widget
    # The line in which one types belongs to its field. To ask for `focusProxy` would keep the window alive for ever.
    if not isinstance(widget, QAbstractSpinBox | QComboBox):
        for child in _children(widget):
            yield from _stops(child)


def _children(widget: QWidget) -> list[QWidget]:
    """The parts of a widget: as they are laid out, and then the others from top to bottom."""
    layout = widget.layout()
    laid_out = [] if layout is None else [*_laid_out(layout)]
    parts = widget.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
    known = set(laid_out)
    others = [part for part in parts if part not in known and not part.isWindow()]
    return [*laid_out, *sorted(others, key=lambda part: (part.y(), part.x()))]


def _laid_out(layout: QLayout) -> Iterator[QWidget]:
    for index in range(layout.count()):
        item = layout.itemAt(index)
        assert item is not None
        # Qt's types leave out that there may be neither.
        widget: QWidget | None = item.widget()
        inner: QLayout | None = item.layout()
        if widget is not None:
            yield widget
        if inner is not None:
            yield from _laid_out(inner)
