"""Any picture of a digit made to look like one of MNIST, so that the encoder sees what it was trained on.

After LeCun et al. (1998): the digit is scaled to fit 20×20 pixels with its aspect ratio kept, which makes gray levels
of black and white, and placed in 28×28 pixels by its centre of mass. Without that, a VAE encodes the size and place of
a drawing rather than its shape.
"""

from __future__ import annotations

import io
import math
import struct
import warnings
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.data import ByteArray
from vae_explorer.core.errors import DataError
from vae_explorer.core.resampling import area_weights
from vae_explorer.core.snapshot import FloatArray

if TYPE_CHECKING:
    from PIL.Image import Image

#: Largest picture that is taken: 8,000×5,000, which covers the cameras of most telephones. 40 MB of gray levels.
MAX_PIXELS = 40_000_000
#: Longest side that is taken: nothing of a longer strip would be seen in 20 pixels.
MAX_LENGTH = 20_000
#: Largest file that is read.
MAX_FILE_BYTES = 100 * 2**20
SIDE = 28
BOX = 20
#: Pixel whose middle the centre of mass comes nearest to; that of every test digit of MNIST lies in 13.5 to 14.5.
_MIDDLE = 14
#: Formats of pixels only: no vector graphics or documents, for which Pillow starts other programs.
_FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "PPM")
#: A photo is decoded no larger than needed: so many pixels a side are plenty for 20.
_ENOUGH = 1024
#: Ink is what differs from the background by this share of the contrast; fainter is noise of a camera or of JPEG.
_FAINT = 0.02
#: Or by so many times the median deviation along the border, where there is only background; at most by half.
_BORDER_NOISE = 3
#: The digit's box ends at this share of the strongest ink: a soft edge or ringing of an enlarged picture is outside,
#: the faintest rows of MNIST's own digits are inside.
_EDGE = 0.05
#: Gray levels between background and ink below which a picture is empty: invisible to the eye, and noise otherwise.
_LEAST_CONTRAST = 10
#: What Pillow raises for damaged files, by format.
PILLOW_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    EOFError,
    OverflowError,
    AttributeError,
    struct.error,
    zlib.error,
)


