"""Reads a folder of pictures: sub-folders are classes, each picture becomes a small gray square."""

from __future__ import annotations

import os
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from vae_explorer.core.data import ByteArray
from vae_explorer.core.datasets.choices import MEMORY_BYTES, Choices
from vae_explorer.core.datasets.data_set import Labels
from vae_explorer.core.datasets.folder_listing import Listing, list_folder
from vae_explorer.core.datasets.found import Found
from vae_explorer.core.datasets.labels import UNLABELLED, Classes, classes_of
from vae_explorer.core.datasets.pictures import Taken, take_picture
from vae_explorer.core.datasets.preview import LOOKED_AT, SAMPLES, Preview
from vae_explorer.core.datasets.remarks import Remark, Skips
from vae_explorer.core.datasets.splitting import held_back
from vae_explorer.core.datasets.taking import class_counts, require_two, split_remark, spread
from vae_explorer.core.decoder_space import Cancelled, Progress, check
from vae_explorer.core.errors import DataError

#: Pictures between two looks at whether anybody still wants them.
_AT_ONCE = 64
_THREADS = 4

Task = Callable[[str], Taken]


def find_in_folder(
    root: Path, choices: Choices, progress: Progress = None, cancelled: Cancelled = None
) -> Found:
    """All pictures of a folder, in memory; those that cannot be read are left out and counted.

    Raises:
        CancelledError: nobody wants them any more.
        DataError: the folder cannot be read, has no picture that can, or too many.
    """
    _refuse_labels(choices)
    listing = list_folder(root, choices.labelled, cancelled)
    skips = listing.skips.copy()
    with _quiet():
        images, kept = _read_all(listing, choices, skips, progress, cancelled)
    _require_readable(root, len(kept))
    codes, names = _classes(listing)
    return Found(
        name=_name(root),
        kind="folder",
        path=root,
        stored=images[: len(kept)],
        size=(choices.side, choices.side),
        labels=None if codes is None else codes[kept],
        class_names=names,
        given_tests=sum(place >= len(listing.paths) - listing.tests for place in kept),
        skips=skips,
        remarks=(*listing.remarks, _fit_remark(choices)),
    )


def preview_folder(root: Path, choices: Choices, cancelled: Cancelled = None) -> Preview:
    """What would be made of a folder: the sizes of some 2,000 pictures are read, and 24 of them shown.

    A picture that is damaged behind its first bytes is only found out when all are read.

    Raises:
        CancelledError: nobody wants it any more.
        DataError: the folder would be refused.
    """
    _refuse_labels(choices)
    listing = list_folder(root, choices.labelled, cancelled)
    looked_at = spread(len(listing.paths), LOOKED_AT)
    with _quiet():
        sizes = _all([listing.paths[i] for i in looked_at], _task(root, choices, False), None, cancelled)
        seen = {int(i): taken for i, taken in zip(looked_at, sizes, strict=True)}
        good = np.array([place for place, taken in seen.items() if not taken.reason], np.intp)
        shown = good[spread(len(good), SAMPLES)]
        drawn = _all([listing.paths[i] for i in shown], _task(root, choices, True), None, cancelled)
        seen |= {int(i): taken for i, taken in zip(shown, drawn, strict=True)}
    return _preview(listing, choices, seen)


def _preview(listing: Listing, choices: Choices, seen: dict[int, Taken]) -> Preview:
    skips = listing.skips.copy()
    for place, taken in seen.items():
        if taken.reason:
            skips.add(taken.reason, listing.paths[place])
    everything = len(listing.paths) + len(listing.skips)
    images = everything - len(skips)
    _require_readable(listing.root, images)
    first_test = len(listing.paths) - listing.tests
    bad_tests = sum(place >= first_test for place, taken in seen.items() if taken.reason)
    test = listing.tests - bad_tests if listing.tests else held_back(images, choices) if images > 1 else 0
    require_two(images - test, test)
    counts = Counter(taken.size for taken in seen.values() if taken.size and not taken.reason)
    shown = [place for place, taken in sorted(seen.items()) if taken.levels is not None]
    classes, names = _judged_classes(listing)
    codes = classes.codes
    bad = [place for place, taken in seen.items() if taken.reason]
    return Preview(
        name=_name(listing.root),
        kind="folder",
        path=listing.root,
        found=everything,
        looked_at=len(seen) + len(listing.skips),
        images=images,
        train=images - test,
        test=test,
        sizes=tuple(counts.most_common()),
        side=choices.side,
        classes=() if codes is None else class_counts(np.delete(codes, bad), names),
        samples=_stacked(shown, seen, choices.side),
        sample_classes=() if codes is None else tuple(names[codes[place]] for place in shown),
        skipped=skips.all(),
        remarks=(
            *listing.remarks,
            _fit_remark(choices),
            *classes.remarks,
            *split_remark(images - test, test, listing.tests > 0, choices),
        ),
    )


