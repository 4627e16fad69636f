"""Other people's models come in through every door of the window."""

from pathlib import Path

import pytest
import torch
from pytestqt.qtbot import QtBot

from tests.core.foreign_models import FlatVAE, PythaeVAE, assert_same, save_pythae
from tests.ui.conftest import OpenWindow
from tests.ui.driving import Answers, drop, model_unchanged, type_path
from tests.waiting import SHORT
from vae_explorer.ui.main_window import MainWindow


@pytest.fixture(scope="module")
def pythae() -> PythaeVAE:
    return PythaeVAE()


@pytest.fixture
def folder(tmp_path: Path, pythae: PythaeVAE) -> Path:
    """As the library's training leaves it."""
    save_pythae(tmp_path / "my.digits" / "final_model", pythae)
    return tmp_path / "my.digits"


def assert_shows(window: MainWindow, pythae: PythaeVAE, folder: Path) -> None:
    model = window.session.model
    assert model is not None
    assert (model.name, model.path) == ("my.digits", folder / "final_model" / "model.pt")
    assert window.windowTitle() == "my.digits[*] – VAE Explorer"
    assert not window.map_panel.messages.text
    assert_same(pythae, model.snapshot)


def test_a_folder_of_pythae_is_opened_from_the_command_line(
    open_window: OpenWindow, folder: Path, pythae: PythaeVAE
) -> None:
    assert_shows(open_window(folder), pythae, folder)


@pytest.mark.parametrize(
    "what", [".", "final_model", "final_model/model.pt", "final_model/model_config.json"]
)
def test_a_folder_of_pythae_may_be_dropped(
    window: MainWindow, folder: Path, pythae: PythaeVAE, what: str, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(window.files.idle, timeout=SHORT):
        drop(window, folder / what)
    assert_shows(window, pythae, folder)


def test_a_file_of_pythae_is_opened_by_the_dialog_and_from_the_recent_files(
    window: MainWindow, folder: Path, pythae: PythaeVAE, answers: Answers, qtbot: QtBot, tutorial_model: Path
) -> None:
    answers.expect(type_path(folder / "final_model" / "model.pt"))
    with qtbot.waitSignal(window.files.idle, timeout=SHORT):
        window.actions_["open"].trigger()
    assert_shows(window, pythae, folder)
    with qtbot.waitSignal(window.files.idle, timeout=SHORT):
        window.files.open_file(tutorial_model)
    recent = window.menus.recent.actions()[0]
    assert recent.toolTip() == str(folder / "final_model" / "model.pt")
    with qtbot.waitSignal(window.files.idle, timeout=SHORT):
        recent.trigger()
    assert_shows(window, pythae, folder)


def test_a_checkpoint_of_a_tutorial_is_opened_with_no_questions(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    model = FlatVAE()
    optimiser = torch.optim.Adam(model.parameters())
    torch.save(
        {"epoch": 9, "model_state_dict": model.state_dict(), "optimizer": optimiser.state_dict()},
        tmp_path / "last.ckpt",
    )
    with qtbot.waitSignal(window.files.idle, timeout=SHORT):
        drop(window, tmp_path / "last.ckpt")
    assert window.session.model is not None
    assert window.session.model.name == "last"
    assert_same(model, window.session.model.snapshot)


def test_what_cannot_be_recognised_is_said_and_leaves_the_open_model(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    path = tmp_path / "other.pt"
    torch.save(torch.nn.Linear(784, 10).state_dict(), path)
    with model_unchanged(window), qtbot.waitSignal(window.files.idle, timeout=SHORT):
        drop(window, path)
    said = window.map_panel.messages.text
    assert said.startswith(f"Cannot open {path}: its tensors are not those of a fully connected VAE. Found: ")
    assert str(path) not in window.settings.recent_files


def test_a_folder_that_is_neither_a_run_nor_a_model_is_said(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    with model_unchanged(window), qtbot.waitSignal(window.files.idle, timeout=SHORT):
        drop(window, empty)
    assert "it is a folder, but neither that of a run" in window.map_panel.messages.text
