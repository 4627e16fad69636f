"""The menu bar and the toolbar, laid out from the table of actions, and the menus that change while one works."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSize
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QDockWidget, QMenu, QToolBar

from vae_explorer.core.bundled import BundledModel, bundled_models
from vae_explorer.core.pythae_folder import model_name
from vae_explorer.state.settings import Theme
from vae_explorer.ui.actions import ActionTable
from vae_explorer.ui.layers.texts import layer_texts

if TYPE_CHECKING:
    from vae_explorer.ui.main_window import MainWindow

#: The list of runs has all of them.
_MOST_RUNS = 10

#: Actions on the toolbar; an empty name is a gap.
_TOOLBAR = (
    *("open", "save", ""),
    *("undo", "redo", ""),
    *("train", "pause", "stop", ""),
    *("fit", "zoom_in", "zoom_out", "lasso", ""),
    *("back", "forward", "bookmark", ""),
    *("theme", "first_steps"),
)


class Menus(QObject):
    """Fills a window's menu bar and toolbar.

    Attributes:
        recent: recent files.
        models: ready-made models, and the newest runs.
    """

    def __init__(self, window: MainWindow, actions: ActionTable, docks: Sequence[QDockWidget]) -> None:
        super().__init__(window)
        self._window = window
        self._actions = actions
        self._themes = QActionGroup(self)
        self._build_menus(docks)
        self._build_toolbar()
        window.files.recent_changed.connect(self._fill_recent)

    def check_theme(self, theme: Theme) -> None:
        """Tick the theme that was chosen."""
        for action in self._themes.actions():
            action.setChecked(action.data() == theme)

    def _build_menus(self, docks: Sequence[QDockWidget]) -> None:
        file = self._menu(self.tr("&File"), "open")
        self.recent = file.addMenu(self.tr("Open &recent"))
        self.recent.setToolTipsVisible(True)
        self._fill(file, "open_run", "", "save", "save_as", "", "save_session", "save_session_as", "")
        self._fill(file, "export_model", "export_coordinates", "export_image", "", "quit")
        self._menu(
            self.tr("&Edit"), "undo", "redo", "", "back", "forward", "bookmark", "", "lasso", "", "copy_image"
        )
        view = self._menu(self.tr("&View"), "fit", "zoom_in", "zoom_out", "show_cursor", "")
        for dock in docks:
            view.addAction(dock.toggleViewAction())
        view.addSeparator()
        self._fill(view, "float_dock", "")
        view.addMenu(self._background_menu())
        view.addMenu(self._theme_menu())
        self._fill(view, "reset_layout")
        self.models = self._menu(self.tr("&Model"))
        self.models.setToolTipsVisible(True)
        self.models.aboutToShow.connect(self._fill_models)
        self._menu(self.tr("&Training"), "train", "pause", "stop", "", "live", "epoch_before", "epoch_after")
        self._menu(self.tr("&Help"), "first_steps", "glossary", "shortcuts", "", "about")
        self._fill_models()
        self._fill_recent()

    def _build_toolbar(self) -> None:
        bar = QToolBar(self.tr("Toolbar"))
        bar.setObjectName("toolbar")
        bar.setMovable(False)
        # As large as the letters ask for.
        side = max(20, round(1.4 * self._window.fontMetrics().height()))
        bar.setIconSize(QSize(side, side))
        self._fill(bar, *_TOOLBAR)
        self._window.addToolBar(bar)

    def _menu(self, title: str, *names: str) -> QMenu:
        menu = self._window.menuBar().addMenu(title)
        self._fill(menu, *names)
        return menu

    def _fill(self, menu: QMenu | QToolBar, *names: str) -> None:
        for name in names:
            if name:
                menu.addAction(self._actions[name])
            else:
                menu.addSeparator()

    def _background_menu(self) -> QMenu:
        menu = QMenu(self.tr("&Background"), self._window)
        look = self._window.looks.look
        group = QActionGroup(self)
        for name in layer_texts():
            action = self._actions[f"layer_{name}"]
            action.setCheckable(True)
            action.setData(name)
            action.setChecked(name == look.layer)
            group.addAction(action)
        self._layers = group
        look.layer_changed.connect(self._tick_layer)
        self._fill(menu, *(f"layer_{name}" for name in layer_texts()), "", "layer_next")
        return menu

    def _tick_layer(self) -> None:
        for action in self._layers.actions():
            action.setChecked(action.data() == self._window.looks.look.layer)

    def _theme_menu(self) -> QMenu:
        menu = QMenu(self.tr("&Theme"), self._window)
        choices: tuple[tuple[Theme, str], ...] = (
            ("system", self.tr("As the system")),
            ("light", self.tr("Light")),
            ("dark", self.tr("Dark")),
        )
        for theme, text in choices:
            action = menu.addAction(text)
            action.setCheckable(True)
            action.setData(theme)
            self._themes.addAction(action)
        self._themes.triggered.connect(lambda action: self._window.set_theme(action.data()))
        return menu

    def _fill_recent(self) -> None:
        self.recent.clear()
        for name in self._window.settings.recent_files:
            path = Path(name)
            # The models of pythae are all called the same, and their folders are not.
            called = model_name(path) if path.name == "model.pt" else path.name
            action = self.recent.addAction(called)
            action.setToolTip(name)
            action.triggered.connect(_calling(self._window.files.open_file, path))
        self.recent.setEnabled(not self.recent.isEmpty())

    def _fill_models(self) -> None:
        self.models.clear()
        self.models.addSection(self.tr("Ready-made"))
        for bundled in bundled_models():
            action = self.models.addAction(bundled.title)
            action.setToolTip(bundled.description)
            action.setCheckable(True)
            action.setChecked(self._shows(bundled))
            action.triggered.connect(_calling(self._window.files.open_bundled, bundled))
        shown = self._window.session.model
        runs = [run for run in self._window.runs if run.epochs][-_MOST_RUNS:]
        if runs:
            self.models.addSection(self.tr("Newest runs"))
        for run in reversed(runs):
            action = self.models.addAction(run.info.name)
            action.setCheckable(True)
            action.setChecked(shown is not None and shown.run == run.id)
            action.triggered.connect(_calling(self._window.run_control.show, run))

    def _shows(self, bundled: BundledModel) -> bool:
        model = self._window.session.model
        return model is not None and model.origin == "bundled" and model.name == bundled.name


def _calling(function: Callable[..., object], argument: object) -> Callable[[], object]:
    """`function` with `argument`, whatever else the signal carries."""
    return lambda *_ignored: function(argument)
