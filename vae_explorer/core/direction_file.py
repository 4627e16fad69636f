"""Files of named directions: small JSON that a person can read, for the same model on another day, or for another one.

Nothing of a file is believed before it was checked: each number reaches the decoder.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, NoReturn, get_args

import numpy as np

from vae_explorer.core.direction_quality import Quality, QualityKind
from vae_explorer.core.direction_sources import Given, parse_source, source_text
from vae_explorer.core.directions import Direction
from vae_explorer.core.errors import ConfigError, DataError
from vae_explorer.core.files import reason, write_atomically
from vae_explorer.core.snapshot import ModelSnapshot

SUFFIX = ".json"
#: What marks a file as one of directions.
FORMAT = "vae-explorer directions"
VERSION = 1

#: Some hundred directions of 512 dimensions.
_MAX_BYTES = 16 * 2**20
_MOST_NAME = 1000
#: A vector this close to length 1 is left as it is, so that what was saved is read bit for bit.
_UNIT = 1e-9


@dataclass(frozen=True, slots=True)
class ModelMark:
    """Which model directions belong to.

    Attributes:
        name: of its file or as the window calls it; only for people.
        latent: number of latent dimensions.
        weights: the beginning of the SHA-256 of its weights.
    """

    name: str
    latent: int
    weights: str


@dataclass(frozen=True, slots=True)
class ForeignModel:
    """The warning that directions were found with another model than the one they are to be used with."""

    found_with: str
    used_with: str

    template = (
        "These directions were found with another model ({found_with}). In {used_with} the same numbers may mean "
        "something else: look at what they do before you rely on them."
    )

    @property
    def values(self) -> dict[str, object]:
        """What the fields of the template stand for."""
        return {"found_with": self.found_with, "used_with": self.used_with}

    def __str__(self) -> str:
        return self.template.format(**self.values)


@dataclass(frozen=True, slots=True)
class DirectionFile:
    """What a file of directions holds.

    Attributes:
        directions: at least one; the source of each is `Given`.
        mark: the model that they were found with.
        warning: None if that is the model they were loaded for.
    """

    directions: tuple[Direction, ...]
    mark: ModelMark
    warning: ForeignModel | None

    def named(self, name: str) -> Direction:
        """The direction of this name; without one, the only direction.

        Raises:
            DataError: there is none of that name, or several and no name to choose by.
        """
        chosen = [direction for direction in self.directions if direction.name == name]
        if not name and not chosen and len(self.directions) == 1:
            chosen = [self.directions[0]]
        if chosen:
            return chosen[0]
        names = ", ".join(direction.name for direction in self.directions)
        if not name:
            raise DataError("The file holds several directions: add #NAME with one of {names}.", names=names)
        raise DataError("The file holds no direction “{name}”, only {names}.", name=name, names=names)


def mark_of(name: str, snapshot: ModelSnapshot) -> ModelMark:
    """The mark of a model; 5 ms for one of a million weights."""
    found = hashlib.sha256()
    for key in sorted(snapshot.weights):
        found.update(key.encode())
        found.update(np.ascontiguousarray(snapshot.weights[key], "<f4").data)
    # Equal weights with another activation are another model; files from before there were others hold.
    if snapshot.config.activation != "relu":
        found.update(snapshot.config.activation.encode())
    return ModelMark(name, snapshot.config.latent, found.hexdigest()[:16])


def save_directions(path: Path, directions: Iterable[Direction], mark: ModelMark) -> None:
    """Write directions of one model atomically; an older file is replaced only by a whole new one.

    Raises:
        DataError: there are none, or one is not what a file may hold.
        UserError: the folder is missing, not writable or full.
    """
    content = _file_text(directions, mark).encode(errors="replace")
    with _named("Cannot save {path}: {problem}", path):
        _parse(content)  # what could not be read again must not take the place of what can
    write_atomically(path, content)


def _file_text(directions: Iterable[Direction], mark: ModelMark) -> str:
    """JSON with each direction on a line of its own: one a number would be 512 lines."""
    about = {
        "format": FORMAT,
        "version": VERSION,
        "latent": mark.latent,
        "model": {"name": mark.name, "weights": mark.weights},
        "directions": [],
    }
    head = json.dumps(about, ensure_ascii=False).removesuffix("]}")
    lines = (json.dumps(direction_values(direction), ensure_ascii=False) for direction in directions)
    return head + "\n" + ",\n".join(lines) + "\n]}\n"


def load_directions(path: Path, mark: ModelMark) -> DirectionFile:
    """Read a file of directions for the model with this mark.

    Raises:
        DataError: the file cannot be read, is too large, is damaged, is none of directions, was written by a newer
            version, or is for another number of latent dimensions.
    """
    with _named("Cannot open {path}: {problem}", path):
        made_for, directions = _parse(_read(path))
        if made_for.latent != mark.latent:
            raise DataError(
                "its directions have {found} dimension(s), but this model has {latent}.",
                found=made_for.latent,
                latent=mark.latent,
            )
    same = made_for.weights == mark.weights
    warning = None if same else ForeignModel(made_for.name or "unknown", mark.name)
    given = tuple(replace(each, source=Given(source_text(each.source))) for each in directions)
    return DirectionFile(given, made_for, warning)


def direction_values(direction: Direction) -> dict[str, Any]:
    """A direction as plain values of JSON, for files and sessions."""
    quality = direction.quality
    return {
        "name": direction.name,
        "source": source_text(direction.source),
        "given": isinstance(direction.source, Given),
        "vector": direction.vector.tolist(),
        "sigma": float(direction.sigma),
        "quality": None if quality is None else asdict(quality),
    }


def direction_from(values: Any, latent: int) -> Direction:
    """Inverse of `direction_values`, for a latent space of so many dimensions.

    Raises:
        DataError: something of it is damaged; the message says what, without a file.
    """
    with _damage_explained():
        name, text = values["name"], values["source"]
        if not isinstance(name, str) or not name:
            _refuse("a name is not a text, or is empty")
        if not isinstance(text, str):
            _refuse("a source is not a text")
        source = Given(text) if values.get("given") else parse_source(text)
        sigma = _number(values["sigma"])
        if not sigma > 0:
            _refuse("a σ is not positive")
        # Older sessions name a direction between two lassoed groups by all of their digits.
        return Direction(
            name[:_MOST_NAME], source, _vector(values["vector"], latent), sigma, _quality(values["quality"])
        )


def _vector(numbers: Any, latent: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    if not isinstance(numbers, list) or len(numbers) != latent:
        _refuse("a direction does not have as many numbers as the latent space has dimensions")
    vector = np.array([_number(number) for number in numbers])
    largest = np.abs(vector).max(initial=0)
    if not largest > 0:
        _refuse("a direction has no length")
    length = np.linalg.norm(vector / largest) * largest
    return vector if abs(length - 1) <= _UNIT else vector / largest / (length / largest)


def _quality(values: Any) -> Quality | None:
    if values is None:
        return None
    kind, held_out = values["kind"], values["held_out"]
    if kind not in get_args(QualityKind) or not isinstance(held_out, bool):
        _refuse("a quality is of an unknown kind")
    return Quality(kind, _number(values["value"]), held_out)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        _refuse("a number is missing or not finite")
    return float(value)


def _read(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise DataError("it is a folder, not a file.")
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise DataError("{reason}.", reason=reason(error)) from error
    if len(content) > _MAX_BYTES:
        raise DataError("it is larger than 16 MiB, too large for a file of directions.")
    return content


def _parse(content: bytes) -> tuple[ModelMark, tuple[Direction, ...]]:
    with _damage_explained():
        about = json.loads(content)
        if not isinstance(about, Mapping) or about.get("format") != FORMAT:
            raise DataError("it is not a file of directions.")
        _check_version(about["version"])
        latent, model, entries = about["latent"], about["model"], about["directions"]
        if isinstance(latent, bool) or not isinstance(latent, int) or not isinstance(entries, list):
            _refuse("its sizes are missing")
        if not entries:
            raise DataError("it holds no directions.")
        mark = ModelMark(str(model["name"]), latent, str(model["weights"]))
        return mark, tuple(direction_from(entry, latent) for entry in entries)


def _check_version(version: Any) -> None:
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        _refuse("its version is not a number")
    if version > VERSION:
        raise DataError("it was written by a newer version of VAE Explorer. Please update.")


def _refuse(problem: str) -> NoReturn:
    raise DataError("it is damaged ({problem}).", problem=problem)


@contextmanager
def _damage_explained() -> Iterator[None]:
    try:
        yield
    except ConfigError as error:
        raise DataError("it is damaged ({problem})", problem=error) from error
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise DataError("it is damaged ({problem!r}).", problem=error) from error


@contextmanager
def _named(template: str, path: Path) -> Iterator[None]:
    """Name the file in what goes wrong with it."""
    try:
        yield
    except DataError as error:
        raise DataError(template, path=path, problem=error) from error
