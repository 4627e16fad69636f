import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.core.runs import (
    CHANGE,
    CONFIG,
    SETTINGS,
    add_epochs,
    epoch_stats,
    figures,
    info,
    made_up_run,
    snapshot,
    state,
    step_stats,
)
from tests.processes import run_code
from vae_explorer.core.checkpoint import load_model, save_model
from vae_explorer.core.errors import CheckpointError, UserError
from vae_explorer.core.metrics_file import decode, encode
from vae_explorer.core.run_folder import (
    RUNS_VARIABLE,
    RunBusyError,
    list_folders,
    load_snapshot,
    new_run_id,
    read_run,
    rename_run,
    runs_folder,
)
from vae_explorer.core.run_recorder import RunRecorder
from vae_explorer.core.state_file import save_state

NO_AUTOSAVE = "There is no autosave, so the run cannot be resumed."
SKIPPED = "run.json is missing or damaged; what it said was taken from "


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return made_up_run(tmp_path / "runs" / "run")


def test_runs_are_kept_with_the_users_data(tmp_path: Path) -> None:
    """In a process of its own: the folder of the user is looked up by the system's rules."""
    code = "from vae_explorer.core.run_folder import runs_folder; print(runs_folder())"
    assert Path(run_code(code)).is_relative_to(tmp_path / "home")
    assert Path(run_code(code)).parts[-2:] == ("vae-explorer", "runs")


def test_a_variable_names_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(RUNS_VARIABLE, str(tmp_path / "elsewhere"))
    assert runs_folder() == tmp_path / "elsewhere"
    monkeypatch.setenv(RUNS_VARIABLE, str(Path("~") / "runs"))
    assert runs_folder() == Path.home() / "runs"


def test_reading_needs_no_torch(folder: Path) -> None:
    code = """
import sys
from pathlib import Path
from vae_explorer.core.run_folder import load_snapshot, read_run
read_run(Path(sys.argv[1]))
load_snapshot(Path(sys.argv[1]), 1)
print("torch" in sys.modules)
"""
    assert run_code(code, folder) == "False"


def test_an_id_says_when_and_is_good_as_a_file_name_everywhere() -> None:
    ids = {new_run_id(datetime(2026, 11, 21, 10, 15, tzinfo=UTC)) for _ in range(20)}
    assert len(ids) > 15
    for name in ids:
        assert name.startswith("2026-11-21-101500-")
        assert set(name) <= set("0123456789abcdef-")


def test_folders_are_listed_by_date(tmp_path: Path) -> None:
    root = tmp_path / "runs"
    assert list_folders(root) == []
    begun = datetime(2026, 11, 21, 10, 15, tzinfo=UTC)
    made = [made_up_run(root / new_run_id(begun + timedelta(hours=k)), 1) for k in (2, 0, 1)]
    (root / "notes").mkdir()
    (root / ".deleted").mkdir()
    (root / "file.txt").touch()
    # One that was killed while its folder was being made.
    (root / "half" / "snapshots").mkdir(parents=True)
    assert list_folders(root) == sorted(made) == [made[1], made[2], made[0]]


def test_a_list_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=r"Cannot read .*file"):
        list_folders(tmp_path / "file")


def test_a_copied_folder_is_another_run(folder: Path) -> None:
    copy = shutil.copytree(folder, folder.with_name("copy"))
    assert read_run(copy).info == replace(info(folder), id="copy")


def test_each_snapshot_is_a_model_file_of_its_own(folder: Path) -> None:
    model = load_model(folder / "snapshots" / "epoch-00002.safetensors")
    assert model.record == load_snapshot(folder, 2).record == snapshot(2).record
    with pytest.raises(CheckpointError, match=r"epoch-00009.*No such file"):
        load_snapshot(folder, 9)


def test_a_finished_run_need_not_be_resumed(folder: Path) -> None:
    with RunRecorder.reopen(folder) as recorder:
        recorder.set_info(recorder.info.with_status("finished"))
    assert read_run(folder).can_resume  # for more epochs
    (folder / "state.safetensors").unlink()
    assert read_run(folder).problems == ()


def test_while_it_is_written_nothing_is_wrong(tmp_path: Path) -> None:
    folder = tmp_path / "runs" / "run"
    with RunRecorder.create(folder, info(folder)) as recorder:
        assert read_run(folder).problems == ()
        recorder.add_steps(step_stats(1))
        with (folder / "metrics.jsonl").open("ab") as file:
            file.write(b'{"kind":"epo')
        assert read_run(folder).problems == ()
        assert read_run(folder).metrics.step_count == 4
    assert read_run(folder).problems == (
        "metrics.jsonl: the last line was cut off in the middle and skipped.",
        NO_AUTOSAVE,
    )


