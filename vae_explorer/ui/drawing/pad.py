"""The pad: 28×28 large pixels to draw on with the mouse, or with the keyboard."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDropEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QUndoStack,
)

from vae_explorer.core.brush import stroke
from vae_explorer.core.data import ByteArray
from vae_explorer.state.drawing import SIDE, Drawing
from vae_explorer.ui.drawing.commands import Redraw
from vae_explorer.ui.theme import ThemeSwitch
from vae_explorer.ui.widgets.image_view import ImageView

#: Radius of the brush in pixels: MNIST's lines are two to four pixels wide.
SMALLEST_BRUSH, DEFAULT_BRUSH, LARGEST_BRUSH = 0.5, 1.0, 3.0
_STEPS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class DrawingPad(ImageView):
    """Draws on a `Drawing`; each stroke is a step of the undo stack.

    The left button draws, or erases where `erasing`; the right one always erases. On the keyboard the arrow keys move
    a pen, and Space puts it down and lifts it.

    Attributes:
        radius: of the brush, in pixels of the drawing.
        erasing: whether the left button and the pen of the keyboard erase.

    Signals:
        dropped: a picture was dropped here; carries its path.
    """

    dropped = Signal(object)

    def __init__(self, drawing: Drawing, undo_stack: QUndoStack, theme: ThemeSwitch, side: int) -> None:
        super().__init__(side, "")
        self.setAccessibleName(self.tr("Drawing pad"))
        self.setAccessibleDescription(
            self.tr("The arrow keys move a pen; Space puts it down and lifts it again.")
        )
        self._drawing = drawing
        self._undo_stack = undo_stack
        self._theme = theme
        self.radius = DEFAULT_BRUSH
        self.erasing = False
        self._before: ByteArray | None = None
        self._last: tuple[float, float] | None = None
        self._pen = (SIDE / 2, SIDE / 2)
        self._pen_down = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAcceptDrops(True)
        drawing.changed.connect(self._on_changed)
        theme.changed.connect(self.update)
        self._on_changed()

    @property
    def drawing_now(self) -> bool:
        """Whether a stroke is under way."""
        return self._before is not None

    def place_at(self, pixel: QPointF) -> tuple[float, float]:
        """The place of the drawing under a pixel of this widget, from its upper left corner."""
        rect = self.picture_rect()
        scale = SIDE / max(1, rect.width())
        return (pixel.x() - rect.x()) * scale, (pixel.y() - rect.y()) * scale

    # Mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton):
            self._lift_pen()
            self._begin()
            self._draw_to(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.drawing_now and event.buttons() != Qt.MouseButton.NoButton:
            self._draw_to(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.buttons() == Qt.MouseButton.NoButton:
            self._end()

    def _draw_to(self, event: QMouseEvent) -> None:
        erase = self.erasing or bool(event.buttons() & Qt.MouseButton.RightButton)
        self._line_to(self.place_at(event.position()), erase=erase)

    # Keyboard

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _STEPS.get(Qt.Key(event.key()))
        if step is not None:
            self._step(step)
        elif event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            if self._pen_down:
                self._lift_pen()
            else:
                self._pen_down = True
                self._begin()
                self._line_to(self._pen, erase=self.erasing)
        else:
            event.ignore()
        self.update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._lift_pen()
        self.update()

    def _step(self, step: tuple[int, int]) -> None:
        x, y = (min(max(place + by, 0.5), SIDE - 0.5) for place, by in zip(self._pen, step, strict=True))
        self._pen = x, y
        if self._pen_down:
            self._line_to(self._pen, erase=self.erasing)

    def _lift_pen(self) -> None:
        if self._pen_down:
            self._pen_down = False
            self._end()

    # Strokes

    def _begin(self) -> None:
        self._before, self._last = self._drawing.pixels, None

    def _line_to(self, place: tuple[float, float], *, erase: bool) -> None:
        start = self._last or place
        self._last = place
        self._drawing.set_pixels(stroke(self._drawing.pixels, start, place, self.radius, erase=erase))

    def _end(self) -> None:
        before, self._before, self._last = self._before, None, None
        if before is not None and (before != self._drawing.pixels).any():
            self._undo_stack.push(Redraw(self._drawing, before, self._drawing.pixels, self.tr("stroke")))

    # Pictures

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        urls = event.mimeData().urls()
        if len(urls) == 1 and urls[0].isLocalFile():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self.dropped.emit(event.mimeData().urls()[0].toLocalFile())

    # Inside

    def _on_changed(self) -> None:
        self.show_picture(self._drawing.pixels)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        rect = QRectF(self.picture_rect())
        colors = self._theme.colors
        painter.setPen(QPen(QColor(colors.accent if self.hasFocus() else colors.border), 1))
        painter.drawRect(rect.adjusted(-0.5, -0.5, 0.5, 0.5))
        if self.hasFocus():
            self._paint_pen(painter, rect)
        painter.end()

    def _paint_pen(self, painter: QPainter, rect: QRectF) -> None:
        """Where the keyboard's pen is; filled while it is down."""
        scale = rect.width() / SIDE
        middle = rect.topLeft() + QPointF(*self._pen) * scale
        color = QColor(self._theme.colors.accent)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(color, 1.5))
        painter.setBrush(color if self._pen_down else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(middle, scale * 0.6, scale * 0.6)
