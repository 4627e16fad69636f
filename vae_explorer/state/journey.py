"""The journey through the latent space: which places it passes, and by which kinds of paths.

A plan is one value, so that undo goes back to the one before, and a session keeps it whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from psygnal import Signal

from vae_explorer.core.data import ByteArray
from vae_explorer.core.errors import ConfigError, DataError
from vae_explorer.core.path_kinds import NEAR_DATA, PATH_KINDS, Even, PathKind
from vae_explorer.core.snapshot import FloatArray

#: Frames of a path, both ends included.
FEWEST_STEPS, MOST_STEPS = 2, 240
USUAL_STEPS = 16
MOST_ANCHORS = 64
#: As a geodesic is kept near the data; 0: not at all.
STRONGEST_NEAR_DATA = 10.0


@dataclass(frozen=True, slots=True)
class DigitAnchor:
    """The mean of a test digit, wherever the model of the moment has it."""

    index: int


@dataclass(frozen=True, slots=True)
class ClassAnchor:
    """The mean of all means of a class, likewise."""

    label: int


@dataclass(frozen=True, slots=True)
class PlaceAnchor:
    """A latent point; `name` says what it was taken from, and may be empty."""

    z: tuple[float, ...]
    name: str = ""


Anchor = DigitAnchor | ClassAnchor | PlaceAnchor


@dataclass(frozen=True, slots=True)
class Plan:
    """What paths are asked for.

    Attributes:
        anchors: what they pass, in order.
        loop: whether they return from the last anchor to the first.
        kinds: which are shown, in the order of `PATH_KINDS`.
        chosen: the one that is played, exported, and drawn in front; one of `kinds`, or any where there are none.
        steps: frames in all.
        even: what is the same from frame to frame; None leaves that to the kind.
        near_data: how strongly a geodesic is kept where digits are.
    """

    anchors: tuple[Anchor, ...] = ()
    loop: bool = False
    kinds: tuple[PathKind, ...] = PATH_KINDS
    chosen: PathKind = "geodesic"
    steps: int = USUAL_STEPS
    even: Even = None
    near_data: float = NEAR_DATA

    @property
    def least_steps(self) -> int:
        """The fewest frames with which each anchor is one."""
        return max(FEWEST_STEPS, len(self.anchors))


class Journey:
    """The plan, and where on the chosen path one is. Only the window's thread may change it.

    Signals:
        changed: the plan is another; carries the one before.
        frame_changed: another frame of the path is looked at.
    """

    changed = Signal(object)
    frame_changed = Signal()

    def __init__(self) -> None:
        self._plan = Plan()
        self._frame = 0

    @property
    def plan(self) -> Plan:
        """What is asked for; a value to go back to with `set`."""
        return self._plan

    @property
    def frame(self) -> int:
        """The frame of the chosen path that is looked at, from 0."""
        return self._frame

    def set(self, plan: Plan) -> None:
        """Ask for something else, with a frame for each anchor at least, and a chosen kind that is shown."""
        steps = min(max(plan.steps, plan.least_steps), MOST_STEPS)
        kinds = tuple(kind for kind in PATH_KINDS if kind in plan.kinds)
        chosen = plan.chosen if plan.chosen in kinds or not kinds else kinds[0]
        plan = replace(plan, steps=steps, kinds=kinds, chosen=chosen)
        if plan != self._plan:
            before, self._plan = self._plan, plan
            self.changed.emit(before)
            self.go_to(self._frame)

    def go_to(self, frame: int) -> None:
        """Look at another frame, or at the nearest that there is."""
        frame = min(max(frame, 0), self._plan.steps - 1)
        if frame != self._frame:
            self._frame = frame
            self.frame_changed.emit()

    def add(self, *anchors: Anchor) -> None:
        """Go on to these places, after those that there are."""
        self.set(replace(self._plan, anchors=(*self._plan.anchors, *anchors)[:MOST_ANCHORS]))

    def replace_anchor(self, row: int, anchor: Anchor) -> None:
        """Pass another place instead of the one in a row."""
        anchors = list(self._plan.anchors)
        anchors[row] = anchor
        self.set(replace(self._plan, anchors=tuple(anchors)))

    def remove(self, row: int) -> None:
        """Leave a place out."""
        anchors = list(self._plan.anchors)
        del anchors[row]
        self.set(replace(self._plan, anchors=tuple(anchors)))

    def move(self, row: int, to: int) -> None:
        """Pass a place earlier or later, so that it then is in row `to`; beyond an end means at that end."""
        anchors = list(self._plan.anchors)
        anchor = anchors.pop(row)
        anchors.insert(min(max(to, 0), len(anchors)), anchor)
        self.set(replace(self._plan, anchors=tuple(anchors)))

    def reverse(self) -> None:
        """Go the other way."""
        self.set(replace(self._plan, anchors=self._plan.anchors[::-1]))


def anchor_places(anchors: Sequence[Anchor], mu: FloatArray, labels: ByteArray) -> NDArray[np.float64]:
    """The latent points of anchors, shape (k, latent).

    Args:
        anchors: what is passed.
        mu: means of the digits, shape (n, latent).
        labels: their classes, shape (n,).

    Raises:
        DataError: there is no such digit, or none of such a class.
        ConfigError: a place has another number of dimensions.
    """
    places = [anchor_place(anchor, mu, labels) for anchor in anchors]
    return np.array(places, np.float64).reshape(len(places), mu.shape[1])


def anchor_place(anchor: Anchor, mu: FloatArray, labels: ByteArray) -> NDArray[np.float64]:
    """The latent point of one anchor, shape (latent,); arguments and errors as for `anchor_places`."""
    match anchor:
        case DigitAnchor(index):
            if not 0 <= index < len(mu):
                raise DataError(
                    "There is no digit #{index}: there are {count} test images.", index=index, count=len(mu)
                )
            return np.array(mu[index], np.float64)
        case ClassAnchor(label):
            members = mu[labels == label]
            if not len(members):
                raise DataError("There are no digits of class {label}.", label=label)
            return np.asarray(members.mean(0, dtype=np.float64))
        case PlaceAnchor(z):
            if len(z) != mu.shape[1]:
                raise ConfigError(
                    "This model has {latent} latent dimension(s), but an anchor has {found} number(s).",
                    latent=mu.shape[1],
                    found=len(z),
                )
            return np.array(z, np.float64)
