"""Film strips: what the decoder draws at the points of a path, side by side and in the order in which they are shown.

Apart from exports, because the window shows the same strip that a file gets.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.blocks import LAYER_BLOCK_BYTES, row_blocks
from vae_explorer.core.data import ByteArray
from vae_explorer.core.decoder_space import Cancelled, check
from vae_explorer.core.errors import ConfigError, UserError
from vae_explorer.core.images import gray_levels, grid
from vae_explorer.core.snapshot import ModelSnapshot

#: A longer film is broken into rows: most viewers cannot show a wider picture.
MOST_COLUMNS = 100
#: Pixels a side of the largest picture, as for `core.images.save_png`.
MOST_SIDE = 20_000


def decoded_frames(
    snapshot: ModelSnapshot, points: NDArray[np.floating], cancelled: Cancelled = None
) -> ByteArray:
    """The mean images at `points` as gray levels, shape (n, side, side).

    Args:
        snapshot: whose decoder; 16 points take a millisecond.
        points: shape (n, latent).
        cancelled: asked every few milliseconds.

    Raises:
        CancelledError: `cancelled` said so.
        UserError: weights or points are so large that an image is no longer one of numbers.
    """
    frames = np.empty((len(points), snapshot.config.input_size), np.uint8)
    for rows in row_blocks(len(points), 4 * snapshot.config.input_size, None, LAYER_BLOCK_BYTES):
        check(cancelled)
        with np.errstate(over="ignore", invalid="ignore"):
            means = snapshot.decode(points[rows])
        if not np.isfinite(means).all():
            raise UserError("The decoder's results are no longer numbers here: its weights are too large.")
        frames[rows] = gray_levels(means)
    return frames.reshape(-1, *snapshot.config.image_shape)


def film_strip(frames: ByteArray) -> ByteArray:
    """All frames on one picture, from left to right with 2 black pixels around each; at most 100 in a row.

    Args:
        frames: gray levels, shape (n, side, side), at least one.
    """
    return grid(frames.reshape(len(frames), -1), MOST_COLUMNS)


def film_strips(films: Sequence[ByteArray]) -> ByteArray:
    """Several films of equal frame size, one below the other; black where one is shorter than the longest.

    Args:
        films: gray levels, each of shape (n, side, side); at least one film with a frame.
    """
    strips = [film_strip(film) for film in films if len(film)]
    width = max(strip.shape[1] for strip in strips)
    return np.concatenate([np.pad(strip, ((0, 0), (0, width - strip.shape[1]))) for strip in strips])


def playing_order(count: int, *, ping_pong: bool) -> NDArray[np.intp]:
    """Which frames are shown one after the other before all begins again, shape (m,).

    With `ping_pong` the film runs back again after its end; neither end is shown twice.
    """
    forward = np.arange(count)
    return np.concatenate((forward, forward[-2:0:-1])) if ping_pong else forward


def enlarged(picture: ByteArray, scale: int) -> ByteArray:
    """`picture`, shape (height, width), with each pixel repeated `scale` times in both directions.

    Raises:
        ConfigError: the scale is less than 1, or a side would be longer than 20,000 pixels.
    """
    most = MOST_SIDE // max(picture.shape)
    if most < 1:
        raise ConfigError("The picture would be more than {most} pixels wide or high.", most=MOST_SIDE)
    if not 1 <= scale <= most:
        raise ConfigError("The scale must be from 1 to {most}, not {scale}.", most=most, scale=scale)
    large: ByteArray = picture.repeat(scale, 0).repeat(scale, 1)
    return large
