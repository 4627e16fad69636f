"""What a person sees of their data before these are taken."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vae_explorer.core.data import ByteArray
from vae_explorer.core.datasets.choices import Kind
from vae_explorer.core.datasets.remarks import Remark, Skipped

#: Pictures that are shown at most.
SAMPLES = 24
#: Rows or files that are looked at, spread over all of them; where there are more, the rest is judged when it is read.
LOOKED_AT = 2048


@dataclass(frozen=True, slots=True, eq=False)
class Preview:
    """What was found, and what would be done with it.

    Where only a part was looked at (`looked_at` < `found`), sizes, classes and what is skipped are those of that part,
    and `images`, `train` and `test` take all the others for good.

    Attributes:
        name: what to call the data on the screen.
        kind: what they are read from.
        path: where that is.
        found: files, rows or lines that may be images.
        looked_at: how many of them were looked at.
        images: how many would be taken.
        train: how many of these to train on.
        test: how many to test on.
        sizes: widths and heights with their counts, the most frequent first.
        side: of the square images that would be made, in pixels.
        classes: names with their counts; empty without labels.
        samples: some images as they would be taken: gray levels, shape (k, side, side), k ≤ 24.
        sample_classes: their classes' names; empty without labels.
        skipped: what would be left out, and why.
        remarks: what would be done: scaled, resized, padded, split.
    """

    name: str
    kind: Kind
    path: Path
    found: int
    looked_at: int
    images: int
    train: int
    test: int
    sizes: tuple[tuple[tuple[int, int], int], ...]
    side: int
    classes: tuple[tuple[str, int], ...]
    samples: ByteArray
    sample_classes: tuple[str, ...]
    skipped: tuple[Skipped, ...]
    remarks: tuple[Remark, ...]

    @property
    def whole(self) -> bool:
        """Whether everything was looked at."""
        return self.looked_at >= self.found
