"""The commands `edit` and `directions`: moving a point along directions, and what is known of the directions."""

from __future__ import annotations

import argparse
import json
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vae_explorer.cli.directions_report import directions_facts, directions_lines, quality_facts
from vae_explorer.cli.models import MAX_COORDINATE, encoded, fitting_test_images, latent_point
from vae_explorer.cli.terminal import announced, emit, one_line, say
from vae_explorer.core.errors import ConfigError, DataError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from vae_explorer.core.data import ImageSet
    from vae_explorer.core.direction_file import ModelMark
    from vae_explorer.core.direction_sources import Measured, Source
    from vae_explorer.core.directions import DigitSet, Direction
    from vae_explorer.core.edits import Term
    from vae_explorer.core.snapshot import Posterior

#: Of a film strip for which no α was given.
_STRIP_ALPHA = 3.0
_MOST_STEPS = 1000


def edit(options: argparse.Namespace) -> int:
    """Write the picture, or the film strip, of a point that was moved along directions."""
    from vae_explorer.core.edits import edited
    from vae_explorer.core.files import check_writable

    alphas = _alphas(options)
    check_writable(options.output)
    known = _KnownDirections(options.model)
    base = known.base = _base(options, known)
    still = [known.direction(text) for text in options.still]
    found = [known.free(known.direction(text), still) for text in options.direction]
    terms = list(zip(found, alphas, strict=True))
    z = edited(base, terms)
    _check_near(z)
    _save_picture(options, known, base, terms)
    if options.json:
        emit(json.dumps(_edit_facts(options, base, z, terms)))
    return 0


def directions(options: argparse.Namespace) -> int:
    """Print how good directions are and how they lie to each other, and save them where that is asked for."""
    if options.output is not None:
        from vae_explorer.core.files import check_writable

        check_writable(options.output)
    known = _KnownDirections(options.model)
    still = [known.direction(text) for text in options.still]
    found, problems = _found(options, known, still)
    facts = directions_facts(known.facts, found, problems, known.costs)
    if options.output is not None:
        from vae_explorer.core.direction_file import save_directions

        with announced("the directions", options.output):
            save_directions(options.output, found, known.mark)
    if options.json:
        emit(json.dumps(facts))
        return 0
    for line in directions_lines(facts):
        emit(one_line(line))
    return 0


def _alphas(options: argparse.Namespace) -> list[float]:
    alphas: list[float] = options.alpha
    if options.strip and not alphas:
        alphas = [_STRIP_ALPHA] * len(options.direction)
    if len(alphas) != len(options.direction):
        raise ConfigError(
            "Each --direction needs one --alpha: there are {directions} and {alphas}.",
            directions=len(options.direction),
            alphas=len(alphas),
        )
    if not 2 <= options.steps <= _MOST_STEPS:
        raise ConfigError(
            "--steps must be from 2 to {most}, not {value}.", most=_MOST_STEPS, value=options.steps
        )
    return alphas


def _base(options: argparse.Namespace, known: _KnownDirections) -> NDArray[np.float64]:
    if options.z is not None:
        return latent_point(known.model, options.z)
    count = len(known.test)
    if not 0 <= options.from_index < count:
        raise ConfigError(
            "--from-index must be from 0 to {last}, not {value}.", last=count - 1, value=options.from_index
        )
    base: NDArray[np.float64] = known.posterior.mu[options.from_index].astype("float64")
    return base


def _check_near(z: NDArray[np.float64]) -> None:
    if not abs(z).max() <= MAX_COORDINATE:
        raise ConfigError("α is so large that the point lies beyond ±1000000. Choose a smaller one.")


def _save_picture(
    options: argparse.Namespace, known: _KnownDirections, base: NDArray[np.float64], terms: list[Term]
) -> None:
    import numpy as np

    from vae_explorer.core.edits import edit_strip
    from vae_explorer.core.images import save_png
    from vae_explorer.core.strips import decoded_frames, film_strip

    factors = np.linspace(-1, 1, options.steps) if options.strip else [1.0]
    frames = decoded_frames(known.model, edit_strip(base, terms, factors))
    with announced("the film strip" if options.strip else "the picture", options.output):
        save_png(options.output, film_strip(frames) if options.strip else frames[0], options.scale)


def _edit_facts(
    options: argparse.Namespace, base: NDArray[np.float64], z: NDArray[np.float64], terms: list[Term]
) -> dict[str, Any]:
    return {
        "base": base.tolist(),
        "z": z.tolist(),
        "directions": [
            {
                "name": direction.name,
                "alpha": alpha,
                "sigma": direction.sigma,
                "quality": quality_facts(direction.quality),
            }
            for direction, alpha in terms
        ],
        "output": str(options.output),
    }


