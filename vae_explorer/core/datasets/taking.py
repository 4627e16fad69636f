"""What was found in a file is judged here, by the same rules wherever it comes from: shown first, then taken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.blocks import row_blocks
from vae_explorer.core.datasets.choices import Choices
from vae_explorer.core.datasets.data_set import DataSet, Labels, Part
from vae_explorer.core.datasets.fingerprint import fingerprint
from vae_explorer.core.datasets.found import Found
from vae_explorer.core.datasets.labels import NO_CLASS, UNLABELLED, Classes, classes_of
from vae_explorer.core.datasets.layout import layout_of
from vae_explorer.core.datasets.pixels import BYTES, UNIT, PixelRows, Rows, Stored
from vae_explorer.core.datasets.preview import LOOKED_AT, SAMPLES, Preview
from vae_explorer.core.datasets.ranges import needs_scan, range_of, said
from vae_explorer.core.datasets.remarks import Remark, Skips
from vae_explorer.core.datasets.splitting import held_back, split
from vae_explorer.core.decoder_space import Cancelled, Progress, check
from vae_explorer.core.errors import DataError

_SCAN_BYTES = 8 * 2**20
_BAD_VALUE = Remark("a value is not a number or out of range")
_NO_LABEL = Remark("it has no label")


@dataclass(frozen=True, slots=True, eq=False)
class _Judged:
    """What would be made of the rows, as far as a sample of them tells."""

    pixels: PixelRows
    looked_at: Rows
    classes: Classes
    remarks: tuple[Remark, ...]


def preview_of(found: Found, choices: Choices, lines: int | None = None) -> Preview:
    """What would be made of what was found.

    Args:
        found: the rows, or the first of them.
        choices: how they are to be taken.
        lines: how many there are, if these are the first only.

    Raises:
        DataError: the data would be refused; the message says why.
    """
    judged = _judged(found, choices)
    rows = judged.looked_at
    sound, labelled = judged.pixels.values.holds(judged.pixels.raw(rows)), _labelled(judged)[rows]
    skips = _with_skips(found.skips, sound, labelled, rows)
    taken = (lines or len(found.stored) + len(found.skips)) - len(skips)
    test = found.given_tests or (held_back(taken, choices) if taken > 1 else 0)
    require_two(taken - test, test)
    good = sound & labelled
    return _preview(found, judged, good, skips, (taken, test, lines), choices)


def _preview(
    found: Found,
    judged: _Judged,
    good: NDArray[np.bool_],
    skips: Skips,
    counts: tuple[int, int, int | None],
    choices: Choices,
) -> Preview:
    taken, test, lines = counts
    kept, bad = judged.looked_at[good], judged.looked_at[~good]
    shown = kept[spread(len(kept), SAMPLES)]
    codes, names = judged.classes.codes, judged.classes.names
    everything = lines or len(found.stored) + len(found.skips)
    size = found.size or (judged.pixels.side, judged.pixels.side)
    return Preview(
        name=found.name,
        kind=found.kind,
        path=found.path,
        found=everything,
        looked_at=min(everything, len(judged.looked_at) + len(found.skips)),
        images=taken,
        train=taken - test,
        test=test,
        sizes=(((size[1], size[0]), taken),),
        side=judged.pixels.side,
        classes=() if codes is None else class_counts(np.delete(codes, bad), names),
        samples=judged.pixels.levels(shown),
        sample_classes=() if codes is None else tuple(names[code] for code in codes[shown]),
        skipped=skips.all(),
        remarks=(*judged.remarks, *split_remark(taken - test, test, found.given_tests > 0, choices)),
    )


def class_counts(codes: Labels, names: tuple[str, ...]) -> tuple[tuple[str, int], ...]:
    """Each class's name and how many images it has."""
    counts = np.bincount(codes[codes != NO_CLASS], minlength=len(names))
    return tuple(zip(names, counts.tolist(), strict=True))


def split_remark(train: int, test: int, given: bool, choices: Choices) -> tuple[Remark, ...]:
    """How the images are split."""
    if given:
        return (
            Remark(
                "{train:,} to train on and {test:,} to test on, as they come.", {"train": train, "test": test}
            ),
        )
    values = {"train": train, "test": test, "seed": choices.seed}
    return (
        Remark("{test:,} are drawn with seed {seed} to test on; {train:,} are left to train on.", values),
    )


