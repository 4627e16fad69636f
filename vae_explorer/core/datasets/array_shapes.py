"""Arrays of images in the shapes that people keep them in, as rows."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from vae_explorer.core.datasets.npy import Header
from vae_explorer.core.errors import DataError

Size = tuple[int, int] | None


def image_size(header: Header, name: str) -> Size:
    """Height and width of the images of an array; None for vectors.

    N×D are vectors; N×H×W, N×H×W×1 and N×1×H×W are images.

    Raises:
        DataError: the array has another shape, no values, or values that are no numbers.
    """
    if header.dtype.kind not in "biuf":
        raise DataError(
            "The values of {name} are of the type {type}. Images need numbers: uint8, or floats from 0 to 1.",
            name=name,
            type=header.dtype,
        )
    shape = header.shape
    if len(shape) == 4 and 1 in (shape[1], shape[3]):
        shape = shape[:3] if shape[3] == 1 else (shape[0], *shape[2:])
    if len(shape) == 4 and (shape[3] in (3, 4) or shape[1] in (3, 4)):
        raise DataError("The images of {name} have colours. Convert them to gray first.", name=name)
    if len(shape) not in (2, 3):
        raise DataError(
            "{name} has the shape {shape}. Images need N×H×W or N×H×W×1, vectors N×D.",
            name=name,
            shape="×".join(map(str, shape)) or "of a single number",
        )
    if 0 in shape:
        raise DataError("There are no images in {name}.", name=name)
    return None if len(shape) == 2 else (shape[1], shape[2])


def as_rows(values: NDArray[Any]) -> NDArray[Any]:
    """Images of any of these shapes as rows, shape (n, values); shared with `values` where it lies row by row."""
    return values.reshape(len(values), -1)
