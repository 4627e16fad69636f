import contextlib
import json
import os
import signal
import struct
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import save

from tests.core.conftest import random_model
from tests.core.test_config import configs, trainings
from tests.core.test_statistics import changes, epochs
from tests.processes import environment, run_code
from vae_explorer.core.checkpoint import load_model, save_model
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.errors import CheckpointError, UserError
from vae_explorer.core.snapshot import ModelSnapshot, TrainingRecord
from vae_explorer.core.statistics import ElboTerms, EpochStats
from vae_explorer.core.training_config import TrainingConfig

RECORD = TrainingRecord(
    "MNIST",
    TrainingConfig(epochs=1, seed=7),
    (EpochStats(1, 2.5, ElboTerms(160.0, (3.0, 3.0)), ElboTerms(150.0, (4.0, 2.5))),),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "folder").mkdir()
    return tmp_path / "folder" / "model.safetensors"


def equal(one: ModelSnapshot, other: ModelSnapshot) -> bool:
    weights = all(np.array_equal(values, other.weights[name]) for name, values in one.weights.items())
    return weights and one.config == other.config and one.record == other.record


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(
    configs.filter(lambda config: config.parameter_count < 300_000),
    st.builds(
        TrainingRecord,
        *(st.text(), st.none() | trainings),
        *(st.lists(epochs, max_size=3).map(tuple), st.lists(changes, max_size=3).map(tuple)),
    ),
)
def test_loading_what_was_saved_gives_the_same_model(
    path: Path, config: VAEConfig, record: TrainingRecord
) -> None:
    model = ModelSnapshot(config, random_model(config).weights, record)
    save_model(model, path)
    assert equal(load_model(path), model)


def test_the_file_says_what_the_model_is(small_model: ModelSnapshot, path: Path) -> None:
    save_model(replace(small_model, record=RECORD), path)
    content = path.read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    about = json.loads(json.loads(content[8 : 8 + length])["__metadata__"]["vae_explorer"])
    assert about["config"] == {
        "input_size": 16,
        "hidden": [8, 5],
        "latent": 3,
        "activation": "relu",
        "likelihood": "bernoulli",
        "sigma": 0.5**0.5,
    }
    assert (about["seed"], about["data_set"], about["format"]) == (7, "MNIST", 1)
    assert about["version"]
    assert about["history"][0]["test"]["elbo"] == -156.5


def test_half_precision_halves_the_file_and_stays_close(path: Path) -> None:
    model = random_model(VAEConfig())
    save_model(model, path)
    full = path.stat().st_size
    save_model(model, path, half=True)
    assert path.stat().st_size < 0.51 * full
    for name, values in load_model(path).weights.items():
        assert values.dtype == np.float32
        np.testing.assert_allclose(values, model.weights[name], rtol=1e-3, atol=1e-6)


def test_numbers_too_large_for_half_precision_are_not_saved(small_model: ModelSnapshot, path: Path) -> None:
    weights = dict(small_model.weights) | {"mu.bias": np.full(3, 70_000, np.float32)}
    with pytest.raises(CheckpointError, match=r"mu\.bias"):
        save_model(ModelSnapshot(small_model.config, weights), path, half=True)
    assert not path.exists()


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_each_kind_of_float_is_read(dtype: type, small_model: ModelSnapshot, path: Path) -> None:
    path.write_bytes(
        ours(small_model, {name: values.astype(dtype) for name, values in small_model.weights.items()})
    )
    for name, values in load_model(path).weights.items():
        np.testing.assert_allclose(values, small_model.weights[name], rtol=1e-3, atol=1e-6)


def test_opening_one_of_ours_needs_no_torch(small_model: ModelSnapshot, path: Path) -> None:
    save_model(small_model, path)
    code = """
import sys
from pathlib import Path
from vae_explorer.core.checkpoint import load_model
load_model(Path(sys.argv[1]))
print("torch" in sys.modules)
"""
    assert run_code(code, path) == "False"


# --- Files that are no models -----------------------------------------------------------------------


def ours(model: ModelSnapshot, weights: dict[str, Any] | None = None, **changes: object) -> bytes:
    """A file of ours with other tensors or another description."""
    about: dict[str, object] = {
        "format": 1,
        "version": "0.1.0",
        "config": model.config.to_dict(),
        "data_set": "MNIST",
    }
    tensors = dict(model.weights) if weights is None else weights
    return save(tensors, {"vae_explorer": json.dumps(about | changes)})


