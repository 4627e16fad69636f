"""A field for one number that takes any text and leaves the judgement to whoever reads it.

Qt's own spin boxes swallow the keys that would lead out of their range, or put another number in place of what was
typed. Here what was typed stays, so that the form can say what is wrong with it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QValidator, QWheelEvent
from PySide6.QtWidgets import QAbstractSpinBox, QStyle, QStyleOptionSpinBox, QWidget

#: Gives the number that lies so many steps of the arrow keys away.
Step = Callable[[float, int], float]

#: Arrow steps count as finished when no further one comes for so long.
SETTLE_MS = 400
_MOST_CHARACTERS = 48
_DESCENT = 3
_NUMBER = re.compile(r"[-−]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][-−+]?\d+)?", re.ASCII)


class NumberField(QAbstractSpinBox):
    """A number with arrow steps, a unit, and a word for zero.

    Args:
        least: where the arrow steps end below; a smaller number can still be typed.
        most: where they end above.
        step: how far the arrow steps go.
        whole: whether it is an integer.
        off: what stands in place of zero; empty for the digit.
        before: what stands before the number.
        unit: what stands behind it, for one and for more.
        scale: how many times larger the number on the screen is; 100 for percent.
        widest: the number that needs the most room.

    Signals:
        edited: what stands there is something else now, finished or not.
        committed: the user is done with it: Enter, the focus went, or the arrow steps came to rest.
    """

    edited = Signal()
    committed = Signal()

    def __init__(
        self,
        least: float,
        most: float,
        step: Step,
        *,
        whole: bool = False,
        off: str = "",
        before: str = "",
        unit: tuple[str, str] = ("", ""),
        scale: float = 1,
        widest: float = 0,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._least, self._most, self._step = least, most, step
        self._whole, self._off, self._before, self._unit, self._scale = whole, off, before, unit, scale
        self._widest = widest
        self._number: float = least
        self._shown = ""
        self._settling = QTimer(self)
        self._settling.setSingleShot(True)
        self._settling.setInterval(SETTLE_MS)
        self._settling.timeout.connect(self.committed)
        self.setAccelerated(True)
        # The wheel scrolls the dock; it changes the field only where the user is.
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.lineEdit().setMaxLength(_MOST_CHARACTERS)
        self.lineEdit().textChanged.connect(self._on_text_changed)
        self.editingFinished.connect(self._on_editing_finished)
        self.setValue(least)

    def entry(self) -> int | float | str:
        """What stands there: a number, in range or not, or the text if it is none."""
        text = self.lineEdit().text()
        # The number that was set may have more digits than there is room for.
        return self._number_set() if text == self._shown else self._read(text.strip())

    def value(self) -> int | float:
        """The number that stands there, or the last one."""
        entry = self.entry()
        return self._number_set() if isinstance(entry, str) else entry

    def setValue(self, value: float) -> None:  # noqa: N802 (as Qt's own fields)
        """Show a number."""
        self._number = value
        self._shown = self._display(value)
        self.lineEdit().setText(self._shown)

    # Qt's part

    def stepBy(self, steps: int) -> None:
        start = min(max(self.value(), self._least), self._most)
        self.setValue(min(max(self._step(start, steps), self._least), self._most))
        self.selectAll()
        self._settling.start()

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:  # noqa: N802 (Qt's name)
        flag = QAbstractSpinBox.StepEnabledFlag
        value = self.value()
        up = flag.StepUpEnabled if value < self._most else flag.StepNone
        return up | (flag.StepDownEnabled if value > self._least else flag.StepNone)

    def validate(self, text: str, position: int) -> object:
        return QValidator.State.Acceptable, text, position

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def sizeHint(self) -> QSize:
        option = QStyleOptionSpinBox()
        self.initStyleOption(option)
        widest = self._display(self._widest)
        # Two pixels for the cursor at the end.
        width = self.fontMetrics().horizontalAdvance(f"{widest} ") + 2
        room = QSize(width, self.lineEdit().sizeHint().height())
        hint = self.style().sizeFromContents(QStyle.ContentsType.CT_SpinBox, option, room, self)
        # Qt's own is made for digits; units have letters that go below the line.
        return hint + QSize(0, _DESCENT)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    # Inside

    def _on_text_changed(self) -> None:
        # A new number changes what the arrows can do.
        self.update()
        self.edited.emit()

    def _on_editing_finished(self) -> None:
        self._settling.stop()
        entry = self.entry()
        if not isinstance(entry, str):
            self.setValue(entry)
        self.committed.emit()

    def _number_set(self) -> int | float:
        return int(self._number) if self._whole else float(self._number)

    def _display(self, value: float) -> str:
        if self._off and value == 0:
            return self._off
        number = plain(value * self._scale)
        unit = self._unit[value * self._scale != 1]
        return " ".join(part for part in (self._before, number, unit) if part)

    def _read(self, text: str) -> int | float | str:
        if self._off and text.lower() == self._off.lower():
            return 0
        found = _NUMBER.search(text)
        if found is None or not self._known_words() >= set(_words(text, found)):
            return text
        number = float(found[0].replace(",", ".").replace("−", "-"))
        if self._scale != 1:
            number = round(number / self._scale, 12)
        return int(number) if self._whole and number.is_integer() else number

    def _known_words(self) -> set[str]:
        return set(" ".join((self._before, *self._unit)).split())


def plain(value: float) -> str:
    """A number as people type it: ``0.0003``, ``5e-5``, without useless zeros."""
    return re.sub(r"e([-+])0*", lambda sign: f"e{sign[1]}".replace("+", ""), f"{value:.10g}")


def steps_of(amount: float) -> Step:
    """Each step adds the same."""
    return lambda value, steps: value + amount * steps


def doubling(value: float, steps: int) -> float:
    """Each step doubles or halves."""
    return round(value * 2.0**steps)


def tenths(grain: float = 0) -> Step:
    """Each step changes the second digit, but never by less than `grain`; from the last one it goes to 0."""

    def step(value: float, steps: int) -> float:
        for _ in range(abs(steps)):
            value = _next_tenth(value, grain, up=steps > 0)
        return value

    return step


def _next_tenth(value: float, grain: float, *, up: bool) -> float:
    # From 1 it goes up to 1.1, but down to 0.99.
    order = 10.0 ** math.floor(math.log10(value if up else value / 1.01)) if value > 0 else 0.0
    amount = max(order / 10, grain)
    return max(0.0, float(f"{value + amount if up else value - amount:.10g}"))


def _words(text: str, number: re.Match[str]) -> list[str]:
    return f"{text[: number.start()]} {text[number.end() :]}".split()
