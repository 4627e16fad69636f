"""A path for other tools: film strip, animation, film, arrays, or the Python that computes it again.

Each format is made in memory and then written at once, so that an older file stays whole until the new one is there.
"""

from __future__ import annotations

import io
import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.checks import require_integer
from vae_explorer.core.data import ByteArray
from vae_explorer.core.decoder_space import Cancelled, check
from vae_explorer.core.errors import ConfigError, DataError
from vae_explorer.core.files import write_atomically
from vae_explorer.core.images import usual_scale
from vae_explorer.core.path_recipe import PathRecipe, digits_of
from vae_explorer.core.strips import MOST_SIDE, enlarged, film_strip, playing_order

if TYPE_CHECKING:
    from vae_explorer.core.path_report import PathReport

#: What a film may hold in all: Pillow and encoders keep some of it in memory.
_MOST_PIXELS = 2**28
#: Viewers show what is quicker than this ten times slower.
_LEAST_FRAME_MS = 20
_MOST_FRAME_MS = 60_000


@dataclass(frozen=True, slots=True, eq=False)
class PathFilm:
    """A path, and what the decoder draws along it.

    Attributes:
        recipe: what was asked for.
        anchors: latent points that the path passes, shape (k, latent).
        points: latent points of the frames, float64, shape (n, latent), at least one.
        frames: decoded mean images, gray levels, shape (n, side, side).
        report: what was measured along the path, if it was.
    """

    recipe: PathRecipe
    anchors: NDArray[np.float64]
    points: NDArray[np.float64]
    frames: ByteArray
    report: PathReport | None = None

    def __post_init__(self) -> None:
        if not len(self.points) or len(self.points) != len(self.frames):
            raise DataError(
                "A film needs an image for each point of its path, but there are {frames} for {points}.",
                frames=len(self.frames),
                points=len(self.points),
            )


@dataclass(frozen=True, slots=True)
class FilmSettings:
    """How frames become a picture or a film.

    Attributes:
        scale: each pixel is repeated so often in both directions, at least once; None for `core.images.usual_scale`,
            or less where a film would be too large.
        frame_ms: how long a frame stays, milliseconds, 20 to 60,000; a GIF knows only hundredths of a second.
        ping_pong: whether the film runs back again after its end.

    Raises:
        ConfigError: one of them is out of range.
    """

    scale: int | None = None
    frame_ms: int = 100
    ping_pong: bool = False

    def __post_init__(self) -> None:
        if self.scale is not None:
            require_integer("scale", self.scale, 1, MOST_SIDE)
        require_integer("frame time in milliseconds", self.frame_ms, _LEAST_FRAME_MS, _MOST_FRAME_MS)


def export_path(
    path: Path, film: PathFilm, settings: FilmSettings | None = None, cancelled: Cancelled = None
) -> None:
    """Write `film` in the format that the suffix of `path` names, see `FORMATS`.

    Args:
        path: the file; an older one stays whole until the new one is.
        film: what to write.
        settings: of pictures and films.
        cancelled: asked before each frame of a film.

    Raises:
        ConfigError: unknown suffix, or a picture or film that would be too large.
        UserError: the file cannot be written, or what encodes it is not installed.
        CancelledError: `cancelled` said so; nothing was written.
    """
    maker = _MAKERS[film_format(path)]
    write_atomically(path, maker(film, settings or FilmSettings(), cancelled))


def film_format(path: Path) -> str:
    """The suffix of `path`, if it is one of `FORMATS`.

    Raises:
        ConfigError: it is not.
    """
    suffix = path.suffix.lower()
    if suffix not in _MAKERS:
        raise ConfigError(
            "The name of the file says its format and must end in one of {formats}; “{name}” does not.",
            formats=", ".join(FORMATS),
            name=path.name,
        )
    return suffix


