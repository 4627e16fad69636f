"""How quickly paths between digits are found, with their frames decoded: while an anchor is dragged, and at rest."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from benchmarks import driving
from benchmarks.report import Figure, percentile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from vae_explorer.core.decoder_space import DecoderSpace
    from vae_explorer.core.path_kinds import PathKind

_FRAMES = 16
_TIMES = 200
#: The first ones import SciPy and fill caches.
_WARM_UP = 5
_FRAME_MS = 16.0
_GEODESIC_MS = 150.0


def measure() -> list[Figure]:
    """Medians and 99th percentiles in a fresh process, without a window."""
    found: dict[str, list[float]] = driving.measured("paths")
    note = f"mnist-deep-2d, {_FRAMES} frames, decoded; {_TIMES} pairs of test digits"
    figures = [
        Figure(
            "geodesics, making the grid",
            found["grid"][0],
            "ms",
            note="once a model, in the background; with the import of SciPy and the density of the data",
        ),
        Figure(
            "neighbour paths, making the graph",
            found["graph"][0],
            "ms",
            note="once a model, in the background; 10,000 digits",
        ),
    ]
    targets = {"geodesic": _GEODESIC_MS, "geodesic near the data": _GEODESIC_MS}
    for name in (
        "linear",
        "spherical",
        "linear, even images",
        "neighbours",
        "geodesic, coarse",
        "geodesic near the data, coarse",
        "geodesic",
        "geodesic near the data",
    ):
        for share in (0.5, 0.99):
            value = percentile(found[name], share)
            target = targets.get(name, _FRAME_MS)
            figures.append(
                Figure(f"path, {name}: p{100 * share:.0f}", value, "ms", target, note=note + _how(name))
            )
    return figures


def _how(name: str) -> str:
    return "; one end dragged about, the other held" if name.endswith("coarse") else ""


# In the child


def _child() -> None:
    from vae_explorer.core.threads import import_numpy_with_one_thread

    import_numpy_with_one_thread()
    from vae_explorer.core.bundled import DEFAULT_MODEL, model_path
    from vae_explorer.core.checkpoint import load_model
    from vae_explorer.core.data import load_images
    from vae_explorer.core.decoder_space import DecoderSpace
    from vae_explorer.core.paths import prepare

    snapshot = load_model(model_path(DEFAULT_MODEL))
    space = DecoderSpace(snapshot, snapshot.encode(load_images("test").images))
    found = {
        "grid": [_milliseconds(lambda: prepare("geodesic", space))],
        "graph": [_milliseconds(lambda: prepare("neighbours", space))],
    }
    pairs, drag = _pairs(space), _dragged(space)
    for kind in ("linear", "spherical", "neighbours"):
        found[kind] = _times(space, kind, pairs)
    found["linear, even images"] = _times(space, "linear", pairs, even=True)
    for name, strength in (("geodesic", 0.0), ("geodesic near the data", 0.5)):
        found[name] = _times(space, "geodesic", pairs, strength)
        found[f"{name}, coarse"] = _times(space, "geodesic", drag, strength, coarse=True)
    driving.finish(found)


def _times(
    space: DecoderSpace,
    kind: PathKind,
    pairs: list[NDArray[np.float64]],
    near_data: float = 0.0,
    *,
    coarse: bool = False,
    even: bool = False,
) -> list[float]:
    from vae_explorer.core.paths import path

    def once(anchors: NDArray[np.float64]) -> None:
        found = path(
            kind,
            anchors,
            _FRAMES,
            space=space,
            even="decoder" if even else None,
            near_data=near_data,
            coarse=coarse,
        )
        space.snapshot.decode(found.points)

    for anchors in pairs[:_WARM_UP]:
        once(anchors)
    return [_milliseconds(partial(once, anchors)) for anchors in pairs]


def _pairs(space: DecoderSpace) -> list[NDArray[np.float64]]:
    import numpy as np

    mu = space.posterior.mu.astype(np.float64)
    random = np.random.default_rng(0)
    return [mu[random.integers(0, len(mu), 2)] for _ in range(_TIMES)]


def _dragged(space: DecoderSpace) -> list[NDArray[np.float64]]:
    """From a digit to places on a spiral around another."""
    import numpy as np

    first, second = _pairs(space)[0]
    turn = np.linspace(0, 6 * np.pi, _TIMES)[:, None]
    spiral = second + np.hstack((np.cos(turn), np.sin(turn))) * turn / 10
    return [np.stack((first, place)) for place in spiral]


def _milliseconds(act: Callable[[], None]) -> float:
    begin = time.perf_counter()
    act()
    return 1000 * (time.perf_counter() - begin)


if __name__ == "__main__":
    _child()
