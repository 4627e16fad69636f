"""Measures of a written digit: how thick, slanted, wide, high and long its strokes are, and how much ink it has.

An attribute that can be measured on any image, a decoded one too, makes a direction of the latent space something that
can be found and then checked. The measures are those of Morpho-MNIST (Castro et al. 2019, "Morpho-MNIST: Quantitative
assessment and diagnostics for representation learning", JMLR 20).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache, lru_cache
from itertools import product
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.blocks import row_blocks

if TYPE_CHECKING:
    from vae_explorer.core.data import ByteArray

Values = NDArray[np.float64]
Attribute = Literal["thickness", "slant", "width", "height", "length", "area"]

#: The columns that `measure` gives.
ATTRIBUTES: tuple[Attribute, ...] = get_args(Attribute)
#: Raised whenever an image is measured differently than before: measures are kept on disk.
VERSION = 1

#: Strokes are a few pixels wide: only enlarged do they have an edge and a middle to measure.
_SCALE = 4
#: σ of the smoothing that goes with it, enlarged pixels: that of `skimage.transform.pyramid_expand`.
_SMOOTHING = 2 * _SCALE / 6
#: A smaller difference between the lightest and the darkest pixel, one gray level of 255, is no ink.
_LEAST_CONTRAST = 1 / 255
#: Share of the ink outside the box, on each of its four sides.
_TRIMMED = 0.01
#: Enlarged images that are measured at once. SciPy lets no other thread run while it measures distances, for 0.2 ms a
#: digit of 28×28: with 16 of them the window waits a fifth of a frame. One by one they take half as long again.
_BLOCK_BYTES = 16 * 8 * (28 * _SCALE) ** 2


def measure(
    images: ByteArray | NDArray[np.floating],
    cancelled: Callable[[], bool] | None = None,
    progress: Callable[[float], None] | None = None,
    grids: int = 1,
) -> Values:
    """Measures of light ink on dark paper, shape (n, 6), in the order of `ATTRIBUTES`.

    Each image is enlarged four times (cubic, smoothed as `pyramid_expand` does); ink is what is at least halfway
    between its darkest and lightest pixel. In pixels of the image as given:

    - thickness: twice the mean distance from the ink's medial axis to the nearest paper. Ends and crossings count, so
      that a short bar measures a little thinner than it is.
    - slant: atan(−u11 / u02), radians, by the central moments of the gray levels; upright is 0, and positive leans to
      the right at the top.
    - width, height: of a parallelogram, leaning by the slant, outside of which lies 1 % of the gray levels' sum to the
      left, to the right, above and below. The width is that of a row, not across the stroke.
    - length: of the medial axis, a diagonal step counting √2.
    - area: pixels² of ink.

    How the enlarged pixels happen to lie on a stroke decides which twigs its medial axis has, so that the thickness of
    one digit differs by some 0.03 pixels from place to place. `grids` of k averages over k×k places of the enlarged
    pixels, which is what small changes of an image need; 1 is the measure as published.

    An image's measures do not depend on the others, nor on its brightness or contrast. About 1.5 ms a digit of 28×28
    and grid.

    Args:
        images: shape (n, side, side) or (n, pixels) of square images; ``uint8`` gray levels 0–255 or floats 0–1.
        cancelled: asked every tenth of a second; after a yes, the images that were not reached are NaN.
        progress: told the share that is done, above 0 up to 1.
        grids: places of the enlarged pixels in each direction, over which the measures are averaged.

    Returns:
        The measures; NaN for images without ink (all pixels within one gray level of 255) or with pixels that are not
        finite.

    Raises:
        ValueError: the images are not square.
    """
    squares = _squares(images)
    measures = np.full((len(squares), len(ATTRIBUTES)), np.nan)
    side = squares.shape[1] * _SCALE
    for rows in row_blocks(len(squares), 8 * side**2 * grids**2, cancelled, _BLOCK_BYTES):
        measures[rows] = _measured(squares[rows], grids)
        if progress is not None:
            progress(rows.stop / len(squares))
    return measures


def import_skimage() -> None:
    """Import what measuring takes: half a second, in which Python hardly does anything else."""
    import scipy.ndimage
    import skimage.morphology

    # It loads what it has only when that is asked for.
    _ = skimage.morphology.medial_axis, scipy.ndimage.zoom


def _squares(images: ByteArray | NDArray[np.floating]) -> NDArray[Any]:
    count, pixels = len(images), math.prod(images.shape[1:])
    side = math.isqrt(pixels)
    if side**2 != pixels or (images.ndim > 2 and images.shape[1:] != (side, side)):
        raise ValueError(f"images of shape {images.shape} are not square")
    return images.reshape(count, side, side)


def _measured(squares: NDArray[Any], grids: int) -> Values:
    """Measures of a few images, shape (k, side, side)."""
    gray = squares.astype(np.float64) / (255 if squares.dtype == np.uint8 else 1)
    low, high = gray.min((1, 2), initial=np.inf), gray.max((1, 2), initial=-np.inf)
    inked = np.isfinite(low) & np.isfinite(high)
    inked[inked] = high[inked] - low[inked] >= _LEAST_CONTRAST
    measures = np.full((len(squares), len(ATTRIBUTES)), np.nan)
    if inked.any():
        large = np.concatenate([_enlarged(gray[inked], *shift) for shift in _shifts(grids)])
        columns = np.column_stack([*_box(large), *_strokes(large)])[:, _ORDER]
        measures[inked] = columns.reshape(grids**2, -1, len(ATTRIBUTES)).mean(0)
    return measures


#: From slant, width, height; thickness, length, area.
_ORDER = (3, 0, 1, 2, 4, 5)


def _shifts(grids: int) -> list[tuple[float, float]]:
    """Where to lay the enlarged pixels, evenly over one of them; only (0, 0) for one grid."""
    line = [(k + 0.5) / grids - 0.5 for k in range(grids)]
    return list(product(line, line))


def _enlarged(gray: Values, down: float, right: float) -> Values:
    """`gray`, shape (k, side, side), enlarged, shifted by parts of an enlarged pixel, and smoothed; at least 0.

    In between it is cut to the levels of the image, where cubic splines overshoot.
    """
    side = gray.shape[1]
    large = _transformed(gray, _enlarging(side, down), _enlarging(side, right))
    low, high = gray.min((1, 2), keepdims=True), gray.max((1, 2), keepdims=True)
    smoothing = _smoothing(side * _SCALE)
    return _transformed(np.clip(large, low, high) - low, smoothing, smoothing)


def _transformed(pictures: Values, rows: Values, columns: Values) -> Values:
    """`rows` @ picture @ `columns`.T of each picture."""
    count, height, width = pictures.shape
    # Flat products: NumPy takes a loop of small ones for a stack of matrices.
    across = (pictures.reshape(-1, width) @ columns.T).reshape(count, height, -1).swapaxes(1, 2)
    down = across.reshape(-1, height) @ rows.T
    return np.asarray(down.reshape(count, len(columns), len(rows)).swapaxes(1, 2))


@lru_cache(maxsize=64)
def _enlarging(side: int, shift: float) -> Values:
    """What enlarges a line of `side` pixels by cubic splines, shape (4·side, side)."""
    from scipy import ndimage

    begin = (0.5 + shift) / _SCALE - 0.5
    steps, size = np.array([1 / _SCALE, 1]), (_SCALE * side, side)
    return np.asarray(ndimage.affine_transform(np.eye(side), steps, (begin, 0), size, mode="mirror"))


@lru_cache(maxsize=8)
def _smoothing(side: int) -> Values:
    """What smooths a line of `side` enlarged pixels, shape (side, side)."""
    from scipy import ndimage

    return np.asarray(ndimage.gaussian_filter1d(np.eye(side), _SMOOTHING, axis=0, mode="reflect"))


def _box(large: Values) -> tuple[Values, Values, Values]:
    """Slant, and width and height of the parallelogram that leans by it."""
    places = np.arange(large.shape[1], dtype=np.float64)
    rows, columns = large.sum(2), large.sum(1)
    ink = rows.sum(1)
    x = places - (columns @ places / ink)[:, None]
    y = places - (rows @ places / ink)[:, None]
    u02 = (rows * y**2).sum(1)
    u11 = (np.einsum("nyx,nx->ny", large, x) * y).sum(1)
    shear = u11 / u02
    upright = _upright_columns(large, shear[:, None] * y)
    return np.arctan(-shear), _extent(upright) / _SCALE, _extent(rows) / _SCALE


def _upright_columns(large: Values, shifts: Values) -> Values:
    """Ink in each column after the rows, shape (k, side), were moved to the left by `shifts`; shape (k, columns).

    A pixel is as wide as a column, and divided exactly between the two that it comes to lie on.
    """
    count, side = large.shape[:2]
    start = np.floor(-shifts)
    share = (-shifts - start)[:, :, None]
    first = int(start.min())
    width = int(start.max()) - first + side + 1
    column = (
        (start - first).astype(np.intp)[:, :, None]
        + np.arange(side)
        + np.arange(count)[:, None, None] * width
    )
    left = np.bincount(column.ravel(), (large * (1 - share)).ravel(), count * width)
    right = np.bincount(column.ravel() + 1, (large * share).ravel(), count * width)
    return np.asarray((left + right).reshape(count, width))


def _extent(lines: Values) -> Values:
    """Between the places that have 1 % of the ink before and behind them, by the ink of each line, shape (k, lines)."""
    before = np.cumsum(lines, axis=1) / lines.sum(1, keepdims=True)
    return _crossing(before, 1 - _TRIMMED) - _crossing(before, _TRIMMED)


def _crossing(before: Values, share: float) -> Values:
    """Where the growing values of each row reach `share`, evenly within a line; shape (k,)."""
    line = (before < share).sum(1)
    row = np.arange(len(before))
    above = before[row, np.minimum(line, before.shape[1] - 1)]
    below = np.where(line > 0, before[row, line - 1], 0)
    return np.asarray(line + (share - below) / np.maximum(above - below, np.finfo(np.float64).tiny))


def _strokes(large: Values) -> tuple[Values, Values, Values]:
    """Thickness, length and area of the ink."""
    ink = large >= large.max((1, 2), keepdims=True) / 2
    axis, distance = _medial_axis(ink)
    points = axis.sum((1, 2))
    thickness = 2 * (distance * axis).sum((1, 2)) / points
    return thickness / _SCALE, _length(axis) / _SCALE, ink.sum((1, 2)) / _SCALE**2


class _ByPlace(np.random.Generator):
    """Instead of numbers drawn anew, gives each place of an image always the same one.

    Pixels that are equally far from the paper are thinned in a random order: in order of place, lines of two pixels
    would be eaten up from one end. The places in the image decide, so that the images of a picture do not mix.
    """

    def __init__(self, ink: NDArray[np.bool_], part: tuple[slice, slice]) -> None:
        super().__init__(np.random.PCG64(0))
        numbers = np.random.Generator(np.random.PCG64(1)).permutation(ink[0].size).reshape(ink.shape[1:])
        self._numbers = np.broadcast_to(numbers, ink.shape)[:, *part][ink[:, *part]]

    def permutation(self, x: Any, axis: int = 0) -> Any:
        if len(x) != len(self._numbers):
            return super().permutation(x, axis)
        return self._numbers


def _medial_axis(ink: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], Values]:
    """The ink's medial axis, and how far each pixel of it is from the paper, both of shape (k, rows, columns).

    Of these, only as many as hold the ink of all images. They are thinned as one picture, in which one is below the
    other, with paper around each.
    """
    part = (_range(ink.any((0, 2))), _range(ink.any((0, 1))))
    margin = np.pad(ink[:, *part], ((0, 0), (1, 1), (1, 1)))
    axis, distance = _thinned(margin.reshape(-1, margin.shape[2]), _ByPlace(ink, part))
    within = (slice(None), slice(1, -1), slice(1, -1))
    return axis.reshape(margin.shape)[within], distance.reshape(margin.shape)[within]


def _thinned(picture: NDArray[np.bool_], ties: _ByPlace) -> tuple[NDArray[np.bool_], Values]:
    """The medial axis of a picture with paper at its border, as scikit-image finds it, and each pixel's distance.

    scikit-image builds the table of what may be removed in 20 ms of Python for each picture, however small: more than
    all the rest of it for the two pictures that are measured while an edit is dragged. Its loop alone takes none of it.
    """
    loop = _removing_loop()
    if loop is None:
        from skimage.morphology import medial_axis

        thinned: Callable[..., tuple[NDArray[np.bool_], Values]] = medial_axis
        return thinned(picture, return_distance=True, rng=ties)
    from scipy import ndimage

    distance: Values = ndimage.distance_transform_edt(picture)
    row, column = (np.ascontiguousarray(places) for places in np.nonzero(picture))
    around = ndimage.convolve(picture.astype(np.uint8), np.ones((3, 3), np.uint8), mode="constant")
    # The nearest to the paper first; of those as near, corners last, or no arm would reach into them.
    order = np.lexsort((ties.permutation(row), 9 - around[row, column], distance[row, column]))
    axis = np.ascontiguousarray(picture, np.uint8)
    loop(axis, row, column, order.astype(np.int32), _needed())
    return axis.astype(bool), distance


def _removing_loop() -> Callable[..., None] | None:
    """Removes pixels in an order, by a table of those that are needed; None where scikit-image keeps it elsewhere."""
    try:
        from skimage.morphology import _skeletonize_various_cy as compiled
    except ImportError:
        return None
    loop: Callable[..., None] | None = getattr(compiled, "_skeletonize_loop", None)
    return loop


@cache
def _needed() -> NDArray[np.uint8]:
    """Which squares of 3×3 pixels need the one in the middle, by their number, shape (512,).

    It ends a line, or without it the ink would have another number of pieces. Bit k of the number is pixel k.
    """
    squares = (np.arange(512)[:, None] >> np.arange(9) & 1).astype(bool)
    others = squares.copy()
    others[:, 4] = False
    parted = _pieces(squares) != _pieces(others)
    needed: NDArray[np.uint8] = (squares[:, 4] & (parted | (squares.sum(1) < 3))).astype(np.uint8)
    return needed


def _pieces(squares: NDArray[np.bool_]) -> NDArray[np.intp]:
    """In how many pieces the ink of each is, corners touching; `squares` of shape (n, 9)."""
    from scipy import ndimage

    within = np.zeros((3, 3, 3), bool)
    within[1] = True
    labels, _count = ndimage.label(squares.reshape(-1, 3, 3), within)
    # They are numbered from square to square.
    highest = np.maximum.accumulate(labels.max((1, 2)))
    return np.diff(highest, prepend=0).astype(np.intp)


def _range(line: NDArray[np.bool_] | np.bool_) -> slice:
    """From the first to the last that is true."""
    true = np.flatnonzero(line)
    return slice(int(true[0]), int(true[-1]) + 1)


def _length(axis: NDArray[np.bool_]) -> Values:
    """Steps between neighbouring points of the axis, enlarged pixels; shape (k,)."""
    straight = (axis[:, 1:] & axis[:, :-1]).sum((1, 2)) + (axis[:, :, 1:] & axis[:, :, :-1]).sum((1, 2))
    falling = axis[:, 1:, 1:] & axis[:, :-1, :-1]
    rising = axis[:, 1:, :-1] & axis[:, :-1, 1:]
    length: Values = straight + math.sqrt(2) * (falling.sum((1, 2)) + rising.sum((1, 2)))
    return length
