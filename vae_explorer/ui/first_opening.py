"""What a window shows when it opens, and what it finds out once that is on the screen."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from vae_explorer.core.bundled import DEFAULT_MODEL, bundled_models
from vae_explorer.core.data import count_images
from vae_explorer.core.run_folder import is_run_folder
from vae_explorer.state.session import Session
from vae_explorer.state.settings import Settings
from vae_explorer.ui.map.panel import MapPanel
from vae_explorer.ui.model_files import ModelFiles
from vae_explorer.ui.remembering import Remembering
from vae_explorer.ui.runs.control import RunControl
from vae_explorer.ui.training.panel import TrainingPanel
from vae_explorer.workers.jobs import Jobs

if TYPE_CHECKING:
    from vae_explorer.ui.kept_session import KeptSession
    from vae_explorer.ui.session_keeping import SessionKeeping


class FirstOpening(QObject):
    """Opens the first model, and whatever else there is to say at a start.

    Args:
        session: is empty until then.
        files, run_control: open what was named at the start; both say when they are idle.
        map_panel: says that there is something to come, and gives the hints.
        training_panel: is told how many images there are to train on.
        settings: say whether hints were given before.
        remembering: writes that, if there is anything to remember at all.
        jobs: for the disk.
        parent: owner.

    Attributes:
        fell_back: what was named at the start could not be opened; the default model is shown in its place.

    Signals:
        ready: the first model is drawn, or could not be opened; once more after each one that follows.
    """

    ready = Signal()

    def __init__(
        self,
        session: Session,
        files: ModelFiles,
        run_control: RunControl,
        map_panel: MapPanel,
        training_panel: TrainingPanel,
        settings: Settings,
        remembering: Remembering,
        jobs: Jobs,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._session, self._files, self._run_control = session, files, run_control
        self._map_panel, self._training_panel = map_panel, training_panel
        self._settings, self._remembering, self._jobs = settings, remembering, jobs
        self.fell_back = False
        self._kept: KeptSession | None = None
        self._keeping: SessionKeeping | None = None
        self._opening_named = False
        #: Nothing was named at the start, so that what was open the last time may be offered.
        self._started_bare = False
        self._looked_around = False
        files.idle.connect(self._on_idle)
        run_control.idle.connect(self._on_idle)

    def open(self, path: Path | None, kept: KeptSession, keeping: SessionKeeping) -> None:
        """Open the file or run folder given on the command line, or the default model.

        Args:
            path: of that file or folder.
            kept: may offer more.
            keeping: begins when there is a model.
        """
        self._kept, self._keeping = kept, keeping
        self._opening_named = path is not None
        self._started_bare = path is None
        self._map_panel.show_empty(self.tr("Loading the map…"))
        if path is not None and is_run_folder(path):
            self._files.with_images(lambda _images: self._run_control.open_folder(path))
        elif path is not None:
            self._files.open_file(path, keep_message=True)
        else:
            self._open_default()
        if not self._settings.hints_seen:
            self._settings.hints_seen = True
            self._map_panel.hints.show()
            # Never again, however this window ends.
            self._remembering.save()

    def _open_default(self) -> None:
        default = next(model for model in bundled_models() if model.name == DEFAULT_MODEL)
        # What was said before, of the settings or of the file on the command line, still holds.
        self._files.open_bundled(default, keep_message=True)

    def _on_idle(self) -> None:
        opening_named, self._opening_named = self._opening_named, False
        if self._session.model is None and opening_named:
            # The file on the command line was bad; its message stays while the default model opens.
            self.fell_back = True
            self._open_default()
            return
        if self._session.model is None:
            self._map_panel.show_empty(self.tr("Train a model or open one to see its map"))
        self.ready.emit()
        if not self._looked_around:
            self._looked_around = True
            self._look_around()

    def _look_around(self) -> None:
        """Find out what the first picture did not need."""
        # A problem with the training images is said when somebody wants to train.
        self._jobs.start(
            partial(count_images, "train"), self._training_panel.set_image_count, lambda _error: None
        )
        if self._remembering.on_disk and self._keeping is not None:
            self._run_control.discover(self._kept if self._started_bare else None)
            self._keeping.start()
