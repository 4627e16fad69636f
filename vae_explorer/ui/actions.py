"""The one table of what the user can do: it feeds the menus, the toolbar and the sheet of shortcuts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow

from vae_explorer.ui.icons import icon
from vae_explorer.ui.theme import Colors


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """One thing the user can do.

    Attributes:
        id: how the code calls it.
        text: the menu entry, translated.
        callback: what happens.
        shortcut: keys, or a standard key of the platform; empty for none.
        icon: name in the icon set; empty for none.
        tooltip: one sentence, translated; the text where empty.
        checkable: whether it is on or off; the callback then takes the state.
    """

    id: str
    text: str
    callback: Callable[..., object]
    shortcut: str | QKeySequence.StandardKey = ""
    icon: str = ""
    tooltip: str = ""
    checkable: bool = False


class ActionTable:
    """The actions of a window, made from their specifications."""

    def __init__(self, window: QMainWindow, specs: Iterable[ActionSpec]) -> None:
        self._icons: dict[str, str] = {}
        self._actions: dict[str, QAction] = {}
        for spec in specs:
            self._add(window, spec)

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def adopt(self, name: str, action: QAction, shortcut: QKeySequence.StandardKey, icon_name: str) -> None:
        """Take in an action that something else made, such as undo."""
        action.setShortcuts(shortcut)
        self._icons[name] = icon_name
        self._actions[name] = action

    def paint_icons(self, colors: Colors) -> None:
        """Draw all icons in the colours of the theme."""
        for name, icon_name in self._icons.items():
            self._actions[name].setIcon(icon(icon_name, colors))

    def shortcuts(self) -> list[tuple[str, str]]:
        """Text and keys of every action that has keys."""
        return [
            (
                action.text().replace("&", "").rstrip("…"),
                action.shortcut().toString(QKeySequence.SequenceFormat.NativeText),
            )
            for action in self._actions.values()
            if not action.shortcut().isEmpty()
        ]

    def _add(self, window: QMainWindow, spec: ActionSpec) -> None:
        action = QAction(spec.text, window)
        action.setObjectName(spec.id)
        action.setCheckable(spec.checkable)
        if spec.shortcut:
            action.setShortcut(QKeySequence(spec.shortcut))
        (action.toggled if spec.checkable else action.triggered).connect(
            spec.callback if spec.checkable else lambda _checked=False: spec.callback()
        )
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        about = spec.tooltip or spec.text.replace("&", "").rstrip("…")
        action.setToolTip(f"{about} ({keys})" if keys else about)
        if spec.icon:
            self._icons[spec.id] = spec.icon
        self._actions[spec.id] = action
        window.addAction(action)