def _png(film: PathFilm, settings: FilmSettings, _cancelled: Cancelled) -> bytes:
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    text = PngInfo()
    for name, value in film.recipe.describe().items():
        text.add_text(name, value)
    content = io.BytesIO()
    strip = film_strip(film.frames)
    strip = enlarged(strip, usual_scale(strip) if settings.scale is None else settings.scale)
    Image.fromarray(strip).save(content, "PNG", pnginfo=text)
    return content.getvalue()


def _gif(film: PathFilm, settings: FilmSettings, cancelled: Cancelled) -> bytes:
    """One that plays for ever, in gray without dithering; frames that do not differ are stored once, for longer."""
    from PIL import Image

    pictures = (Image.fromarray(picture) for picture in _shown(film, settings, cancelled))
    content = io.BytesIO()
    next(pictures).save(
        content,
        "GIF",
        save_all=True,
        append_images=pictures,
        duration=round(settings.frame_ms, -1),
        loop=0,
        comment=_comment(film.recipe),
    )
    return content.getvalue()


def _mp4(film: PathFilm, settings: FilmSettings, cancelled: Cancelled) -> bytes:
    from vae_explorer.core.video import encode_mp4

    pictures = _shown(film, settings, cancelled)
    about = film.recipe.describe()
    return encode_mp4(
        pictures, settings.frame_ms, {"title": about["Title"], "comment": _comment(film.recipe).decode()}
    )


def _npz(film: PathFilm, _settings: FilmSettings, _cancelled: Cancelled) -> bytes:
    """Arrays that ``numpy.load`` reads without pickle."""
    recipe, report = film.recipe, film.report
    arrays: dict[str, Any] = {
        "points": film.points,
        "frames": film.frames,
        "anchors": film.anchors,
        "digits": np.array(digits_of(recipe.anchors), np.int64),
        "kind": np.array(recipe.kind),
        "model": np.array(recipe.model),
        "snippet": np.array(recipe.snippet()),
    }
    if report is not None:
        arrays |= {f"report_{name}": values for name, values in report.arrays().items()}
        arrays["report"] = np.array(json.dumps(report.summary()))
    content = io.BytesIO()
    np.savez_compressed(content, **arrays)
    return content.getvalue()


def _python(film: PathFilm, _settings: FilmSettings, _cancelled: Cancelled) -> bytes:
    return film.recipe.snippet().encode()


_MAKERS: dict[str, Callable[[PathFilm, FilmSettings, Cancelled], bytes]] = {
    ".gif": _gif,
    ".png": _png,
    ".mp4": _mp4,
    ".npz": _npz,
    ".py": _python,
}
#: Suffixes that `export_path` knows.
FORMATS = tuple(_MAKERS)


def _shown(film: PathFilm, settings: FilmSettings, cancelled: Cancelled) -> Iterator[ByteArray]:
    order = playing_order(len(film.frames), ping_pong=settings.ping_pong)
    scale = _film_scale(len(order), film.frames[0], settings.scale)
    _check_size(len(order), film.frames.shape[1], scale)
    for index in order:
        check(cancelled)
        yield enlarged(film.frames[index], scale)


def _film_scale(count: int, frame: ByteArray, asked: int | None) -> int:
    if asked is not None:
        return asked
    most: int = math.isqrt(_MOST_PIXELS // count) // max(frame.shape)
    return max(1, min(usual_scale(frame), most))


def _check_size(count: int, side: int, scale: int) -> None:
    if scale * side <= MOST_SIDE and count * (scale * side) ** 2 > _MOST_PIXELS:
        raise ConfigError(
            "A film of {count} images of {side}×{side} pixels is too large. Use a smaller scale, or fewer steps.",
            count=count,
            side=scale * side,
        )


def _comment(recipe: PathRecipe) -> bytes:
    """All that a file says of where it comes from, in one text; a GIF's comment is one of bytes."""
    return "\n".join(f"{name}: {value}" for name, value in recipe.describe().items()).encode()
