import dataclasses
import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import save

from tests.core.runs import CONFIG, SETTINGS, same_state, state
from tests.processes import run_code
from vae_explorer.core.checkpoint import load_model, save_model
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.errors import CheckpointError, UserError
from vae_explorer.core.snapshot import ModelSnapshot, TrainingRecord
from vae_explorer.core.state_file import load_state, read_summary, save_state
from vae_explorer.core.tensor_file import describe
from vae_explorer.core.training_state import Position, TrainingState

Tensors = dict[str, Any]

configs = st.builds(
    VAEConfig,
    input_size=st.integers(1, 6).map(lambda side: side * side),
    hidden=st.lists(st.integers(1, 12), max_size=3).map(tuple),
    latent=st.integers(1, 6),
)


@st.composite
def states(draw: st.DrawFn) -> TrainingState:
    """In the middle of an epoch as well as between two."""
    made = state(draw(st.integers(0, 4)), draw(configs))
    count = draw(st.integers(0, 40))
    order = np.random.default_rng(count).permutation(count)
    images = draw(st.integers(0, count))
    numbers = st.floats(0, 1000)
    position = Position(
        made.position.epoch,
        images,
        draw(st.integers(0, 10**9)),
        draw(st.integers(0, 100)),
        draw(st.integers(0, 10**6)),
        draw(numbers),
        draw(numbers),
        draw(st.floats(1e-9, 1)),
        draw(st.sampled_from(["cpu", "cuda", "mps"])),
    )
    return replace(made, position=position, tensors={**made.tensors, "order": order})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "folder").mkdir()
    return tmp_path / "folder" / "state.safetensors"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(states())
def test_loading_what_was_saved_gives_the_same_state(path: Path, saved: TrainingState) -> None:
    save_state(saved, path)
    loaded = load_state(path)
    assert same_state(loaded, saved)
    assert (loaded.config, loaded.record, loaded.position) == (saved.config, saved.record, saved.position)
    summary = read_summary(path)
    assert (summary.config, summary.record, summary.position) == (saved.config, saved.record, saved.position)
    assert [there.name for there in path.parent.iterdir()] == [path.name]


def test_arrays_in_any_layout_are_saved(path: Path) -> None:
    made = state(1)
    tensors = {name: np.array(values, order="F") for name, values in made.tensors.items()}
    save_state(replace(made, tensors=tensors), path)
    assert same_state(load_state(path), made)


def test_reading_needs_no_torch(path: Path) -> None:
    save_state(state(1), path)
    code = """
import sys
from pathlib import Path
from vae_explorer.core.state_file import load_state
load_state(Path(sys.argv[1]))
print("torch" in sys.modules)
"""
    assert run_code(code, path) == "False"


# --- Bad states -------------------------------------------------------------------------------------


def write(path: Path, tensors: Tensors | None = None, **changes: object) -> None:
    """A state file with other tensors or another description."""
    made = state(2)
    about = describe(made.config, made.record) | {"position": made.position.to_dict()} | changes
    content = made.tensors if tensors is None else tensors
    path.write_bytes(save(dict(content), {"vae_explorer_state": json.dumps(about)}))


def refused(path: Path, complaint: str) -> None:
    with pytest.raises(CheckpointError, match=complaint) as caught:
        load_state(path)
    assert str(caught.value).startswith(f"Cannot open {path}: ")


def put(name: str, values: object) -> Callable[[Tensors], None]:
    def change(tensors: Tensors) -> None:
        tensors[name] = values

    return change


BAD_TENSORS: list[tuple[Callable[[Tensors], object], str]] = [
    (lambda tensors: tensors.pop("generator"), "missing generator; unknown none"),
    (lambda tensors: tensors.pop("exp_avg.mu.bias"), r"missing exp_avg\.mu\.bias"),
    (put("extra", np.zeros(1)), "unknown extra"),
    (put("weights.mu.bias", np.zeros(4, np.float32)), r"weights\.mu\.bias has type F32 and shape \(4,\)"),
    (put("weights.mu.bias", np.zeros(3, np.float64)), r"weights\.mu\.bias has type F64"),
    (put("weights.mu.bias", np.array([0, np.nan, 0], np.float32)), r"weights\.mu\.bias holds NaN"),
    (put("exp_avg.mu.bias", np.array([0, np.inf, 0], np.float32)), r"exp_avg\.mu\.bias holds NaN"),
    (put("exp_avg_sq.mu.bias", np.array([0, -1, 0], np.float32)), r"exp_avg_sq\.mu\.bias holds negative"),
    (put("steps", np.array(-1)), "steps is negative"),
    (put("steps", np.zeros(1, np.int64)), "steps has type I64 and shape"),
    (put("steps", np.array(1.0)), "steps has type F64"),
    (put("generator", np.zeros(16, np.int64)), "generator has type I64"),
    (put("generator", np.zeros((4, 4), np.uint8)), "generator has type U8 and shape"),
    (put("order", np.array([0, 2])), "order of its images is damaged"),
    (put("order", np.array([0, 1, 1])), "order of its images is damaged"),
    (put("order", np.array([-1, 0])), "order of its images is damaged"),
    (put("order", np.zeros(3)), "order has type F64"),
    (put("window", np.zeros(4, np.float32)), "window has type F32 and shape"),
    (put("epoch", np.array([0, 0, np.nan, 0, 0])), "epoch holds NaN"),
]


