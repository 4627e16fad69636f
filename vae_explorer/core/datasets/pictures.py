"""One picture file of any size and mode as a square of gray levels.

Several threads may do this at once: nothing here changes what all of them share, such as the filters of warnings.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.data import ByteArray
from vae_explorer.core.datasets.choices import Choices
from vae_explorer.core.digit_scan import MAX_FILE_BYTES, PILLOW_ERRORS, check_size
from vae_explorer.core.errors import DataError

if TYPE_CHECKING:
    from PIL.Image import Image

#: Formats of pixels only: no vector graphics or documents, for which Pillow starts other programs.
_FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "PPM")
#: What their files are called.
SUFFIXES = frozenset(
    (
        ".png",
        ".jpg",
        ".jpeg",
        ".jpe",
        ".bmp",
        ".gif",
        ".tif",
        ".tiff",
        ".webp",
        ".pgm",
        ".ppm",
        ".pbm",
        ".pnm",
    )
)
#: A JPEG is decoded at a fraction of its size, but at no less than so many times what is needed.
_ENOUGH = 2


@dataclass(frozen=True, slots=True, eq=False)
class Taken:
    """A picture as it is taken, or why it is not.

    Attributes:
        levels: gray levels, shape (side, side); None where it is not taken, or only its size was asked for.
        size: width and height of the file's picture; None if that could not be told.
        reason: why it is left out; empty if it is not.
    """

    levels: ByteArray | None = None
    size: tuple[int, int] | None = None
    reason: str = ""


def take_picture(path: Path, choices: Choices, decoded: bool = True) -> Taken:
    """Read a picture: turned as its EXIF says, transparent parts over white, the first of several frames.

    Args:
        path: the file.
        choices: side, fit and inversion.
        decoded: whether its pixels are read, or only its size.
    """
    try:
        content_size = path.stat().st_size
        if content_size == 0:
            return Taken(reason="the file is empty")
        if content_size > MAX_FILE_BYTES:
            return Taken(reason="the file is larger than 100 MiB")
        return _opened(path, choices, decoded)
    except FileNotFoundError:
        return Taken(reason="the file is no longer there")
    except PermissionError:
        return Taken(reason="the file may not be read")
    except PILLOW_ERRORS:
        return Taken(reason="the file is damaged, or no picture")


def _opened(path: Path, choices: Choices, decoded: bool) -> Taken:
    from PIL import Image

    try:
        with Image.open(path, formats=_FORMATS) as image:
            size = image.size
            check_size(*size)
            return Taken(square_gray(image, choices) if decoded else None, size)
    except (DataError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return Taken(reason="the picture has no pixels, more than 40 million, or values that are no numbers")


def square_gray(image: Image, choices: Choices) -> ByteArray:
    """An opened picture as gray levels, shape (side, side).

    Its aspect is kept. Lanczos' filter takes all pixels into account that one of the small picture covers.

    Raises:
        DataError: a pixel is not a number.
    """
    from PIL import ImageOps

    image.draft("L", (_ENOUGH * choices.side, _ENOUGH * choices.side))
    gray = _gray(ImageOps.exif_transpose(image))
    levels = _padded(gray, choices.side) if choices.fit == "pad" else _cropped(gray, choices.side)
    return 255 - levels if choices.inverted else levels


def _gray(image: Image) -> Image:
    from PIL import Image as Images

    if image.mode == "F" or image.mode.startswith("I"):
        return Images.fromarray(_levels(np.asarray(image)))
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        image = Images.alpha_composite(Images.new("RGBA", layer.size, "white"), layer)
    return image.convert("L")


def _levels(values: NDArray[Any]) -> ByteArray:
    """Gray levels of values that are 0–1, 0–255 or 0–65,535, whichever is the least that holds all of them."""
    if not np.isfinite(values).all() or values.min() < 0 or values.max() > 65_535:
        raise DataError("The picture has a pixel that is not a number.")
    fractions = values.dtype.kind == "f" and values.max() <= 1
    whole = 1 if fractions else 255 if values.max() <= 255 and values.dtype != np.uint16 else 65_535
    levels: ByteArray = np.rint(values.astype(np.float32) * np.float32(255 / whole)).astype(np.uint8)
    return levels


def _cropped(gray: Image, side: int) -> ByteArray:
    from PIL.Image import Resampling

    half = min(gray.size) / 2
    x, y = gray.width / 2, gray.height / 2
    box = (x - half, y - half, x + half, y + half)
    return np.asarray(gray.resize((side, side), Resampling.LANCZOS, box))


def _padded(gray: Image, side: int) -> ByteArray:
    from PIL.Image import Resampling

    scale = side / max(gray.size)
    width, height = (max(1, round(scale * length)) for length in gray.size)
    small = gray if gray.size == (side, side) else gray.resize((width, height), Resampling.LANCZOS)
    levels = np.asarray(small)
    if levels.shape == (side, side):
        return levels
    page = np.full((side, side), _edge(levels), np.uint8)
    top, left = (side - height) // 2, (side - width) // 2
    page[top : top + height, left : left + width] = levels
    return page


def _edge(levels: ByteArray) -> int:
    """The median gray of the outermost pixels: mostly background."""
    edge = np.concatenate((levels[0], levels[-1], levels[:, 0], levels[:, -1]))
    return int(np.median(edge))
