"""What is wrong with a field, on a card that lies over the form beside it.

A line in the form itself would push all fields below it down and up again while the user types.
"""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from vae_explorer.ui.icons import icon
from vae_explorer.ui.theme import GRID, Colors, icon_side, small_font


class ProblemCard(QFrame):
    """A sentence with a warning sign over its parent; hidden while there is none.

    The mouse reaches what lies under it, so that it bars the way to no field.
    """

    def __init__(self, colors: Colors, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._sign = QLabel()
        self._label = QLabel()
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self._label.setFont(small_font(self.font()))
        self._label.setWordWrap(True)
        self._row = layout = QHBoxLayout(self)
        layout.setContentsMargins(GRID, GRID // 2, GRID, GRID // 2)
        layout.setSpacing(GRID)
        layout.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self._label, 1)
        self.paint(colors)
        self.hide()

    @property
    def text(self) -> str:
        """What it says; empty while it is hidden."""
        return "" if self.isHidden() else self._label.text()

    def say(self, text: str) -> None:
        """Say this; with an empty text it is hidden."""
        self._label.setText(text)
        self.setAccessibleName(text)
        self.setVisible(bool(text))

    def place(self, field: QRect, room: QRect, free: QRect) -> None:
        """Lie under a field, or over it where there is no room.

        Args:
            field: where the field of the problem is, in the parent's coordinates.
            room: where the card can be seen.
            free: what it must not cover, such as the field in which the user types; may be empty.
        """
        height = self._row.totalHeightForWidth(room.width())
        under, over = field.bottom() + 1, field.top() - height
        places = [QRect(room.left(), top, room.width(), height) for top in (under, over)]
        # Of a field that is out of sight it is said at the edge.
        places += [QRect(room.left(), top, room.width(), height) for top in _edges(field, room, height)]
        fits = (place for place in places if room.contains(place) and not place.intersects(free))
        self.setGeometry(next(fits, places[-1]))
        self.raise_()

    def paint(self, colors: Colors) -> None:
        """Take the colours of the theme."""
        self._sign.setPixmap(icon("warning", colors).pixmap(icon_side(), icon_side()))
        self.setStyleSheet(
            f"ProblemCard {{ background: {colors.warning_panel}; border: 1px solid {colors.warning};"
            " border-radius: 6px; }"
        )


def _edges(field: QRect, room: QRect, height: int) -> tuple[int, int]:
    """The upper and the lower end of the room, that which is nearer to the field first."""
    top, bottom = room.top(), room.bottom() + 1 - height
    return (top, bottom) if field.center().y() < room.center().y() else (bottom, top)
