"""A wish for paths on a model, and what fulfils it; made by the window, and fulfilled on whatever thread it takes."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.data import ByteArray
from vae_explorer.core.decoder_space import Cancelled, DecoderSpace, Progress
from vae_explorer.core.density import AggregatePosterior
from vae_explorer.core.path_kinds import Even, PathKind
from vae_explorer.core.path_report import PathReport, path_report
from vae_explorer.core.paths import Path, path, prepare
from vae_explorer.core.strips import decoded_frames
from vae_explorer.state.session import OpenModel

#: Kinds that need nothing made beforehand.
PLAIN: tuple[PathKind, ...] = ("linear", "spherical")
#: They are found on the window's thread if they decode at most so many places times parameters: about 3 ms.
_DIRECT = 40_000_000
#: Places that a leg is measured at where its frames shall change evenly.
_MEASURED_PLACES = 96


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A path, and what the decoder draws along it.

    Attributes:
        path: the path.
        frames: gray levels of its points, shape (n, side, side).
        anchors: the latent points that were asked for, shape (k, latent).
        coarse: whether a better one is on its way.
    """

    path: Path
    frames: ByteArray
    anchors: NDArray[np.float64]
    coarse: bool


class Ground:
    """What paths of one model need, kept as long as its digits are where they are.

    Only one thread at a time makes things here: the stages of the work follow each other.
    """

    def __init__(self, model: OpenModel) -> None:
        self.model = model
        self.space = DecoderSpace(model.snapshot, model.posterior)
        #: What was made: kinds, and for geodesics how near to the data.
        self.prepared: set[tuple[PathKind, float]] = set()
        self._density: AggregatePosterior | None = None

    def follows(self, other: Ground) -> bool:
        """Whether it is the same model as the other one, or what that became by learning on."""
        return self is other or self.model.shares_run(other.model)

    def measure(self, path_: Path, cancelled: Cancelled) -> PathReport:
        if self._density is None:
            self._density = AggregatePosterior(self.model.posterior)
        return path_report(path_, self.space, self._density, cancelled)


@dataclass(frozen=True, slots=True, eq=False)
class PathWish:
    """What is asked for, apart from the kinds."""

    ground: Ground
    places: NDArray[np.float64]
    steps: int
    loop: bool
    even: Even
    near_data: float
    _settings: tuple[object, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_settings", (self.steps, self.loop, self.even))

    def is_same(self, other: PathWish) -> bool:
        return (
            self.ground is other.ground
            and self._settings == other._settings
            and self.near_data == other.near_data
            and np.array_equal(self.places, other.places)
        )

    def is_like(self, other: PathWish) -> bool:
        """Whether a path for the other one may be shown until there is one for this."""
        return (
            self.ground.follows(other.ground)
            and self._settings == other._settings
            and self.places.shape == other.places.shape
        )

    @property
    def is_quick(self) -> bool:
        """Whether a plain path takes no longer than the window's thread may wait for it."""
        legs = len(self.places) - 1 + self.loop
        places = self.steps + (legs * _MEASURED_PLACES if self.even == "decoder" else legs)
        return places * self.ground.model.snapshot.config.parameter_count <= _DIRECT

    def is_prepared(self, kind: PathKind) -> bool:
        return kind in PLAIN or (kind, self._strength(kind)) in self.ground.prepared

    def prepare(self, kind: PathKind, cancelled: Cancelled, progress: Progress) -> None:
        prepare(kind, self.ground.space, self.near_data, cancelled, progress)
        self.ground.prepared.add((kind, self._strength(kind)))

    def _strength(self, kind: PathKind) -> float:
        return self.near_data if kind == "geodesic" else 0.0

    def has_coarse(self, kind: PathKind) -> bool:
        # In more dimensions the rough answer is the straight line, which is shown already; in one it is the only way.
        return kind == "geodesic" and self.ground.space.latent == 2

    def find(self, kind: PathKind, *, coarse: bool, cancelled: Cancelled = None) -> Found:
        space = self.ground.space
        with np.errstate(over="ignore", invalid="ignore"):
            found = path(
                kind,
                self.places,
                self.steps,
                space=space,
                loop=self.loop,
                even=self.even,
                near_data=self.near_data,
                coarse=coarse,
                cancelled=cancelled,
            )
            frames = decoded_frames(space.snapshot, found.points, cancelled)
        return Found(found, frames, self.places, coarse)
