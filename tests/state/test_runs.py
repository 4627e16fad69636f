from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.samples import random_model
from tests.ui.runs.samples import epoch_stats, new_run
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.run_info import RunStatus
from vae_explorer.core.snapshot import Posterior
from vae_explorer.core.timeline import Moment
from vae_explorer.state.runs import Run, Runs, Writer


class Heard:
    """What a set of runs said, in order."""

    def __init__(self, runs: Runs) -> None:
        self.words: list[tuple[str, str]] = []
        runs.added.connect(lambda run: self.words.append(("added", run.id)))
        runs.removed.connect(lambda run: self.words.append(("removed", run.id)))
        runs.changed.connect(lambda run: self.words.append(("changed", run.id)))


def test_runs_are_kept_oldest_first_and_found_by_their_id() -> None:
    runs = Runs()
    for number in (2, 3, 1):
        runs.add(new_run(number))
    assert [run.id for run in runs] == ["id-1", "id-2", "id-3"]
    assert len(runs) == 3
    found = runs.find("id-2")
    assert found is not None
    assert found.info.name == "Run 2"
    assert runs.find("id-9") is None
    assert runs.find(None) is None


def test_no_run_is_there_twice() -> None:
    runs = Runs()
    runs.add(new_run(1))
    with pytest.raises(ValueError, match="id-1"):
        runs.add(new_run(1))
    assert len(runs) == 1


def test_only_what_changes_is_said() -> None:
    runs = Runs()
    heard = Heard(runs)
    run = new_run(1)
    runs.add(run)
    runs.set_info(run, replace(run.info))
    runs.set_writer(run, "nobody")
    runs.set_overlaid(run, False)
    assert heard.words == [("added", "id-1")]
    runs.set_info(run, replace(run.info, name="best"))
    runs.set_writer(run, "here")
    runs.set_overlaid(run, True)
    runs.remove(run)
    assert heard.words[1:] == [("changed", "id-1")] * 3 + [("removed", "id-1")]
    assert (run.info.name, run.writer, run.overlaid) == ("best", "here", True)


def test_runs_may_be_removed_while_one_goes_through_them() -> None:
    runs = Runs()
    for number in (1, 2, 3):
        runs.add(new_run(number))
    for run in runs:
        runs.remove(run)
    assert len(runs) == 0


@pytest.mark.parametrize(
    ("status", "writer", "folder", "interrupted"),
    [
        ("running", "nobody", Path("run"), True),
        ("paused", "nobody", Path("run"), True),
        ("running", "here", Path("run"), False),
        ("running", "elsewhere", Path("run"), False),
        ("running", "nobody", None, False),
        ("stopped", "nobody", Path("run"), False),
        ("finished", "nobody", Path("run"), False),
    ],
)
def test_what_was_cut_off_can_be_resumed(
    status: RunStatus, writer: Writer, folder: Path | None, interrupted: bool
) -> None:
    assert new_run(1, status, writer, folder=folder).interrupted is interrupted


def test_the_time_of_a_run_is_that_of_its_epochs() -> None:
    run = new_run(1, epochs=2)
    assert run.seconds == 4
    run.metrics.epochs.append(epoch_stats(3, 100.0))
    assert run.seconds == 6


def test_the_epochs_of_a_run_are_those_in_memory_and_on_disk() -> None:
    run: Run = new_run(1)
    run.saved_epochs = (4, 2)
    assert run.epochs == (2, 4)
    for epoch in (4, 5):
        run.timeline.add(moment(epoch))
    assert run.epochs == (2, 4, 5)


@pytest.mark.parametrize(
    ("epochs", "stride"),
    [
        ((), 1),
        ((1,), 1),
        ((1, 2, 3), 1),
        # The first, the last and the best one, which is 7, stay wherever they are.
        ((1, 4, 8, 12, 16, 20, 23), 4),
        ((1, 4, 7, 8, 12, 13), 4),
    ],
)
def test_the_stride_is_that_of_the_snapshots_between_the_ends(epochs: tuple[int, ...], stride: int) -> None:
    run = new_run(1, epochs=7)
    assert run.metrics.best is not None
    assert run.metrics.best.epoch == 7
    run.saved_epochs = epochs
    assert run.stride == stride


def test_only_a_model_that_is_nowhere_on_disk_is_unsaved(tmp_path: Path) -> None:
    runs = Runs()
    empty, on_disk, kept, lost = (
        new_run(1, folder=None),
        new_run(2, folder=tmp_path),
        new_run(3, folder=None),
        new_run(4, folder=None),
    )
    for run in (on_disk, kept, lost):
        run.timeline.add(moment(1))
    kept.exported = True
    for run in (empty, on_disk, kept, lost):
        runs.add(run)
    assert runs.unsaved == (lost,)


def test_new_figures_are_said_to_whom_it_may_concern() -> None:
    runs, run = Runs(), new_run(1)
    grown: list[Run] = []
    runs.grown.connect(grown.append)
    runs.add(run)
    assert grown == []
    runs.grown.emit(run)
    assert grown == [run]


def moment(epoch: int) -> Moment:
    model = random_model(VAEConfig(16, (4,), 2))
    return Moment(epoch, model, Posterior(np.zeros((3, 2), np.float32), np.zeros((3, 2), np.float32)))
