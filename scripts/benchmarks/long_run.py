"""Memory of a run of many epochs, whose snapshots would take far more than their budget."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.report import Figure, percentile

_EPOCHS = 500
#: Few images make short epochs; the snapshots are as large as ever.
_IMAGES = 640
#: Here everything is imported, and half of the budget is used.
_FIRST = 50
#: From here on the budget has been full more than once.
_MIDDLE = 250
#: What the allocator keeps of snapshots that went: it seldom gives memory in pieces of this size back at once.
_SPARE_MIB = 32


def measure() -> list[Figure]:
    """Growth of the resident memory over the run, beside the budget of the timeline, and the time of an autosave."""
    with tempfile.TemporaryDirectory() as folder:
        environment = dict(os.environ, VAE_EXPLORER_RUNS=folder)
        command = [sys.executable, "-m", "benchmarks.long_run"]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment)
    found = json.loads(done.stdout)
    resident, held = (
        {int(epoch): mib for epoch, mib in found[name].items()} for name in ("resident", "held")
    )
    budget, saves = found["budget"], found["saves"]
    growth = resident[_EPOCHS] - resident[_FIRST]
    return [
        Figure(
            "memory of a long run: growth beyond the budget of its snapshots",
            growth - (budget - held[_FIRST]),
            "MiB",
            _SPARE_MIB,
            note=f"784-400-2, epochs {_FIRST} to {_EPOCHS}: {growth:.0f} MiB more, budget {budget:.0f} of which "
            f"{held[_FIRST]:.0f} were used; {found['kept']} of {_EPOCHS} snapshots kept, all would take "
            f"{found['everything']:.0f}",
        ),
        Figure(
            f"memory of a long run: growth from epoch {_MIDDLE} to {_EPOCHS}",
            resident[_EPOCHS] - resident[_MIDDLE],
            "MiB",
            _SPARE_MIB,
            note=f"{held[_MIDDLE]:.0f} MiB of snapshots at epoch {_MIDDLE}, {held[_EPOCHS]:.0f} at the end",
        ),
        Figure(
            "autosave of an epoch: p50",
            percentile(saves, 0.5) * 1000,
            "ms",
            note=f"snapshot, figures and state of 784-400-2, safe from a power cut; "
            f"p99 {percentile(saves, 0.99) * 1000:.0f} ms",
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
    timeline, largest = Timeline(), 0
    resident: dict[int, float] = {}
    held: dict[int, float] = {}
    for event in Runner(Beginning(info), few, few, Controls(), recorder).run():
        if isinstance(event, EpochDone):
            moment = Moment(event.stats.epoch, event.snapshot, event.posterior)
            timeline.add(moment)
            largest = max(largest, moment.bytes)
            if event.stats.epoch in (_FIRST, _MIDDLE, _EPOCHS):
                resident[event.stats.epoch] = _resident() / 2**20
                held[event.stats.epoch] = timeline.bytes / 2**20
    found = {
        "resident": resident,
        "held": held,
        "kept": len(timeline),
        "budget": timeline.budget / 2**20,
        "everything": largest * _EPOCHS / 2**20,
        "saves": saves,
    }
    sys.stdout.write(json.dumps(found))


def _resident() -> int:
    """Bytes of memory that this process has now; Linux only."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    _child()
