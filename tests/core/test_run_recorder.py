"""Writing a run, and taking it up again where its autosave is."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.core.folders import contents
from tests.core.runs import (
    CHANGE,
    add_epochs,
    epoch_stats,
    figures,
    info,
    made_up_run,
    same_state,
    snapshot,
    state,
    step_stats,
)
from vae_explorer.core.errors import CheckpointError, UserError
from vae_explorer.core.run_folder import is_busy, load_snapshot, read_run
from vae_explorer.core.run_recorder import RunRecorder
from vae_explorer.core.state_file import load_state


def test_what_was_recorded_is_read(folder: Path) -> None:
    with RunRecorder.create(folder, info(folder)) as recorder:
        add_epochs(recorder, 1, 3)
        assert recorder.saved_epochs == (1, 2, 3)
        recorder.set_info(replace(recorder.info, name="Another name"))
    run = read_run(folder)
    assert run.info == replace(info(folder), name="Another name")
    assert run.metrics.column("step").tolist() == list(range(1, 13))
    assert run.metrics.epochs == [epoch_stats(epoch) for epoch in (1, 2, 3)]
    assert run.metrics.changes == [CHANGE]
    assert run.saved_epochs == (1, 2, 3)
    assert run.problems == ()
    assert run.can_resume
    assert load_snapshot(folder, 2).weights["mu.bias"].tolist() == snapshot(2).weights["mu.bias"].tolist()
    assert same_state(load_state(folder / "state.safetensors"), state(3))


def test_figures_can_be_read_as_they_come(folder: Path) -> None:
    with RunRecorder.create(folder, info(folder)) as recorder:
        recorder.add_steps(step_stats(1)[:1])
        assert read_run(folder).metrics.step_count == 1
        recorder.add_steps(())
        recorder.add_steps(step_stats(1)[1:])
        assert read_run(folder).metrics.step_count == 4


# Folders


def test_a_folder_that_is_there_is_not_overwritten(folder: Path) -> None:
    made_up_run(folder, 1)
    before = contents(folder)
    with pytest.raises(UserError, match="Cannot write"):
        RunRecorder.create(folder, info(folder))
    assert contents(folder) == before
    assert not is_busy(folder)


def test_a_folder_with_anything_in_it_is_left_alone(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "notes.txt").touch()
    with pytest.raises(UserError, match="not empty"):
        RunRecorder.create(folder, info(folder))
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]
    assert not is_busy(folder)


def test_an_empty_folder_becomes_a_run(folder: Path) -> None:
    folder.mkdir(parents=True)
    made_up_run(folder, 2)
    assert read_run(folder).saved_epochs == (1, 2)


def test_what_is_no_run_is_not_reopened(folder: Path) -> None:
    with pytest.raises(UserError, match="There is no run at"):
        RunRecorder.reopen(folder)
    folder.mkdir(parents=True)
    with pytest.raises(UserError, match=r"no other file says what it was"):
        RunRecorder.reopen(folder)
    assert not is_busy(folder)


def test_a_folder_that_vanished_is_said(folder: Path) -> None:
    with RunRecorder.create(folder, info(folder)) as recorder:
        add_epochs(recorder, 1, 1)
        shutil.rmtree(folder)
        for write in (
            lambda: recorder.add_steps(step_stats(2)),
            lambda: recorder.add_epoch(epoch_stats(2), snapshot(2), state(2)),
            lambda: recorder.save_state(state(2)),
            lambda: recorder.set_info(recorder.info),
        ):
            with pytest.raises(UserError, match=f"Cannot write {folder}.*there is no folder {folder}"):
                write()


def test_a_run_that_cannot_be_made_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="Cannot write"):
        RunRecorder.create(tmp_path / "file" / "run", info(tmp_path / "run"))


# Taking up


def test_taking_up_a_whole_run_changes_nothing(folder: Path) -> None:
    made_up_run(folder)
    before = contents(folder)
    with RunRecorder.reopen(folder) as recorder:
        assert same_state(recorder.take_up(), state(3))
        assert recorder.saved_epochs == (1, 2, 3)
    assert contents(folder) == before


def test_what_is_newer_than_the_autosave_is_removed(folder: Path, tmp_path: Path) -> None:
    """As if the power had gone after each thing that is written for the third epoch, but before the autosave."""
    whole = made_up_run(tmp_path / "whole" / "run", 2)
    made_up_run(folder, 3)
    shutil.copy(whole / "state.safetensors", folder)
    with (folder / "metrics.jsonl").open("ab") as file:
        file.write(b'{"kind":"steps","steps":[{"st')
    with RunRecorder.reopen(folder) as recorder:
        assert same_state(recorder.take_up(), state(2))
        assert recorder.saved_epochs == (1, 2)
        assert contents(folder) == contents(whole) | {"run.json": (folder / "run.json").read_bytes()}
        add_epochs(recorder, 3, 3)
    assert contents(folder) == contents(made_up_run(tmp_path / "other" / "run", 3))


def test_steps_are_cut_within_their_line(folder: Path) -> None:
    made_up_run(folder, 1)
    with RunRecorder.reopen(folder) as recorder:
        middle = replace(state(1), position=replace(state(1).position, step=6))
        recorder.add_steps(step_stats(2))
        recorder.save_state(middle)
        recorder.take_up()
    assert read_run(folder).metrics.column("step").tolist() == [1, 2, 3, 4, 5, 6]


def test_a_change_that_the_autosave_does_not_know_is_removed(folder: Path) -> None:
    """It was made between two epochs, after the autosave: the training goes on without it."""
    made_up_run(folder, 1)
    with RunRecorder.reopen(folder) as recorder:
        recorder.add_change(replace(CHANGE, step=4))
        recorder.take_up()
    assert read_run(folder).metrics.changes == []


def test_epochs_whose_lines_were_lost_come_back(folder: Path) -> None:
    made_up_run(folder)
    whole = figures(read_run(folder).metrics)
    path = folder / "metrics.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    damaged = [line if b'"kind":"steps"' in line else b"\0" * 30 + b"\n" for line in lines]
    path.write_bytes(b"".join(damaged))
    run = read_run(folder)
    assert figures(run.metrics) == whole
    assert run.problems == (
        "metrics.jsonl: 4 damaged lines were skipped.",
        "metrics.jsonl lacks epochs or changes; they were taken from the autosave.",
    )
    with RunRecorder.reopen(folder) as recorder:
        recorder.take_up()
    assert figures(read_run(folder).metrics) == whole


def test_lines_of_another_version_stay(folder: Path) -> None:
    made_up_run(folder, 1)
    with (folder / "metrics.jsonl").open("ab") as file:
        file.write(b'{"kind":"weather","sun":true}\n')
    with RunRecorder.reopen(folder) as recorder:
        recorder.add_steps(step_stats(2))
        recorder.take_up()
    assert (folder / "metrics.jsonl").read_bytes().endswith(b'{"kind":"weather","sun":true}\n')
    assert read_run(folder).problems == ()


@pytest.mark.parametrize("content", [None, b"", b"garbage"])
def test_without_a_whole_autosave_nothing_is_cut(content: bytes | None, folder: Path) -> None:
    made_up_run(folder)
    path = folder / "state.safetensors"
    path.unlink() if content is None else path.write_bytes(content)
    before = contents(folder)
    with RunRecorder.reopen(folder) as recorder, pytest.raises(CheckpointError, match="state"):
        recorder.take_up()
    assert contents(folder) == before


def test_a_run_without_its_description_can_be_taken_up(folder: Path) -> None:
    made_up_run(folder)
    (folder / "run.json").write_bytes(b"")
    with RunRecorder.reopen(folder) as recorder:
        recorder.take_up()
        recorder.set_info(recorder.info)
    run = read_run(folder)
    assert run.problems == ()
    assert (run.info.settings, run.info.config) == (info(folder).settings, info(folder).config)


def test_a_line_that_was_cut_off_does_not_spoil_the_next(folder: Path) -> None:
    made_up_run(folder, 1)
    with (folder / "metrics.jsonl").open("ab") as file:
        file.write(b'{"kind":"steps","steps":[{"st')
    with RunRecorder.reopen(folder) as recorder:
        add_epochs(recorder, 2, 2)
    run = read_run(folder)
    assert (run.metrics.step_count, len(run.metrics.epochs), run.problems) == (8, 2, ())


# Budget


def test_snapshots_are_thinned_to_the_budget(folder: Path) -> None:
    """The made up runs get better all the time, so the last epoch is the best as well."""
    one = made_up_run(folder.with_name("one"), 1) / "snapshots" / "epoch-00001.safetensors"
    # The history in each grows a little.
    budget = int(6.5 * one.stat().st_size)
    with RunRecorder.create(folder, info(folder), budget=budget) as recorder:
        for epoch in range(1, 30):
            add_epochs(recorder, epoch, epoch)
            sizes = [path.stat().st_size for path in (folder / "snapshots").iterdir()]
            assert sum(sizes) <= budget or len(sizes) == 2
            assert recorder.saved_epochs[0] == 1
            assert recorder.saved_epochs[-1] == epoch
    before = recorder.saved_epochs
    assert before != tuple(range(1, 30))
    assert read_run(folder).saved_epochs == before
    with RunRecorder.reopen(folder, budget=budget) as recorder:
        recorder.take_up()
        assert recorder.saved_epochs == before
        add_epochs(recorder, 30, 30)
        # It goes on with the same distance as before.
        assert recorder.saved_epochs == (*before[:-1], *([29] if 29 % 8 == 0 else []), 30)
