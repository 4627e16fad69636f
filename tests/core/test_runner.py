from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.core.memory import FailingOnce
from tests.core.trainings import CONFIG, SETTINGS
from tests.samples import same_weights
from vae_explorer.core.controls import Controls
from vae_explorer.core.data import ImageSet
from vae_explorer.core.errors import DivergedError, OutOfMemoryError
from vae_explorer.core.events import (
    BatchDone,
    Changed,
    EpochDone,
    Looked,
    MemoryRanOut,
    Paused,
    Resumed,
    RunEnded,
    RunEvent,
    StepsDone,
)
from vae_explorer.core.run_folder import read_run
from vae_explorer.core.run_info import RunInfo
from vae_explorer.core.run_recorder import RunRecorder
from vae_explorer.core.runner import Beginning, Runner
from vae_explorer.core.snapshot import ModelSnapshot
from vae_explorer.core.training import fit
from vae_explorer.core.training_config import TrainingConfig

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def beginning(settings: TrainingConfig = SETTINGS) -> Beginning:
    return Beginning(RunInfo("run-1", "Run 1", NOW, CONFIG, settings, "few"))


def follow(
    runner: Runner, react: Callable[[RunEvent], object] = lambda _event: None
) -> tuple[list[RunEvent], str]:
    """All events of a run, and its status; `react` sees each before the run goes on."""
    events = []
    for event in runner.run():
        events.append(event)
        react(event)
    assert isinstance(events[-1], RunEnded)
    return events, events[-1].status


def last_model(events: list[RunEvent]) -> ModelSnapshot:
    return [event for event in events if isinstance(event, EpochDone)][-1].snapshot


def uninterrupted(few: ImageSet, settings: TrainingConfig = SETTINGS) -> ModelSnapshot:
    return [event for event in fit(CONFIG, settings, few, few) if isinstance(event, EpochDone)][-1].snapshot


def test_a_run_that_is_left_alone_is_a_training(few: ImageSet) -> None:
    events, status = follow(Runner(beginning(), few, few, Controls()))
    assert status == "finished"
    assert same_weights(last_model(events), uninterrupted(few))


def test_a_pause_in_the_middle_of_an_epoch_changes_nothing(few: ImageSet) -> None:
    controls = Controls()

    def react(event: RunEvent) -> None:
        if event == BatchDone(2, 3, 8):
            controls.pause()
        if isinstance(event, Paused):
            assert event.problem is None
            controls.resume()

    events, status = follow(Runner(beginning(), few, few, controls), react)
    assert status == "finished"
    place = events.index(BatchDone(2, 3, 8))
    assert events[place + 1 : place + 3] == [Paused(), Resumed()]
    assert same_weights(last_model(events), uninterrupted(few))


@pytest.mark.parametrize("place", [BatchDone(1, 1, 8), BatchDone(2, 5, 8), BatchDone(3, 8, 8)])
def test_a_run_that_was_put_away_ends_as_if_it_never_was(
    place: BatchDone, few: ImageSet, tmp_path: Path
) -> None:
    controls = Controls()
    runner = Runner(beginning(), few, few, controls, RunRecorder.create(tmp_path / "run", beginning().info))
    events, status = follow(runner, lambda event: event == place and controls.end("suspend"))
    assert status == "paused"
    assert events[-2] == place
    assert read_run(tmp_path / "run").info.status == "paused"

    recorder = RunRecorder.reopen(tmp_path / "run")
    state = recorder.take_up()
    events, status = follow(Runner(Beginning(recorder.info, state=state), few, few, Controls(), recorder))
    assert status == "finished"
    assert same_weights(last_model(events), uninterrupted(few))
    found = read_run(tmp_path / "run")
    assert found.info.status == "finished"
    assert [stats.epoch for stats in found.metrics.epochs] == [1, 2, 3]
    np.testing.assert_array_equal(found.metrics.column("step"), np.arange(1, 25))


def test_a_run_can_be_stopped_out_of_a_pause(few: ImageSet) -> None:
    controls = Controls()
    controls.pause()

    def react(event: RunEvent) -> None:
        if isinstance(event, Paused):
            controls.end("stop")

    events, status = follow(Runner(beginning(), few, few, controls), react)
    assert status == "stopped"
    assert not any(isinstance(event, EpochDone) for event in events)


def test_what_is_steered_is_said_and_recorded(few: ImageSet, tmp_path: Path) -> None:
    controls = Controls()
    recorder = RunRecorder.create(tmp_path / "run", beginning().info)

    def react(event: RunEvent) -> None:
        if event == BatchDone(1, 4, 8):
            controls.steer("beta", 5.0)
            controls.steer("learning_rate", 1e-4)

    events, _status = follow(Runner(beginning(), few, few, controls, recorder), react)
    changes = [event.change for event in events if isinstance(event, Changed)]
    assert [(change.step, change.name, change.after) for change in changes] == [
        (4, "beta", 5.0),
        (4, "learning_rate", 1e-4),
    ]
    assert read_run(tmp_path / "run").metrics.changes == changes
    betas = [stats.beta for event in events if isinstance(event, StepsDone) for stats in event.stats]
    assert betas[3:5] == [1.0, 5.0]


