"""The menu bar and the toolbar, laid out from the table of actions, and the menus that change while one works."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QSize
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QDockWidget, QMainWindow, QMenu, QToolBar

from vae_explorer.core.bundled import BundledModel, bundled_models
from vae_explorer.state.session import Session
from vae_explorer.state.settings import Settings, Theme
from vae_explorer.ui.actions import ActionTable
from vae_explorer.ui.model_files import ModelFiles

#: Actions on the toolbar; an empty name is a gap.
_TOOLBAR = (
    *("open", "save", ""),
    *("undo", "redo", ""),
    *("train", "stop", ""),
    *("fit", "zoom_in", "zoom_out", ""),
    *("theme", "first_steps"),
)


class Menus(QObject):
    """Fills a window's menu bar and toolbar.

    Attributes:
        recent: recent files.
        models: ready-made models, and those trained since the start.
    """

    def __init__(
        self,
        window: QMainWindow,
        actions: ActionTable,
        docks: Sequence[QDockWidget],
        session: Session,
        settings: Settings,
        files: ModelFiles,
        set_theme: Callable[[Theme], None],
    ) -> None:
        super().__init__(window)
        self._window = window
        self._actions = actions
        self._session = session
        self._settings = settings
        self._files = files
        self._set_theme = set_theme
        self._themes = QActionGroup(self)
        self._build_menus(docks)
        self._build_toolbar()
        files.recent_changed.connect(self._fill_recent)

    def check_theme(self, theme: Theme) -> None:
        """Tick the theme that was chosen."""
        for action in self._themes.actions():
            action.setChecked(action.data() == theme)

    def _build_menus(self, docks: Sequence[QDockWidget]) -> None:
        file = self._menu(self.tr("&File"), "open")
        self.recent = file.addMenu(self.tr("Open &recent"))
        self.recent.setToolTipsVisible(True)
        self._fill(file, "", "save", "save_as", "", "export_coordinates", "export_image", "", "quit")
        self._menu(self.tr("&Edit"), "undo", "redo", "", "copy_image")
        view = self._menu(self.tr("&View"), "fit", "zoom_in", "zoom_out", "")
        for dock in docks:
            view.addAction(dock.toggleViewAction())
        view.addSeparator()
        view.addMenu(self._theme_menu())
        self._fill(view, "reset_layout")
        self.models = self._menu(self.tr("&Model"))
        self.models.setToolTipsVisible(True)
        self.models.aboutToShow.connect(self._fill_models)
        self._menu(self.tr("&Training"), "train", "stop")
        self._menu(self.tr("&Help"), "first_steps", "shortcuts", "", "about")
        self._fill_models()
        self._fill_recent()

    def _build_toolbar(self) -> None:
        bar = QToolBar(self.tr("Toolbar"))
        bar.setObjectName("toolbar")
        bar.setMovable(False)
        bar.setIconSize(QSize(20, 20))
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
        self._themes.triggered.connect(lambda action: self._set_theme(action.data()))
        return menu

    def _fill_recent(self) -> None:
        self.recent.clear()
        for name in self._settings.recent_files:
            path = Path(name)
            action = self.recent.addAction(path.name)
            action.setToolTip(name)
            action.triggered.connect(_calling(self._files.open_file, path))
        self.recent.setEnabled(not self.recent.isEmpty())

    def _fill_models(self) -> None:
        self.models.clear()
        self.models.addSection(self.tr("Ready-made"))
        for bundled in bundled_models():
            action = self.models.addAction(bundled.title)
            action.setToolTip(bundled.description)
            action.setCheckable(True)
            action.setChecked(self._shows(bundled))
            action.triggered.connect(_calling(self._files.open_bundled, bundled))
        if self._session.trained:
            self.models.addSection(self.tr("Trained since the start"))
        shown = self._session.model
        for model in self._session.trained:
            text = model.name if model.saved else self.tr("{name} (not saved)").format(name=model.name)
            action = self.models.addAction(text)
            action.setCheckable(True)
            action.setChecked(shown is not None and shown.run == model.run)
            action.triggered.connect(_calling(self._files.open_trained, model))

    def _shows(self, bundled: BundledModel) -> bool:
        model = self._session.model
        return model is not None and model.origin == "bundled" and model.name == bundled.name


def _calling(function: Callable[..., object], argument: object) -> Callable[[], object]:
    """`function` with `argument`, whatever else the signal carries."""
    return lambda *_ignored: function(argument)