def _found(
    options: argparse.Namespace, known: _KnownDirections, still: list[Direction]
) -> tuple[list[Direction], dict[str, str]]:
    """The directions that were asked for, and what is wrong with those of a list that cannot be found."""
    if options.direction and not options.classes:
        return [known.free(known.direction(text), still) for text in options.direction], {}
    found: list[Direction] = [known.free(known.direction(text), still) for text in options.direction]
    problems: dict[str, str] = {}
    for text in _listed(options):
        try:
            found.append(known.free(known.direction(text), still))
        except DataError as problem:
            problems[text] = str(problem)
    return found, problems


def _listed(options: argparse.Namespace) -> list[str]:
    from vae_explorer.core.data import CLASS_COUNT
    from vae_explorer.core.morphometry import ATTRIBUTES

    texts: list[str] = [] if options.direction else [name for name in ATTRIBUTES if name not in options.still]
    prefix = "lda:" if options.lda else ""
    if options.classes:
        texts += [f"{prefix}{a}:{b}" for b in range(CLASS_COUNT) for a in range(b)]
    return texts


class _KnownDirections:
    """Directions of one model by what a user calls them; whatever they need is read or measured once, when needed."""

    def __init__(self, text: str) -> None:
        from vae_explorer.api import open_model

        self.model = open_model(text)
        self._name = Path(text).stem
        #: Where an edit begins: directions may be found around it.
        self.base: NDArray[np.float64] | None = None
        #: By the direction's name, what it took to keep others still.
        self.costs: dict[str, dict[str, float]] = {}

    @cached_property
    def test(self) -> ImageSet:
        return fitting_test_images(self.model)

    @cached_property
    def posterior(self) -> Posterior:
        return encoded(self.model, self.test.images)

    @cached_property
    def mark(self) -> ModelMark:
        from vae_explorer.core.direction_file import mark_of

        return mark_of(self._name, self.model)

    @cached_property
    def _digits(self) -> DigitSet:
        from vae_explorer.core.directions import DigitSet

        return DigitSet(self.posterior.mu, self.test.labels)

    @cached_property
    def _measured(self) -> DigitSet:
        from vae_explorer.core.directions import DigitSet

        return DigitSet(self.posterior.mu, self.test.labels, _measures(self.test))

    @property
    def facts(self) -> dict[str, Any]:
        return {
            "model": self.model.config.description,
            "latent": self.model.config.latent,
            "data_set": self.test.name,
            "digits": len(self.test),
            "held_out": int(self._digits.held_out.sum()),
        }

    def direction(self, text: str) -> Direction:
        """The direction that a user calls `text`.

        Raises:
            UserError: there is none.
        """
        from vae_explorer.core.direction_sources import Around, InFile, parse_direction
        from vae_explorer.core.directions import find

        wanted = parse_direction(text)
        if isinstance(wanted, InFile):
            return self._loaded(wanted.path, wanted.name)
        if isinstance(wanted, Around):
            from vae_explorer.core.local_direction import find_around

            return find_around(wanted, self.model, self.posterior.mu, self.base)
        return find(wanted, self._digits_for(wanted))

    def free(self, direction: Direction, still: list[Direction]) -> Direction:
        """`direction` with the others kept still.

        Raises:
            DataError: nothing is left of it.
        """
        from vae_explorer.core.directions import cost, kept_still

        if not still:
            return direction
        digits = self._digits_for(direction.source)
        freed = kept_still(direction, still, digits)
        paid = cost(direction, freed, digits)
        self.costs[freed.name] = {"lost": paid.lost, "turned": paid.turned}
        return freed

    def _digits_for(self, source: Source | Measured) -> DigitSet:
        from vae_explorer.core.directions import Measured

        return self._measured if isinstance(source, Measured) else self._digits

    def _loaded(self, path: Path, name: str) -> Direction:
        from vae_explorer.core.direction_file import load_directions
        from vae_explorer.core.directions import rated

        file = load_directions(path, self.mark)
        direction = file.named(name)
        if file.warning is None:
            return direction
        say(str(file.warning))
        # The other model's σ is no measure of a step in this one.
        return rated(direction, self._digits)


def _measures(test: ImageSet) -> NDArray[np.float64]:
    from vae_explorer.core.measures_cache import measures_of

    told = False

    def progress(share: float) -> None:
        nonlocal told
        if share < 1 and not told:
            say(f"measuring the {len(test):,} digits of {test.name}, this once")
            told = True

    return measures_of(test.images, progress=progress)
