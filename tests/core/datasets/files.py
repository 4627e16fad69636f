"""Data as people keep them, made anew for each test."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Bytes = NDArray[np.uint8]


def levels(images: int, side: int = 6, seed: int = 0) -> Bytes:
    """Gray levels of random images, 0 and 255 among them, shape (images, side, side)."""
    drawn = np.random.default_rng(seed).integers(0, 256, (images, side, side), np.uint8)
    drawn[0, 0, :2] = 0, 255
    return drawn


def save_picture(path: Path, picture: Bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).save(path)


def class_folder(
    root: Path, classes: tuple[str, ...] = ("cats", "dogs"), each: int = 5, side: int = 28
) -> Path:
    """A folder with a sub-folder of PNG files for each class; those of class k have the gray 40 (k + 1) modulo 256."""
    for k, name in enumerate(classes):
        for i in range(each):
            save_picture(root / name / f"{i}.png", np.full((side, side), 40 * (k + 1) % 256, np.uint8))
    return root
