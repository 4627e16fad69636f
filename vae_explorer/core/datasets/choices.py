"""What a person can choose when data are taken, and what is too small or too large to be taken."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from vae_explorer.core.errors import ConfigError

Kind = Literal["folder", "npy", "npz", "csv"]
Fit = Literal["pad", "crop"]

#: Sides of images, in pixels. 256×256 are 65,536 inputs of a model.
MIN_SIDE, MAX_SIDE = 2, 256
#: More values than this are no classes: numbers of rows, for example, or measurements.
MAX_CLASSES = 1000
#: Test images at most, unless the data come with a test part: as many as MNIST has.
MAX_TEST = 10_000
#: What is read into memory at most; a larger ``.npy`` is mapped.
MEMORY_BYTES = 4 * 2**30
#: A ``.npy`` up to this size is read into memory, where nobody can change it any more.
SMALL_BYTES = 256 * 2**20


@dataclass(frozen=True, slots=True)
class Choices:
    """How data are to be taken.

    Attributes:
        side: to which pictures of a folder are resized, in pixels, 2–256. Arrays and tables keep their size.
        fit: how a picture of a folder that is not square becomes one, its aspect kept: ``pad`` shows all of it, with
            the median gray of its edge around; ``crop`` fills the square with its middle.
        inverted: take dark on light as light on dark, as MNIST is.
        labelled: whether labels are looked for.
        labels: name of the table's column or of the array in an ``.npz`` that holds them, or a column's number from 1;
            None finds it by the usual names.
        labels_path: another file with one label a row: ``.npy``, ``.npz``, or text with one a line.
        images: name of the array in an ``.npz``; None finds it by the usual names.
        pad_vectors: whether vectors of no square length are filled up with black to the next square.
        test_share: of the images, more than 0, at most ½, for the test part; 10,000 at most. Data that come with a
            test part keep it.
        seed: of the draw of that part, 0 or more.

    Raises:
        ConfigError: a value is out of range; the message says which.
    """

    side: int = 28
    fit: Fit = "pad"
    inverted: bool = False
    labelled: bool = True
    labels: str | None = None
    labels_path: Path | None = None
    images: str | None = None
    pad_vectors: bool = False
    test_share: float = 1 / 7
    seed: int = 0

    def __post_init__(self) -> None:
        if not MIN_SIDE <= self.side <= MAX_SIDE:
            raise ConfigError(
                "Images must be {least} to {most} pixels a side, not {side}.",
                least=MIN_SIDE,
                most=MAX_SIDE,
                side=self.side,
            )
        if self.fit not in ("pad", "crop"):
            raise ConfigError("Pictures are padded (pad) or cropped (crop), not “{fit}”.", fit=self.fit)
        if not 0 < self.test_share <= 0.5:
            raise ConfigError(
                "The test part must be more than 0 and at most half of the images, not {share}.",
                share=self.test_share,
            )
        if self.seed < 0:
            raise ConfigError("The seed must be 0 or more, not {seed}.", seed=self.seed)
