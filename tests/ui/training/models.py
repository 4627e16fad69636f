"""The models that a run leaves."""

from vae_explorer.core.snapshot import ModelSnapshot
from vae_explorer.state.runs import Run


def last_model(run: Run) -> ModelSnapshot:
    moment = run.timeline.get(run.timeline.epochs[-1])
    assert moment is not None
    return moment.snapshot