def take(found: Found, choices: Choices, progress: Progress = None, cancelled: Cancelled = None) -> DataSet:
    """Make a data set of what was found.

    Args:
        found: all rows.
        choices: how they are to be taken.
        progress: told the share of rows that were looked at.
        cancelled: asked before each block of some MB.

    Raises:
        CancelledError: nobody wants it any more.
        DataError: the data are refused; the message says why.
    """
    judged = _judged(found, choices)
    labelled = _labelled(judged)
    sound = _scan(judged.pixels, progress, cancelled)
    skips = _with_skips(found.skips, sound, labelled, np.arange(len(sound)))
    good = sound & labelled
    train, test = split(good, found.given_tests, choices)
    require_two(len(train), len(test))
    classes, kept = judged.classes, np.flatnonzero(good)
    codes = None if classes.codes is None else classes.codes[kept]
    pixels, places = judged.pixels, kept
    if found.mapping is None:
        pixels, places = _settled(pixels, kept, cancelled), np.arange(len(kept))
    return DataSet(
        name=found.name,
        kind=found.kind,
        path=found.path,
        train=_part(pixels, places, codes, np.searchsorted(kept, train)),
        test=_part(pixels, places, codes, np.searchsorted(kept, test)),
        class_names=classes.names,
        fingerprint=fingerprint(pixels, places, codes),
        skipped=skips.all(),
        remarks=(*judged.remarks, *split_remark(len(train), len(test), found.given_tests > 0, choices)),
    )


def _judged(found: Found, choices: Choices) -> _Judged:
    if not found.stored.size:
        raise DataError("There are no images in {path}.", path=found.path)
    side, columns, laid_out = layout_of(found.size, found.stored.shape[1], choices)
    looked_at = spread(len(found.stored), LOOKED_AT)
    values = range_of(np.asarray(found.stored[looked_at]))
    classes = UNLABELLED
    if found.labels is not None and choices.labelled:
        classes = classes_of(found.labels, len(found.stored), found.class_names)
    used = values.inverted if choices.inverted else values
    pixels = PixelRows(found.stored, used, side, columns, found.mapping)
    remarks = (*found.remarks, said(values, choices.inverted), *laid_out, *classes.remarks)
    return _Judged(pixels, looked_at, classes, remarks)


def spread(count: int, most: int) -> Rows:
    """All numbers below `count`, or `most` of them at even distances."""
    rows: Rows = np.arange(count) if count <= most else np.linspace(0, count - 1, most).astype(np.intp)
    return rows


def _labelled(judged: _Judged) -> NDArray[np.bool_]:
    """Which rows are not without a label, where the others have one."""
    codes = judged.classes.codes
    if codes is None:
        return np.ones(len(judged.pixels), bool)
    labelled: NDArray[np.bool_] = codes != NO_CLASS
    return labelled


def _with_skips(before: Skips, sound: NDArray[np.bool_], labelled: NDArray[np.bool_], rows: Rows) -> Skips:
    """What was left out before, and what of `rows` is for its values or for want of a label."""
    skips = before.copy()
    for reason, bad in ((_BAD_VALUE, ~sound), (_NO_LABEL, sound & ~labelled)):
        skipped = rows[bad] + 1
        if len(skipped):
            skips.add(reason, *(f"row {row:,}" for row in skipped[:3].tolist()), count=len(skipped))
    return skips


def _scan(pixels: PixelRows, progress: Progress, cancelled: Cancelled) -> NDArray[np.bool_]:
    """Which rows have good values only; all are read, a block at a time, where any could have others."""
    sound = np.ones(len(pixels), bool)
    if not needs_scan(pixels.stored, pixels.values):
        return sound
    for block in _blocks(pixels.stored):
        check(cancelled)
        sound[block] = pixels.values.holds(pixels.raw(block))
        if progress is not None:
            progress(block.stop / len(pixels))
    return sound


def _blocks(stored: Stored) -> Iterator[slice]:
    return row_blocks(len(stored), stored.itemsize * stored.shape[1], block_bytes=_SCAN_BYTES)


def _settled(pixels: PixelRows, kept: Rows, cancelled: Cancelled) -> PixelRows:
    """The rows `kept` as gray levels, or as floats in [0, 1] where levels would round them, read-only."""
    exact = _exact_levels(pixels)
    if exact and pixels.columns is None and pixels.values == BYTES and len(kept) == len(pixels):
        images = pixels.stored.view()
    else:
        images = np.empty((len(kept), pixels.pixels), np.uint8 if exact else np.float32)
        for block in row_blocks(len(kept), 4 * pixels.pixels, block_bytes=_SCAN_BYTES):
            check(cancelled)
            images[block] = pixels.levels(kept[block]) if exact else pixels.floats(kept[block])
    images.flags.writeable = False
    return PixelRows(images, BYTES if exact else UNIT, pixels.side)


def _exact_levels(pixels: PixelRows) -> bool:
    """Whether 256 gray levels hold these values without a loss."""
    spans = {abs(pixels.values.white - pixels.values.black)}
    return pixels.stored.dtype.kind in "biu" and spans <= {1, 255}


def _part(pixels: PixelRows, places: Rows, codes: Labels | None, members: Rows) -> Part:
    rows = places[members]
    labels = None if codes is None else codes[members]
    for array in (rows, labels):
        if array is not None:
            array.flags.writeable = False
    return Part(pixels, rows, labels)


def require_two(train: int, test: int) -> None:
    """Make sure that neither part is empty.

    Raises:
        DataError: one is.
    """
    if train < 1 or test < 1:
        raise DataError(
            "There are {train} images to train on and {test} to test on. Each needs at least one.",
            train=train,
            test=test,
        )
