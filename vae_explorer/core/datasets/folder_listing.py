"""Which pictures are in a folder, of which class and which part, by the names of its sub-folders."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from vae_explorer.core.datasets.pictures import SUFFIXES
from vae_explorer.core.datasets.remarks import Remark, Skips
from vae_explorer.core.decoder_space import Cancelled, check
from vae_explorer.core.errors import DataError
from vae_explorer.core.files import reason

_TRAIN = frozenset(("train", "training"))
_TEST = frozenset(("test", "testing"))
_VALIDATION = frozenset(("val", "valid", "validation"))
#: More would take minutes to list, and gigabytes to remember.
_MOST_FILES = 2_000_000


@dataclass(frozen=True, slots=True)
class Listing:
    """Pictures of a folder, those of its test part last.

    Attributes:
        root: the folder.
        paths: below it.
        classes: of each picture, the name of its folder; empty without classes.
        tests: how many pictures at the end are a test part.
        skips: files that are not even looked into, and why.
        remarks: what was told from the folders' names.
    """

    root: Path
    paths: tuple[str, ...]
    classes: tuple[str, ...]
    tests: int
    skips: Skips
    remarks: tuple[Remark, ...]


def list_folder(root: Path, labelled: bool = True, cancelled: Cancelled = None) -> Listing:
    """Find the pictures of a folder and all folders in it, in the order of their names.

    Sub-folders are classes; what is deeper belongs to the class it lies in. Where the sub-folders are called ``train``
    and ``test``, these are the parts, and the classes are in them. Hidden files and folders are passed over.

    Raises:
        CancelledError: nobody wants them any more.
        DataError: the folder cannot be read, has no pictures, or too many.
    """
    skips = Skips()
    paths = [path for path in _walk(root, skips, cancelled) if _is_picture(path, skips)]
    given = _has_parts(paths)
    remarks: list[Remark] = []
    if given:
        paths = _ordered_parts(paths, skips)
        remarks.append(Remark("The folders train and test are taken as the two parts."))
    depth = 1 if given else 0
    classes = [_class_of(path, depth) for path in paths] if labelled else []
    if any(classes) and not all(classes):
        skips.add(
            "it lies beside the folders of the classes",
            *(p for p, c in zip(paths, classes, strict=True) if not c),
        )
        paths = [path for path, name in zip(paths, classes, strict=True) if name]
    _require_some(root, paths, skips)
    tests = sum(_first(path) in _TEST for path in paths) if given else 0
    return Listing(root, tuple(paths), tuple(name for name in classes if name), tests, skips, tuple(remarks))


def _walk(root: Path, skips: Skips, cancelled: Cancelled) -> Iterator[str]:
    """Files below `root`, as paths from there with “/”; a folder that is linked twice is entered once."""
    seen: set[tuple[int, int]] = set()
    waiting = [""]
    while waiting:
        check(cancelled)
        below = waiting.pop()
        try:
            entries, place = _entries(root / below)
        except OSError as error:
            if not below:
                raise DataError(
                    "Cannot read the folder {path}: {reason}.", path=root, reason=reason(error)
                ) from error
            skips.add("the folder cannot be read", below)
            continue
        if place in seen:
            continue
        seen.add(place)
        names = [f"{below}/{entry.name}".lstrip("/") for entry in entries]
        folders = [entry.is_dir() for entry in entries]
        waiting.extend(
            name for name, is_folder in zip(reversed(names), reversed(folders), strict=True) if is_folder
        )
        for name, entry, is_folder in zip(names, entries, folders, strict=True):
            if not is_folder and entry.is_file():
                yield name


def _entries(folder: Path) -> tuple[list[os.DirEntry[str]], tuple[int, int]]:
    status = folder.stat()
    with os.scandir(folder) as entries:
        found = sorted((e for e in entries if not e.name.startswith(".")), key=lambda entry: entry.name)
    return found, (status.st_dev, status.st_ino)


def _is_picture(path: str, skips: Skips) -> bool:
    if os.path.splitext(path)[1].lower() in SUFFIXES:  # noqa: PTH122
        return True
    skips.add("by its name it is no picture", path)
    return False


def _first(path: str) -> str:
    return path.split("/", 1)[0].lower() if "/" in path else ""


def _has_parts(paths: list[str]) -> bool:
    firsts = {_first(path) for path in paths}
    return bool(firsts & _TRAIN) and bool(firsts & _TEST) and firsts <= _TRAIN | _TEST | _VALIDATION | {""}


def _ordered_parts(paths: list[str], skips: Skips) -> list[str]:
    """Those to train on, then those to test on; the others are left out."""
    train = [path for path in paths if _first(path) in _TRAIN]
    test = [path for path in paths if _first(path) in _TEST]
    others = [path for path in paths if _first(path) not in _TRAIN | _TEST]
    if others:
        skips.add("it lies beside the folders train and test", *others)
    return train + test


def _class_of(path: str, depth: int) -> str:
    folders = path.split("/")[depth:-1]
    return folders[0] if folders else ""


def _require_some(root: Path, paths: list[str], skips: Skips) -> None:
    if not paths and len(skips):
        raise DataError(
            "There are no pictures in {path}, but {others:,} other files. Use PNG, JPEG, BMP, GIF, TIFF or WebP.",
            path=root,
            others=len(skips),
        )
    if not paths:
        raise DataError("The folder {path} is empty.", path=root)
    if len(paths) > _MOST_FILES:
        raise DataError(
            "There are {count:,} pictures in {path}; {most:,} can be taken. Choose a folder with fewer.",
            count=len(paths),
            path=root,
            most=_MOST_FILES,
        )
