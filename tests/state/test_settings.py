import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae_explorer.core.errors import UserError
from vae_explorer.state.settings import (
    RECENT_COUNT,
    Settings,
    load_settings,
    save_settings,
    settings_path,
)
from vae_explorer.state.training_form import GROUPS, TrainingForm

forms = st.builds(
    TrainingForm,
    hidden=st.sampled_from(["", "400", "512, 256", "8-4", " 3  2 "]),
    latent=st.integers(1, 4096),
    epochs=st.integers(1, 100_000),
    batch_size=st.integers(1, 60_000),
    learning_rate=st.floats(1e-9, 1, exclude_min=True),
    seed=st.integers(0, 2**31 - 1),
    device=st.sampled_from(["auto", "cuda", "mps", "cpu"]),
    beta=st.floats(0, 1000),
    annealing=st.sampled_from(["none", "linear", "cyclical"]),
    annealing_epochs=st.integers(1, 100_000),
    annealing_cycles=st.integers(1, 100_000),
    free_bits=st.floats(0, 100),
    schedule=st.sampled_from(["constant", "cosine"]),
    max_norm=st.floats(0, 1e9),
    patience=st.integers(0, 100_000),
    validation=st.floats(0, 0.5),
    folded=st.lists(st.sampled_from(GROUPS), unique=True),
)
all_settings = st.builds(
    Settings,
    theme=st.sampled_from(["system", "light", "dark"]),
    recent_files=st.lists(st.text(), max_size=RECENT_COUNT),
    last_folder=st.text(),
    window_geometry=st.text(),
    window_layout=st.text(),
    hints_seen=st.booleans(),
    training=forms,
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
keys = list(Settings.__dataclass_fields__)
form_keys = list(TrainingForm.__dataclass_fields__)


@given(all_settings)
def test_what_is_saved_is_loaded(settings: Settings) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "deep" / "settings.json"
        save_settings(settings, path)
        assert load_settings(path) == (settings, [])


@given(st.binary(max_size=200))
def test_any_bytes_give_settings(content: bytes) -> None:
    settings, _ = load(content)
    assert settings.training.latent >= 1


@given(values)
def test_any_json_gives_settings(value: Any) -> None:
    load(json.dumps(value).encode())


@given(
    st.fixed_dictionaries({}, optional=dict.fromkeys(keys, values))
    | st.fixed_dictionaries(
        {"training": st.fixed_dictionaries({}, optional=dict.fromkeys(form_keys, values))}
    )
)
def test_any_values_give_settings_that_can_be_saved_and_loaded(stored: dict[str, Any]) -> None:
    settings, problems = load(json.dumps(stored).encode())
    with TemporaryDirectory() as folder:
        path = Path(folder) / "settings.json"
        save_settings(settings, path)
        assert load_settings(path) == (settings, [])
    assert len(problems) <= 1


def load(content: bytes) -> tuple[Settings, list[str]]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "settings.json"
        path.write_bytes(content)
        return load_settings(path)


@given(all_settings, st.sampled_from([key for key in keys if key != "training"]))
def test_one_bad_key_costs_only_itself(settings: Settings, bad: str) -> None:
    stored = json.loads(saved(settings)) | {bad: {"what": None}}
    setattr(settings, bad, getattr(Settings(), bad))
    loaded, problems = load(json.dumps(stored).encode())
    assert loaded == settings
    assert problems == [f"These settings could not be used and are back to their defaults: {bad}."]


@given(all_settings, st.sampled_from(form_keys))
def test_one_bad_field_of_the_form_costs_only_itself(settings: Settings, bad: str) -> None:
    stored = json.loads(saved(settings))
    stored["training"][bad] = [None]
    setattr(settings.training, bad, getattr(TrainingForm(), bad))
    loaded, problems = load(json.dumps(stored).encode())
    assert loaded == settings
    assert bad in problems[0]


def test_the_settings_of_version_0_1_are_read() -> None:
    old = {"hidden": "64", "latent": 3, "epochs": 4, "batch_size": 32, "learning_rate": 0.01, "seed": 5}
    settings, problems = load(json.dumps({"version": 1, "training": old | {"device": "cpu"}}).encode())
    assert settings.training == TrainingForm("64", 3, 4, 32, 0.01, 5, "cpu")
    assert problems == []


@pytest.mark.parametrize("folded", ["model", ["model", "kitchen"], [["model"]], {"model": True}])
def test_only_groups_that_are_there_can_be_folded(folded: object) -> None:
    settings, problems = load(json.dumps({"training": {"folded": folded, "latent": 9}}).encode())
    assert settings.training == TrainingForm(latent=9)
    assert "folded" in problems[0]


def test_a_form_that_is_no_form_is_named() -> None:
    settings, problems = load(b'{"training": 3, "theme": "dark"}')
    assert settings == Settings(theme="dark")
    assert "training" in problems[0]


def saved(settings: Settings) -> str:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "settings.json"
        save_settings(settings, path)
        return path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe\x00", b"{", b"[" * 100_000, b"[]", b"null", b'"x"', b"1" * 10_000]
)
def test_garbage_is_said_in_one_message_and_costs_nothing_else(content: bytes) -> None:
    settings, problems = load(content)
    assert settings == Settings()
    assert len(problems) == 1
    assert "settings.json" in problems[0]


def test_unknown_keys_are_ignored() -> None:
    assert load(b'{"version": 99, "colour": "mauve", "hints_seen": true}') == (Settings(hints_seen=True), [])


def test_no_file_is_no_problem(tmp_path: Path) -> None:
    assert load_settings(tmp_path / "none.json") == (Settings(), [])


def test_a_folder_in_place_of_the_file(tmp_path: Path) -> None:
    settings, problems = load_settings(tmp_path)
    assert settings == Settings()
    assert len(problems) == 1
    with pytest.raises(UserError, match="Cannot write"):
        save_settings(settings, tmp_path)


def test_a_file_in_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="Cannot write"):
        save_settings(Settings(), tmp_path / "file" / "settings.json")


def test_they_lie_in_the_folder_of_the_user(tmp_path: Path) -> None:
    assert tmp_path in settings_path().parents
    save_settings(Settings(theme="dark"))
    assert load_settings()[0].theme == "dark"


def test_recent_files_are_newest_first_without_doubles(tmp_path: Path) -> None:
    settings = Settings()
    paths = [tmp_path / f"{k}.safetensors" for k in range(RECENT_COUNT + 3)]
    for path in [*paths, paths[5]]:
        settings.add_recent(path)
    assert len(settings.recent_files) == RECENT_COUNT
    assert settings.recent_files[:2] == [str(paths[5]), str(paths[-1])]
    assert len(set(settings.recent_files)) == RECENT_COUNT
