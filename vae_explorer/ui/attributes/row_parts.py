"""What one handles a direction with: a slider and a field for α, and where its name is typed."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QLineEdit, QSlider

from vae_explorer.state.bookmarks import LONGEST_NAME
from vae_explorer.state.edits import FARTHEST_ALPHA, USUAL_ALPHA
from vae_explorer.ui.theme import tabular
from vae_explorer.ui.widgets.number_field import NumberField, steps_of

#: Steps of the slider to one σ.
STEPS = 100
_KEY_STEP = 0.1
_DECIMALS = 2


class AlphaSlider(QSlider):
    """Up and down lead to the rows above and below; the wheel changes it only where the user is."""

    left = Signal(int)

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        reach = round(USUAL_ALPHA * STEPS)
        self.setRange(-reach, reach)
        self.setSingleStep(round(_KEY_STEP * STEPS))
        self.setPageStep(STEPS)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        by = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if by is None:
            super().keyPressEvent(event)
        else:
            self.left.emit(by)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class AlphaField(NumberField):
    """A number that counts at each of its arrow steps, and not only when these come to rest."""

    stepped = Signal()

    def stepBy(self, steps: int) -> None:
        super().stepBy(steps)
        self.stepped.emit()


def new_field() -> AlphaField:
    """A field for α in σ, with room for the farthest one."""
    field = AlphaField(
        -FARTHEST_ALPHA, FARTHEST_ALPHA, _rounded_steps, unit=("σ", "σ"), widest=-FARTHEST_ALPHA + 0.001
    )
    field.setFont(tabular(field.font()))
    field.setValue(0.0)
    return field


def _rounded_steps(value: float, steps: int) -> float:
    return round(steps_of(_KEY_STEP)(value, steps), _DECIMALS)


class NameField(QLineEdit):
    """Where a name is typed; Escape gives it up.

    Signals:
        typed: the user is done; carries the text.
        given_up: nothing shall change.
    """

    typed = Signal(str)
    given_up = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._open = False
        self.setMaxLength(LONGEST_NAME)
        self.setAccessibleName(self.tr("Name of the direction"))
        self.editingFinished.connect(self._on_finished)

    def begin(self, name: str) -> None:
        """Start with this text."""
        self._open = True
        self.setText(name)
        self.selectAll()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._open:
            self._open = False
            self.given_up.emit()
            return
        super().keyPressEvent(event)

    def _on_finished(self) -> None:
        # Enter, and then the loss of the focus: once is enough.
        if self._open:
            self._open = False
            self.typed.emit(self.text())