def raw(header: object, data: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def refused(path: Path, content: bytes, complaint: str) -> None:
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=complaint) as caught:
        load_model(path)
    assert str(caught.value).startswith(f"Cannot open {path}: ")


def test_a_missing_file_is_said(path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"Cannot open .*No such file"):
        load_model(path)


def test_a_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="it is a folder"):
        load_model(tmp_path)


def test_an_empty_file_is_said(path: Path) -> None:
    refused(path, b"", "the file is empty")


@pytest.mark.parametrize(
    "content",
    [
        b"x",
        b"hello, this is a text\n" * 20,
        b"{}",
        b'{"config": 1}',
        bytes(100),
        b"\x89PNG\r\n\x1a\n" + bytes(50),
    ],
)
def test_a_foreign_file_under_our_name_is_said(content: bytes, path: Path) -> None:
    refused(path, content, "neither a safetensors file nor a PyTorch state_dict")


def test_a_file_truncated_anywhere_is_refused(small_model: ModelSnapshot, path: Path) -> None:
    content = ours(small_model)
    for length in {*range(0, len(content), 37), *range(12), len(content) - 1}:
        path.write_bytes(content[:length])
        with pytest.raises(CheckpointError):
            load_model(path)


def test_a_file_with_something_behind_it_is_refused(small_model: ModelSnapshot, path: Path) -> None:
    refused(path, ours(small_model) + b"\0", "damaged")


@pytest.mark.parametrize(
    "content",
    [
        raw(b"{ "),
        raw(b"{\xff\xfe"),
        raw({"a": None}),
        raw({"a": {}}),
        raw({"a": {"dtype": []}}),
        raw({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 4]}}, bytes(4)),
        raw({"a": {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]}}, bytes(4)),
        raw({"a": {"dtype": "F32", "shape": [2**40, 2**40], "data_offsets": [0, 4]}}, bytes(4)),
        raw(
            {"__metadata__": ["vae_explorer"], "a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}},
            bytes(4),
        ),
        raw({"__metadata__": {"vae_explorer": 3}}),
        raw(b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
    ],
)
def test_a_broken_table_of_tensors_is_refused(content: bytes, path: Path) -> None:
    refused(path, content, "damaged")


def test_a_safetensors_file_of_another_kind_is_refused(path: Path) -> None:
    refused(path, save({"vision.patch": np.zeros((3, 4), np.float32)}), "tensors besides")
    refused(
        path, save({"conv.weight": np.zeros((3, 4, 2, 2), np.float32)}), r"conv\.weight \(3 × 4 × 2 × 2\)"
    )
    refused(path, save({}), "not those of")


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_numbers_that_are_none_are_refused(bad: float, small_model: ModelSnapshot, path: Path) -> None:
    weights = dict(small_model.weights) | {"mu.bias": np.array([0, bad, 0], np.float32)}
    refused(path, ours(small_model, weights), r"mu\.bias holds NaN or infinite")


@pytest.mark.parametrize("shape", [(4,), (1, 3), (3, 1), ()])
def test_a_wrong_shape_is_refused(shape: tuple[int, ...], small_model: ModelSnapshot, path: Path) -> None:
    weights = dict(small_model.weights) | {"mu.bias": np.zeros(shape, np.float32)}
    refused(path, ours(small_model, weights), r"mu\.bias has shape")


@pytest.mark.parametrize("dtype", [np.int64, np.uint8, np.bool_])
def test_a_wrong_type_is_refused(dtype: type, small_model: ModelSnapshot, path: Path) -> None:
    weights = dict(small_model.weights) | {"mu.bias": np.zeros(3, dtype)}
    refused(path, ours(small_model, weights), r"mu\.bias has type")


def test_missing_and_unknown_tensors_are_named(small_model: ModelSnapshot, path: Path) -> None:
    weights = dict(small_model.weights)
    weights["extra"] = weights.pop("mu.bias")
    refused(path, ours(small_model, weights), r"missing mu\.bias; unknown extra")


