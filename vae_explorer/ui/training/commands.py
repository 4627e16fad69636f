"""What the user does with the training form, as steps that can be undone.

A changed field is a step, and so is filling the whole form with the settings of a run. While a training runs the fields
show what it trains. A step that is undone then changes the form that comes back after it: the stack stays in order, and
what was done before the form was filled in can be undone during a long training too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtGui import QUndoStack

from vae_explorer.core.config import VAEConfig
from vae_explorer.core.snapshot import ModelSnapshot
from vae_explorer.core.training_config import TrainingConfig
from vae_explorer.ui.training.panel import TrainingPanel
from vae_explorer.ui.undo import SetValue


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user wants to train.

    Attributes:
        entries: what stands in fields, by their names; those that are missing stay as they are.
        start: the model to begin with, and what to call it; None for random weights.
    """

    entries: Mapping[str, Any]
    start: tuple[ModelSnapshot, str] | None = field(default=None, compare=False)


class FormEdits(QObject):
    """Takes down what the user does with the form.

    Args:
        panel: has the form.
        stack: takes the steps.
        parent: owner.
    """

    def __init__(self, panel: TrainingPanel, stack: QUndoStack, parent: QObject) -> None:
        super().__init__(parent)
        self._panel, self._stack = panel, stack
        self._start: tuple[ModelSnapshot, str] | None = None
        panel.fields.edited.connect(self._on_edited)

    @property
    def start(self) -> tuple[ModelSnapshot, str] | None:
        """What the next training begins with, and what to call it; None for random weights."""
        return self._start

    def use(self, config: VAEConfig, settings: TrainingConfig) -> None:
        """Fill in what asks for this training, as one step."""
        before = Wish(self._panel.entries(), self._start)
        self._panel.show_settings(config, settings)
        self._push(_tr("settings of a run"), before)

    def prepare(self, start: ModelSnapshot, parent: str, settings: TrainingConfig) -> None:
        """Fill in what asks to train the model `start` on, called `parent`, as one step."""
        before = Wish(self._panel.entries(), self._start)
        self._panel.show_settings(start.config, settings)
        self._set_start((start, parent))
        self._push(_tr("settings to train on from {model}").format(model=parent), before)

    def drop_start(self) -> None:
        """Begin with random weights after all, as a step."""
        if self._start is not None:
            before = Wish({}, self._start)
            self.forget_start()
            self._stack.push(FormStep(_tr("random weights to begin with"), self, before, Wish({})))

    def forget_start(self) -> None:
        """The training that began with it is under way: the next one begins with random weights. That is no step."""
        self._set_start(None)

    def restore(self, wish: Wish) -> None:
        """Let the form ask for this."""
        self._panel.put(wish.entries)
        self._set_start(wish.start)

    def _set_start(self, start: tuple[ModelSnapshot, str] | None) -> None:
        if start is not self._start:
            self._start = start
            self._panel.show_start("" if start is None else start[1])

    def _push(self, text: str, before: Wish) -> None:
        after = Wish(self._panel.entries(), self._start)
        if after != before or after.start is not before.start:
            self._stack.push(FormStep(text, self, before, after))

    def _on_edited(self, name: str, before: object, after: object, gesture: int) -> None:
        text = _tr("change of “{field}”").format(field=self._panel.fields.rows[name].text)
        wishes = (Wish({name: before}, self._start), Wish({name: after}, self._start))
        self._stack.push(FormStep(text, self, *wishes, gesture))


class FormStep(SetValue[Wish]):
    """The form asks for something else than before."""

    def __init__(
        self, text: str, edits: FormEdits, before: Wish, after: Wish, gesture: int | None = None
    ) -> None:
        super().__init__(text, edits.restore, before, after, gesture)


def _tr(text: str) -> str:
    return QCoreApplication.translate("FormEdits", text)
