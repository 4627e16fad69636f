"""Frames to an MP4 film, by ffmpeg in a process of its own.

The package ``imageio-ffmpeg`` is an optional extra and brings ffmpeg along; one that the system has does as well. Its
process is run from here, because the package's own writer neither notices a failure nor says why.
"""

from __future__ import annotations

import importlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import IO

import numpy as np

from vae_explorer.core.data import ByteArray
from vae_explorer.core.errors import UserError
from vae_explorer.core.files import reason

#: 0 loses nothing, 51 is worst; from 18 on an eye sees no loss.
_QUALITY = "12"


def encode_mp4(pictures: Iterable[ByteArray], frame_ms: int, about: Mapping[str, str]) -> bytes:
    """An MP4 file: H.264 with 4:2:0 colours, which browsers and slides play.

    Args:
        pictures: gray levels, at least one, all of one shape (height, width); an odd side gets one more black row or
            column, since the format has none.
        frame_ms: how long a frame stays, milliseconds.
        about: what the file says of itself, such as its title.

    Raises:
        UserError: ffmpeg is missing or fails, or there is no room for its temporary file.
    """
    ffmpeg = find_ffmpeg()
    rest = iter(pictures)
    first = _even(next(rest))
    try:
        with tempfile.TemporaryDirectory(prefix="vae-explorer-") as folder:
            target = Path(folder, "film.mp4")
            command = [ffmpeg, *_options(first.shape, frame_ms, about), str(target)]
            _run(command, chain((first,), map(_even, rest)), Path(folder, "errors.txt"))
            return target.read_bytes()
    except OSError as error:
        raise UserError("The film cannot be encoded: {reason}.", reason=reason(error)) from error


def find_ffmpeg() -> str:
    """The program that encodes: the package's, or else the system's.

    Raises:
        UserError: there is none; the message says what to install.
    """
    try:
        return str(importlib.import_module("imageio_ffmpeg").get_ffmpeg_exe())
    except (ImportError, RuntimeError) as error:
        found = shutil.which("ffmpeg")
        if found is None:
            raise UserError(
                "MP4 films need ffmpeg, which is not installed. Run `{command}`, or choose another format: "
                "a GIF needs nothing more.",
                command="pip install imageio-ffmpeg",
            ) from error
        return found


def _options(shape: tuple[int, ...], frame_ms: int, about: Mapping[str, str]) -> list[str]:
    height, width = shape
    metadata = [word for name, text in about.items() for word in ("-metadata", f"{name}={text}")]
    return [
        *("-y", "-v", "error"),
        *(
            "-f",
            "rawvideo",
            "-pix_fmt",
            "gray",
            "-s",
            f"{width}x{height}",
            "-r",
            f"1000/{frame_ms}",
            "-i",
            "-",
        ),
        *("-an", "-c:v", "libx264", "-crf", _QUALITY, "-pix_fmt", "yuv420p", "-movflags", "+faststart"),
        *metadata,
    ]


def _run(command: list[str], pictures: Iterator[ByteArray], errors: Path) -> None:
    # What it complains of goes to a file: nobody would empty a pipe while frames are written to the other one.
    with errors.open("wb") as log, _process(command, log) as process:
        assert process.stdin is not None
        try:
            for picture in pictures:
                process.stdin.write(picture.tobytes())
            process.stdin.close()
        except BrokenPipeError:
            # It ended early, and says why below.
            pass
        if process.wait() == 0:
            return
    lines = errors.read_text("utf-8", "replace").strip().splitlines()
    raise UserError(
        "The film cannot be encoded: {reason}.", reason=lines[-1].rstrip(".") if lines else "ffmpeg failed"
    )


@contextmanager
def _process(command: list[str], log: IO[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    # On Windows a console would flash up.
    flags: int = getattr(subprocess, "CREATE_NO_WINDOW", 0)
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=log,
        bufsize=0,
        creationflags=flags,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        if process.stdin is not None:
            process.stdin.close()
        process.wait()


def _even(picture: ByteArray) -> ByteArray:
    height, width = picture.shape
    return np.pad(picture, ((0, height % 2), (0, width % 2)))
