"""Memory of a run of many epochs, whose snapshots would take far more than their budget."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.report import Figure

_EPOCHS = 500
#: Few images make short epochs; the snapshots are as large as ever.
_IMAGES = 640
#: From here on everything is imported, and the first buffers are there.
_FIRST = 20


def measure() -> list[Figure]:
    """Growth of the resident memory over the run, beside the budget of the timeline."""
    with tempfile.TemporaryDirectory() as folder:
        environment = dict(os.environ, VAE_EXPLORER_RUNS=folder)
        command = [sys.executable, "-m", "benchmarks.long_run"]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment)
    found = json.loads(done.stdout)
    budget = found["budget"] / 2**20
    return [
        Figure(
            f"memory: growth over a run of {_EPOCHS} epochs",
            found["growth"] / 2**20,
            "MiB",
            budget,
            note=f"784-400-2; {found['kept']} of {_EPOCHS} snapshots kept, {found['held'] / 2**20:.0f} MiB of a "
            f"budget of {budget:.0f}; all of them would take {found['all'] / 2**20:.0f}",
        ),
        Figure(
            "autosave of an epoch",
            statistics.median(found["saves"]) * 1000,
            "ms",
            note="snapshot, figures and state of 784-400-2, safe from a power cut",
        ),
    ]


def _child() -> None:
    import time
    from datetime import UTC, datetime

    from vae_explorer.core.config import VAEConfig
    from vae_explorer.core.controls import Controls
    from vae_explorer.core.data import ImageSet, load_images
    from vae_explorer.core.events import EpochDone
    from vae_explorer.core.run_folder import new_run_id, runs_folder
    from vae_explorer.core.run_info import RunInfo
    from vae_explorer.core.run_recorder import RunRecorder
    from vae_explorer.core.runner import Beginning, Runner
    from vae_explorer.core.timeline import Moment, Timeline
    from vae_explorer.core.training_config import TrainingConfig

    images = load_images("test")
    few = ImageSet("few", images.images[:_IMAGES], images.labels[:_IMAGES])
    now = datetime.now(UTC)
    info = RunInfo(new_run_id(now), "long", now, VAEConfig(), TrainingConfig(epochs=_EPOCHS))
    recorder = RunRecorder.create(runs_folder() / info.id, info)
    saves: list[float] = []
    add_epoch = recorder.add_epoch

    def timed(*values: object) -> None:
        began = time.perf_counter()
        add_epoch(*values)  # type: ignore[arg-type]
        saves.append(time.perf_counter() - began)

    recorder.add_epoch = timed  # type: ignore[method-assign,assignment]
    timeline, before, largest = Timeline(), 0, 0
    for event in Runner(Beginning(info), few, few, Controls(), recorder).run():
        if isinstance(event, EpochDone):
            moment = Moment(event.stats.epoch, event.snapshot, event.posterior)
            timeline.add(moment)
            largest = max(largest, moment.bytes)
            before = _resident() if event.stats.epoch == _FIRST else before
    found = {
        "growth": _resident() - before,
        "kept": len(timeline),
        "held": timeline.bytes,
        "budget": timeline.budget,
        "all": largest * _EPOCHS,
        "saves": saves,
    }
    sys.stdout.write(json.dumps(found))


def _resident() -> int:
    """Bytes of memory that this process has now; Linux only."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    _child()
