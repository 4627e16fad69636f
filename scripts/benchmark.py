"""Measures what the README claims, beside things that a user knows, and prints a table.

Run it on a quiet machine: ``.venv/bin/python scripts/benchmark.py``. Without a display the window is measured off
screen.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from pathlib import Path

_SCRIPTS = Path(__file__).resolve().parent
_PARTS = ("start", "training", "window", "exploring", "curves", "long-run", "effects", "paths", "editing")


def main() -> int:
    """Measure, print, and write JSON where asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=5, help="paired training runs (default 5)")
    parser.add_argument("--epochs", type=int, default=10, help="epochs of each training run (default 10)")
    parser.add_argument("--starts", type=int, default=5, help="starts of the application (default 5)")
    parser.add_argument("--only", choices=_PARTS, help="measure one part")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    options = parser.parse_args()
    sys.path.insert(0, str(_SCRIPTS.parent))
    os.environ["PYTHONPATH"] = os.pathsep.join([str(_SCRIPTS), str(_SCRIPTS.parent)])
    os.environ.setdefault("QT_API", "pyside6")

    if sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

    from vae_explorer.core.threads import limit_spinning

    # As the command `train` does, so that both sides of a comparison run alike.
    limit_spinning(beside_a_window=False)
    from benchmarks import curves, editing, effects, exploring, long_run, paths, report, start, window

    figures: list[report.Figure] = []
    if options.only in (None, "start"):
        figures += start.measure(options.starts)
    if options.only in (None, "training"):
        from benchmarks import training

        figures += training.measure(options.pairs, options.epochs)
    if options.only in (None, "window"):
        from benchmarks import training

        figures += window.measure(training.seconds_alone())
    if options.only in (None, "exploring"):
        figures += exploring.measure()
    if options.only in (None, "curves"):
        figures += curves.measure()
    if options.only in (None, "long-run"):
        figures += long_run.measure()
    if options.only in (None, "effects"):
        figures += effects.measure()
    if options.only in (None, "paths"):
        figures += paths.measure()
    if options.only in (None, "editing"):
        figures += editing.measure()
    print(f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}\n")
    print(report.table(figures))
    if options.json:
        options.json.write_text(
            json.dumps([figure.to_dict() for figure in figures], indent=2), encoding="utf-8"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
