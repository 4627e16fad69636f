"""Which arrays of an ``.npz`` are images, labels and names of classes, by the names that are in use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from vae_explorer.core.datasets.choices import Choices
from vae_explorer.core.datasets.npy import Header
from vae_explorer.core.errors import DataError

Headers = Mapping[str, Header]

_IMAGES = ("images", "x", "data", "imgs", "pixels", "features", "arr_0")
_LABELS = ("labels", "y", "targets", "label", "target", "classes", "arr_1")
_TRAIN_IMAGES = ("x_train", "train_images", "train_x", "images_train", "train_data", "x_tr", "train")
_TEST_IMAGES = ("x_test", "test_images", "test_x", "images_test", "test_data", "x_te", "test")
_TRAIN_LABELS = ("y_train", "train_labels", "train_y", "labels_train", "train_targets", "y_tr")
_TEST_LABELS = ("y_test", "test_labels", "test_y", "labels_test", "test_targets", "y_te")
_CLASS_NAMES = ("class_names", "label_names", "target_names", "names", "classes")


@dataclass(frozen=True, slots=True)
class Named:
    """Names of the arrays to use: of the images, and of as many arrays of labels, or none.

    The second one, if there are two, is the test part.
    """

    images: tuple[str, ...]
    labels: tuple[str, ...]
    class_names: str | None


def names_in(headers: Headers, choices: Choices, path: Path) -> Named:
    """Find images, labels and names of classes.

    Raises:
        DataError: what was asked for is not there, or nothing looks like images; the message lists what is there.
    """
    images, labels = _both_parts(headers) if choices.images is None else ((), ())
    if not images:
        images = (_image_name(headers, choices, path),)
        labels = _label_name(headers, images[0])
    if choices.labels is not None:
        labels = (_existing(choices.labels, headers, path),)
    if not choices.labelled or choices.labels_path is not None:
        labels = ()
    words = {name: header for name, header in headers.items() if header.dtype.kind in "US"}
    return Named(images, labels, _first(_CLASS_NAMES, {k: v for k, v in words.items() if k not in labels}))


def only_labels(headers: Headers, path: Path) -> str:
    """The array of labels in a file that has nothing else, or by its name.

    Raises:
        DataError: there is none.
    """
    name = _first((*_LABELS, "arr_0"), headers) or (next(iter(headers)) if len(headers) == 1 else None)
    if name is None:
        raise _nothing(headers, path, "labels")
    return name


def _first(usual: tuple[str, ...], headers: Headers) -> str | None:
    lower = {name.lower(): name for name in headers}
    return next((lower[name] for name in usual if name in lower), None)


def _both_parts(headers: Headers) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Images and labels of both parts, without labels if one has none; nothing unless both parts are there."""
    images = _first(_TRAIN_IMAGES, headers), _first(_TEST_IMAGES, headers)
    labels = _first(_TRAIN_LABELS, headers), _first(_TEST_LABELS, headers)
    if images[0] is None or images[1] is None:
        return (), ()
    first, second = labels
    return (images[0], images[1]), () if first is None or second is None else (first, second)


def _image_name(headers: Headers, choices: Choices, path: Path) -> str:
    if choices.images is not None:
        return _existing(choices.images, headers, path)
    large = [
        name for name, header in headers.items() if len(header.shape) >= 2 and header.dtype.kind in "biuf"
    ]
    found = _first((*_IMAGES, *_TRAIN_IMAGES), {name: headers[name] for name in large})
    if found is None and len(large) == 1:
        return large[0]
    if found is None:
        raise _nothing(headers, path, "images")
    return found


def _label_name(headers: Headers, images: str) -> tuple[str, ...]:
    others = {name: header for name, header in headers.items() if name != images}
    usual = (*_TRAIN_LABELS, *_LABELS) if images.lower() in _TRAIN_IMAGES else _LABELS
    found = _first(usual, others)
    return () if found is None else (found,)


def _existing(name: str, headers: Headers, path: Path) -> str:
    if name not in headers:
        raise _nothing(headers, path, name)
    return name


def _nothing(headers: Headers, path: Path, wanted: str) -> DataError:
    listed = ", ".join(f"{name} ({'×'.join(map(str, h.shape))})" for name, h in list(headers.items())[:12])
    return DataError(
        "There is no array “{wanted}” in {path}, and none that looks like it. It has: {listed}. Name the one to use.",
        wanted=wanted,
        path=path,
        listed=listed or "no arrays",
    )
