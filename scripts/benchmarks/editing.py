"""How quickly pictures and map follow a direction's α and a path's anchor, and how long measuring all digits takes."""

from __future__ import annotations

import math
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from benchmarks import driving
from benchmarks.report import Figure, percentile

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtCore import QEvent, QObject, QPoint
    from PySide6.QtWidgets import QApplication, QWidget

    from vae_explorer.core.path_kinds import PathKind
    from vae_explorer.ui.main_window import MainWindow

_MOVES = 300
_FRAME_MS = 16.0
_MEASURE_SECONDS = 30.0
_QUICK: tuple[PathKind, ...] = ("linear", "spherical")
#: Pixels around where it was that an anchor is dragged.
_REACH = 60


def measure() -> list[Figure]:
    """Percentiles of a fresh process with a window, and the seconds of the measuring."""
    found: dict[str, Any] = driving.measured("editing")
    where = driving.where()
    alpha = f"{_MOVES} steps of the slider; picture, strip of 13, arrow and map painted; {where}"
    anchor = f"{_MOVES} moves of the mouse; linear and spherical paths of 16 frames, strips and map painted; {where}"
    geodesic = (
        f"the same, from a move until a geodesic for it is there, coarse; all four kinds shown; {where}"
    )
    return [
        Figure("α of a direction moved: p50", percentile(found["alpha"], 0.5), "ms", note=alpha),
        Figure("α of a direction moved: p99", percentile(found["alpha"], 0.99), "ms", _FRAME_MS, note=alpha),
        Figure("anchor of a path moved: p50", percentile(found["anchor"], 0.5), "ms", note=anchor),
        Figure(
            "anchor of a path moved: p99", percentile(found["anchor"], 0.99), "ms", _FRAME_MS, note=anchor
        ),
        Figure("anchor moved, geodesic: p50", percentile(found["geodesic"], 0.5), "ms", note=geodesic),
        Figure("anchor moved, geodesic: p99", percentile(found["geodesic"], 0.99), "ms", note=geodesic),
        Figure(
            "thickness, slant and others of 10,000 digits measured",
            found["measuring"],
            "s",
            _MEASURE_SECONDS,
            note="once for a set of images, in the background; with the import of scikit-image",
        ),
    ]


def _child() -> None:
    application, window = driving.open_window()
    alpha = _alphas(application, window)
    anchor, geodesic = (_anchors(application, window, kinds) for kinds in (_QUICK, None))
    window.close()
    driving.finish(
        {"alpha": alpha, "anchor": anchor, "geodesic": geodesic, "measuring": _seconds_of_measuring()}
    )


def _alphas(application: QApplication, window: MainWindow) -> list[float]:
    from vae_explorer.core.direction_sources import ClassPair
    from vae_explorer.ui.attributes.row_parts import AlphaSlider

    window.docks.named("attributes").raise_()
    panel = window.exploration.attributes
    window.looks.edits.add("4 → 9", ClassPair(4, 9))
    driving.wait_until(application, lambda: panel.finder.up_to_date and panel.editing.pictures is not None)
    driving.rest(application)
    slider = panel.list.findChild(AlphaSlider)
    assert slider is not None
    last, times = slider.maximum(), []
    painted = _Painted((panel.view.edited, window.map_panel.map.viewport()))
    for step in range(_MOVES):
        # To and fro, and never where it is.
        value = round(last * 0.9 * math.sin(0.1 + step / 9))
        value += value == slider.value()
        times.append(painted.milliseconds(application, partial(slider.setValue, value)))
    painted.stop()
    window.looks.edits.set_alphas({"4 → 9": 0.0})
    return times


def _anchors(application: QApplication, window: MainWindow, kinds: Sequence[PathKind] | None) -> list[float]:
    """Milliseconds from each move of an anchor to its paths on the screen; with all kinds, to its geodesic."""
    from PySide6.QtCore import QEvent, QPoint, Qt

    from vae_explorer.core.path_kinds import PATH_KINDS
    from vae_explorer.state.journey import DigitAnchor, Plan
    from vae_explorer.ui.widgets.film_strip import FilmStrip

    window.docks.named("interpolation").raise_()
    panel, map_, model = window.exploration.interpolation, window.map_panel.map, window.session.model
    assert model is not None
    shown = PATH_KINDS if kinds is None else tuple(kinds)
    window.looks.journey.set(Plan((DigitAnchor(7), DigitAnchor(42)), kinds=shown, chosen=shown[0]))
    driving.wait_until(application, lambda: all(panel.worker.is_current(kind) for kind in shown))
    driving.rest(application)
    start, viewport = map_.pixel_at(model.on_map[7]).toPoint(), map_.viewport()
    strips = [strip for strip in panel.view.findChildren(FilmStrip) if strip.isVisible()]
    painted = _Painted((map_.viewport(), *(strips if kinds else ())))
    awaited: tuple[PathKind, ...] = shown if kinds else ("geodesic",)
    driving.send(application, viewport, QEvent.Type.MouseButtonPress, start, Qt.MouseButton.LeftButton)
    times, place = [], start
    for step in range(_MOVES):
        place = start + QPoint(*_around(step))
        times.append(
            painted.milliseconds(
                application,
                partial(_move, application, viewport, place),
                lambda: all(panel.worker.is_current(kind) for kind in awaited),
            )
        )
    driving.send(application, viewport, QEvent.Type.MouseButtonRelease, place, Qt.MouseButton.NoButton)
    painted.stop()
    return times


def _move(application: QApplication, viewport: QWidget, place: QPoint) -> None:
    from PySide6.QtCore import QEvent, Qt

    driving.send(application, viewport, QEvent.Type.MouseMove, place, Qt.MouseButton.LeftButton)


def _around(step: int) -> tuple[int, int]:
    angle = step / 12
    reach = _REACH * (0.4 + 0.6 * math.sin(angle / 5) ** 2)
    return round(reach * math.cos(angle)), round(reach * math.sin(angle))


def _seconds_of_measuring() -> float:
    from vae_explorer.core.data import load_images

    images = load_images("test").images
    began = time.perf_counter()
    from vae_explorer.core.morphometry import measure

    measures = measure(images)
    seconds = time.perf_counter() - began
    assert not math.isnan(measures.sum())
    return seconds


class _Painted:
    """Waits until each of several widgets has been painted."""

    def __init__(self, widgets: Sequence[QWidget]) -> None:
        from PySide6.QtCore import QEvent, QObject

        waiting = self._waiting = set[QObject]()
        self._widgets = widgets

        class Filter(QObject):
            def eventFilter(self, watched: QObject, event: QEvent) -> bool:
                if event.type() == QEvent.Type.Paint:
                    waiting.discard(watched)
                return False

        self._filter = Filter()
        for widget in widgets:
            widget.installEventFilter(self._filter)

    def milliseconds(
        self, application: QApplication, deed: Callable[[], object], there: Callable[[], bool] = lambda: True
    ) -> float:
        """From `deed` until all have been painted and what it asks for is there."""
        self._waiting.update(self._widgets)
        began = time.perf_counter()
        deed()
        driving.wait_until(application, lambda: not self._waiting and there())
        return (time.perf_counter() - began) * 1000

    def stop(self) -> None:
        """Watch no more."""
        for widget in self._widgets:
            widget.removeEventFilter(self._filter)


if __name__ == "__main__":
    _child()
