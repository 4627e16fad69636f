import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.samples import random_model, same_weights, save_random_model, some_history
from vae_explorer.core.checkpoint import load_model
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.errors import CheckpointError, UserError
from vae_explorer.core.session_file import (
    SESSION_KEY,
    SESSION_SUFFIX,
    SessionContent,
    is_session_file,
    load_session,
    parse_session,
    save_session,
)
from vae_explorer.core.tensor_file import describe, encode_tensors

MODEL = random_model(VAEConfig(hidden=(24,), latent=3), history=some_history(2))
VALUES = {"cursor": [0.1, 0.2, 0.3], "name": "é“2”"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / f"mine{SESSION_SUFFIX}"
    save_session(SessionContent(MODEL, VALUES), path)
    return path


def test_reading_gives_what_was_written(path: Path) -> None:
    content = load_session(path)
    assert content.values == VALUES
    assert (content.snapshot.config, content.snapshot.record) == (MODEL.config, MODEL.record)
    assert same_weights(content.snapshot, MODEL)


def test_a_session_serves_wherever_a_model_does(path: Path) -> None:
    model = load_model(path)
    assert model.config == MODEL.config
    assert np.array_equal(model.weights["mu.bias"], MODEL.weights["mu.bias"])


def test_a_session_is_told_from_a_model_whatever_its_name(path: Path, tmp_path: Path) -> None:
    assert is_session_file(path.rename(tmp_path / "mine.safetensors"))
    assert not is_session_file(save_random_model(tmp_path / "model.safetensors", MODEL.config))
    assert not is_session_file(tmp_path / "nothing.safetensors")
    # Of a damaged one only the name is left.
    assert is_session_file(path)


def test_a_model_is_no_session(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"m.safetensors: it is not a saved session"):
        load_session(save_random_model(tmp_path / "m.safetensors", MODEL.config))


@pytest.mark.parametrize("share", [0, 0.001, 0.3, 0.999])
def test_a_part_of_a_file_is_refused(path: Path, share: float) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(CheckpointError, match=str(path)):
        load_session(path)


@given(st.floats(0, 1, exclude_max=True), st.integers(0, 7))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_bit_that_turned_over_is_noticed(path: Path, share: float, bit: int) -> None:
    content = bytearray(path.read_bytes())
    content[int(share * len(content))] ^= 1 << bit
    try:
        found = parse_session(bytes(content))
    except CheckpointError:
        return
    # It can only have been in the table's names, where it says nothing of what was saved.
    assert found.values == VALUES
    assert same_weights(found.snapshot, MODEL)


def test_every_weight_is_under_the_checksum(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match="not what was written"):
        load_session(path)


def test_a_file_from_before_there_were_checksums_is_read(path: Path) -> None:
    about = describe(MODEL.config, MODEL.record) | {"session": VALUES}
    path.write_bytes(encode_tensors(MODEL.weights, {SESSION_KEY: json.dumps(about)}))
    assert load_session(path).values == VALUES


@pytest.mark.parametrize("session", [None, 3, "text", [1]])
def test_values_that_are_no_table_are_refused(path: Path, session: object) -> None:
    about = describe(MODEL.config, MODEL.record) | {"session": session}
    path.write_bytes(encode_tensors(MODEL.weights, {SESSION_KEY: json.dumps(about)}))
    with pytest.raises(CheckpointError, match="damaged"):
        load_session(path)


def test_a_newer_format_asks_to_update(path: Path) -> None:
    about = describe(MODEL.config, MODEL.record) | {"format": 99, "session": {}}
    path.write_bytes(encode_tensors(MODEL.weights, {SESSION_KEY: json.dumps(about)}))
    with pytest.raises(CheckpointError, match="Please update"):
        load_session(path)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="nowhere"):
        save_session(SessionContent(MODEL, VALUES), tmp_path / "nowhere" / "mine.vaesession")
