"""How quickly the map answers while one explores: with every read-out on, with each layer, and with many points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks import driving
from benchmarks.exploring_layers import VIEWS, Guide
from benchmarks.exploring_points import CORNERS, SIZES, points
from benchmarks.report import Figure, percentile

if TYPE_CHECKING:
    from vae_explorer.state.map_look import Layer

_FRAME_MS = 16.0
#: The most that a frame of so many points may take, and the most that a lasso may; None: not asked for.
_MOST: dict[int, tuple[float, float | None]] = {10_000: (6, 20), 70_000: (16, None), 1_000_000: (16, 200)}
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
    for size in SIZES:
        frame, lasso = _MOST[size]
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
                f"{CORNERS} corners around {times['inside']:,} points, from the button's release until they are "
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
        note=f"{VIEWS} jumps of the view, each waited for: {each} ms; {driving.where()}",
    )


# In the child


def _child() -> None:
    application, window = driving.open_window()
    window.resize(1440, 900)
    guide = Guide(application, window)
    guide.settle()
    found: dict[str, object] = {"drag": guide.drag()}
    found["tiles"] = guide.tiles()
    found["layers"] = {layer: guide.lateness(layer) for layer in _LAYERS}
    window.exploration.looks.look.set_layer("none")
    found["points"] = points(application, window)
    window.close()
    driving.finish(found)


if __name__ == "__main__":
    _child()