@pytest.mark.parametrize(
    "changes",
    [
        {"config": None},
        {"config": {}},
        {"config": 3},
        {"config": []},
        {"config": "input_size hidden latent"},
        {"config": {"input_size": 16, "hidden": [0], "latent": 3}},
        {"config": {"input_size": 16, "hidden": [8, 5], "latent": 3, "likelihood": "poisson"}},
        {"format": "one"},
        {"format": None},
        {"training": {"epochs": -1}},
        {"training": "epochs"},
        {"training": [1]},
        {"history": 3},
        {"history": [{}]},
        {"history": [None]},
        {"history": "text"},
        {"history": [{"epoch": float("inf")}]},
    ],
)
def test_a_damaged_description_is_refused(
    changes: dict[str, object], small_model: ModelSnapshot, path: Path
) -> None:
    refused(path, ours(small_model, **changes), "its description is damaged")


@pytest.mark.parametrize("text", ["", "{", "[]", "3", "null", "[" * 100_000])
def test_a_description_that_is_no_table_is_refused(text: str, small_model: ModelSnapshot, path: Path) -> None:
    refused(path, save(dict(small_model.weights), {"vae_explorer": text}), "its description is damaged")


def test_a_file_of_a_newer_version_asks_for_an_update(small_model: ModelSnapshot, path: Path) -> None:
    refused(path, ours(small_model, format=2, version="9.0"), r"newer version \(9\.0\).*update")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300))
def test_any_bytes_are_refused_and_nothing_else_happens(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(CheckpointError):
        load_model(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(st.data())
def test_a_file_damaged_anywhere_is_refused_or_still_a_whole_model(
    path: Path, small_model: ModelSnapshot, data: st.DataObject
) -> None:
    content = bytearray(ours(small_model))
    for _ in range(data.draw(st.integers(1, 4))):
        # Mostly in the header: in the weights it would be another number, which is not damage to be seen.
        content[data.draw(st.integers(0, 1600))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    with contextlib.suppress(CheckpointError):
        model = load_model(path)
        assert {name: values.shape for name, values in model.weights.items()} == model.config.weight_shapes


# --- Saving when something goes wrong ---------------------------------------------------------------


def test_a_folder_that_is_missing_is_said(small_model: ModelSnapshot, path: Path) -> None:
    with pytest.raises(UserError, match=r"Cannot write .*there is no folder .*below"):
        save_model(small_model, path / "below" / "model.safetensors")


@pytest.mark.skipif(os.name != "posix", reason="the limit on the size of files is POSIX's")
def test_a_full_disk_leaves_the_old_model_whole(small_model: ModelSnapshot, path: Path) -> None:
    save_model(small_model, path)
    code = """
import resource, sys
from pathlib import Path
import numpy as np
from vae_explorer.core.checkpoint import save_model
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.errors import UserError
from vae_explorer.core.snapshot import ModelSnapshot
config = VAEConfig()
zeros = {name: np.zeros(shape, np.float32) for name, shape in config.weight_shapes.items()}
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
try:
    save_model(ModelSnapshot(config, zeros), Path(sys.argv[1]))
except UserError as error:
    print(error)
"""
    assert "Cannot write" in run_code(code, path)
    assert equal(load_model(path), small_model)
    assert list(path.parent.iterdir()) == [path]


_SAVE_FOREVER = """
import sys
from pathlib import Path
import numpy as np
from vae_explorer.core.checkpoint import save_model
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.snapshot import ModelSnapshot
config = VAEConfig(hidden=(1000,))
models = [
    ModelSnapshot(config, {name: np.full(shape, k, np.float32) for name, shape in config.weight_shapes.items()})
    for k in (1, 2)
]
print("ready", flush=True)
while True:
    for model in models:
        save_model(model, Path(sys.argv[1]))
"""


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such signal")
@pytest.mark.parametrize("seconds", [0.05, 0.11, 0.17, 0.23])
def test_a_process_killed_while_it_saves_leaves_a_whole_model(seconds: float, path: Path) -> None:
    save_model(random_model(VAEConfig()), path)
    with subprocess.Popen(
        [sys.executable, "-c", _SAVE_FOREVER, str(path)], stdout=subprocess.PIPE, text=True, env=environment()
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        process.wait()
    model = load_model(path)
    values = {float(value) for weights in model.weights.values() for value in np.unique(weights)}
    assert model.config == VAEConfig() or values in ({1.0}, {2.0})