# --- Renaming ---------------------------------------------------------------------------------------


def test_a_run_is_renamed(folder: Path) -> None:
    rename_run(folder, "Größe 400 → 20")
    assert read_run(folder).info == replace(info(folder), name="Größe 400 → 20")


def test_a_run_is_not_renamed_while_it_is_written(folder: Path) -> None:
    with RunRecorder.reopen(folder), pytest.raises(RunBusyError):
        rename_run(folder, "Another")
    assert read_run(folder).info.name == "A run"


# --- Lines ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("entry", [step_stats(3), (), epoch_stats(7), CHANGE])
def test_a_line_is_read_as_it_was_written(entry: object) -> None:
    line = encode(entry)  # type: ignore[arg-type]
    assert line.count(b"\n") == 1
    assert decode(line) == entry


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(
    lines=st.lists(
        st.binary(max_size=60)
        | st.sampled_from(
            [
                b'{"kind":"steps"}',
                b'{"kind":"steps","steps":3}',
                b'{"kind":"epoch","epoch":1}',
                b'{"kind":"change"}',
                b'{"kind":3}',
                b"{}",
                b"[]",
                b"null",
                b"\0" * 9,
                b"[" * 5000,
                b'{"kind":"steps","steps":[{"step":1e999}]}',
            ]
        )
    )
)
def test_any_lines_in_between_are_skipped(folder: Path, lines: list[bytes]) -> None:
    path = folder / "metrics.jsonl"
    # It would tell about the epochs and changes.
    (folder / "state.safetensors").unlink(missing_ok=True)
    whole = encode(step_stats(1)), encode(epoch_stats(1)), encode(step_stats(2))
    bad = b"".join(line.replace(b"\n", b"") + b"\n" for line in lines)
    path.write_bytes(whole[0] + bad + whole[1] + bad + whole[2])
    metrics = read_run(folder).metrics
    assert metrics.column("step").tolist() == list(range(1, 9))
    assert metrics.epochs == [epoch_stats(1)]
    assert metrics.changes == []


def test_damaged_lines_are_counted(folder: Path) -> None:
    path = folder / "metrics.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([lines[0], b"garbage\n", *lines[1:], b'{"kind":"weather"}\n']))
    assert read_run(folder).problems == ("metrics.jsonl: 1 damaged line was skipped.",)
    # Written twice, as no recorder does it: curves need steps that ascend.
    path.write_bytes(b"".join(lines * 2))
    run = read_run(folder)
    assert run.metrics.step_count == 12
    assert len(run.metrics.epochs) == 3
    assert run.problems == ("metrics.jsonl: 7 damaged lines were skipped.",)


# --- Damage -----------------------------------------------------------------------------------------

FILES = ["run.json", "metrics.jsonl", "state.safetensors", "snapshots/epoch-00002.safetensors"]


def cut(share: float) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        os.truncate(path, int(share * path.stat().st_size))

    return damage


def make_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


