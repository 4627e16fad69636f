"""How quickly a map of many points is panned, zoomed and lassoed."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from benchmarks import driving

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PySide6.QtWidgets import QApplication

    from vae_explorer.ui.main_window import MainWindow
    from vae_explorer.ui.map.latent_map import LatentMap

#: How many points.
SIZES = (10_000, 70_000, 1_000_000)
#: Corners of a lasso.
CORNERS = 200
_FRAMES = 150
_LASSOS = 9


def points(application: QApplication, window: MainWindow) -> dict[str, object]:
    """Times of each number of points, and of a view of the most that shows few of them."""
    from vae_explorer.ui.map.latent_map import LatentMap

    map_ = LatentMap(window._theme)
    map_.resize(window.map_panel.map.size())
    map_.digits_picked.connect(lambda indices, _mode: map_.set_picked(indices, None))
    found: dict[str, object] = {}
    for size in SIZES:
        map_.set_points(*_made_up(size), ("z1", "z2"))
        map_.fit()
        map_.show()
        driving.wait_until(application, lambda: map_.windowHandle().isExposed())
        found[str(size)] = {
            "drawn": _drawn_as(map_),
            "pan": _frames(application, map_, _pan),
            "zoom": _frames(application, map_, _zoom),
            **_lasso(application, map_),
        }
    map_.zoom(16)
    found["dots"] = {
        "inside": _in_view(map_),
        "drawn": _drawn_as(map_),
        "pan": _frames(application, map_, _pan),
    }
    map_.close()
    return found


def _made_up(size: int) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    """Ten classes around ten places."""
    import numpy as np

    random = np.random.default_rng(size)
    labels = random.integers(0, 10, size).astype(np.uint8)
    centres = random.normal(0, 1.5, (10, 2))
    return centres[labels] + random.normal(0, 0.6, (size, 2)), labels


def _drawn_as(map_: LatentMap) -> str:
    return "an image of their density" if map_._points.cloud.as_density else "dots"


def _in_view(map_: LatentMap) -> int:
    view, places = map_.getViewBox().viewRect(), map_.places
    x, y = places.T
    return int(((x > view.left()) & (x < view.right()) & (y > view.top()) & (y < view.bottom())).sum())


def _frames(application: QApplication, map_: LatentMap, act: Callable[[LatentMap, int], None]) -> list[float]:
    """Milliseconds to change the view and paint it."""
    frames = []
    for frame in range(_FRAMES):
        application.processEvents()
        began = time.perf_counter()
        act(map_, frame)
        map_.viewport().repaint()
        frames.append((time.perf_counter() - began) * 1000)
    return frames


def _pan(map_: LatentMap, frame: int) -> None:
    box = map_.getViewBox()
    step = box.viewRect().width() / 400
    box.translateBy(x=step if frame % 60 < 30 else -step)


def _zoom(map_: LatentMap, frame: int) -> None:
    factor = 1.02 if frame % 20 < 10 else 1 / 1.02
    map_.getViewBox().scaleBy((factor, factor))


def _lasso(application: QApplication, map_: LatentMap) -> dict[str, object]:
    """Milliseconds until the digits in a lasso are known, and until that is painted."""
    import numpy as np
    from PySide6.QtCore import QEvent, QPoint, Qt

    viewport = map_.viewport()
    centre, radius = viewport.rect().center(), min(viewport.width(), viewport.height()) / 3
    found: list[float] = []
    painted: list[float] = []
    inside = 0

    def on_picked(indices: NDArray[np.intp]) -> None:
        nonlocal inside
        inside = len(indices)
        found.append((time.perf_counter() - began) * 1000)

    # Before what follows the picks.
    map_.digits_picked.disconnect()
    map_.digits_picked.connect(on_picked)
    map_.digits_picked.connect(lambda indices, _mode: map_.set_picked(indices, None))
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    for _ in range(_LASSOS):
        angles = np.linspace(0, 2 * np.pi, CORNERS, endpoint=False)
        corners = [
            centre + QPoint(round(reach * np.cos(angle)), round(reach * np.sin(angle)))
            for angle, reach in zip(angles, radius * (0.8 + 0.2 * np.sin(9 * angles)), strict=True)
        ]
        driving.send(application, viewport, QEvent.Type.MouseButtonPress, corners[0], left, shift=True)
        for corner in corners[1:]:
            driving.send(application, viewport, QEvent.Type.MouseMove, corner, left, shift=True)
        application.processEvents()
        began = time.perf_counter()
        driving.send(application, viewport, QEvent.Type.MouseButtonRelease, corners[-1], none, shift=True)
        viewport.repaint()
        painted.append((time.perf_counter() - began) * 1000)
        map_.set_picked(np.empty(0, np.intp), None)
    return {"lasso": found, "painted": painted, "inside": inside}
