"""How long a user waits for an image: from a move of the cursor until the image of that place is painted.

Every move counts, also one that newer moves overtook: its wait is over when the first image later than it is there.
"""

from __future__ import annotations

import math
import time
from collections import deque

from PySide6.QtCore import QObject, QTimer, Signal

from vae_explorer.state.selection import Selection
from vae_explorer.ui.widgets.image_view import ImageView
from vae_explorer.workers.decoding import Decoder

#: The newest moves, of which the figures are.
LATENCY_MOVES = 500
#: Between two pairs of figures: more often nobody could read them, and each costs a repaint.
_TOLD_MS = 300
#: Before all others that follow the cursor: what they do is part of the wait.
_FIRST = 1000


class Latency(QObject):
    """Times the moves of the cursor while the image can be seen.

    Newer images of the same place, as a training sends them, are no answer to the user and do not count.

    Args:
        selection: the cursor.
        decoder: makes the images.
        image: shows them.
        parent: owner.

    Signals:
        changed: half of the newest moves, and 95% of them, had their image within so many milliseconds; at most a few
            times a second.
    """

    changed = Signal(float, float)

    def __init__(
        self, selection: Selection, decoder: Decoder, image: ImageView, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._image = image
        # When the cursor moved, for moves whose image is not decoded, and for those whose image is not painted.
        self._moved: list[float] = []
        self._decoded: list[float] = []
        self._times: deque[float] = deque(maxlen=LATENCY_MOVES)
        self._soon = QTimer(self, singleShot=True, interval=_TOLD_MS)
        self._soon.timeout.connect(self._tell)
        selection.z_changed.connect(self._on_moved, priority=_FIRST)
        decoder.decoded.connect(self._on_decoded)
        image.painted.connect(self._on_painted)

    @property
    def times(self) -> list[float]:
        """Milliseconds that the newest moves took, the oldest first; at most `LATENCY_MOVES`."""
        return list(self._times)

    def forget(self) -> None:
        """What is to be painted next is of another model; to open that took longer than any move."""
        self._moved.clear()
        self._decoded.clear()

    def _on_moved(self) -> None:
        # What is scrolled out of sight is never painted.
        if not self._image.visibleRegion().isEmpty():
            self._moved.append(time.perf_counter())

    def _on_decoded(self) -> None:
        self._decoded += self._moved
        self._moved.clear()

    def _on_painted(self, when: float) -> None:
        if not self._decoded:
            return
        self._times.extend((when - moved) * 1000 for moved in self._decoded)
        self._decoded.clear()
        if not self._soon.isActive():
            self._soon.start()

    def _tell(self) -> None:
        ordered = sorted(self._times)
        self.changed.emit(_nearest_rank(ordered, 0.5), _nearest_rank(ordered, 0.95))


def _nearest_rank(ordered: list[float], share: float) -> float:
    """The smallest of ascending values, at least one, that at least `share` of them do not exceed."""
    return ordered[math.ceil(share * len(ordered)) - 1]
