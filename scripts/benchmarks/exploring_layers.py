"""The window with its first model, led through what one explores: a drag with every read-out on, and the layers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from benchmarks import driving

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from vae_explorer.core.tiles import Rect
    from vae_explorer.state.map_look import Layer
    from vae_explorer.ui.main_window import MainWindow

#: While one pans at 60 frames a second.
_PAN_SECONDS = 5.0
#: Views that were never seen before; the first ones fill caches.
VIEWS, _WARM_UP = 40, 4
#: Of the longer side of the map: with its shape that makes about 30 × 30.
_TILES_ACROSS = 36


class Guide:
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
        for number in range(VIEWS + _WARM_UP):
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