def _stacked(shown: list[int], seen: dict[int, Taken], side: int) -> ByteArray:
    pictures = [levels for place in shown if (levels := seen[place].levels) is not None]
    return np.array(pictures, np.uint8).reshape(-1, side, side)


def _read_all(
    listing: Listing, choices: Choices, skips: Skips, progress: Progress, cancelled: Cancelled
) -> tuple[ByteArray, list[int]]:
    """Images in the order of the list, and the places in the list of those that could be read."""
    images = _room(listing, choices)
    kept: list[int] = []
    task = _task(listing.root, choices, True)
    for place, taken in enumerate(_all(listing.paths, task, progress, cancelled)):
        if taken.levels is None:
            skips.add(taken.reason, listing.paths[place])
        else:
            images[len(kept)] = taken.levels.reshape(-1)
            kept.append(place)
    return images, kept


def _all(paths: Sequence[str], task: Task, progress: Progress, cancelled: Cancelled) -> Iterator[Taken]:
    """The pictures in order, several at a time: Pillow decodes and resizes without Python's lock."""
    with ThreadPoolExecutor(min(_THREADS, os.cpu_count() or 1)) as pool:
        for start in range(0, len(paths), _AT_ONCE):
            check(cancelled)
            yield from pool.map(task, paths[start : start + _AT_ONCE])
            if progress is not None:
                progress(min(1.0, (start + _AT_ONCE) / len(paths)))


@contextmanager
def _quiet() -> Iterator[None]:
    """Pillow warns of odd metadata, which do not matter. The filters are those of all threads: set them once."""
    with warnings.catch_warnings(action="ignore"):
        yield


def _task(root: Path, choices: Choices, decoded: bool) -> Task:
    return lambda path: take_picture(root / path, choices, decoded)


def _room(listing: Listing, choices: Choices) -> ByteArray:
    needed = len(listing.paths) * choices.side**2
    if needed > MEMORY_BYTES:
        raise DataError(
            "{count:,} pictures of {side}×{side} pixels take more than {most} GiB. Choose a smaller size.",
            count=len(listing.paths),
            side=choices.side,
            most=MEMORY_BYTES // 2**30,
        )
    return np.empty((len(listing.paths), choices.side**2), np.uint8)


def _classes(listing: Listing) -> tuple[Labels | None, tuple[str, ...]]:
    """The classes by their folders' names, kept as they are; numbers come first, in their order."""
    if not listing.classes:
        return None, ()
    names = sorted(
        set(listing.classes), key=lambda name: (not name.isdecimal(), len(name) * name.isdecimal(), name)
    )
    codes = {name: code for code, name in enumerate(names)}
    return np.array([codes[name] for name in listing.classes], np.int32), tuple(names)


def _judged_classes(listing: Listing) -> tuple[Classes, tuple[str, ...]]:
    codes, names = _classes(listing)
    classes = UNLABELLED if codes is None else classes_of(codes, len(codes), names)
    return classes, classes.names


def _name(root: Path) -> str:
    return root.resolve().name or str(root)


def _fit_remark(choices: Choices) -> Remark:
    text = (
        "Pictures become {side}×{side} pixels in gray; those that are not square get their edge's gray around them."
        if choices.fit == "pad"
        else "Pictures become {side}×{side} pixels in gray; of those that are not square the middle is taken."
    )
    return Remark(text, {"side": choices.side})


def _require_readable(root: Path, images: int) -> None:
    if not images:
        raise DataError("None of the pictures in {path} can be read.", path=root)


def _refuse_labels(choices: Choices) -> None:
    if choices.labels_path is not None:
        raise DataError("The classes of a folder's pictures are its sub-folders; it takes no file of labels.")
