"""How quickly the map answers while one explores: with every read-out on, with each layer, and with many points."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from benchmarks import driving
from benchmarks.report import Figure, percentile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PySide6.QtWidgets import QApplication

    from vae_explorer.core.tiles import Rect
    from vae_explorer.state.map_look import Layer
    from vae_explorer.ui.main_window import MainWindow
    from vae_explorer.ui.map.latent_map import LatentMap

_FRAME_MS = 16.0
_FRAMES = 150
#: While one pans at 60 frames a second.
_PAN_SECONDS = 5.0
_LASSOS = 9
_CORNERS = 200
#: Views that were never seen before; the first ones fill caches.
_VIEWS, _WARM_UP = 40, 4
#: Of the longer side of the map: with its shape that makes about 30 × 30.
_TILES_ACROSS = 36
#: Points, the most that a frame may take, and the most that a lasso may; None: not asked for.
_SIZES: dict[int, tuple[float, float | None]] = {10_000: (6, 20), 70_000: (16, None), 1_000_000: (16, 200)}
_LAYERS: tuple[Layer, ...] = ("tiles", "density", "prior", "sensitivity", "classes", "entropy")


def measure() -> list[Figure]:
    """Medians and percentiles in a fresh process."""
    found = driving.measured("exploring")
    return [
        *_drag_figures(found["drag"]),
        *_tile_figures(found["tiles"]),
        *_point_figures(found["points"]),
        _layer_figure(found["layers"]),
    ]


def _drag_figures(times: list[float]) -> list[Figure]:
    note = (
        f"trust, ellipses, tiles and traversal shown; {driving.MOVES} moves, one each {driving.INTERVAL_MS} ms, "
        f"from when a move was due; {driving.where()}"
    )
    return [
        Figure("drag, every read-out on: p50", percentile(times, 0.5), "ms", 4, note=note),
        Figure("drag, every read-out on: p99", percentile(times, 0.99), "ms", 12, note=note),
    ]


def _tile_figures(found: dict[str, Any]) -> list[Figure]:
    first, fine, frames = found["first"], found["fine"], found["frames"]
    note = (
        f"{found['grid']} tiles of which none was there, {len(first)} jumps of the view, painted; p99 %.1f ms; "
        f"{driving.where()}"
    )
    return [
        Figure(
            "decoded images, first picture after a jump: median",
            percentile(first, 0.5),
            "ms",
            _FRAME_MS,
            note=note % percentile(first, 0.99),
        ),
        Figure(
            "decoded images, fine picture after a jump: median",
            percentile(fine, 0.5),
            "ms",
            note=note % percentile(fine, 0.99),
        ),
        Figure(
            "decoded images, pan at 60 frames a second: median frame",
            percentile(frames, 0.5),
            "ms",
            _FRAME_MS,
            note=f"{len(frames)} frames, each moved and painted while tiles were decoded; p99 "
            f"{percentile(frames, 0.99):.1f} ms; tiles on {found['covered']:.0%} of the view in the mean; "
            f"{driving.where()}",
        ),
    ]


def _point_figures(found: dict[str, Any]) -> list[Figure]:
    figures = []
    for size, (frame, lasso) in _SIZES.items():
        times = found[str(size)]
        made = f"made-up points, drawn as {times['drawn']}; {driving.where()}"
        for act in ("pan", "zoom"):
            note = f"p99 {percentile(times[act], 0.99):.1f} ms; {made}"
            figures.append(
                Figure(
                    f"{act} {size:,} points: median frame",
                    percentile(times[act], 0.5),
                    "ms",
                    frame,
                    note=note,
                )
            )
        if lasso is not None:
            note = (
                f"{_CORNERS} corners around {times['inside']:,} points, from the button's release until they are "
                f"known; {percentile(times['painted'], 0.5):.0f} ms until the others are painted gray; made-up points"
            )
            figures.append(
                Figure(
                    f"lasso of {size:,} points: median",
                    percentile(times["lasso"], 0.5),
                    "ms",
                    lasso,
                    note=note,
                )
            )
    dots = found["dots"]
    figures.append(
        Figure(
            "pan 1,000,000 points, few in view: median frame",
            percentile(dots["pan"], 0.5),
            "ms",
            _FRAME_MS,
            note=f"p99 {percentile(dots['pan'], 0.99):.1f} ms; {dots['inside']:,} in view, made-up points drawn as "
            f"{dots['drawn']}; {driving.where()}",
        )
    )
    return figures


def _layer_figure(found: dict[str, list[float]]) -> Figure:
    late = {layer: percentile(times, 0.99) for layer, times in found.items()}
    worst = max(late, key=lambda layer: late[layer])
    each = ", ".join(f"{layer} {value:.1f}" for layer, value in late.items())
    return Figure(
        f"event loop lateness while a layer is drawn, the worst layer ({worst}): p99",
        late[worst],
        "ms",
        _FRAME_MS,
        note=f"{_VIEWS} jumps of the view, each waited for: {each} ms; {driving.where()}",
    )


# In the child


def _child() -> None:
    application, window = driving.open_window()
    window.resize(1440, 900)
    guide = _Guide(application, window)
    guide.settle()
    found: dict[str, object] = {"drag": guide.drag()}
    found["tiles"] = guide.tiles()
    found["layers"] = {layer: guide.lateness(layer) for layer in _LAYERS}
    window.exploration.looks.look.set_layer("none")
    found["points"] = _points(application, window)
    window.close()
    driving.finish(found)


class _Guide:
    """Leads the window through what is measured with the first model."""

    def __init__(self, application: QApplication, window: MainWindow) -> None:
        self._application, self._window = application, window
        self._map = window.map_panel.map
        self._look = window.exploration.looks.look
        self._layers = window._workers.layers

    def settle(self) -> None:
        """Until nothing is prepared or drawn any more."""
        window = self._window
        traversal, meter = window.exploration.traversal, window.decoder_panel.meter
        driving.wait_until(
            self._application,
            lambda: (
                (meter.current or not window.decoder_panel.isVisible())
                and self._drawn()
                and (traversal.up_to_date or not traversal.isVisible())
            ),
        )

    def drag(self) -> list[float]:
        """Latencies of a drag with all read-outs that can be seen beside the map."""
        window, digit = self._window, 7
        for dock in ("decoder", "traversal"):
            window.docks.named(dock).raise_()
        self._look.set_layer("tiles")
        window.exploration.looks.picks.pick([digit], digit)
        self._application.processEvents()
        self.settle()
        if not (window.exploration.traversal.isVisible() and window.exploration.ellipses.item.lines):
            raise RuntimeError("not every read-out is shown")
        return driving.drag(self._application, window)

    # Layers

    def tiles(self) -> dict[str, object]:
        """Times of the first and of the fine picture after a jump, and of frames while one pans."""
        self._choose("tiles")
        first: list[float] = []
        fine: list[float] = []
        for view in self._views():
            # A jump to where tiles were seen before would find them again.
            self._layers._worker._stages._tiles = None
            began = time.perf_counter()
            self._show(view)
            pictures = self._pictures(began)
            first.append(pictures[0])
            fine.append(pictures[-1])
        image = self._map.layer.image
        grid = "" if image is None else f"{image.grid.columns} × {image.grid.rows}"
        return {"grid": grid, "first": first[_WARM_UP:], "fine": fine[_WARM_UP:], **self._pan()}

    def lateness(self, layer: Layer) -> list[float]:
        """By how much the event loop is late while a layer is drawn for one view after the other."""
        self._choose(layer)
        with driving.lateness() as late:
            for view in self._views():
                self._show(view)
                self._application.processEvents()
                driving.wait_until(self._application, self._drawn)
        return late

    def _choose(self, layer: Layer) -> None:
        self._map.fit()
        self._look.set_layer("none")
        self._look.set_layer(layer)
        self.settle()

    def _views(self) -> Iterator[Rect]:
        """Places all over the data, from about twice as large as the data to a quarter of it."""
        import numpy as np

        random = np.random.default_rng(0)
        low, high = np.percentile(self._map.places, (5, 95), axis=0)
        box = self._map.getViewBox()
        for number in range(_VIEWS + _WARM_UP):
            # Widths that are no powers of two times each other would have other spacings, and so other counts.
            width = _TILES_ACROSS * 2.0 ** -(2 + number % 4)
            size = np.array([width, width * box.height() / box.width()])
            x0, y0 = random.uniform(low, high) - size / 2
            yield x0, y0, x0 + size[0], y0 + size[1]

    def _show(self, view: Rect) -> None:
        from PySide6.QtCore import QPointF, QRectF

        x0, y0, x1, y1 = view
        self._map.getViewBox().setRange(QRectF(QPointF(x0, y0), QPointF(x1, y1)), padding=0)

    def _pictures(self, began: float) -> list[float]:
        """Milliseconds until each picture of the layer was painted, up to the fine one."""
        shown: list[float] = []
        before = self._map.layer.image

        def on_drawn() -> None:
            self._map.viewport().repaint()
            shown.append((time.perf_counter() - began) * 1000)

        self._layers.drawn.connect(on_drawn)
        driving.wait_until(self._application, lambda: self._map.layer.image is not before and self._drawn())
        self._layers.drawn.disconnect(on_drawn)
        return shown

    def _pan(self) -> dict[str, object]:
        """Move the view 60 times a second; how long each frame took, and how much of it had tiles."""
        from vae_explorer.core.map_plane import overlap

        box, viewport = self._map.getViewBox(), self._map.viewport()
        frames: list[float] = []
        covered: list[float] = []

        def frame() -> None:
            began = time.perf_counter()
            # Once through the view in two seconds, there and back.
            step = box.viewRect().width() / 120
            box.translateBy(x=step if len(frames) % 240 < 120 else -step, y=step / 3)
            viewport.repaint()
            frames.append((time.perf_counter() - began) * 1000)
            (x0, x1), (y0, y1) = box.viewRange()
            image = self._map.layer.image
            covered.append(0.0 if image is None else overlap(image.rect, (x0, y0, x1, y1)))

        _sixty_times_a_second(self._application, frame, _PAN_SECONDS)
        self.settle()
        return {"frames": frames, "covered": sum(covered) / len(covered)}

    def _drawn(self) -> bool:
        """Whether the layer that is chosen is there, and nothing more is to come."""
        control, image = self._window.exploration.layers, self._map.layer.image
        quiet = not self._layers.busy and not control._soon.isActive()
        return quiet and (self._look.layer == "none" or (image is not None and image.is_fine))


def _sixty_times_a_second(application: QApplication, act: Callable[[], None], seconds: float) -> None:
    from PySide6.QtCore import QEventLoop, Qt, QTimer

    loop, timer = QEventLoop(application), QTimer()
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.timeout.connect(act)
    timer.start(1000 // 60)
    QTimer.singleShot(round(seconds * 1000), loop.quit)
    loop.exec()
    timer.stop()


# Many points


def _points(application: QApplication, window: MainWindow) -> dict[str, object]:
    from vae_explorer.ui.map.latent_map import LatentMap

    map_ = LatentMap(window._theme)
    map_.resize(window.map_panel.map.size())
    map_.digits_picked.connect(lambda indices, _mode: map_.set_picked(indices, None))
    found: dict[str, object] = {}
    for size in _SIZES:
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
        angles = np.linspace(0, 2 * np.pi, _CORNERS, endpoint=False)
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


if __name__ == "__main__":
    _child()