def like_mnist(pixels: ByteArray | NDArray[np.floating], inverted: bool | None = None) -> ByteArray:
    """The digit of a gray picture as MNIST would have it: light on black, gray levels of shape (28, 28).

    Thin strokes of large pictures become faint when they shrink; the result is made as bright as MNIST again.

    Args:
        pixels: shape (height, width); ``uint8`` gray levels 0–255 or floats 0–1, others are clipped.
        inverted: whether the digit is dark on light; None guesses by the border, which mostly shows background.

    Raises:
        DataError: the picture is empty, has no pixels, too many of them, or one that is not a number.
    """
    ink = _ink(_checked(pixels), inverted)
    inside = ink > _EDGE * ink.max()
    rows, columns = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
    digit = _fitted(ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
    top, left = (_place(digit.sum(axis), digit.shape[1 - axis]) for axis in (1, 0))
    page = np.zeros((SIDE, SIDE), np.uint8)
    page[top : top + digit.shape[0], left : left + digit.shape[1]] = np.rint(digit * (255 / digit.max()))
    return page


def read_picture(source: Path | bytes) -> ByteArray:
    """Read a raster picture as gray levels, shape (height, width).

    Turned as its EXIF says, with transparent parts over white, the first of several frames. Pictures of more than some
    1,000 pixels a side are reduced by a whole factor. PNG, JPEG, BMP, GIF, TIFF, WebP and PPM are read.

    Args:
        source: a file, or what is in one.

    Raises:
        DataError: not such a picture, damaged, or too large.
    """
    content, name = (source, "") if isinstance(source, bytes) else (_file_bytes(source), str(source))
    from PIL import Image

    try:
        # Pillow warns of odd metadata, which do not matter, and of sizes, which are checked here.
        with (
            warnings.catch_warnings(action="ignore"),
            Image.open(io.BytesIO(content), formats=_FORMATS) as image,
        ):
            check_size(image.width, image.height)
            return _gray(image)
    except Image.DecompressionBombError as error:
        raise _too_large() from error
    except PILLOW_ERRORS as error:
        raise _not_a_picture(name) from error


def _file_bytes(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise DataError("There is no file {path}.", path=path)
        if path.stat().st_size > MAX_FILE_BYTES:
            raise DataError(
                "The file {path} is larger than {most} MiB. Reduce the picture first.",
                path=path,
                most=MAX_FILE_BYTES // 2**20,
            )
        return path.read_bytes()
    except OSError as error:
        raise DataError("Cannot read {path}: {reason}.", path=path, reason=error.strerror or error) from error


def _not_a_picture(name: str) -> DataError:
    if not name:
        return DataError("This is not a picture that can be read, or it is damaged. Use PNG or JPEG.")
    return DataError(
        "{path} is not a picture that can be read, or it is damaged. Use PNG or JPEG.", path=name
    )


def _too_large() -> DataError:
    return DataError(
        "The picture has more than {most} million pixels, or more than {length:,} a side. Reduce it first.",
        most=MAX_PIXELS // 1_000_000,
        length=MAX_LENGTH,
    )


def check_size(width: int, height: int) -> None:
    """Find out whether a picture of so many pixels would be taken.

    Raises:
        DataError: it has none, or too many.
    """
    if width * height == 0:
        raise DataError("The picture has no pixels.")
    if width * height > MAX_PIXELS or max(width, height) > MAX_LENGTH:
        raise _too_large()


def _gray(image: Image) -> ByteArray:
    from PIL import ImageOps

    image.draft("L", (_ENOUGH, _ENOUGH))  # JPEG can be decoded at an eighth of its size
    image.load()
    upright = ImageOps.exif_transpose(image)
    factor = max(1, min(upright.width, upright.height) // _ENOUGH)
    if upright.mode == "F" or upright.mode.startswith("I"):
        return _levels(upright)[::factor, ::factor]
    if factor > 1 and upright.mode in ("L", "RGB"):
        upright = upright.reduce(factor)
    return np.array(_over_white(upright).convert("L"))


def _levels(image: Image) -> ByteArray:
    """Gray levels of more than 8 bits, stretched from the darkest to the lightest; Pillow would cut them at 255."""
    values = np.asarray(image, np.float32)
    if not np.isfinite(values).all():
        raise DataError("The picture has a pixel that is not a number.")
    low, high = float(values.min()), float(values.max())
    scaled: ByteArray = ((values - low) * (255 / max(high - low, 1e-30))).astype(np.uint8)
    return scaled


def _over_white(image: Image) -> Image:
    from PIL import Image as Images

    if not image.has_transparency_data:
        return image
    layer = image.convert("RGBA")
    return Images.alpha_composite(Images.new("RGBA", layer.size, "white"), layer).convert("RGB")


def _checked(pixels: ByteArray | NDArray[np.floating]) -> FloatArray:
    """Gray levels 0–255 as floats."""
    if pixels.ndim != 2:
        raise DataError("The picture must be gray: rows and columns, not {shape}.", shape=pixels.shape)
    check_size(pixels.shape[1], pixels.shape[0])
    if pixels.dtype == np.uint8:
        return pixels.astype(np.float32)
    if not np.isfinite(pixels).all():
        raise DataError("The picture has a pixel that is not a number.")
    return np.clip(pixels, 0, 1).astype(np.float32) * np.float32(255)


def _ink(levels: FloatArray, inverted: bool | None) -> FloatArray:
    """How much ink each pixel has, 0 for background."""
    border = np.concatenate([levels[0], levels[-1], levels[:, 0], levels[:, -1]])
    paper = float(np.median(border))
    if inverted is None:
        inverted = paper - float(levels.min()) > float(levels.max()) - paper
    ink = paper - levels if inverted else levels - paper
    contrast = float(ink.max())
    if contrast < _LEAST_CONTRAST:
        raise DataError("The picture is empty: nothing on it stands out from the background.")
    noise = _BORDER_NOISE * float(np.median(np.abs(border - paper)))
    ink[ink <= max(_FAINT * contrast, min(noise, contrast / 2))] = 0
    return ink


def _fitted(digit: FloatArray) -> FloatArray:
    """Scaled so that the longer side has 20 pixels."""
    height, width = digit.shape
    scale = BOX / max(height, width)
    rows, columns = (max(1, math.floor(size * scale + 0.5)) for size in (height, width))
    scaled = area_weights(height, rows) @ digit @ area_weights(width, columns).T
    return scaled.astype(np.float32, copy=False)


def _place(mass: NDArray[np.floating], size: int) -> int:
    """Where a line of `size` pixels starts, so that its centre of mass comes to the middle of the page."""
    centre = float(mass @ np.arange(size) / mass.sum())
    return min(max(math.floor(_MIDDLE - centre + 0.5), 0), SIDE - size)