DAMAGES: dict[str, Callable[[Path], object]] = {
    "missing": lambda path: path.unlink(),
    "empty": lambda path: path.write_bytes(b""),
    "garbage": lambda path: path.write_bytes(os.urandom(1000)),
    "zeros": lambda path: path.write_bytes(bytes(path.stat().st_size)),
    "text": lambda path: path.write_text("hello\n" * 100),
    "json": lambda path: path.write_text('{"format": 1}\n'),
    "last byte": lambda path: os.truncate(path, path.stat().st_size - 1),
    "half": cut(0.5),
    "a tenth": cut(0.1),
    "a folder": make_folder,
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("file", FILES)
def test_a_folder_with_a_damaged_file_opens_as_far_as_it_is_whole(
    file: str, damage: str, folder: Path
) -> None:
    whole = read_run(folder)
    DAMAGES[damage](folder / file)
    run = read_run(folder)
    # A line break at the end is no loss, and a snapshot that is not there may have been one too many.
    fine = [("run.json", "last byte"), (FILES[3], "missing")]
    assert (run.problems == ()) == ((file, damage) in fine)
    # What was not touched is there.
    assert run.info.settings == SETTINGS
    assert run.info.config == CONFIG
    assert (run.info == whole.info) == (file != "run.json" or damage == "last byte")
    steps, *others = figures(run.metrics)
    if file != "metrics.jsonl":
        assert steps == figures(whole.metrics)[0]
    # The autosave knows these as well.
    assert others == [*figures(whole.metrics)[1:]]
    assert run.can_resume == (file != "state.safetensors")
    assert run.saved_epochs == ((1, 3) if file == FILES[3] else (1, 2, 3))


def test_what_was_skipped_is_said(folder: Path) -> None:
    (folder / "state.safetensors").write_bytes(b"")
    os.truncate(folder / FILES[3], 1000)
    (folder / "snapshots" / "mine.safetensors").touch()
    (folder / "notes.txt").touch()
    (folder / "snapshots" / ".vae-explorer-abc").touch()
    (folder / ".DS_Store").touch()
    first, second, third = read_run(folder).problems
    assert first == "snapshots/epoch-00002.safetensors is damaged and was skipped."
    mine = str(Path("snapshots") / "mine.safetensors")
    assert second == f"Not part of the run, and left alone: notes.txt, {mine}."
    assert third.startswith("The autosave is damaged, so the run cannot be resumed. Cannot open ")


@pytest.mark.parametrize("epoch", [1, 3])
def test_a_snapshot_that_should_be_there_is_missed(epoch: int, folder: Path) -> None:
    (folder / "snapshots" / f"epoch-{epoch:05}.safetensors").unlink()
    run = read_run(folder)
    assert run.problems == (f"snapshots: that of epoch {epoch} is missing.",)
    assert epoch not in run.saved_epochs


def test_killed_before_the_snapshot_of_a_new_epoch_nothing_is_missing(folder: Path) -> None:
    """The figures of an epoch are written first, and the autosave last."""
    save_state(state(2), folder / "state.safetensors")
    (folder / "snapshots" / "epoch-00003.safetensors").unlink()
    assert read_run(folder).problems == ()


def test_without_its_description_a_run_is_what_its_autosave_says(folder: Path) -> None:
    folder = folder.rename(folder.with_name("2026-11-21-101500-a1b2"))
    (folder / "run.json").unlink()
    run = read_run(folder)
    assert run.problems == (SKIPPED + "the autosave.",)
    assert (run.info.id, run.info.name) == (folder.name, folder.name)
    assert run.info.created == datetime(2026, 11, 21, 10, 15).astimezone()
    assert (run.info.status, run.info.data_set, run.info.device) == ("running", "few", "cpu")
    assert run.can_resume


def test_without_an_autosave_either_it_is_what_its_newest_whole_snapshot_says(folder: Path) -> None:
    (folder / "run.json").write_text("{")
    (folder / "state.safetensors").unlink()
    (folder / "snapshots" / "epoch-00003.safetensors").write_bytes(b"")
    run = read_run(folder)
    assert run.problems[0] == SKIPPED + "the snapshot of epoch 2."
    assert (run.info.settings, run.info.config, run.info.status) == (SETTINGS, CONFIG, "stopped")
    assert not run.can_resume


def test_where_nothing_says_what_it_was_it_cannot_be_opened(folder: Path) -> None:
    shutil.rmtree(folder / "snapshots")
    (folder / "state.safetensors").unlink()
    (folder / "run.json").write_text("[]")
    with pytest.raises(UserError, match=r"Cannot open the run .*run: run\.json is missing or damaged"):
        read_run(folder)
    # A model without settings says too little.
    (folder / "snapshots").mkdir()
    save_model(
        replace(snapshot(1), record=replace(snapshot(1).record, settings=None)),
        folder / "snapshots" / "epoch-00001.safetensors",
    )
    with pytest.raises(UserError, match="no other file says what it was"):
        read_run(folder)
    with pytest.raises(UserError, match="There is no run at"):
        read_run(folder / "missing")


def test_a_run_of_a_newer_version_is_not_guessed_at(folder: Path) -> None:
    about = json.loads((folder / "run.json").read_text()) | {"format": 2}
    (folder / "run.json").write_text(json.dumps(about))
    with pytest.raises(UserError, match=r"Cannot open .*run\.json: .*newer version.*Please update"):
        read_run(folder)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(st.data())
def test_a_description_damaged_anywhere_is_read_or_rebuilt(folder: Path, data: st.DataObject) -> None:
    content = bytearray(json.dumps(info(folder).to_dict()).encode())
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    if b'"format": 1,' not in content:
        content = bytearray(b"{}")
    (folder / "run.json").write_bytes(content)
    assert read_run(folder).saved_epochs == (1, 2, 3)


def test_a_long_run_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "runs" / "run"
    with RunRecorder.create(folder, info(folder), budget=0) as recorder:
        add_epochs(recorder, 1, 40)
    run = read_run(folder)
    assert run.metrics.step_count == 160
    assert run.saved_epochs == (1, 40)
