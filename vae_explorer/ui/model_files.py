"""Opening, saving and exporting: dialogs on this side, the work itself on another thread."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from vae_explorer.core.bundled import BundledModel, bundled_models
from vae_explorer.core.checkpoint import SUFFIX, load_model, save_model
from vae_explorer.core.data import ImageSet, load_images
from vae_explorer.core.errors import CheckpointError, UserError
from vae_explorer.core.images import save_png
from vae_explorer.core.planes import Plane
from vae_explorer.core.point_export import write_points_csv
from vae_explorer.core.pythae_folder import model_name, pythae_weights
from vae_explorer.core.session_file import SESSION_SUFFIX, is_session_file
from vae_explorer.state.session import OpenModel, Origin, Session, open_model
from vae_explorer.state.settings import Settings
from vae_explorer.ui.decoder.panel import DecoderPanel
from vae_explorer.ui.file_dialogs import ask_for_file, ask_where_to_save
from vae_explorer.ui.model_export import ask_for_export
from vae_explorer.ui.widgets.image_view import to_image
from vae_explorer.ui.widgets.message_bar import MessageBar
from vae_explorer.workers.jobs import Jobs

_PATTERNS = f"*{SUFFIX} *{SESSION_SUFFIX} *.pt *.pth *.ckpt *.bin"
#: Decoded images are exported this many times larger, so that they can be seen.
_EXPORT_SCALE = 10


class ModelFiles(QObject):
    """What the File and Model menus do.

    Signals:
        opened: the user opened a model, from a file or from the list; carries it, just before it is shown.
        idle: nothing is being read any more, whether it worked or not.
        recent_changed: the list of recent files.
        session_chosen: the file to open is a saved session; carries its path.
    """

    opened = Signal(object)
    idle = Signal()
    recent_changed = Signal()
    session_chosen = Signal(object)

    def __init__(
        self,
        window: QWidget,
        session: Session,
        settings: Settings,
        jobs: Jobs,
        messages: MessageBar,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._session = session
        self._settings = settings
        self._jobs = jobs
        self._messages = messages
        self._newest_wish = 0

    # Opening

    def open_bundled(self, model: BundledModel, *, keep_message: bool = False) -> None:
        """Open a model that comes with the application."""
        self._messages.setHidden(self._messages.isHidden() or not keep_message)
        self._open(model.path, model.name, "bundled")

    def open_file(self, path: Path, *, keep_message: bool = False) -> None:
        """Open a model or a session; what is wrong with a bad one is said in place of what was said before.

        Args:
            path: the file, or a folder that the pythae library saved.
            keep_message: leave what was said before where it is.
        """
        self._messages.setHidden(self._messages.isHidden() or not keep_message)
        if is_session_file(path):
            self.session_chosen.emit(path)
            return
        for model in bundled_models():
            if path == model.path:
                self.open_bundled(model, keep_message=keep_message)
                return
        # What stands for a folder of pythae is its file with the weights.
        self._open(pythae_weights(path.absolute()) or path.absolute(), model_name(path), "file")

    def ask_and_open(self) -> None:
        """Let the user choose a file."""
        kinds = self.tr("Models and sessions ({patterns});;All files (*)").format(patterns=_PATTERNS)
        title = self.tr("Open a model or a session")
        chosen = ask_for_file(self._window, title, self._settings.last_folder, kinds)
        if chosen is not None:
            self.open_file(chosen)

    def _open(self, path: Path, name: str, origin: Origin) -> None:
        wish, plane = self.new_wish(), self._session.plane_choice.plane

        def open_with(images: ImageSet) -> None:
            self._jobs.start(
                lambda: _read(path, images, name, origin, plane),
                lambda model: self._on_opened(wish, model),
                self._on_open_failed,
            )

        self.with_images(open_with)

    def with_images(self, then: Callable[[ImageSet], object]) -> None:
        """Do something as soon as the test images are there."""
        if self._session.images is not None:
            then(self._session.images)
            return

        def loaded(images: ImageSet) -> None:
            # Kept even if the model turns out to be bad: another one can then be trained.
            if self._session.images is None:
                self._session.set_images(images)
            then(images)

        self._jobs.start(lambda: load_images("test"), loaded, self._on_open_failed)

    def new_wish(self) -> int:
        """A number for a file that the user wants to see now, of whatever kind."""
        self._newest_wish += 1
        return self._newest_wish

    def is_newest(self, wish: int) -> bool:
        """Whether it is still wanted: a large file chosen first must not replace a small one chosen later."""
        return wish == self._newest_wish

    def _on_opened(self, wish: int, model: OpenModel) -> None:
        if not self.is_newest(wish):
            return
        if model.origin == "file" and model.path is not None:
            self.remember(model.path)
        self.opened.emit(model)
        self._session.show(model)
        self.idle.emit()

    def _on_open_failed(self, error: UserError) -> None:
        self._messages.warn_about(error)
        self.idle.emit()

    # Saving

    def save(self, then: Callable[[], object] | None = None) -> None:
        """Save the open model in its own file, or ask for one."""
        model = self._session.model
        if model is None:
            return
        if model.path is None or model.origin == "bundled":
            self.save_as(model, then)
        elif not model.saved:
            self._save(model, model.path, then)

    def save_as(self, model: OpenModel | None = None, then: Callable[[], object] | None = None) -> None:
        """Ask for a file and save a model, the open one by default, there."""
        model = model or self._session.model
        if model is None:
            return
        name = self.ask_where(
            self.tr("Save the model"), _model_file(model) + SUFFIX, self.tr("Models (*.safetensors)")
        )
        if name is not None:
            self._save(model, name, then)

    def _save(self, model: OpenModel, path: Path, then: Callable[[], object] | None) -> None:
        def done(_result: None) -> None:
            self._session.mark_saved(model, path)
            self.remember(path)
            self._messages.inform(self.tr("Saved as {path}").format(path=path))
            if then is not None:
                then()

        self._jobs.start(lambda: save_model(model.snapshot, path), done, self._messages.warn_about)

    # Exporting

    def export_model(self) -> None:
        """Write the open model for other programs, in the form that the user chooses with the file."""
        model = self._session.model
        if model is None:
            return
        folder = Path(self._settings.last_folder or Path.home())
        wish = ask_for_export(self._window, model.snapshot, model.name, folder / _model_file(model))
        if wish is not None:
            # The first time, PyTorch takes seconds to load.
            self._messages.inform(self.tr("Writing {path}…").format(path=wish.path))
            self._export(wish.path, wish.write)

    def export_coordinates(self) -> None:
        """Write where the encoder puts each test image."""
        model, images = self._session.model, self._session.images
        if model is None or images is None:
            return
        name = file_name(model.name) + "-latent.csv"
        path = self.ask_where(self.tr("Export latent coordinates"), name, self.tr("Tables (*.csv)"))
        if path is not None:
            everyone = np.arange(len(images))
            self._export(path, lambda: write_points_csv(path, everyone, images.labels, model.posterior))

    def export_image(self, panel: DecoderPanel) -> None:
        """Write the decoded image as a PNG."""
        picture = panel.picture
        if picture is None:
            return
        path = self.ask_where(self.tr("Save the decoded image"), "decoded.png", self.tr("Images (*.png)"))
        if path is not None:
            self._export(path, lambda: save_png(path, picture, _EXPORT_SCALE))

    def copy_image(self, panel: DecoderPanel) -> None:
        """Put the decoded image on the clipboard."""
        if panel.picture is not None:
            picture = panel.picture.repeat(_EXPORT_SCALE, 0).repeat(_EXPORT_SCALE, 1)
            QGuiApplication.clipboard().setImage(to_image(picture))
            self._messages.inform(self.tr("The decoded image is on the clipboard."))

    def _export(self, path: Path, work: Callable[[], None]) -> None:
        saved = self.tr("Saved as {path}").format(path=path)
        self._settings.last_folder = str(path.parent)
        self._jobs.start(work, lambda _result: self._messages.inform(saved), self._messages.warn_about)

    # Files

    def ask_where(self, title: str, name: str, kinds: str) -> Path | None:
        """Let the user say where to save: a file called `name` at first, of `kinds` in the words of Qt's dialog."""
        start = Path(self._settings.last_folder or Path.home()) / name
        return ask_where_to_save(self._window, title, start, kinds)

    def remember(self, path: Path) -> None:
        """Put a file at the top of the recent ones."""
        self._settings.last_folder = str(path.parent)
        self._settings.add_recent(path)
        self.recent_changed.emit()


def _read(path: Path, images: ImageSet, name: str, origin: Origin, wished: Plane) -> OpenModel:
    snapshot = load_model(path)
    try:
        return open_model(snapshot, images, name, origin, path=path, wished=wished)
    except CheckpointError as error:
        raise CheckpointError("Cannot open {path}: {problem}", path=path, problem=error) from error


def _model_file(model: OpenModel) -> str:
    """A name for the file of a model, without suffix; two snapshots of a run have two names."""
    name = file_name(model.name)
    return name if model.run is None else f"{name}-epoch-{model.epoch:g}"


def file_name(name: str) -> str:
    """`name` without what a file name cannot hold."""
    return re.sub(r"[^\w.-]+", "-", name).strip("-.") or "model"
