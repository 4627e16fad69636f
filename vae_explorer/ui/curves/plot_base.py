"""What the plots of the curves have in common: axes and colours of the theme, focus, zoom by mouse and keyboard."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import QPoint, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFontMetrics, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QLabel

from vae_explorer.ui.map.items import GridLines
from vae_explorer.ui.theme import GRID, ThemeSwitch, small_font
from vae_explorer.ui.widgets.axis import Axis

_ZOOM_STEP = 1.25
#: The longest name of the lower axis that the labels of the left one make room for, in ems.
_SHORT_EMS = 5


class BasePlot(pg.PlotWidget):  # type: ignore[misc]
    """A plot in the theme's colours.

    Signals:
        hovered: the place on the horizontal axis under the pointer; None when the pointer left.
        clicked: the place on the horizontal axis that was clicked.
        zoomed: the user zoomed or moved the view.
        reset_asked: the user wants to see everything again.
        stepped: the user asks for the entry so many further on.
        chosen: the user confirmed where the cross hairs are.
    """

    hovered = Signal(object)
    clicked = Signal(float)
    zoomed = Signal()
    reset_asked = Signal()
    stepped = Signal(int)
    chosen = Signal()

    def __init__(self, theme: ThemeSwitch, name: str, bottom: Axis, left: Axis) -> None:
        self._box = _Box()
        self._names: dict[str, str] = {}
        self._named = False
        super().__init__(viewBox=self._box, axisItems={"bottom": bottom, "left": left})
        self._theme = theme
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMenuEnabled(False)
        self.hideButtons()
        self.setMinimumSize(12 * GRID, 8 * GRID)
        self._box.disableAutoRange()
        self._box.setDefaultPadding(0)
        self._box.sigRangeChangedManually.connect(lambda _sides: self.zoomed.emit())
        self._box.clicked.connect(self.clicked)
        self._box.reset_asked.connect(self.reset_asked)
        self.plotItem.layout.setContentsMargins(0, GRID // 2, GRID // 2, 0)
        self._grid = GridLines((bottom, left))
        self.addItem(self._grid, ignoreBounds=True)
        for side in ("left", "bottom"):
            self.getAxis(side).setStyle(tickFont=small_font(self.font()), tickLength=-4)
            self.getAxis(side).enableAutoSIPrefix(False)
        self._corner = QLabel(self)
        self._corner.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._corner.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom)
        self._corner.setFont(small_font(self.font()))
        left.geometryChanged.connect(self._place_corner)
        # The last epoch keeps its label, half of which lies beside the plot.
        bottom.setStyle(hideOverlappingLabels=GRID // 2)
        theme.changed.connect(self.paint_theme)

    def sizeHint(self) -> QSize:
        # Qt's own hint for a scrolled view is far too large for a dock.
        return QSize(12 * GRID, 8 * GRID)

    def name_axes(self, bottom: str, left: str) -> None:
        """What is counted along the axes; a short name of the lower one stands below the labels of the left one."""
        if (self._names.get("bottom"), self._names.get("left")) == (bottom, left):
            return
        self._names |= {"bottom": bottom, "left": left}
        needed = self._corner.fontMetrics().horizontalAdvance(bottom)
        if needed <= _SHORT_EMS * self._corner.fontMetrics().horizontalAdvance("m"):
            self.getAxis("left").keep_room(needed)
        self._show_names()

    def paint_theme(self) -> None:
        """Use the theme's colours."""
        colors = self._theme.colors
        self.setBackground(colors.canvas)
        for side in ("left", "bottom"):
            axis = self.getAxis(side)
            axis.setPen(colors.grid)
            axis.setTextPen(colors.muted)
        self._grid.set_color(colors.grid_line)
        self._show_names()
        self._show_focus()

    def pixel_of(self, place: QPointF) -> QPoint:
        """Where a place of the plot is on this widget."""
        found: QPoint = self.mapFromScene(self._box.mapViewToScene(place))
        return found

    def settle(self) -> None:
        """Take over another view at once; left to the next paint, it would ask for a second one."""
        self._box.prepareForPaint()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        scene = self.mapToScene(event.position().toPoint())
        inside = self._box.sceneBoundingRect().contains(scene)
        self.hovered.emit(self._box.mapSceneToView(scene).x() if inside else None)

    def leaveEvent(self, event: object) -> None:
        super().leaveEvent(event)
        self.hovered.emit(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Left:
                self.stepped.emit(-1)
            case Qt.Key.Key_Right:
                self.stepped.emit(1)
            case Qt.Key.Key_Return | Qt.Key.Key_Enter | Qt.Key.Key_Space:
                self.chosen.emit()
            case Qt.Key.Key_Plus | Qt.Key.Key_Equal:
                self._zoom(1 / _ZOOM_STEP)
            case Qt.Key.Key_Minus:
                self._zoom(_ZOOM_STEP)
            case Qt.Key.Key_0 | Qt.Key.Key_Home:
                self.reset_asked.emit()
            case Qt.Key.Key_Escape:
                self.hovered.emit(None)
            case _:
                event.ignore()
                return
        event.accept()

    def resizeEvent(self, event: object) -> None:
        super().resizeEvent(event)
        self._show_names()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._show_focus()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._show_focus()
        self.hovered.emit(None)

    def _zoom(self, factor: float) -> None:
        self._box.scaleBy((factor, factor))
        self.zoomed.emit()

    def _show_names(self) -> None:
        if not self._names:
            return
        small = small_font(self.font())
        metrics = QFontMetrics(small)
        line = metrics.height()
        color = self._theme.colors.muted
        # The name beside the vertical axis must fit, and the plot keep most of the height.
        room = max(map(metrics.horizontalAdvance, self._names.values())) + 3 * line
        for side, name in self._names.items():
            axis = self.getAxis(side)
            axis.setLabel(name, **{"font-size": f"{small.pointSizeF():.1f}pt", "color": color})
            axis.showLabel(bool(name) and self.height() >= room)
        # pyqtgraph leaves twice the room that a name below the axis needs.
        named = self.getAxis("bottom").label.isVisible()
        self.getAxis("bottom").setHeight((2 if named else 1) * line + 4)
        self._corner.setText(self._names["bottom"])
        self._corner.setStyleSheet(f"color: {color}; background: transparent")
        self._named = named
        self._place_corner()

    def _place_corner(self) -> None:
        """Below the labels of the vertical axis there is room to say what is counted along the horizontal one."""
        width, height = round(self.getAxis("left").width()), round(self.getAxis("bottom").height())
        self._corner.setGeometry(0, self.height() - height, width, height)
        # Half of the axis' first label lies to the left of it.
        fits = self._corner.sizeHint().width() + GRID // 2 <= width
        self._corner.setVisible(fits and not self._named)

    def _show_focus(self) -> None:
        color = self._theme.colors.accent if self.hasFocus() else self._theme.colors.grid_line
        self._box.setBorder(pg.mkPen(color, width=1))


class _Box(pg.ViewBox):  # type: ignore[misc]
    """The inside of a plot: tells clicks from double clicks."""

    clicked = Signal(float)
    reset_asked = Signal()

    def __init__(self) -> None:
        super().__init__(enableMenu=False)

    def wheelEvent(self, event: object, axis: int | None = None) -> None:
        # Heights are fitted to the lines; whoever wants others turns the wheel over the vertical axis.
        super().wheelEvent(event, self.XAxis if axis is None else axis)

    def mouseClickEvent(self, event: object) -> None:
        if event.button() != Qt.MouseButton.LeftButton:  # type: ignore[attr-defined]
            return
        event.accept()  # type: ignore[attr-defined]
        if event.double():  # type: ignore[attr-defined]
            self.reset_asked.emit()
        else:
            self.clicked.emit(self.mapSceneToView(event.scenePos()).x())  # type: ignore[attr-defined]
