"""Reading a session file: everything is checked and the model is encoded before anything on the screen changes.

The file that the model came from may have been moved, deleted, or written anew since. Then the session's own copy is
what counts, and the user is told.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from vae_explorer.core.bundled import bundled_models
from vae_explorer.core.checkpoint import load_model
from vae_explorer.core.data import ImageSet
from vae_explorer.core.errors import CheckpointError, ConfigError, UserError
from vae_explorer.core.run_folder import read_run
from vae_explorer.core.session_file import load_session
from vae_explorer.core.snapshot import ModelSnapshot
from vae_explorer.state.saved_session import SavedModel, SavedSession
from vae_explorer.state.session import OpenModel, open_model

_MISSING = (
    "The file of the session's model is not there any more: {path}. "
    "The session kept a copy of the model, which is shown. Save it with File > Save model as."
)
_CHANGED = (
    "The file of the session's model holds another model by now: {path}. "
    "The session kept a copy of its own, which is shown. Save it with File > Save model as."
)
_NO_RUN = (
    "The run of the session's model is not there any more: {path}. "
    "The session kept a copy of the model, which is shown, without its run."
)


@dataclass(frozen=True, slots=True, eq=False)
class ReadSession:
    """A session as it was read; nothing of it is shown yet.

    Attributes:
        path: its file.
        saved: everything but the model.
        model: the model, which belongs to no run yet.
        problem: what is said of the file or the run that the model came from; None where all is as it was.
    """

    path: Path
    saved: SavedSession
    model: OpenModel
    problem: UserError | None


def read_session(path: Path, images: ImageSet) -> ReadSession:
    """Read a session, and look for the file of its model; some hundred milliseconds.

    Raises:
        CheckpointError: the file cannot be read, is damaged, or does not fit the images.
    """
    content = load_session(path)
    snapshot = content.snapshot
    try:
        saved = SavedSession.from_dict(content.values, snapshot.config.latent)
        _check_digits(saved, images)
        source = saved.model
        model = open_model(snapshot, images, source.name, "file", wished=saved.plane)
    except (CheckpointError, ConfigError) as error:
        raise CheckpointError("Cannot open {path}: {problem}", path=path, problem=error) from error
    file, problem = _find_file(source, snapshot, path.absolute().parent)
    model = replace(model, path=file, saved=file is not None, epoch=source.epoch)
    if file is not None:
        model = replace(model, origin=source.origin)
    return ReadSession(path.absolute(), saved, model, problem)


def without_run(found: ReadSession) -> ReadSession:
    """The same where the folder of its model's run has turned out to be unreadable."""
    return replace(found, problem=UserError(_NO_RUN, path=found.saved.model.folder))


def _check_digits(saved: SavedSession, images: ImageSet) -> None:
    most = max(saved.picked, default=0)
    if most >= len(images):
        raise ConfigError(
            "digit #{index} is picked in it, but there are only {count} test images.",
            index=most,
            count=len(images),
        )


def _find_file(
    source: SavedModel, snapshot: ModelSnapshot, folder: Path
) -> tuple[Path | None, UserError | None]:
    """The file that holds the model, and what there is to say if none does any more."""
    if source.run:
        gone = source.folder and not _is_whole_run(Path(source.folder))
        return None, UserError(_NO_RUN, path=source.folder) if gone else None
    if source.origin == "bundled":
        places = [model.path for model in bundled_models() if model.name == source.name]
    elif source.path:
        # Somebody may have moved a folder with the model and the session in it.
        places = [Path(source.path), folder / Path(source.path).name]
    else:
        return None, None
    there = [place for place in places if _is_file(place)]
    for place in there:
        if _holds(place, snapshot):
            return place, None
    return None, UserError(_CHANGED if there else _MISSING, path=source.path or source.name)


def _is_whole_run(folder: Path) -> bool:
    try:
        read_run(folder)
    except (UserError, OSError, ValueError):
        # Of the last kind: what stands in the file is no path.
        return False
    return True


def _is_file(place: Path) -> bool:
    """Whether there is such a file, as far as the user may know: it may be in the folder of somebody else."""
    try:
        return place.is_file()
    except (OSError, ValueError):
        return False


def _holds(file: Path, snapshot: ModelSnapshot) -> bool:
    """Whether `file` holds this very model."""
    try:
        other = load_model(file)
    except CheckpointError:
        return False
    return other.config == snapshot.config and all(
        np.array_equal(values, other.weights[name]) for name, values in snapshot.weights.items()
    )
