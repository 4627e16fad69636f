"""The docks around the map: making them, their buttons, and where the user left them."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Callable

from PySide6.QtCore import QByteArray, QChildEvent, QEvent, QObject, QSize, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QDockWidget,
    QMainWindow,
    QStyle,
    QTabBar,
    QWidget,
)

from vae_explorer.state.settings import Settings
from vae_explorer.ui.dock_sizes import SIDE_WIDTH, DockSizes
from vae_explorer.ui.icons import icon
from vae_explorer.ui.theme import GRID, ThemeSwitch
from vae_explorer.ui.widgets.form_scroll import FormScroll

#: Counts up when the set of docks changes, so that an older layout is not forced on a newer window.
_LAYOUT_VERSION = 4
_DEFAULT_SIZE = QSize(1440, 900)
_SIDE_LEAST = 270
_BOTTOM_HEIGHT = 232


class Docks(QObject):
    """The docks of one window.

    Attributes:
        all: in the order in which the menu lists them.
    """

    def __init__(self, window: QMainWindow, theme: ThemeSwitch) -> None:
        super().__init__(window)
        self._window = window
        self._theme = theme
        self.all: list[QDockWidget] = []
        self._sizes = DockSizes(window, self.all)
        #: The one that had the keyboard last.
        self._used: QDockWidget | None = None
        self._first_start = True
        window.setDockNestingEnabled(True)
        # Curves want to be wide, and the form scrolls; what the decoder shows should all be seen.
        window.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.BottomDockWidgetArea)
        window.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)
        theme.changed.connect(self.paint_buttons)
        window.installEventFilter(self)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._on_focus_changed)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # Qt makes a bar of tabs each time docks come to lie on each other, and tells a screen reader nothing of it.
        if event.type() == QEvent.Type.ChildPolished and isinstance(event, QChildEvent):
            child = event.child()
            if isinstance(child, QTabBar):
                child.setAccessibleName(self.tr("Tabs of docks"))
        return super().eventFilter(watched, event)

    def fill(self, name: str, panel: QWidget, *, form: bool = False) -> None:
        """Put a panel into a dock that was added without one; with `form` it scrolls where it is too high."""
        self.named(name).setWidget(_scrolling(panel) if form else panel)

    def fill_on_sight(self, name: str, make: Callable[[], QWidget]) -> None:
        """Have a panel made for a dock that was added without one, when it is first seen."""
        dock = self.named(name)

        def fill(seen: bool) -> None:
            if seen and dock.widget() is None:
                dock.setWidget(make())

        dock.visibilityChanged.connect(fill)
        fill(dock.isVisible() and not dock.visibleRegion().isEmpty())

    def add_form(
        self, name: str, title: str, panel: QWidget, area: Qt.DockWidgetArea, behind: str = ""
    ) -> QDockWidget:
        """A dock whose panel scrolls where the window is too low for it; `behind` another one, as for `add`."""
        return self.add(name, title, _scrolling(panel), area, behind)

    def add(
        self, name: str, title: str, widget: QWidget | None, area: Qt.DockWidgetArea, behind: str = ""
    ) -> QDockWidget:
        """A dock with `widget` as it is, or one for `fill` to fill; a tab behind the dock `behind`, if one is named."""
        dock = QDockWidget(title, self._window)
        dock.setObjectName(name)
        if widget is not None:
            dock.setWidget(widget)
        dock.topLevelChanged.connect(lambda _floating: self.paint_buttons())
        self._window.addDockWidget(area, dock)
        if behind:
            # At once: side by side, they would make the window wider than the screen.
            front = self.named(behind)
            self._window.tabifyDockWidget(front, dock)
            front.raise_()
        self.all.append(dock)
        return dock

    def size_for_a_first_start(self) -> None:
        """Give the docks the sizes of a first start."""
        below = Qt.DockWidgetArea.BottomDockWidgetArea
        sides = [dock for dock in self.all if self._window.dockWidgetArea(dock) != below]
        bottom = [dock for dock in self.all if dock not in sides]
        self._window.resizeDocks(sides, [SIDE_WIDTH] * len(sides), Qt.Orientation.Horizontal)
        self._window.resizeDocks(bottom, [_BOTTOM_HEIGHT] * len(bottom), Qt.Orientation.Vertical)

    def named(self, name: str) -> QDockWidget:
        """The dock that was added under this name."""
        return next(dock for dock in self.all if dock.objectName() == name)

    def bring_forward(self, name: str) -> None:
        """Show the dock in front of those that it lies behind; one that the user closed stays closed."""
        dock = self.named(name)
        if not dock.isHidden() and dock.visibleRegion().isEmpty():
            dock.raise_()

    def retitle(self, name: str, title: str, short: str) -> None:
        """Call a dock `title`, or `short` where that would leave its tab and those beside it too little room."""
        dock = self.named(name)
        others = [other.windowTitle() for other in self._window.tabifiedDockWidgets(dock)]
        padding = dock.style().pixelMetric(QStyle.PixelMetric.PM_TabBarTabHSpace)
        advance = dock.fontMetrics().horizontalAdvance
        needed = sum(advance(each) + padding for each in (title, *others))
        dock.setWindowTitle(short if others and needed > dock.width() else title)

    def paint_buttons(self) -> None:
        """Qt's own pictures on the buttons of a dock are black in both themes."""
        for dock in self.all:
            for name, picture in (("floatbutton", "corners-out"), ("closebutton", "x")):
                button = dock.findChild(QAbstractButton, f"qt_dockwidget_{name}")
                if button is not None:
                    button.setIcon(icon(picture, self._theme.colors))

    def on_first_painted(self) -> None:
        """What Qt did while it put the docks where they were is mended, and their sizes are those to keep."""
        self.paint_buttons()
        self._raise_floating()
        if self._first_start:
            self._sizes.begin(_BOTTOM_HEIGHT)
        else:
            self._sizes.note()

    def _raise_floating(self) -> None:
        """A dock that floats was mapped before the window, and lies behind it."""
        for dock in self.all:
            if dock.isFloating() and dock.isVisible():
                dock.raise_()

    def _on_focus_changed(self, before: QWidget | None, now: QWidget | None) -> None:
        """Qt lets the Tab key walk through docks behind others too, where nobody sees the focus."""
        dock = next((dock for dock in self.all if now is not None and dock.isAncestorOf(now)), None)
        if dock is None or now is None:
            return
        self._used = dock
        window_came_forward = before is None or before.window() is not now.window()
        if not window_came_forward and dock.isVisible() and dock.visibleRegion().isEmpty():
            dock.raise_()

    def toggle_floating(self) -> None:
        """Make the dock that has or had the keyboard a window of its own, or put it back."""
        if self._used is not None and self._used.isVisible():
            self._used.setFloating(not self._used.isFloating())

    # Where the user left them

    def restore(self, settings: Settings) -> None:
        """Put window and docks where they were at the last end."""
        available = self._window.screen().availableSize()
        # Leave room for the frame that the window system adds.
        self._window.resize(
            _DEFAULT_SIZE.boundedTo(QSize(available.width() * 24 // 25, available.height() * 23 // 25))
        )
        self._default = self.layout
        self._first_start = not settings.window_layout
        self._window.restoreGeometry(_decoded(settings.window_geometry))
        self._window.restoreState(_decoded(settings.window_layout), _LAYOUT_VERSION)

    def remember(self, settings: Settings) -> None:
        """Note where window and docks are."""
        settings.window_geometry = _encoded(self._window.saveGeometry())
        settings.window_layout = self.layout

    @property
    def layout(self) -> str:
        """Where docks and toolbar are, base64 of Qt's own format."""
        return _encoded(self._window.saveState(_LAYOUT_VERSION))

    def restore_layout(self, layout: str) -> None:
        """Put docks and toolbar where they were at a `layout`; one that Qt cannot read changes nothing."""
        self._window.restoreState(_decoded(layout), _LAYOUT_VERSION)
        # It brings Qt's own pictures back.
        self.paint_buttons()
        self._sizes.note()

    def reset(self) -> None:
        """Put the docks and the toolbar where they were at the very first start."""
        self.restore_layout(self._default)
        self._sizes.begin(_BOTTOM_HEIGHT)


def _scrolling(panel: QWidget) -> FormScroll:
    scroll = FormScroll(panel)
    scroll.setMinimumWidth(max(_SIDE_LEAST, panel.minimumSizeHint().width() + 2 * GRID))
    return scroll


def _encoded(data: QByteArray) -> str:
    content = data.data()
    return f"{base64.b64encode(content).decode()}#{zlib.crc32(content):08x}"


def _decoded(text: str) -> QByteArray:
    """Inverse of `_encoded`, empty where the text is damaged: Qt would crash on some of what it did not write."""
    encoded, _, checksum = text.partition("#")
    try:
        content = base64.b64decode(encoded, validate=True)
    except ValueError:
        return QByteArray()
    return QByteArray(content if checksum == f"{zlib.crc32(content):08x}" else b"")
