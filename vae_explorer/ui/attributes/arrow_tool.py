"""An arrow drawn by hand on the map: the direction that the user sees and has no other name for."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from vae_explorer.state.session import OpenModel, Session
from vae_explorer.ui.attributes.map_arrow import LineMark
from vae_explorer.ui.map.latent_map import LatentMap
from vae_explorer.ui.map.point_plot import Plane
from vae_explorer.ui.theme import GRID, ThemeSwitch
from vae_explorer.ui.widgets.overlay import Overlay

#: A shorter arrow, in pixels, is a click, or points nowhere in particular.
SHORTEST = 12.0
_ABOVE_ALL = 98
#: Of one latent dimension the map has only the x axis: an arrow must go along it by so much of its length.
_LEAST_SHARE = 0.05


class ArrowHint(Overlay):
    """Says at the upper edge of the map what to do; the mouse reaches what lies under it."""

    def __init__(self, room: QWidget) -> None:
        super().__init__(room)
        self.setProperty("panel", True)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.text = QLabel(self.tr("Drag on the map to draw the direction. Esc cancels."))
        self.text.setWordWrap(True)
        self.text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setAccessibleName(self.text.text())
        self._row = layout = QHBoxLayout(self)
        layout.setContentsMargins(GRID, GRID // 2, GRID, GRID // 2)
        layout.addWidget(self.text)
        self.hide()

    def place(self) -> None:
        if not self.isHidden():
            most = self._room.width() - 2 * GRID
            text = self.text.fontMetrics().horizontalAdvance(self.text.text()) + 3 * GRID
            width = min(most, text)
            self.setFixedSize(width, self._row.totalHeightForWidth(width))
            self.move((self._room.width() - width) // 2, GRID)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.place()
        self.raise_()


class ArrowTool(QObject):
    """While it is active, a drag on the map draws an arrow instead of moving the cursor; Escape ends that.

    Args:
        map_: where it is drawn.
        session: whose model says what a way on the map is in the latent space.
        theme: colours.
        parent: owner.

    Attributes:
        active: whether the next drag draws an arrow.
        hint: says on the map what to do, as long as that is so.

    Signals:
        drawn: an arrow; carries its latent vector as a tuple of floats, one for each dimension.
        active_changed: whether the next drag draws an arrow.
        message: why there is no arrow.
    """

    drawn = Signal(object)
    active_changed = Signal(bool)
    message = Signal(object)

    def __init__(
        self, map_: LatentMap, session: Session, theme: ThemeSwitch, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._map, self._session, self._theme = map_, session, theme
        self.active = False
        self._start: Plane | None = None
        #: The map is told to forget a grabber only when the button is up: until then it holds its view for it.
        self._held = False
        self._line = LineMark(_ABOVE_ALL, head=True)
        self._line.setVisible(False)
        self.hint = ArrowHint(map_)
        map_.addItem(self._line, ignoreBounds=True)
        map_.installEventFilter(self)
        session.model_changed.connect(self._on_model_changed)
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    def start(self) -> None:
        """The next drag on the map draws an arrow."""
        if self._session.model is None or self.active or self._held:
            return
        self.active = True
        self._map.grabbing.add(self)
        # So that Escape comes there.
        self._map.setFocus(Qt.FocusReason.OtherFocusReason)
        # The pointer says so at once, and not only when it moves.
        self._map.viewport().setCursor(self.shape)
        self.hint.show()
        self.active_changed.emit(True)

    def cancel(self) -> None:
        """No arrow is wanted any more."""
        if self.active:
            self.active = False
            self._end()
            self.hint.hide()
            self._map.viewport().setCursor(self._map.pointer_shape)
            if not self._held:
                self._map.grabbing.remove(self)
            self.active_changed.emit(False)

    # The mouse, as `ui.map.grabbing.Grabber` has it

    shape = Qt.CursorShape.CrossCursor

    def would_grab(self, _pixel: QPointF) -> bool:
        """Everywhere on the map."""
        return self.active

    def grab(self, xy: Plane) -> None:
        """It begins here."""
        self._held = True
        self._start = np.array(xy, np.float64)
        self._line.setPos(*self._start.tolist())
        self._line.set_end(QPointF())
        self._line.setVisible(True)

    def drag(self, xy: Plane) -> None:
        """It reaches to here."""
        if self._start is not None:
            self._line.set_end(self._pixels(xy))

    def drop(self, xy: Plane) -> None:
        """It ends here."""
        start, self._held = self._start, False
        if start is None:
            # It was given up with the button down.
            self._map.grabbing.remove(self)
            return
        way = self._pixels(xy)
        self._end()
        if float(np.hypot(way.x(), way.y())) < SHORTEST:
            self.message.emit(
                self.tr("That arrow was too short. Press where it begins, and let go where it points to.")
            )
            return
        self._hand_on(np.asarray(xy, np.float64) - start)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if self.active and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            if event.type() == QEvent.Type.KeyPress:
                self.cancel()
                return True
            if event.type() == QEvent.Type.ShortcutOverride:
                event.accept()
                return True
        return super().eventFilter(watched, event)

    def _hand_on(self, way: Plane) -> None:
        model = self._session.model
        if model is None:
            return
        vector = way @ model.projection.axes
        if float(np.linalg.norm(vector)) < _LEAST_SHARE * float(np.linalg.norm(way)):
            self.message.emit(
                self.tr("This model has one latent dimension: draw the arrow to the right or left.")
            )
            return
        self.cancel()
        self.drawn.emit(tuple(vector.tolist()))

    def _pixels(self, xy: Plane) -> QPointF:
        """From where it begins to a place of the map."""
        assert self._start is not None
        return QPointF(self._map.pixel_at(xy) - self._map.pixel_at(self._start))

    def _end(self) -> None:
        self._start = None
        self._line.setVisible(False)

    def _on_model_changed(self, before: OpenModel | None) -> None:
        model = self._session.model
        # While it learns, the map glides on, and the arrow may still be drawn.
        if model is None or before is None or not model.shares_run(before):
            self.cancel()

    def _on_theme_changed(self) -> None:
        self._line.set_colors(self._theme.colors.accent, self._theme.colors.canvas)
