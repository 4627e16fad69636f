"""Images for other tools, all or a selection: latent coordinates as CSV or NPZ, pictures on one sheet."""

from __future__ import annotations

import csv
import io
import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.data import ByteArray
from vae_explorer.core.errors import DataError
from vae_explorer.core.files import write_atomically
from vae_explorer.core.images import grid
from vae_explorer.core.snapshot import Posterior

#: So many numbers become text at once, a millisecond's work: meanwhile no other thread gets a turn.
_AT_ONCE = 2**12


def write_points_csv(
    path: Path, indices: NDArray[np.integer], labels: ByteArray, posterior: Posterior
) -> None:
    """Write columns index, label, mu_1…mu_d, logvar_1…logvar_d, one row an image, in the order of `indices`.

    Numbers have the digits that a float32 needs to be read back exactly.

    Args:
        path: the file.
        indices: which images, shape (n,).
        labels: of ALL images.
        posterior: of ALL images.

    Raises:
        UserError: the file cannot be written.
        IndexError: there is no such image.
    """
    rows = _rows(indices, len(labels))
    dimensions = range(1, posterior.mu.shape[1] + 1)
    text = io.StringIO(newline="")
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["index", "label", *(f"mu_{j}" for j in dimensions), *(f"logvar_{j}" for j in dimensions)])
    chunk = max(1, _AT_ONCE // (2 * len(dimensions)))
    for start in range(0, len(rows), chunk):
        part = rows[start : start + chunk]
        # A float32 is written with its own digits; `tolist` would make a float64 of it, with twice as many.
        numbers = np.concatenate([posterior.mu[part], posterior.logvar[part]], axis=1).astype(str)
        for index, label, values in zip(part.tolist(), labels[part].tolist(), numbers.tolist(), strict=True):
            text.write(f"{index},{label},{','.join(values)}\n")
    write_atomically(path, text.getvalue().encode())


def write_points_npz(
    path: Path, indices: NDArray[np.integer], labels: ByteArray, posterior: Posterior
) -> None:
    """Write the arrays indices, labels, mu and logvar of a selection; ``numpy.load`` reads it without pickle.

    Args:
        path: the file.
        indices: which images, shape (n,).
        labels: of ALL images.
        posterior: of ALL images.

    Raises:
        UserError: the file cannot be written.
        IndexError: there is no such image.
    """
    rows = _rows(indices, len(labels))
    content = io.BytesIO()
    np.savez(content, indices=rows, labels=labels[rows], mu=posterior.mu[rows], logvar=posterior.logvar[rows])
    write_atomically(path, content.getvalue())


def picture_sheet(pictures: ByteArray, columns: int | None = None) -> ByteArray:
    """All pictures on one, row by row with 2 black pixels around each, for `core.images.save_png`.

    10,000 pictures of MNIST make a sheet of 3,002×3,002 pixels.

    Args:
        pictures: gray levels, shape (n, side, side).
        columns: pictures a row; None makes as many rows as columns.

    Raises:
        DataError: there is no picture, or a row of less than one.
    """
    if not len(pictures):
        raise DataError("There are no pictures to put on a sheet. Select some first.")
    if columns is None:
        columns = math.ceil(math.sqrt(len(pictures)))
    if columns < 1:
        raise DataError("A sheet needs at least one picture a row, not {columns}.", columns=columns)
    return grid(pictures.reshape(len(pictures), -1), columns)


def _rows(indices: NDArray[np.integer], count: int) -> NDArray[np.int64]:
    rows = np.asarray(indices, np.int64)
    if len(rows) and not 0 <= rows.min() <= rows.max() < count:
        raise IndexError(f"images {rows.min()} to {rows.max()} of {count}")
    return rows
