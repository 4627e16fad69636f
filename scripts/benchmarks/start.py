"""How soon the window is there, in fresh processes, beside the bare import of PyTorch."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

from benchmarks.driving import home_in, where
from benchmarks.report import Figure

_IMPORT = "import torch, resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"


def measure(rounds: int) -> list[Figure]:
    """Medians over `rounds` starts, each beside one bare import."""
    _start()  # Once for the file cache and the byte code.
    imports, starts, import_memory = [], [], 0.0
    for _ in range(rounds):
        began = time.perf_counter()
        done = subprocess.run([sys.executable, "-c", _IMPORT], check=True, capture_output=True, text=True)
        imports.append(time.perf_counter() - began)
        import_memory = float(done.stdout)
        starts.append(_start())
    bare = statistics.median(imports)
    painted, drawn, memory = (statistics.median(start[key] for start in starts) for key in starts[0])
    note = f"median of {rounds} starts, {where()}"
    return [
        Figure("start: process to first window painted", painted, "s", 0.8, note=note),
        Figure(
            "start: map and first image, over bare `import torch`",
            drawn / bare,
            "×",
            1.6,
            note=f"{drawn:.2f} s against {bare:.2f} s; {note}",
        ),
        Figure(
            "memory after the start",
            memory,
            "MiB",
            note=f"resident; bare `import torch`: {import_memory:.0f} MiB",
        ),
    ]


def _start() -> dict[str, float]:
    with tempfile.TemporaryDirectory() as home:
        environment = home_in(home)
        began = time.perf_counter()
        command = [sys.executable, "-m", "benchmarks.start"]
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    times: dict[str, float] = json.loads(done.stdout)
    return {
        "painted": times["painted"] - began,
        "drawn": times["drawn"] - began,
        "memory": times["memory"],
    }


def _child() -> None:
    """Start the application as its command does, and print when things were on the screen."""
    from vae_explorer import app, cli  # noqa: F401 - the command imports it too
    from vae_explorer.core.threads import import_numpy_with_one_thread

    import_numpy_with_one_thread()
    application = app.start_qt()
    window = app.build_window(application)
    times: dict[str, float] = {}

    def on_painted() -> None:
        times["painted"] = time.perf_counter()
        window.open_first(None)

    def on_image(when: float) -> None:
        times.setdefault("drawn", when)
        times["memory"] = _resident_mib()
        window.close()

    window.first_painted.connect(on_painted)
    window.decoder_panel.image.painted.connect(on_image)
    window.show()
    application.exec()
    sys.stdout.write(json.dumps(times))


def _resident_mib() -> float:
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - not a file on a disk
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


if __name__ == "__main__":
    _child()
