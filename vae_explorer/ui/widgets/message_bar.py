"""Messages in place: what happened and what to do next, without a dialog in the way."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal

from PySide6.QtCore import QCoreApplication, Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QWidget

from vae_explorer.core.errors import UserError
from vae_explorer.ui.icons import icon
from vae_explorer.ui.theme import GRID, ThemeSwitch
from vae_explorer.ui.widgets.overlay import Overlay

Kind = Literal["info", "warning"]
#: What a button of a message says, and what it does.
Answer = tuple[str, Callable[[], object]]

_MOST_WIDTH = 90 * GRID
_READING_TIME_MS = 6000
#: Where a long path or the name of a file may go on in the next line.
_BREAKS = re.compile(r"(?<=[/\\])|(?<=[-_.])(?=[^\W\d_])")


class Problem(str):
    """What went wrong, in the user's language: a text that a message bar shows as a warning.

    A signal must carry it as an ``object``; one of ``str`` makes a plain text of it.
    """

    __slots__ = ()


def translated(error: UserError) -> Problem:
    """The error's text in the user's language; a value that is an error itself is translated too."""
    template = QCoreApplication.translate("errors", error.template)
    values = {
        name: translated(value) if isinstance(value, UserError) else value
        for name, value in error.values.items()
    }
    return Problem(template.format(**values))


class MessageBar(Overlay):
    """A note at the top of the map. A newer message takes the place of an older one; good news goes by itself.

    Signals:
        dismissed: the user does not want the message that is still on the screen.
    """

    dismissed = Signal()

    def __init__(self, theme: ThemeSwitch, room: QWidget) -> None:
        super().__init__(room)
        self._theme = theme
        self._kind: Kind = "info"
        self._message = ""
        self._sign = QLabel()
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(GRID // 2)
        self._close = QToolButton()
        self._close.setAutoRaise(True)
        self._close.setToolTip(self.tr("Dismiss this message"))
        self._close.setAccessibleName(self.tr("Dismiss this message"))
        self._close.clicked.connect(self._on_dismissed)
        self._rows = layout = QHBoxLayout(self)
        layout.setContentsMargins(GRID, GRID // 2, GRID // 2, GRID // 2)
        layout.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self._text, 1)
        layout.addLayout(self._buttons)
        layout.addWidget(self._close)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        theme.changed.connect(self._on_theme_changed)
        self.hide()

    @property
    def text(self) -> str:
        """The message on the screen; empty while there is none."""
        return "" if self.isHidden() else self._message

    def inform(self, text: str, *answers: Answer) -> None:
        """Show good or neutral news, with a button for each thing that can be done about it."""
        self._show("info", text, answers)

    def warn(self, text: str, *answers: Answer) -> None:
        """Show what went wrong, with a button for each thing that can be done about it."""
        self._show("warning", text, answers)

    def tell(self, text: str) -> None:
        """Show what a part of the window says: a `Problem` as what went wrong, any other text as news."""
        self._show("warning" if isinstance(text, Problem) else "info", text, ())

    def warn_about(self, error: UserError, *answers: Answer) -> None:
        """Show an error that the user can do something about, with a button for each such thing."""
        self.warn(translated(error), *answers)

    def _show(self, kind: Kind, text: str, answers: Sequence[Answer]) -> None:
        self._kind = kind
        self._message = text
        # A long path has no spaces to break at.
        self._text.setText(_BREAKS.sub("\N{ZERO WIDTH SPACE}", text))
        self._offer(answers)
        self.setAccessibleName(text)
        self._on_theme_changed()
        self.show()
        self.place()
        # What asks for nothing need not be dismissed.
        if kind == "info" and not answers:
            self._timer.start(_READING_TIME_MS)
        else:
            self._timer.stop()

    def place(self) -> None:
        if self.isHidden():
            return
        width = min(self._room.width() - 2 * GRID, _MOST_WIDTH)
        self.setFixedSize(width, self._rows.totalHeightForWidth(width))
        self.move((self._room.width() - self.width()) // 2, GRID)

    def _offer(self, answers: Sequence[Answer]) -> None:
        while self._buttons.count():
            old = self._buttons.takeAt(0).widget()
            old.hide()
            old.deleteLater()
        for text, act in answers:
            button = QPushButton(text)
            button.clicked.connect(partial(self._on_answered, act))
            self._buttons.addWidget(button)

    def _on_dismissed(self) -> None:
        self.dismissed.emit()
        self.hide()

    def _on_answered(self, act: Callable[[], object]) -> None:
        self.hide()
        act()

    def _on_theme_changed(self) -> None:
        self.setProperty("notice", self._kind)
        self.style().unpolish(self)
        self.style().polish(self)
        size = 2 * GRID
        name = "info" if self._kind == "info" else "warning"
        self._sign.setPixmap(icon(name, self._theme.colors).pixmap(size, size))
        self._close.setIcon(icon("x", self._theme.colors))
