"""What a reader found in a file or folder, before anybody judged it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from vae_explorer.core.datasets.choices import Kind
from vae_explorer.core.datasets.pixels import Mapping, Stored
from vae_explorer.core.datasets.remarks import Remark, Skips


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Rows of numbers that may be images.

    Attributes:
        name: what to call the data on the screen.
        kind: what they were read from.
        path: where that is.
        stored: the values as they are stored, shape (n, values).
        size: height and width of each image; None for vectors.
        labels: of these rows, numbers or words; None without any.
        class_names: of the labels 0, 1, …, if the file has any.
        given_tests: how many rows at the end are a test part.
        mapping: the file on which `stored` lies; None in memory.
        skips: what was left out so far.
        remarks: what was done so far.
    """

    name: str
    kind: Kind
    path: Path
    stored: Stored
    size: tuple[int, int] | None
    labels: NDArray[Any] | None
    class_names: tuple[str, ...] = ()
    given_tests: int = 0
    mapping: Mapping | None = None
    skips: Skips = field(default_factory=Skips)
    remarks: tuple[Remark, ...] = ()
