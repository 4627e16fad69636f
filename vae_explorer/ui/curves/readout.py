"""The small table beside the pointer: what all visible curves say there."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QAbstractTextDocumentLayout, QPainter, QPaintEvent, QTextDocument
from PySide6.QtWidgets import QFrame, QWidget

from vae_explorer.ui.curves.data import FIGURES, KINDS, Figure, RunData
from vae_explorer.ui.curves.drawing import Shown, View, kind_names, translate
from vae_explorer.ui.curves.legend import shortened
from vae_explorer.ui.numbers import signed
from vae_explorer.ui.theme import GRID, ThemeSwitch, small_font, tabular

_SPACE = "&nbsp;"


class Readout(QFrame):
    """Lies on the plots and lets the mouse through."""

    def __init__(self, theme: ThemeSwitch, room: QWidget) -> None:
        super().__init__(room)
        self._theme = theme
        self._room = room
        self.setProperty("panel", True)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._text = ""
        # A label would lay the table out four times for each move of the pointer.
        self._document = QTextDocument(self)
        self._document.setDocumentMargin(0)
        self._document.setDefaultFont(tabular(small_font(self.font())))
        self.hide()

    @property
    def text(self) -> str:
        """What it says, as rich text; empty while it is hidden."""
        return "" if self.isHidden() else self._text

    @property
    def plain_text(self) -> str:
        """`text` without its looks, for screen readers."""
        return "" if self.isHidden() else self._document.toPlainText()

    def show_at(
        self, pixel: QPoint, lines: Sequence[Shown], view: View, place: float, notes: Sequence[str]
    ) -> None:
        """Show the entries nearest to `place` beside `pixel` of the room, and notes above them."""
        ordered = sorted(lines, key=lambda line: (line.number, -KINDS.index(line.kind)))
        rows = [row for line in ordered if (row := self._row(line, view, place))]
        if not rows:
            self.hide()
            return
        head = "".join(f"<tr><td colspan='4'><b>{escape(note)}</b></td></tr>" for note in notes)
        columns = (self.tr("nats an image"), self.tr("ELBO"), self.tr("Reconstruction"), self.tr("KL"))
        titles = _table_row(*columns, color=self._theme.colors.muted)
        self._write(f"<table cellspacing='0'>{head}{titles}{''.join(rows)}</table>")
        self._move_beside(pixel)
        self.show()
        self.raise_()

    def _write(self, text: str) -> None:
        if text != self._text:
            self._text = text
            self._document.setHtml(text)
            size = self._document.size().toSize()
            self.resize(size + QSize(2 * GRID, GRID))
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.translate(GRID, GRID // 2)
        context = QAbstractTextDocumentLayout.PaintContext()
        context.palette = self.palette()  # type: ignore[attr-defined]  # the stubs leave it out
        self._document.documentLayout().draw(painter, context)

    def _row(self, line: Shown, view: View, place: float) -> str:
        run, kind = line.run, line.kind
        index = run.nearest(kind, view.count, place)
        if index is None:
            return ""
        name = kind_names()[kind][0]
        if line.number:
            name = f"{shortened(run.name)}, {name.lower()}"
        text = f"<span style='color:{line.style.color}'>■</span> {escape(name)} · {_where(run, line, index)}"
        return _table_row(text, *(self._cell(line, index, figure, view) for figure in FIGURES))

    def _cell(self, line: Shown, index: int, figure: Figure, view: View) -> str:
        values = line.run.values(line.kind, figure)
        if not len(values):
            return ""
        if not view.smoothing:
            return signed(float(values[index]))
        smooth = line.run.smoothed(line.kind, figure, view.smoothing)[index]
        muted = self._theme.colors.muted
        return f"{signed(float(smooth))} <span style='color:{muted}'>({signed(float(values[index]))})</span>"

    def _move_beside(self, pixel: QPoint) -> None:
        gap = 2 * GRID
        x = pixel.x() + gap
        if x + self.width() > self._room.width():
            x = pixel.x() - gap - self.width()
        y = min(pixel.y(), self._room.height() - self.height())
        self.move(max(0, min(x, self._room.width() - self.width())), max(0, y))


def _where(run: RunData, line: Shown, index: int) -> str:
    """The entry's own place: lines of epochs and lines of steps have theirs at different ones."""
    if run.by_steps(line.kind):
        return translate("curves", "step {step:,}").format(step=int(run.places(line.kind, "step")[index]))
    return translate("curves", "epoch {epoch:,}").format(epoch=int(run.places(line.kind, "epoch")[index]))


def _table_row(first: str, *cells: str, color: str = "") -> str:
    style = f" style='color:{color}'" if color else ""
    figures = "".join(f"<td align='right'{style}>{_SPACE * 3}{cell}</td>" for cell in cells)
    return f"<tr><td{style}>{first}</td>{figures}</tr>"
