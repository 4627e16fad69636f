"""The grid of traversal pictures: only the rows in sight are asked for, painted and kept up to date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QToolTip, QWidget

from vae_explorer.core.data import ByteArray
from vae_explorer.core.dimensions import Dimensions
from vae_explorer.core.traversal import TRAVERSAL_VALUES
from vae_explorer.state.selection import Point
from vae_explorer.ui.numbers import signed
from vae_explorer.ui.theme import GRID, ThemeSwitch
from vae_explorer.ui.traversal.sizes import COLUMNS, GAP, LEAST_CELL, Sizes, measure
from vae_explorer.ui.widgets.image_view import to_image

#: A page of the keyboard goes so many rows.
_PAGE = 5
_MARK = 2


@dataclass(frozen=True, slots=True)
class Cell:
    """A place in the grid: the row from the top, and the column from the left."""

    row: int
    column: int


class TraversalGrid(QAbstractScrollArea):
    """One row a latent dimension, one column a value of it.

    Signals:
        chosen: the user clicked a cell or pressed Enter on it; carries the dimension, from 0, and its value.
        scrolled: other rows are in sight.
        pointed: the keyboard is at a cell; carries what to say of it.
    """

    chosen = Signal(int, float)
    scrolled = Signal()
    pointed = Signal(str)

    def __init__(self, theme: ThemeSwitch, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._order: tuple[int, ...] = ()
        self._facts: Dimensions | None = None
        self._z: Point = np.zeros(0)
        self._strips: dict[int, QImage] = {}
        #: The same as large as they are on the screen, and for which size and pixel ratio that is.
        self._scaled: dict[int, QPixmap] = {}
        self._scaled_for = (0, 1.0)
        self._at = Cell(0, COLUMNS // 2)
        self._sizes = self._measure()
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Traversal grid"))
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor)
        theme.changed.connect(self.viewport().update)

    # What is shown

    @property
    def order(self) -> tuple[int, ...]:
        """The dimensions from top to bottom, counted from 0."""
        return self._order

    @property
    def at(self) -> Cell:
        """The cell where the keyboard is."""
        return self._at

    @property
    def in_sight(self) -> tuple[int, ...]:
        """The dimensions of the rows in sight."""
        top = self.verticalScrollBar().value()
        room = self.viewport().height() - self._sizes.top
        first, last = top // self._sizes.row, -(-(top + room) // self._sizes.row)
        return self._order[max(first, 0) : last]

    def show_dimensions(self, order: Sequence[int], facts: Dimensions) -> None:
        """Lay the rows out in this order; pictures of other dimensions are forgotten."""
        if tuple(order) != self._order:
            self._order = tuple(order)
            self._strips.clear()
            self._scaled.clear()
            self._go(Cell(0, COLUMNS // 2), tell=False)
            self.verticalScrollBar().setValue(0)
        self._facts = facts
        self._fit()

    def show_cursor(self, z: Point) -> None:
        """Mark the columns that are nearest to the coordinates of the cursor."""
        self._z = z
        # What is said of the cell names the cursor.
        self._go(self._at, tell=self.hasFocus())

    def show_pictures(self, dimensions: Sequence[int], levels: ByteArray) -> None:
        """New pictures, shape (dimensions, columns, side, side)."""
        for dimension, row in zip(dimensions, levels, strict=True):
            self._strips[dimension] = to_image(np.concatenate(list(row), axis=1))
            self._scaled.pop(dimension, None)
        self.viewport().update()

    def strip(self, dimension: int) -> QImage | None:
        """The pictures of a row side by side, at their own size; None while there are none."""
        return self._strips.get(dimension)

    def nearest_column(self, dimension: int) -> int:
        """The column whose value is nearest to that of the cursor."""
        return int(np.abs(np.array(TRAVERSAL_VALUES) - self._z[dimension]).argmin())

    def title(self, dimension: int) -> str:
        """What a row is, in a line."""
        return f"z{dimension + 1} · " + " · ".join(self._lines(dimension))

    def describe(self, cell: Cell) -> str:
        """What is in a cell."""
        if self._facts is None or not 0 <= cell.row < len(self._order):
            return ""
        dimension = self._order[cell.row]
        text = self.tr("z{number} = {value} · the cursor is at {at} · {facts}")
        return text.format(
            number=dimension + 1,
            value=signed(TRAVERSAL_VALUES[cell.column], 1),
            at=signed(self._z[dimension], 2),
            facts=", ".join(self._lines(dimension)),
        )

    def cell_rect(self, cell: Cell) -> QRect:
        """Where a cell is on the viewport."""
        side = self._sizes.side
        left = self._sizes.header + cell.column * self._sizes.column
        top = self._sizes.top + cell.row * self._sizes.row - self.verticalScrollBar().value()
        return QRect(left, top + (self._sizes.row - GAP - side) // 2, side, side)

    # Sizes

    def sizeHint(self) -> QSize:
        side = 40
        width = self._sizes.header + COLUMNS * (side + GAP) + self.verticalScrollBar().sizeHint().width()
        return QSize(width, self._sizes.top + 6 * (side + GAP))

    def minimumSizeHint(self) -> QSize:
        bar = self.verticalScrollBar().sizeHint().width()
        width = self._sizes.header + COLUMNS * (LEAST_CELL + GAP) + bar
        return QSize(width, self._sizes.top + 2 * self._sizes.row)

    def _measure(self) -> Sizes:
        longest = self.tr("KL {kl}").format(kl=self._kl_text(88.88))
        states = (self.tr("active"), self.tr("not active"))
        # Always as if the scroll bar were there: rows that grow with the room it leaves would call it back, for ever.
        width = self.width() - self.verticalScrollBar().sizeHint().width()
        return measure(self.font(), QSize(width, self.height()), len(self._order), states, longest)

    def _fit(self) -> None:
        self._sizes = self._measure()
        bar = self.verticalScrollBar()
        room = self.viewport().height() - self._sizes.top
        bar.setRange(0, max(0, len(self._order) * self._sizes.row - room))
        bar.setPageStep(max(room, 1))
        bar.setSingleStep(self._sizes.row // 2)
        self.viewport().update()
        self.scrolled.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit()

    def scrollContentsBy(self, _dx: int, _dy: int) -> None:  # noqa: N802 (Qt's name)
        self.viewport().update()
        self.scrolled.emit()

    # Painting

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.fillRect(self.viewport().rect(), QColor(self._theme.colors.panel))
        if self._facts is not None:
            painter.setClipRect(self.viewport().rect().adjusted(0, self._sizes.top, 0, 0))
            for dimension in self.in_sight:
                self._paint_row(painter, dimension)
            painter.setClipping(False)
            self._paint_values(painter)
        painter.end()

    def _paint_values(self, painter: QPainter) -> None:
        painter.setFont(self._sizes.small)
        painter.setPen(QColor(self._theme.colors.muted))
        for column, value in enumerate(TRAVERSAL_VALUES):
            place = self.cell_rect(Cell(0, column))
            text = signed(value, 0 if float(value).is_integer() else 1)
            painter.drawText(
                QRect(place.left() - GAP, 0, place.width() + 2 * GAP, self._sizes.top - GAP),
                Qt.AlignmentFlag.AlignCenter,
                text,
            )

    def _paint_row(self, painter: QPainter, dimension: int) -> None:
        row = self._order.index(dimension)
        self._paint_header(painter, dimension, self.cell_rect(Cell(row, 0)))
        strip, colors = self._on_screen(dimension), self._theme.colors
        if strip is not None:
            painter.drawPixmap(self.cell_rect(Cell(row, 0)).topLeft(), strip)
        else:
            for column in range(COLUMNS):
                painter.fillRect(self.cell_rect(Cell(row, column)), QColor(colors.window))
        self._frame(painter, self.cell_rect(Cell(row, self.nearest_column(dimension))), colors.accent, _MARK)
        if self.hasFocus() and self._at.row == row:
            self._frame(painter, self.cell_rect(self._at).adjusted(-2, -2, 2, 2), colors.text, 1)

    def _on_screen(self, dimension: int) -> QPixmap | None:
        """The pictures of a row with their gaps: laying them out takes longer than painting them."""
        ratio, sizes = self.devicePixelRatioF(), self._sizes
        if (sizes.side, ratio) != self._scaled_for:
            self._scaled.clear()
            self._scaled_for = (sizes.side, ratio)
        strip = self._strips.get(dimension)
        if dimension not in self._scaled and strip is not None:
            row = QPixmap(round(COLUMNS * sizes.column * ratio), round(sizes.side * ratio))
            row.setDevicePixelRatio(ratio)
            row.fill(Qt.GlobalColor.transparent)
            painter = QPainter(row)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            image, side = strip.convertToFormat(QImage.Format.Format_RGB32), strip.height()
            for column in range(COLUMNS):
                place = QRect(column * sizes.column, 0, sizes.side, sizes.side)
                painter.drawImage(place, image, QRect(column * side, 0, side, side))
            painter.end()
            self._scaled[dimension] = row
        return self._scaled.get(dimension)

    def _frame(self, painter: QPainter, place: QRect, color: str, width: int) -> None:
        pen = QPen(QColor(color), width)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        painter.setPen(pen)
        painter.drawRect(place.adjusted(0, 0, -1, -1) if width == 1 else place)

    def _paint_header(self, painter: QPainter, dimension: int, beside: QRect) -> None:
        assert self._facts is not None
        active = bool(self._facts.active[dimension])
        sizes, colors = self._sizes, self._theme.colors
        title, line = sizes.name_height, sizes.small_height
        top = beside.center().y() - (title + line) // 2
        width = sizes.header - 3 * GRID // 2
        painter.setFont(sizes.name if active else self.font())
        painter.setPen(QColor(colors.text if active else colors.muted))
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        first = QRect(GRID // 2, top, width, title)
        painter.drawText(first, flags, f"z{dimension + 1}")
        painter.setFont(sizes.small)
        painter.setPen(QColor(colors.muted))
        kl, state = self._lines(dimension)
        painter.drawText(first, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, state)
        painter.drawText(QRect(GRID // 2, top + title, width, line), flags, kl)

    def _lines(self, dimension: int) -> tuple[str, str]:
        assert self._facts is not None
        state = self.tr("active") if self._facts.active[dimension] else self.tr("not active")
        return self.tr("KL {kl}").format(kl=self._kl_text(float(self._facts.kl[dimension]))), state

    def _kl_text(self, kl: float) -> str:
        return self.tr("{kl} nats").format(kl=signed(kl))

    # Mouse and keys

    def cell_at(self, place: QPoint) -> Cell | None:
        """The cell at a pixel of the viewport."""
        if place.y() < self._sizes.top:
            return None
        row = (place.y() - self._sizes.top + self.verticalScrollBar().value()) // self._sizes.row
        column = (place.x() - self._sizes.header) // self._sizes.column
        there = 0 <= row < len(self._order) and 0 <= column < COLUMNS
        return Cell(row, column) if there else None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        cell = self.cell_at(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and cell is not None:
            self._go(cell)
            self._choose()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, at, last = Qt.Key(event.key()), self._at, len(self._order) - 1
        steps = {
            Qt.Key.Key_Left: Cell(at.row, at.column - 1),
            Qt.Key.Key_Right: Cell(at.row, at.column + 1),
            Qt.Key.Key_Up: Cell(at.row - 1, at.column),
            Qt.Key.Key_Down: Cell(at.row + 1, at.column),
            Qt.Key.Key_PageUp: Cell(at.row - _PAGE, at.column),
            Qt.Key.Key_PageDown: Cell(at.row + _PAGE, at.column),
            Qt.Key.Key_Home: Cell(0, at.column),
            Qt.Key.Key_End: Cell(last, at.column),
        }
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._choose()
        elif key in steps and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            step = steps[key]
            self._go(Cell(min(max(step.row, 0), max(last, 0)), min(max(step.column, 0), COLUMNS - 1)))
            self._scroll_to(self._at.row)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: object) -> None:
        super().focusInEvent(event)  # type: ignore[arg-type]
        self._go(self._at)

    def focusOutEvent(self, event: object) -> None:
        super().focusOutEvent(event)  # type: ignore[arg-type]
        self.viewport().update()

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            cell = self.cell_at(event.pos())
            QToolTip.showText(event.globalPos(), "" if cell is None else self.describe(cell), self)
            return True
        return bool(super().viewportEvent(event))

    def _go(self, cell: Cell, *, tell: bool = True) -> None:
        self._at = cell
        self.viewport().update()
        if tell:
            text = self.describe(cell)
            self.setAccessibleDescription(text)
            self.pointed.emit(text)

    def _choose(self) -> None:
        if 0 <= self._at.row < len(self._order):
            self.chosen.emit(self._order[self._at.row], TRAVERSAL_VALUES[self._at.column])

    def _scroll_to(self, row: int) -> None:
        bar, height = self.verticalScrollBar(), self._sizes.row
        room = self.viewport().height() - self._sizes.top
        bar.setValue(min(max(bar.value(), (row + 1) * height - room), row * height))