@pytest.mark.parametrize(("change", "complaint"), BAD_TENSORS)
def test_a_bad_tensor_is_refused(change: Callable[[Tensors], object], complaint: str, path: Path) -> None:
    tensors = dict(state(2).tensors)
    change(tensors)
    write(path, tensors)
    refused(path, complaint)


@pytest.mark.parametrize(("change", "complaint"), BAD_TENSORS)
def test_a_bad_tensor_never_replaces_a_good_state(
    change: Callable[[Tensors], object], complaint: str, path: Path
) -> None:
    save_state(state(1), path)
    tensors = dict(state(2).tensors)
    change(tensors)
    with pytest.raises(CheckpointError, match=f"Cannot save .*{complaint}"):
        save_state(replace(state(2), tensors=tensors), path)
    assert same_state(load_state(path), state(1))


@pytest.mark.parametrize("field", [field.name for field in dataclasses.fields(Position)])
def test_a_position_without_everything_is_refused(field: str, path: Path) -> None:
    position = state(2).position.to_dict()
    del position[field]
    write(path, position=position)
    refused(path, "its description is damaged")


@pytest.mark.parametrize(
    "changes",
    [
        {"position": None},
        {"position": {}},
        {"position": state(2).position.to_dict() | {"epoch": 0}},
        {"position": state(2).position.to_dict() | {"images": -1}},
        {"position": state(2).position.to_dict() | {"step": 1.5}},
        {"position": state(2).position.to_dict() | {"beta": -1}},
        {"position": state(2).position.to_dict() | {"beta": float("nan")}},
        {"position": state(2).position.to_dict() | {"learning_rate": 0}},
        {"position": state(2).position.to_dict() | {"seconds": float("inf")}},
        {"position": state(1).position.to_dict()},
        {"training": None},
        {"training": SETTINGS.to_dict() | {"beta": -1}},
        {"config": {}},
        {"history": [None]},
        {"changes": [{"name": "seed"}]},
    ],
)
def test_a_damaged_description_is_refused(changes: dict[str, object], path: Path) -> None:
    write(path, **changes)
    refused(path, "its description is damaged")
    with pytest.raises(CheckpointError, match="its description is damaged"):
        read_summary(path)


def test_more_images_than_there_are_is_refused(path: Path) -> None:
    write(path, position=state(2).position.to_dict() | {"images": 64})
    refused(path, "more images of its epoch than there are")


def test_a_state_without_settings_is_not_saved(path: Path) -> None:
    with pytest.raises(CheckpointError, match="settings are missing"):
        save_state(replace(state(0), record=TrainingRecord("few")), path)
    assert not path.exists()


def test_a_file_of_a_newer_version_asks_for_an_update(path: Path) -> None:
    write(path, format=2, version="9.0")
    refused(path, r"newer version \(9\.0\).*update")


def test_a_model_is_no_state_and_a_state_is_no_model(path: Path) -> None:
    save_state(state(1), path)
    with pytest.raises(CheckpointError, match="the autosave of a run, not a model"):
        load_model(path)
    weights = state(1).weights
    save_model(ModelSnapshot(CONFIG, weights), path)
    refused(path, "it is not the autosave of a run")


def test_a_missing_file_and_text_are_said(path: Path) -> None:
    refused(path, "No such file")
    path.write_bytes(b"")
    refused(path, "the file is empty")
    path.write_bytes(b"hello, this is a text\n" * 20)
    refused(path, "it is not the autosave of a run")


def test_a_file_truncated_anywhere_is_refused(path: Path) -> None:
    save_state(state(1), path)
    content = path.read_bytes()
    for length in {*range(0, len(content), 997), *range(12), len(content) - 1}:
        path.write_bytes(content[:length])
        for read in (load_state, read_summary):
            with pytest.raises(CheckpointError):
                read(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(st.data())
def test_a_file_damaged_anywhere_is_refused_or_still_a_whole_state(path: Path, data: st.DataObject) -> None:
    save_state(state(1), path)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, 4000))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    try:
        loaded = load_state(path)
    except CheckpointError:
        return
    assert {name: values.shape for name, values in loaded.weights.items()} == loaded.config.weight_shapes


# --- Saving when something goes wrong ---------------------------------------------------------------


def test_a_folder_that_is_missing_is_said(path: Path) -> None:
    with pytest.raises(UserError, match=r"Cannot write .*there is no folder .*below"):
        save_state(state(1), path / "below" / "state.safetensors")


@pytest.mark.skipif(os.name != "posix", reason="the limit on the size of files is POSIX's")
def test_a_full_disk_leaves_the_old_state_whole(path: Path) -> None:
    save_state(state(1), path)
    code = """
import resource, sys
from pathlib import Path
from vae_explorer.core.errors import UserError
from vae_explorer.core.state_file import load_state, save_state
path = Path(sys.argv[1])
state = load_state(path)
resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, 5_000))
try:
    save_state(state, path)
except UserError as error:
    print(error)
"""
    assert run_code(code, path) == f"Cannot write {path}: File too large."
    assert same_state(load_state(path), state(1))
    assert list(path.parent.iterdir()) == [path]
