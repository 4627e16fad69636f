"""The main job on a real X screen: real mouse, real keys, real file dialogs; what came of it is read from files."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.samples import write_digits
from tests.x11.conftest import Start
from tests.x11.desktop import PATIENCE, Application, find_window, xdotool
from vae_explorer.core.bundled import DEFAULT_MODEL
from vae_explorer.core.checkpoint import load_model
from vae_explorer.core.data import DATA_VARIABLE
from vae_explorer.core.run_folder import RUNS_VARIABLE, list_folders, read_run, runs_folder
from vae_explorer.state.settings import Settings, TrainingForm, load_settings, save_settings, settings_path

pytestmark = pytest.mark.x11

EPOCHS = 3
FORM = TrainingForm(hidden="32", epochs=EPOCHS, seed=5, device="cpu")
ENDLESS = TrainingForm(hidden="32", epochs=100_000, device="cpu")
TRAINED = "Run 1: 784-32-2"


def export_image(application: Application, path: Path) -> np.ndarray:
    application.press("ctrl+shift+e")
    application.choose_file("Save the decoded image", path)
    with Image.open(path) as image:
        return np.asarray(image)


def save_model_as(application: Application, path: Path) -> None:
    application.press("ctrl+shift+s")
    application.choose_file("Save the model", path)


def quit_by_key(application: Application) -> str:
    """Everything that the application said."""
    application.press("ctrl+q")
    said, _ = application.process.communicate(timeout=PATIENCE)
    assert application.process.returncode == 0, said.decode()
    return said.decode()


@pytest.fixture
def few_digits(tmp_path: Path) -> dict[str, str]:
    """The variable that makes a training take a blink."""
    return {DATA_VARIABLE: str(write_digits(tmp_path / "few-digits"))}


def test_drag_across_the_map_changes_the_decoded_image_and_undo_brings_it_back(
    start: Start, tmp_path: Path
) -> None:
    application = start()
    application.wait_for_title(f"^{DEFAULT_MODEL} ")
    before = export_image(application, tmp_path / "before.png")
    application.drag((0.45, 0.45), (0.5, 0.4), (0.55, 0.35), (0.6, 0.5))
    dragged = export_image(application, tmp_path / "dragged.png")
    application.press(*["shift+Left"] * 3)
    stepped = export_image(application, tmp_path / "stepped.png")
    application.press("ctrl+z", "ctrl+z", "ctrl+z", "ctrl+z")
    undone = export_image(application, tmp_path / "undone.png")

    for picture in (before, dragged, stepped):
        assert picture.shape == (280, 280)
        assert picture.max() > 150, "a digit is nearly white somewhere"
    assert np.abs(dragged.astype(int) - before).max() > 100
    assert np.abs(stepped.astype(int) - dragged).max() > 50
    np.testing.assert_array_equal(undone, before)
    assert quit_by_key(application) == ""


def test_latent_coordinates_of_all_test_digits_become_a_table(start: Start, tmp_path: Path) -> None:
    application = start()
    application.wait_for_title(f"^{DEFAULT_MODEL} ")
    application.press("ctrl+e")
    application.choose_file("Export latent coordinates", tmp_path / "latent.csv")
    with (tmp_path / "latent.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    assert header == ["index", "label", "mu_1", "mu_2", "logvar_1", "logvar_2"]
    assert len(rows) == 10_000
    quit_by_key(application)


def test_train_in_the_window_save_and_leave(start: Start, few_digits: dict[str, str], tmp_path: Path) -> None:
    save_settings(Settings(training=FORM))
    application = start(**few_digits)
    application.wait_for_title(f"^{DEFAULT_MODEL} ")
    application.press("ctrl+t")
    application.wait_for_title(f"^{TRAINED}")
    # The map follows each epoch, so the first save may come before the last one.
    path = tmp_path / "mine-0.safetensors"
    save_model_as(application, path)
    while len(load_model(path).record.history) < EPOCHS:
        path = path.with_stem(f"{path.stem}-more")
        application.wait_for_title(f"^{TRAINED}")
        save_model_as(application, path)

    # What was saved is a copy: the window still shows the run.
    application.wait_for_title(f"^{TRAINED}")
    assert quit_by_key(application) == ""
    model = load_model(path)
    assert model.config.hidden == (32,)
    assert [stats.epoch for stats in model.record.history] == list(range(1, EPOCHS + 1))
    assert model.record.history[-1].test.elbo > model.record.history[0].test.elbo
    assert model.record.data_set == "few-digits"


def test_what_is_remembered_is_written_when_the_window_closes(start: Start, tmp_path: Path) -> None:
    application = start()
    application.wait_for_title(f"^{DEFAULT_MODEL} ")
    save_model_as(application, tmp_path / "copy.safetensors")
    application.wait_for_title("^copy ")
    application.press("ctrl+shift+d")
    quit_by_key(application)

    settings, problems = load_settings()
    assert problems == []
    assert settings.theme == "dark"
    assert settings.recent_files == [str(tmp_path / "copy.safetensors")]
    assert settings.last_folder == str(tmp_path)
    assert settings.window_geometry
    assert settings.window_layout
    assert json.loads(settings_path().read_text(encoding="utf-8"))["training"]["hidden"] == "400"


def test_closing_during_training_asks_nothing_and_keeps_the_run(
    start: Start, few_digits: dict[str, str]
) -> None:
    save_settings(Settings(training=ENDLESS))
    application = start(**few_digits)
    application.wait_for_title(f"^{DEFAULT_MODEL} ")
    application.press("ctrl+t")
    application.wait_for_title(f"^{TRAINED}")
    application.wait_until(
        lambda: any(read_run(folder).saved_epochs for folder in list_folders(runs_folder()))
    )
    assert quit_by_key(application) == ""
    [folder] = list_folders(runs_folder())
    found = read_run(folder)
    assert (found.info.status, found.can_resume, found.problems) == ("paused", True, ())

    application = start(folder, **few_digits)
    application.wait_for_title(f"^{TRAINED}")
    assert quit_by_key(application) == ""


def test_closing_during_a_training_that_cannot_be_kept_asks_first(
    start: Start, few_digits: dict[str, str], tmp_path: Path
) -> None:
    save_settings(Settings(training=ENDLESS))
    (tmp_path / "in-the-way").touch()
    application = start(**few_digits, **{RUNS_VARIABLE: str(tmp_path / "in-the-way")})
    application.wait_for_title(f"^{DEFAULT_MODEL} ")
    application.press("ctrl+t")
    application.wait_for_title(f"^{TRAINED}")
    application.press("ctrl+q")
    find_window("^Close VAE Explorer$")
    xdotool("key", "Escape")
    application.wait_for_title(f"^{TRAINED}")
    assert application.process.poll() is None
    application.press("ctrl+q")
    find_window("^Close VAE Explorer$")
    xdotool("key", "Tab", "Return")
    said, _ = application.process.communicate(timeout=PATIENCE)
    assert (application.process.returncode, said.decode()) == (0, "")


def test_file_on_the_command_line_is_opened(start: Start) -> None:
    application = start("mnist-mlp-2d")
    application.wait_for_title("^mnist-mlp-2d ")
    quit_by_key(application)
