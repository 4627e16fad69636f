from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.samples import first_digits, random_model
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.errors import CheckpointError
from vae_explorer.core.session_file import SessionContent, save_session
from vae_explorer.state.saved_session import SavedModel, SavedSession
from vae_explorer.state.session_reading import read_session, without_run

DIGITS = first_digits(20)
SNAPSHOT = random_model(VAEConfig(hidden=(4,), latent=3))
SAVED = SavedSession(SavedModel("m", "file"), cursor=(0.0, 1.0, 2.0))

#: Writes a session whose model came from somewhere.
Write = Callable[[SavedModel], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    path = tmp_path / "mine.vaesession"

    def written(source: SavedModel) -> Path:
        save_session(SessionContent(SNAPSHOT, replace(SAVED, model=source).to_dict()), path)
        return path

    return written


def test_a_model_that_never_had_a_file_is_no_problem(write: Write) -> None:
    found = read_session(write(SavedModel("m", "training")), DIGITS)
    assert found.problem is None
    assert (found.model.path, found.model.saved, found.saved.cursor) == (None, False, (0.0, 1.0, 2.0))


@pytest.mark.parametrize("place", ["x" * 5000, "a\0b", "/", ".", "nowhere/m.safetensors"])
def test_a_path_that_is_none_is_a_file_that_is_gone(write: Write, place: str) -> None:
    found = read_session(write(SavedModel("m", "file", place)), DIGITS)
    assert "is not there any more" in str(found.problem)
    assert found.model.path is None


@pytest.mark.parametrize("place", ["x" * 5000, "a\0b", "/", "nowhere"])
def test_a_folder_that_is_none_is_a_run_that_is_gone(write: Write, place: str) -> None:
    found = read_session(write(SavedModel("m", "training", run="r", folder=place)), DIGITS)
    assert "without its run" in str(found.problem)


def test_a_run_that_went_meanwhile_is_said_of_the_same_session(write: Write) -> None:
    found = read_session(write(SavedModel("m", "training", run="r")), DIGITS)
    assert found.problem is None
    gone = without_run(found)
    assert "without its run" in str(gone.problem)
    assert (gone.model, gone.saved) == (found.model, found.saved)


def test_digits_that_are_not_there_are_refused(write: Write, tmp_path: Path) -> None:
    write(SAVED.model)
    path = tmp_path / "other.vaesession"
    save_session(SessionContent(SNAPSHOT, replace(SAVED, picked=(20,), focus=20).to_dict()), path)
    with pytest.raises(CheckpointError, match=r"other.vaesession.*digit #20"):
        read_session(path, DIGITS)
