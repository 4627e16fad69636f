"""What the names of somebody else's layers say of their place in a VAE.

Shapes tell most, but not which of two heads is μ, nor which of several layers of one shape comes first. There the
words and numbers that people put into names decide: ``fc_mu``, ``log_var``, ``encoder.2``, ``fc31`` and ``fc32``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Literal, TypeVar

Side = Literal["encoder", "decoder"]
T = TypeVar("T")

_SIDES = re.compile(r"(?P<encoder>(?<![a-z])enc|encod)|(?P<decoder>(?<![a-z])dec|decod|generat)")
_LAST = re.compile(r"logits|recon|final|(?<![a-z])out(put)?(?![a-z])")
_MEAN = re.compile(r"mu(?![a-z])|mean|(?<![a-z])loc(?![a-z])")
_VARIANCE = re.compile(r"var(?!iati)|std|sigma|log_?cov|(?<![a-z])scale(?![a-z])")
#: ``fc21`` and ``fc22``, ``fc2_1`` and ``fc2_2``, ``fc2a`` and ``fc2b``: the second step's first and second layer.
_TWIN = re.compile(r"(?P<stem>(?:.*\.)?[^.]*[a-z_][^.]*\d_?)(?P<which>[12ab])", re.IGNORECASE)
_SECOND = {"1": "2", "a": "b", "A": "B"}
#: Added by PyTorch when a model is trained on several devices or compiled, at any place of a name.
_ADDED = ("module", "_orig_mod")


@lru_cache(maxsize=1024)
def side(name: str) -> Side | None:
    """Which half of the model a layer's name speaks of; the last word counts, None where there is none."""
    found: Side | None = None
    for match in _SIDES.finditer(name.lower()):
        found = "encoder" if match["encoder"] else "decoder"
    return found


def rank(name: str) -> int:
    """Sorts layers without the heads as data passes through: encoder, what its name does not say, decoder, last one."""
    half = side(name)
    if half != "encoder" and _LAST.search(name.lower()):
        return 3
    return 0 if half == "encoder" else 1 if half is None else 2


def means_mean(name: str) -> bool:
    """Whether a layer's name is that of the head for μ, and not of one for both."""
    return bool(_MEAN.search(name.lower())) and not _VARIANCE.search(name.lower())


def means_variance(name: str) -> bool:
    """Whether a layer's name is that of the head for log σ², and not of one for both."""
    return bool(_VARIANCE.search(name.lower())) and not _MEAN.search(name.lower())


def twins(names: Sequence[str]) -> tuple[str, str] | None:
    """The one pair of names such as ``fc21`` and ``fc22``; None if there is none, or several.

    Plain numbering is none: in ``fc1`` to ``fc12`` nothing is special about ``fc11`` and ``fc12``.
    """
    pairs = [pair for name in names if (pair := _twins_from(name, names)) is not None]
    return pairs[0] if len(pairs) == 1 else None


def _twins_from(first: str, names: Sequence[str]) -> tuple[str, str] | None:
    match = _TWIN.fullmatch(first)
    if match is None or match["which"] not in _SECOND:
        return None
    stem, second = match["stem"], match["stem"] + _SECOND[match["which"]]
    if second not in names or any(stem + other in names for other in "03c"):
        return None
    number = re.search(r"\d+$", first)
    is_count = number is not None and not stem.endswith("_") and int(number[0]) <= len(names)
    return None if is_count else (first, second)


def numbers(name: str) -> tuple[int, ...]:
    """All numbers in a name."""
    return tuple(int(digits[:18]) for digits in re.findall(r"[0-9]+", name))


def differ_in_numbers(names: Iterable[str]) -> bool:
    """Whether names are one name, counted: then their numbers tell the order, whatever the order in the file."""
    return len({re.sub(r"[0-9]+", "#", name) for name in names}) <= 1


def natural_key(name: str) -> list[tuple[bool, int, str]]:
    """Sorts names with the numbers in them by value."""
    words = re.findall(r"[0-9]+|[^0-9]+", name)
    return [(not word.isdigit(), int(word[:18]) if word.isdigit() else 0, word) for word in words]


def without_additions(tensors: Mapping[str, T]) -> dict[str, T]:
    """The same under the names that their class gave them: without ``module.``, ``_orig_mod.`` and a common prefix."""
    plain = {".".join(part for part in name.split(".") if part not in _ADDED): name for name in tensors}
    if len(plain) != len(tensors):
        return dict(tensors)
    # The last part is "weight" or "bias", the one before it may be the name of a layer.
    heads = [name.split(".")[:-2] for name in plain]
    common = 0
    while heads and all(len(head) > common and head[common] == heads[0][common] for head in heads):
        common += 1
    return {".".join(name.split(".")[common:]): tensors[full] for name, full in plain.items()}


def readable(name: str, most: int = 40) -> str:
    """A name from a file as it can be shown: without line breaks and the like, and not longer than `most`."""
    clean = "".join(letter if letter.isprintable() else "?" for letter in name)
    return clean if len(clean) <= most else f"{clean[: most // 2]}…{clean[-(most // 2 - 1) :]}"
