"""Writing files so that a crash, a full disk or a killed process never leaves half of one behind."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from vae_explorer.core.errors import UserError

#: Not made from the file's own name: that may already be as long as the system allows.
_TEMPORARY_PREFIX = ".vae-explorer-"


def write_atomically(path: Path, content: bytes) -> None:
    """Put `content` at `path`: a temporary file beside it, fsync, rename. An older file stays whole until then.

    A device or a pipe, such as ``/dev/stdout``, is written to and not replaced.

    Raises:
        UserError: the folder is missing, not writable or full; the message says which.
    """
    with _explained(path):
        if _is_special(path):
            path.write_bytes(content)
        else:
            _replace(_target(path), content)


def check_writable(path: Path) -> None:
    """Find out before long work, by trying, whether `write_atomically` can put a file at `path`.

    Raises:
        UserError: it cannot; the message says why.
    """
    with _explained(path):
        if not _is_special(path):
            file, name = tempfile.mkstemp(dir=_target(path).parent, prefix=_TEMPORARY_PREFIX)
            os.close(file)
            Path(name).unlink()


def takes_files(folder: Path) -> bool:
    """Find out by trying whether a file can be put into `folder`: root has the permission even in `/proc`."""
    try:
        with tempfile.TemporaryFile(dir=folder, prefix=_TEMPORARY_PREFIX):
            return True
    except OSError:
        return False


def unwritable(path: Path, error: OSError) -> UserError:
    """What to say where `path` cannot be written because of `error`.

    The system answers "No such file" both where a folder is missing and where one takes no files, as `/proc`.
    """
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        # What failed may be a temporary file, a folder on the way, or what a link leads to.
        folder = Path(os.fsdecode(error.filename or path)).parent
        return UserError(_no_place(folder), path=path, folder=folder)
    return UserError("Cannot write {path}: {reason}.", path=path, reason=reason(error))


def _no_place(folder: Path) -> str:
    if folder.is_dir():
        return "Cannot write {path}: the folder {folder} does not take files. Choose another one."
    if folder.exists():
        return "Cannot write {path}: {folder} is not a folder."
    return "Cannot write {path}: there is no folder {folder}."


def reason(error: OSError) -> str:
    """What the system says of `error`, without its number and path."""
    return error.strerror or str(error)


@contextlib.contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise unwritable(path, error) from error


def _is_special(path: Path) -> bool:
    """Whether a rename over `path` would destroy something that is no file, `/dev/null` for instance."""
    return path.exists() and not path.is_file() and not path.is_dir()


def _target(path: Path) -> Path:
    """The file to replace: behind a link, so that the link stays."""
    target = Path(os.path.realpath(path)) if path.is_symlink() else path
    if target.is_dir():
        raise OSError("it is a folder")
    return target


def _replace(target: Path, content: bytes) -> None:
    temporary: Path | None = None
    try:
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=_TEMPORARY_PREFIX, delete=False) as file:
            temporary = Path(file.name)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        _copy_mode(target, temporary)
        temporary.replace(target)
    except BaseException:
        if temporary is not None:
            with contextlib.suppress(OSError):
                temporary.unlink()
        raise


def _copy_mode(target: Path, temporary: Path) -> None:
    """Give the new file the permissions of the old one, or those that any new file gets."""
    try:
        mode = target.stat().st_mode & 0o777
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        mode = 0o666 & ~mask
    temporary.chmod(mode)
