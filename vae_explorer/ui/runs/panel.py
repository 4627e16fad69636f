"""The dock with the list of runs: what was trained, how it went, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from vae_explorer.state.runs import Run, Runs
from vae_explorer.ui.icons import icon
from vae_explorer.ui.runs.comparison import RunComparison
from vae_explorer.ui.runs.sort_menu import SortMenu
from vae_explorer.ui.runs.view import RunView
from vae_explorer.ui.theme import GRID, ThemeSwitch

_WORDS = Qt.ToolButtonStyle.ToolButtonTextBesideIcon
_ICONS = Qt.ToolButtonStyle.ToolButtonIconOnly


@dataclass(frozen=True, slots=True)
class _Deed:
    """Something that can be done with the selected runs.

    Attributes:
        text: what it is called, translated.
        icon: name in the icon set.
        tip: one sentence, translated.
        key: keys that do it while the list has the focus; empty for none.
        act: does it.
        applies: whether it can be done with the selected runs.
    """

    text: str
    icon: str
    tip: str
    key: str
    act: Callable[[Sequence[Run]], object]
    applies: Callable[[Sequence[Run]], bool]


class RunsPanel(QWidget):
    """A table of runs with buttons above it, and a page in the same place that compares runs. It asks; others do.

    Only the check boxes act at once: they say in `Runs` whose curves are drawn.

    Signals:
        show_requested: put the newest model of the run on the map.
        resume_requested: go on with the training of the run.
        rename_requested: the run and the name that the user typed.
        delete_requested: a list of runs.
        settings_requested: fill the training form with the settings of the run.
        folder_requested: show the folder of the run in the file manager.
        open_folder_requested: let the user choose a run folder.
    """

    show_requested = Signal(object)
    resume_requested = Signal(object)
    rename_requested = Signal(object, str)
    delete_requested = Signal(object)
    settings_requested = Signal(object)
    folder_requested = Signal(object)
    open_folder_requested = Signal()

    def __init__(self, runs: Runs, theme: ThemeSwitch, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._runs = runs
        self._theme = theme
        self.view = RunView(runs, theme)
        self.comparison = RunComparison(runs, theme)
        self.actions_: dict[str, QAction] = {}
        self.buttons: dict[str, QToolButton] = {}
        self.menu = QMenu(self)
        self._pages = QStackedWidget()
        self._list = QStackedWidget()
        self._empty = QLabel(self.tr("No runs yet. Train a model, and its run appears here."))
        self._deeds = self._all_deeds()
        for name, deed in self._deeds.items():
            self._add_action(name, deed)
            self.buttons[name] = self._new_button(self.actions_[name])
        self.sort_menu = SortMenu(self.view, self)
        self.menu.addSeparator()
        self.menu.addMenu(self.sort_menu)
        # Before the layout, which measures the buttons.
        self._on_theme_changed()
        self._lay_out()
        self._connect()
        self._refresh()

    @property
    def comparing(self) -> bool:
        """Whether the comparison is shown in place of the list."""
        return self._pages.currentWidget() is self.comparison

    def compare(self, runs: Sequence[Run]) -> None:
        """Show runs side by side, in place of the list."""
        self._pages.setCurrentWidget(self.comparison)
        self.comparison.compare(runs)

    def show_list(self) -> None:
        """Show the list of runs again."""
        if self.comparing:
            self._pages.setCurrentIndex(0)
            self.view.setFocus()

    # What can be done

    def _all_deeds(self) -> dict[str, _Deed]:
        one, tr = _one, self.tr
        return {
            "show": _Deed(
                tr("Show"),
                "eye",
                tr("Put its newest model on the map"),
                "Return",
                one(self.show_requested.emit),
                lambda runs: len(runs) == 1,
            ),
            "resume": _Deed(
                tr("Resume"),
                "play",
                tr("Go on with its training, where nothing else is in training here. ")
                + tr("A finished run trains as many epochs more as the training form says."),
                "",
                one(self.resume_requested.emit),
                lambda runs: len(runs) == 1 and self._resumable(runs[0]),
            ),
            "settings": _Deed(
                tr("Use settings"),
                "copy-simple",
                tr("Fill the training form with its model and settings"),
                "",
                one(self.settings_requested.emit),
                lambda runs: len(runs) == 1,
            ),
            "compare": _Deed(
                tr("Compare"),
                "columns",
                tr("Show two or more selected runs side by side"),
                "",
                self.compare,
                lambda runs: len(runs) > 1,
            ),
            "rename": _Deed(
                tr("Rename"),
                "pencil-simple",
                tr("Give it another name"),
                "F2",
                one(self.view.edit_name),
                lambda runs: len(runs) == 1 and runs[0].writer != "elsewhere",
            ),
            "delete": _Deed(
                tr("Delete"),
                "trash",
                tr("Delete the selected runs; this can be undone. A run in training cannot be deleted."),
                "Del",
                lambda runs: self.delete_requested.emit(list(runs)),
                lambda runs: bool(runs) and all(run.writer == "nobody" for run in runs),
            ),
            "folder": _Deed(
                tr("Open folder…"),
                "folder-open",
                tr("Show its folder in the file manager"),
                "",
                one(self.folder_requested.emit),
                lambda runs: len(runs) == 1 and runs[0].folder is not None,
            ),
            "open": _Deed(
                tr("Open run folder from elsewhere…"),
                "folder-plus",
                tr("Take a run folder into the list, also one that another process still writes"),
                "",
                lambda _runs: self.open_folder_requested.emit(),
                lambda _runs: True,
            ),
        }

    def _resumable(self, run: Run) -> bool:
        """A pause here ends with it, too; otherwise only one training runs at a time.

        A run that is finished can be trained longer.
        """
        if run.writer == "here":
            return run.info.status == "paused"
        others = any(other.writer == "here" for other in self._runs)
        return run.writer == "nobody" and run.folder is not None and run.can_resume and not others

    def _add_action(self, name: str, deed: _Deed) -> None:
        action = QAction(deed.text, self)
        # Icons only on the buttons; a menu of words reads better.
        action.setIconVisibleInMenu(False)
        action.triggered.connect(lambda: self._do(deed))
        if deed.key:
            keys = [deed.key, "Enter"] if deed.key == "Return" else [deed.key]
            action.setShortcuts([QKeySequence(key) for key in keys])
            # While a name is typed, these keys belong to the text.
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        keys_text = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        action.setToolTip(f"{deed.tip} ({keys_text})" if keys_text else deed.tip)
        self.view.addAction(action)
        self.menu.addAction(action)
        self.actions_[name] = action

    def _do(self, deed: _Deed) -> None:
        runs = self.view.selected_runs()
        if deed.applies(runs):
            deed.act(runs)

    # Inside

    def _lay_out(self) -> None:
        self._empty.setProperty("muted", True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        self._list.addWidget(self.view)
        self._list.addWidget(self._empty)
        page = QWidget()
        rows = QVBoxLayout(page)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(GRID // 2)
        rows.addWidget(_ButtonRow(self.buttons))
        rows.addWidget(self._list, 1)
        self._pages.addWidget(page)
        self._pages.addWidget(self.comparison)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._pages)

    def _new_button(self, action: QAction) -> QToolButton:
        button = QToolButton()
        button.setDefaultAction(action)
        button.setAutoRaise(True)
        button.setAccessibleName(action.text())
        return button

    def _connect(self) -> None:
        self.view.table.rename_requested.connect(self.rename_requested)
        self.view.doubleClicked.connect(self._on_double_clicked)
        self.view.selectionModel().selectionChanged.connect(lambda: self._refresh())
        self.view.customContextMenuRequested.connect(
            lambda place: self.menu.popup(self.view.viewport().mapToGlobal(place))
        )
        self.comparison.closed.connect(self.show_list)
        self._runs.added.connect(self._refresh)
        self._runs.removed.connect(self._refresh)
        self._runs.changed.connect(self._refresh)
        self._theme.changed.connect(self._on_theme_changed)

    def _on_double_clicked(self, index: QModelIndex) -> None:
        # Where there is a box to check, the clicks are for that.
        if not index.flags() & Qt.ItemFlag.ItemIsUserCheckable:
            self._do(self._deeds["show"])

    def _refresh(self) -> None:
        """Enable what applies."""
        selected = self.view.selected_runs()
        for name, deed in self._deeds.items():
            self.actions_[name].setEnabled(deed.applies(selected))
        longer = len(selected) == 1 and selected[0].info.status == "finished"
        self.actions_["resume"].setText(self.tr("Train longer") if longer else self.tr("Resume"))
        self._list.setCurrentWidget(self.view if len(self._runs) else self._empty)

    def _on_theme_changed(self) -> None:
        for name, deed in self._deeds.items():
            self.actions_[name].setIcon(icon(deed.icon, self._theme.colors))


class _ButtonRow(QWidget):
    """Buttons with words beside their icons where there is room for all of them, and icons alone elsewhere."""

    def __init__(self, buttons: dict[str, QToolButton]) -> None:
        super().__init__()
        self._buttons = list(buttons.values())
        layout = QHBoxLayout(self)
        layout.setContentsMargins(GRID // 2, GRID // 2, GRID // 2, 0)
        layout.setSpacing(2)
        for button in self._buttons[:-1]:
            layout.addWidget(button)
        layout.addStretch()
        # The last one is about no run of the list.
        layout.addWidget(self._buttons[-1])
        self._needed = {words: self._width(words) for words in (_WORDS, _ICONS)}
        self._show(_ICONS)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show(_WORDS if self._needed[_WORDS] <= self.width() else _ICONS)

    def sizeHint(self) -> QSize:
        return QSize(self._needed[_WORDS], super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(self._needed[_ICONS], super().minimumSizeHint().height())

    def _show(self, words: Qt.ToolButtonStyle) -> None:
        for button in self._buttons:
            button.setToolButtonStyle(words)

    def _width(self, words: Qt.ToolButtonStyle) -> int:
        self._show(words)
        return sum(button.sizeHint().width() + 2 for button in self._buttons) + 2 * GRID


def _one(act: Callable[[Run], object]) -> Callable[[Sequence[Run]], object]:
    """For what is done with a single run."""
    return lambda runs: act(runs[0])
