"""Labels of any kind (numbers, words, one-hot rows) as classes 0 to k − 1 with names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.datasets.choices import MAX_CLASSES
from vae_explorer.core.datasets.data_set import Labels
from vae_explorer.core.datasets.remarks import Remark
from vae_explorer.core.errors import DataError

#: Of a row without a label.
NO_CLASS = -1


@dataclass(frozen=True, slots=True, eq=False)
class Classes:
    """What labels say.

    Attributes:
        codes: 0 to k − 1, or −1 for a row without a label, shape (n,); None where the labels are of no use.
        names: of the k classes.
        remarks: what is to be said of them.
    """

    codes: Labels | None
    names: tuple[str, ...] = ()
    remarks: tuple[Remark, ...] = ()


UNLABELLED = Classes(None)


def classes_of(labels: NDArray[Any], images: int, names: tuple[str, ...] = ()) -> Classes:
    """The classes that labels stand for, numbers in rising order, words in that of the alphabet.

    Args:
        labels: numbers or words, shape (n,) or (n, 1), or one-hot rows, shape (n, k). NaN and “” are no label.
        images: how many there must be.
        names: of the classes 0, 1, …, if the data bring them.

    Raises:
        DataError: they are not one for each image, or of a type that stands for no class.
    """
    flat = _numbers(_one_each(labels, images))
    missing = _missing(flat)
    values, codes = np.unique(flat[~missing], return_inverse=True)
    if len(values) > MAX_CLASSES:
        return _too_many(len(values))
    if not len(values):
        return Classes(None, remarks=(Remark("None of the images has a label."),))
    filled = np.full(images, NO_CLASS, np.int32)
    filled[~missing] = _named_codes(values, names)[codes]
    used = names if _fits(values, names) else tuple(_name(value) for value in values)
    return Classes(filled, used, _remarks(len(values)))


def _remarks(classes: int) -> tuple[Remark, ...]:
    return (Remark("All images are of one class."),) if classes == 1 else ()


def _too_many(classes: int) -> Classes:
    said = Remark(
        "The labels have {classes:,} different values, more than the {most:,} classes that can be shown. "
        "The images are taken without labels.",
        {"classes": classes, "most": MAX_CLASSES},
    )
    return Classes(None, remarks=(said,))


def _one_each(labels: NDArray[Any], images: int) -> NDArray[Any]:
    if labels.ndim == 0 or len(labels) != images:
        raise DataError(
            "There are {labels:,} labels for {images:,} images. There must be one for each.",
            labels=labels.size if labels.ndim == 0 else len(labels),
            images=images,
        )
    flat = labels.reshape(images, -1)
    if flat.shape[1] == 1:
        return flat[:, 0]
    if not _is_one_hot(flat):
        raise DataError(
            "The labels have the shape {shape}. There must be one for each image, or one-hot rows.",
            shape="×".join(map(str, labels.shape)),
        )
    hot: NDArray[Any] = flat.argmax(1)
    return hot


def _is_one_hot(rows: NDArray[Any]) -> bool:
    if rows.dtype.kind not in "biuf" or rows.shape[1] > MAX_CLASSES:
        return False
    return bool(((rows == 0) | (rows == 1)).all() and (rows.sum(1) == 1).all())


def _numbers(labels: NDArray[Any]) -> NDArray[Any]:
    """Words that are all numbers as such, so that 10 comes after 9; other words as text."""
    if labels.dtype.kind in "biuf":
        return labels
    if labels.dtype.kind not in "US":
        raise DataError("Labels of the type {type} cannot be used. Use numbers or words.", type=labels.dtype)
    words = np.char.decode(labels, "utf-8", "replace") if labels.dtype.kind == "S" else labels
    words = np.char.strip(words)
    try:
        return np.where(words == "", "nan", words).astype(np.float64)
    except ValueError:
        return words


def _missing(labels: NDArray[Any]) -> NDArray[np.bool_]:
    missing: NDArray[np.bool_]
    if labels.dtype.kind == "f":
        missing = ~np.isfinite(labels)
    elif labels.dtype.kind == "U":
        missing = labels == ""
    else:
        missing = np.zeros(len(labels), bool)
    return missing


def _fits(values: NDArray[Any], names: tuple[str, ...]) -> bool:
    """Whether all labels are places in the list of names."""
    if not 0 < len(names) <= MAX_CLASSES or values.dtype.kind not in "biuf":
        return False
    return bool((values == np.rint(values)).all() and values[0] >= 0 and values[-1] < len(names))


def _named_codes(values: NDArray[Any], names: tuple[str, ...]) -> Labels:
    return values.astype(np.int32) if _fits(values, names) else np.arange(len(values), dtype=np.int32)


def _name(value: Any) -> str:
    if isinstance(value, np.bool_ | np.str_):
        return str(value)
    return str(int(value)) if value == int(value) else f"{value:.6g}"