def test_a_run_steered_while_it_is_paused_and_put_away_remembers_it(few: ImageSet, tmp_path: Path) -> None:
    controls = Controls()
    recorder = RunRecorder.create(tmp_path / "run", beginning().info)
    controls.pause()

    def react(event: RunEvent) -> None:
        if isinstance(event, Paused):
            controls.steer("beta", 5.0)
            controls.end("suspend")

    follow(Runner(beginning(), few, few, controls, recorder), react)
    with RunRecorder.reopen(tmp_path / "run") as reopened:
        assert reopened.take_up().position.beta == 5.0


def test_looks_begin_with_the_untrained_model_and_disturb_nothing(few: ImageSet) -> None:
    events, _status = follow(Runner(beginning(), few, few, Controls(), looks=True))
    first = next(event for event in events if isinstance(event, Looked))
    assert first.epoch == 0
    assert first.posterior is not None
    assert len(first.posterior.mu) == len(few)
    assert same_weights(last_model(events), uninterrupted(few))


def test_a_run_that_diverges_keeps_its_last_good_epoch(few: ImageSet, tmp_path: Path) -> None:
    settings = replace(SETTINGS, epochs=30)
    controls = Controls()
    recorder = RunRecorder.create(tmp_path / "run", beginning(settings).info)

    def react(event: RunEvent) -> None:
        if isinstance(event, EpochDone) and event.stats.epoch == 2:
            controls.steer("learning_rate", 1.0)

    with pytest.raises(DivergedError, match=r"diverged in epoch \d+"):
        follow(Runner(beginning(settings), few, few, controls, recorder), react)
    found = read_run(tmp_path / "run")
    assert found.info.status == "failed"
    assert "diverged in epoch" in found.info.problem
    assert found.can_resume
    assert found.saved_epochs[:2] == (1, 2)
    assert all(np.isfinite(stats.test.elbo) for stats in found.metrics.epochs)


@pytest.mark.parametrize("call", [1, 20, 60])
def test_when_memory_runs_out_it_asks_and_goes_on_with_smaller_batches(call: int, few: ImageSet) -> None:
    controls = Controls()
    asked = []

    def react(event: RunEvent) -> None:
        if isinstance(event, MemoryRanOut):
            asked.append(event)
            controls.answer("smaller batch")

    with FailingOnce(torch.OutOfMemoryError("out of memory"), call):
        events, status = follow(Runner(beginning(), few, few, controls), react)
    assert asked == [MemoryRanOut("cpu", 64)]
    assert status == "finished"
    done = [event.stats for event in events if isinstance(event, EpochDone)]
    assert [stats.epoch for stats in done] == [1, 2, 3]
    assert done[0].test.elbo < done[-1].test.elbo
    assert events[-3] == BatchDone(3, 16, 16)
    assert last_model(events).record.settings == replace(SETTINGS, batch_size=32)


def test_a_fault_of_the_program_leaves_a_run_that_failed_and_can_be_resumed(
    few: ImageSet, tmp_path: Path
) -> None:
    recorder = RunRecorder.create(tmp_path / "run", beginning().info)
    with FailingOnce(RuntimeError("a bug"), 70), pytest.raises(RuntimeError, match="a bug"):
        follow(Runner(beginning(), few, few, Controls(), recorder))
    found = read_run(tmp_path / "run")
    assert found.info.status == "failed"
    assert "fault in VAE Explorer" in found.info.problem
    assert found.can_resume


def test_when_memory_runs_out_and_the_user_stops_the_run_has_failed(few: ImageSet, tmp_path: Path) -> None:
    controls = Controls()
    recorder = RunRecorder.create(tmp_path / "run", beginning().info)

    def react(event: RunEvent) -> None:
        if isinstance(event, MemoryRanOut):
            controls.answer("stop")

    with FailingOnce(torch.OutOfMemoryError("out of memory"), 70), pytest.raises(OutOfMemoryError):
        follow(Runner(beginning(), few, few, controls, recorder), react)
    found = read_run(tmp_path / "run")
    assert found.info.status == "failed"
    assert len(found.metrics.epochs) == 1


def test_when_the_folder_cannot_be_written_it_waits_until_it_can(few: ImageSet, tmp_path: Path) -> None:
    controls = Controls()
    folder = tmp_path / "run"
    recorder = RunRecorder.create(folder, beginning().info)
    aside = tmp_path / "aside"

    def react(event: RunEvent) -> None:
        if event == BatchDone(2, 2, 8):
            (folder / "snapshots").rename(aside)
            (folder / "snapshots").write_text("in the way")
        if isinstance(event, Paused):
            assert event.problem is not None
            (folder / "snapshots").unlink()
            aside.rename(folder / "snapshots")
            controls.resume()

    events, status = follow(Runner(beginning(), few, few, controls, recorder), react)
    assert status == "finished"
    assert sum(isinstance(event, Paused) for event in events) == 1
    found = read_run(folder)
    assert found.saved_epochs == (1, 2, 3)
    assert found.problems == ()
    np.testing.assert_array_equal(found.metrics.column("step"), np.arange(1, 25))
    assert same_weights(last_model(events), uninterrupted(few))


def test_when_the_folder_cannot_be_written_the_run_can_be_stopped(few: ImageSet, tmp_path: Path) -> None:
    controls = Controls()
    folder = tmp_path / "run"
    recorder = RunRecorder.create(folder, beginning().info)

    def react(event: RunEvent) -> None:
        if event == BatchDone(2, 2, 8):
            (folder / "snapshots").rename(tmp_path / "aside")
            (folder / "snapshots").write_text("in the way")
        if isinstance(event, Paused):
            controls.end("stop")

    _events, status = follow(Runner(beginning(), few, few, controls, recorder), react)
    assert status == "stopped"
