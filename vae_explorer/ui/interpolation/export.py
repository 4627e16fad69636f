"""Takes the chosen path home: as a picture, a film, arrays, or the Python that computes it again."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QActionGroup, QGuiApplication
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from vae_explorer.core.errors import UserError
from vae_explorer.core.path_export import FilmSettings, PathFilm, export_path
from vae_explorer.core.path_recipe import Anchor, PathRecipe
from vae_explorer.state.journey import DigitAnchor, Journey
from vae_explorer.state.session import OpenModel, Session
from vae_explorer.ui.file_dialogs import ask_where_to_save
from vae_explorer.ui.icons import icon
from vae_explorer.ui.interpolation.player import Player
from vae_explorer.ui.interpolation.styles import kind_name
from vae_explorer.ui.theme import ThemeSwitch
from vae_explorer.ui.widgets.message_bar import translated
from vae_explorer.workers.jobs import Jobs
from vae_explorer.workers.path_wish import Found
from vae_explorer.workers.paths import PathWorker

_SCALES, _USUAL_SCALE = (1, 2, 4, 8, 16), 4


class PathExport(QToolButton):
    """A button with a menu of formats.

    Args:
        session: says which model it is.
        journey: says which path.
        worker: has it.
        player: says how quickly films run, and whether there and back.
        theme: colours.
        jobs: where files are written.

    Attributes:
        folder: where the last file went.
        formats: actions by suffix.
        sizes: actions by how many times larger pictures become.
        copy: puts the Python on the clipboard.

    Signals:
        message: what to tell the user.
    """

    message = Signal(object)

    def __init__(
        self,
        session: Session,
        journey: Journey,
        worker: PathWorker,
        player: Player,
        theme: ThemeSwitch,
        jobs: Jobs,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._journey, self._worker = session, journey, worker
        self._player, self._theme, self._jobs = player, theme, jobs
        self.folder = Path.home()
        self.formats: dict[str, QAction] = {}
        self.sizes: dict[int, QAction] = {}
        self._sizes = QActionGroup(self)
        self.setText(self.tr("Export"))
        self.setToolButtonStyle(self.toolButtonStyle().ToolButtonTextBesideIcon)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setToolTip(self.tr("Save the chosen path as a picture, a film, arrays or Python"))
        self.setAutoRaise(True)
        menu = QMenu(self)
        self._add_formats(menu)
        self.copy = menu.addAction(self.tr("Copy the Python"))
        self.copy.triggered.connect(self.copy_python)
        menu.addSeparator()
        self._add_sizes(menu.addMenu(self.tr("Size of pictures")))
        self.setMenu(menu)
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()
        self.refresh()

    @property
    def scale(self) -> int:
        """How many times larger pictures become."""
        return next((scale for scale, action in self.sizes.items() if action.isChecked()), _USUAL_SCALE)

    def refresh(self) -> None:
        """Be there for a path that is seen, also while a better one is on its way: that takes but a moment."""
        plan = self._journey.plan
        self.setEnabled(plan.chosen in plan.kinds and self._worker.found_of(plan.chosen) is not None)

    def copy_python(self) -> None:
        """Put the Python that computes the path on the clipboard."""
        recipe = self._recipe()
        if recipe is None:
            self._say_wait()
        else:
            QGuiApplication.clipboard().setText(recipe.snippet())
            self.message.emit(self.tr("The Python for this path is on the clipboard."))

    def ask_and_save(self, suffix: str, names: str) -> None:
        """Ask for a file and write the path in the format of a suffix."""
        if self._found() is None:
            self._say_wait()
            return
        kind = self._journey.plan.chosen
        title = self.tr("Export the path: {kind}").format(kind=kind_name(kind))
        start = self.folder / f"path-{kind}{suffix}"
        path = ask_where_to_save(self.window(), title, start, f"{names} (*{suffix})")
        if path is not None:
            self._save(path)

    def _save(self, path: Path) -> None:
        # The path may have become another one while the dialog was open.
        found, recipe = self._found(), self._recipe()
        if found is None or recipe is None:
            self._say_wait()
            return
        self.folder = path.parent
        kind = self._journey.plan.chosen
        report = self._worker.report_of(kind) if self._worker.is_measured(kind) else None
        film = PathFilm(recipe, found.anchors, found.path.points, found.frames, report)
        settings = FilmSettings(self.scale, self._player.frame_ms, self._player.ping_pong.isChecked())
        self._jobs.start(
            partial(export_path, path, film, settings),
            lambda _result: self.message.emit(self.tr("Saved as {path}").format(path=path)),
            self._on_failed,
        )

    def _say_wait(self) -> None:
        self.message.emit(self.tr("This path is still being found. Export it again in a moment."))

    def _on_failed(self, error: UserError) -> None:
        self.message.emit(translated(error))

    def _found(self) -> Found | None:
        kind = self._journey.plan.chosen
        wanted = kind in self._journey.plan.kinds and self._worker.is_current(kind)
        return self._worker.found_of(kind) if wanted else None

    def _recipe(self) -> PathRecipe | None:
        found, plan, model = self._found(), self._journey.plan, self._session.model
        if found is None or model is None or len(plan.anchors) != len(found.anchors):
            return None
        anchors: tuple[Anchor, ...] = tuple(
            anchor.index if isinstance(anchor, DigitAnchor) else tuple(place.tolist())
            for anchor, place in zip(plan.anchors, found.anchors, strict=True)
        )
        # Only a geodesic asks how near to the data it is.
        near_data = plan.near_data if plan.chosen == "geodesic" else 0.0
        return PathRecipe(
            _model_name(model), anchors, plan.chosen, plan.steps, plan.loop, plan.even, near_data
        )

    def _add_formats(self, menu: QMenu) -> None:
        for suffix, text, names in (
            (".png", self.tr("Film strip (PNG)…"), self.tr("Images")),
            (".gif", self.tr("Animation (GIF)…"), self.tr("Animations")),
            (".mp4", self.tr("Film (MP4)…"), self.tr("Films")),
            (".npz", self.tr("Arrays (NPZ)…"), self.tr("NumPy arrays")),
            (".py", self.tr("Python…"), self.tr("Python programs")),
        ):
            action = self.formats[suffix] = menu.addAction(text)
            action.triggered.connect(partial(self.ask_and_save, suffix, names))

    def _add_sizes(self, menu: QMenu) -> None:
        for scale in _SCALES:
            action = self.sizes[scale] = menu.addAction(self.tr("× {scale}").format(scale=scale))
            action.setCheckable(True)
            action.setChecked(scale == _USUAL_SCALE)
            self._sizes.addAction(action)

    def _on_theme_changed(self) -> None:
        self.setIcon(icon("export", self._theme.colors))


def _model_name(model: OpenModel) -> str:
    """What `vae_explorer.api.open_model` opens it by; empty for a model that is in no file."""
    if model.origin == "bundled":
        return model.name
    return "" if model.path is None else str(model.path)
