"""What the user wants of a running training, handed over from another thread."""

from __future__ import annotations

import threading
from collections import deque
from typing import Literal

from vae_explorer.core.statistics import Steered

#: How to go on when memory ran out.
Remedy = Literal["smaller batch", "cpu", "stop"]
#: How a training is to end: for good, or to be resumed another time.
Ending = Literal["stop", "suspend"]


class Controls:
    """A mailbox: the user's side never waits, the training's side looks between two steps.

    Attributes:
        ending: how to end, once the user wants that.
    """

    def __init__(self) -> None:
        self.ending: Ending | None = None
        self._condition = threading.Condition()
        self._paused = False
        self._steered: deque[tuple[Steered, float]] = deque()
        self._remedy: Remedy | None = None
        self._name: str | None = None
        # One flag to look at in each step; the lock is taken only where it is set.
        self._news = False

    # The user's side

    def pause(self) -> None:
        """Wait before the next step."""
        with self._condition:
            self._paused = self._news = True

    def resume(self) -> None:
        """Go on after a pause."""
        with self._condition:
            self._paused = False
            self._condition.notify_all()

    def end(self, ending: Ending) -> None:
        """End before the next step, also out of a pause."""
        with self._condition:
            self.ending = ending
            self._news = True
            self._condition.notify_all()

    def steer(self, name: Steered, value: float) -> None:
        """Change β or the learning rate before the next step."""
        with self._condition:
            self._steered.append((name, value))
            self._news = True

    def rename(self, name: str) -> None:
        """Give the run another name."""
        with self._condition:
            self._name = name
            self._news = True

    def answer(self, remedy: Remedy) -> None:
        """How to go on after memory ran out."""
        with self._condition:
            self._remedy = remedy
            self._condition.notify_all()

    # The training's side

    @property
    def news(self) -> bool:
        """Whether anything was asked for since it was last dealt with."""
        return self._news

    @property
    def paused(self) -> bool:
        """Whether the training should wait."""
        return self._paused

    def take_steered(self) -> list[tuple[Steered, float]]:
        """What was steered since the last call; whatever else was asked for stands in the attributes."""
        with self._condition:
            self._news = False
            steered = list(self._steered)
            self._steered.clear()
        return steered

    def take_name(self) -> str | None:
        """The new name of the run, if it was given one since the last call."""
        with self._condition:
            name, self._name = self._name, None
        return name

    def wait_for_resume(self) -> None:
        """Wait until the pause or the training is to end."""
        with self._condition:
            self._condition.wait_for(lambda: not self._paused or self.ending is not None)

    def wait_for_remedy(self) -> Remedy:
        """Wait for an answer; none is needed where the training is to end anyway."""
        with self._condition:
            self._condition.wait_for(lambda: self._remedy is not None or self.ending is not None)
            remedy, self._remedy = self._remedy, None
        return remedy if remedy is not None and self.ending is None else "stop"
