"""The rows of a form: a label, a field that is outlined while something is wrong with it, and a note under it."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from vae_explorer.ui.icons import icon
from vae_explorer.ui.theme import GRID, Colors, small_font
from vae_explorer.ui.widgets.elided_label import ElidedLabel

_OUTLINE = 2


class Choice(QComboBox):
    """A few named values. The wheel changes it only where the user is; elsewhere it scrolls the dock."""

    def __init__(self, choices: dict[str, str]) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        for value, name in choices.items():
            self.addItem(name, value)

    def entry(self) -> str:
        """The value that is chosen."""
        return str(self.currentData())

    def choose(self, value: str) -> None:
        """Show a value; the first one where it is unknown."""
        self.setCurrentIndex(max(0, self.findData(value)))

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class FieldRow:
    """One field of a form with its label and the note under it. Adds itself at the end of `grid`.

    Attributes:
        field: where the user types.
        text: what it is called.
        problem: what is wrong with it, in plain words; empty where nothing is.
    """

    def __init__(self, grid: QGridLayout, text: str, field: QWidget, tip: str, colors: Colors) -> None:
        self.field, self.text = field, text
        self._tip = tip
        self._colors = colors
        self.problem = ""
        self._note = ""
        self._shown, self._folded = True, False
        self._label = QLabel(text)
        self._label.setBuddy(field)
        self._frame = _Frame(field, colors.warning)
        self._line = QLabel()
        self._line.setWordWrap(True)
        self._line.setFont(small_font(field.font()))
        self._line.setContentsMargins(_OUTLINE, 0, _OUTLINE, GRID // 2)
        self._line.hide()
        for widget in (self._label, field):
            widget.setToolTip(tip)
        field.setAccessibleName(text)
        row = grid.rowCount()
        grid.addWidget(self._label, row, 0)
        grid.addWidget(self._frame, row, 1)
        grid.addWidget(self._line, row + 1, 1)

    @property
    def place(self) -> QRect:
        """Where the field is, in the coordinates of the form."""
        return self._frame.geometry()

    @property
    def widths(self) -> tuple[int, int]:
        """Room that the label and the field need, in pixels, whether they are to be seen or not."""
        return self._label.sizeHint().width(), self._frame.minimumSizeHint().width()

    def set_problem(self, text: str) -> None:
        """Outline the field, and let it say what is wrong; nothing with an empty text. No row moves."""
        if text != self.problem:
            self.problem = text
            self.field.setAccessibleDescription(text)
            self.field.setToolTip(f"{text}\n\n{self._tip}" if text else self._tip)
            self._frame.set_outlined(bool(text))

    def set_note(self, text: str) -> None:
        """Say something quiet under the field."""
        self._note = text
        self._refresh()

    def set_shown(self, shown: bool) -> None:
        """Whether the field applies at all."""
        self._shown = shown
        self._refresh()

    def set_folded(self, folded: bool) -> None:
        """Whether its group shows only the heading."""
        self._folded = folded
        self._refresh()

    def paint(self, colors: Colors) -> None:
        """Take the colours of the theme."""
        self._colors = colors
        self._frame.set_color(colors.warning)
        self._refresh()

    def _refresh(self) -> None:
        visible = self._shown and not self._folded
        for widget in (self._label, self._frame):
            widget.setVisible(visible)
        self._line.setText(self._note)
        self._line.setStyleSheet(f"color: {self._colors.muted};")
        self._line.setVisible(visible and bool(self._note))


class _Frame(QWidget):
    """Leaves room around a field for an outline, and draws it where it is asked to.

    A style sheet would do the same, but it takes the field's own look away.
    """

    def __init__(self, field: QWidget, color: str) -> None:
        super().__init__()
        self._outlined = False
        self._color = color
        layout = QHBoxLayout(self)
        layout.setContentsMargins(_OUTLINE, _OUTLINE, _OUTLINE, _OUTLINE)
        layout.addWidget(field)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_outlined(self, outlined: bool) -> None:
        self._outlined = outlined
        self.update()

    def set_color(self, color: str) -> None:
        self._color = color
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._outlined:
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(self._color), _OUTLINE))
            edge = _OUTLINE / 2
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(edge, edge, -edge, -edge), 3, 3)
            painter.end()


class GroupHeading(QWidget):
    """The heading of a group of rows, which folds and unfolds it; folded, it says in short what is in the group.

    Signals:
        folded: whether only the heading is to be seen.
    """

    folded = Signal(bool)

    def __init__(self, text: str, colors: Colors) -> None:
        super().__init__()
        self._colors = colors
        self.button = QToolButton()
        self.button.setText(text)
        self.button.setCheckable(True)
        self.button.setAutoRaise(True)
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        bold = self.button.font()
        bold.setWeight(bold.Weight.DemiBold)
        self.button.setFont(bold)
        self._summary = ElidedLabel()
        self._summary.setProperty("muted", True)
        self._summary.hide()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.button)
        layout.addWidget(self._summary, 1)
        layout.addStretch()
        self.button.toggled.connect(self._on_toggled)
        self.paint(colors)

    @property
    def is_folded(self) -> bool:
        """Whether only the heading is to be seen."""
        return self.button.isChecked()

    def set_folded(self, folded: bool) -> None:
        """Fold or unfold the group."""
        self.button.setChecked(folded)

    def set_summary(self, text: str) -> None:
        """What is in the group, in short."""
        self._summary.setText(text)

    def paint(self, colors: Colors) -> None:
        """Take the colours of the theme."""
        self._colors = colors
        # Folded or not, it never looks pressed: the caret says enough.
        self.button.setStyleSheet(
            "QToolButton { border: 1px solid transparent; border-radius: 3px; padding: 2px 4px 2px 0; }"
            f"QToolButton:hover {{ color: {colors.accent}; }}"
            f"QToolButton:focus {{ border-color: {colors.accent}; }}"
        )
        self._draw_caret()

    def _on_toggled(self, folded: bool) -> None:
        self._summary.setVisible(folded)
        self._draw_caret()
        self.folded.emit(folded)

    def _draw_caret(self) -> None:
        self.button.setIcon(icon("caret-right" if self.is_folded else "caret-down", self._colors))
