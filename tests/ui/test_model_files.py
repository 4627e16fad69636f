import pickle
import struct
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot
from safetensors.numpy import save_file

from tests.permissions import without_root_rights
from tests.samples import random_model, save_random_model, some_history, write_digits
from tests.ui.conftest import OpenWindow
from tests.ui.driving import (
    LONG,
    SHORT,
    Answers,
    dismiss,
    drop,
    fill_in,
    full_disk,
    looks_as,
    model_unchanged,
    press,
    type_path,
)
from vae_explorer.core.checkpoint import load_model, save_model
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.data import DATA_VARIABLE
from vae_explorer.ui.main_window import MainWindow

SMALL = VAEConfig(hidden=(24,))


@pytest.fixture
def small_file(tmp_path: Path) -> Path:
    return save_random_model(tmp_path / "small.safetensors", SMALL, history=some_history(4))


def opened_file(window: MainWindow) -> Path | None:
    return window.session.model.path if window.session.model else None


# Opening


def test_open_asks_for_a_file(window: MainWindow, answers: Answers, small_file: Path, qtbot: QtBot) -> None:
    answers.expect(type_path(small_file))
    with qtbot.waitSignal(window.files.opened, timeout=SHORT):
        window.actions_["open"].trigger()
    qtbot.waitUntil(lambda: opened_file(window) == small_file)
    assert window.windowTitle() == "small[*] – VAE Explorer"
    assert not window.isWindowModified()
    assert window.status._model.text() == "small (784-24-2)"
    assert window.status._score.text() == "test ELBO −200.50 nats/image (gray-level Bernoulli), epoch 4"
    assert "test −200.50" in window.curves.cells["elbo"].title.text()


def test_open_may_be_dismissed(window: MainWindow, answers: Answers) -> None:
    answers.expect(dismiss)
    with model_unchanged(window):
        window.actions_["open"].trigger()


@pytest.mark.parametrize("where", ["window", "map", "decoder", "toolbar"])
def test_a_file_may_be_dropped_anywhere(
    window: MainWindow, small_file: Path, qtbot: QtBot, where: str
) -> None:
    widgets = {
        "window": window,
        "map": window.map_panel.map.viewport(),
        "decoder": window.decoder_panel.image,
        "toolbar": window.statusBar(),
    }
    with qtbot.waitSignal(window.files.opened, timeout=SHORT):
        drop(widgets[where], small_file)
    qtbot.waitUntil(lambda: opened_file(window) == small_file)


def test_several_files_are_not_taken(window: MainWindow, small_file: Path, qtbot: QtBot) -> None:
    with model_unchanged(window), qtbot.assertNotEmitted(window.files.opened):
        drop(window, small_file, small_file)


def test_the_file_of_the_command_line_opens_first(open_window: OpenWindow, small_file: Path) -> None:
    assert opened_file(open_window(small_file)) == small_file


def test_a_bad_file_on_the_command_line_leaves_its_message_and_opens_the_default_model(
    open_window: OpenWindow, tmp_path: Path
) -> None:
    window = open_window(tmp_path / "missing.safetensors")
    assert window.session.model is not None
    assert window.session.model.name == "mnist-deep-2d"
    assert "missing.safetensors: No such file or directory" in window.map_panel.messages.text


def test_without_a_file_the_default_model_opens(open_window: OpenWindow) -> None:
    window = open_window(None)
    assert window.session.model is not None
    assert window.session.model.name == "mnist-deep-2d"
    assert not window.map_panel.messages.text


def test_recent_files_come_back_in_the_next_window(
    open_window: OpenWindow, small_file: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    other = save_random_model(tmp_path / "other.safetensors", SMALL, seed=5)
    first = open_window(small_file)
    with qtbot.waitSignal(first.files.idle, timeout=SHORT):
        first.files.open_file(other)
    first.close()
    second = open_window()
    actions = second.menus.recent.actions()
    tips = [action.toolTip() for action in actions]
    assert tips == [str(other), str(small_file)]
    with qtbot.waitSignal(second.files.idle, timeout=SHORT):
        actions[1].trigger()
    assert opened_file(second) == small_file
    assert second.menus.recent.actions()[0].toolTip() == str(small_file)


def test_a_recent_file_that_is_gone_says_so(open_window: OpenWindow, small_file: Path, qtbot: QtBot) -> None:
    window = open_window(small_file)
    small_file.unlink()
    with model_unchanged(window), qtbot.waitSignal(window.files.idle, timeout=SHORT):
        window.menus.recent.actions()[0].trigger()
    assert "No such file" in window.map_panel.messages.text


def test_the_model_menu_lists_the_ready_made_models(window: MainWindow, qtbot: QtBot) -> None:
    window.menus.models.aboutToShow.emit()
    deep = next(a for a in window.menus.models.actions() if "512-256-128" in a.text())
    assert not deep.isChecked()
    with qtbot.waitSignal(window.files.idle, timeout=SHORT):
        deep.trigger()
    assert window.session.model is not None
    assert window.session.model.origin == "bundled"
    window.menus.models.aboutToShow.emit()
    assert [a.isChecked() for a in window.menus.models.actions() if a.isCheckable()] == [True, False]


def test_of_two_files_the_one_chosen_last_stays(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    large = save_random_model(tmp_path / "large.safetensors", VAEConfig(hidden=(3000, 3000)))
    small = save_random_model(tmp_path / "small.safetensors", SMALL)
    window.files.open_file(large)
    with qtbot.waitSignal(window.files.idle, timeout=SHORT):
        window.files.open_file(small)
    assert opened_file(window) == small
    window._workers.jobs._pool.waitForDone()
    qtbot.waitUntil(lambda: not window._workers.jobs._waiting)
    assert opened_file(window) == small


def test_opening_anew_fits_the_view_but_saving_does_not(
    window: MainWindow, answers: Answers, small_file: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(window.files.idle, timeout=SHORT):
        window.files.open_file(small_file)
    assert window.session.model is not None
    map_ = window.map_panel.map
    assert all(map_.is_in_view(place) for place in window.session.model.posterior.mu)
    map_.zoom(5)
    view = map_.getViewBox().viewRect()
    answers.expect(type_path(tmp_path / "elsewhere.safetensors"))
    with qtbot.waitSignal(window.files.recent_changed, timeout=SHORT):
        window.actions_["save_as"].trigger()
    assert looks_as(map_, view)


# Bad files


class Bomb:
    """Leaves a trace where it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return Path.touch, (self.trace,)


def bad_truncated(path: Path) -> str:
    whole = save_random_model(path, SMALL).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    return "it is damaged or truncated"


def bad_cut_in_the_header(path: Path) -> str:
    path.write_bytes(save_random_model(path, SMALL).read_bytes()[:100])
    return "the file is truncated."


def bad_empty(path: Path) -> str:
    path.touch()
    return "the file is empty."


def bad_text(path: Path) -> str:
    path.write_text("Dear diary, today I renamed a file.", encoding="utf-8")
    return "it is neither a safetensors file nor a PyTorch state_dict."


def bad_foreign(path: Path) -> str:
    save_file({"conv1.weight": np.zeros((3, 3), np.float32)}, path)
    return "Cannot open"


def bad_nan(path: Path) -> str:
    model = random_model(SMALL)
    save_model(model, path)
    content = bytearray(path.read_bytes())
    content[-4:] = struct.pack("<f", float("nan"))
    path.write_bytes(content)
    return "holds NaN or infinite numbers."


def bad_shape(path: Path) -> str:
    save_model(random_model(SMALL), path)
    path.write_bytes(path.read_bytes().replace(b'\\"hidden\\": [24]', b'\\"hidden\\": [25]'))
    return "has shape"


def bad_pickle(path: Path) -> str:
    path.write_bytes(pickle.dumps(Bomb(path.with_name("exploded")), protocol=2))
    return "Cannot open"


def bad_torch_pickle(path: Path) -> str:
    import torch

    torch.save({"weights": Bomb(path.with_name("exploded"))}, path)
    return "Cannot open"


def bad_folder(path: Path) -> str:
    path.mkdir()
    return "it is a folder, but neither that of a run"


def bad_missing(path: Path) -> str:
    return "No such file"


def bad_image_size(path: Path) -> str:
    save_random_model(path, VAEConfig(64, (8,), 2))
    return "it is for images of 64 pixels, but those of few-digits have 784."


def bad_huge_weights(path: Path) -> str:
    model = random_model(VAEConfig(hidden=(24,), latent=3))
    save_model(type(model)(model.config, {k: v * np.float32(1e37) for k, v in model.weights.items()}), path)
    return "no longer numbers"


BAD = {name.removeprefix("bad_"): make for name, make in list(globals().items()) if name.startswith("bad_")}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_file_leaves_a_message_and_the_open_model(
    window: MainWindow, tmp_path: Path, qtbot: QtBot, kind: str
) -> None:
    path = tmp_path / "bad.safetensors"
    expected = BAD[kind](path)
    with model_unchanged(window), qtbot.waitSignal(window.files.idle, timeout=SHORT):
        window.files.open_file(path)
    message = window.map_panel.messages.text
    assert message.startswith(f"Cannot open {path}")
    assert expected in message
    assert not (tmp_path / "exploded").exists()
    assert str(path) not in window.settings.recent_files


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
def test_a_file_that_may_not_be_read(window: MainWindow, small_file: Path, qtbot: QtBot) -> None:
    small_file.chmod(0)
    with without_root_rights(), model_unchanged(window), qtbot.waitSignal(window.files.idle, timeout=SHORT):
        window.files.open_file(small_file)
    assert window.map_panel.messages.text.startswith(f"Cannot open {small_file}: Permission denied")


def test_a_message_of_a_bad_file_goes_when_dismissed(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(window.files.idle, timeout=SHORT):
        drop(window, tmp_path / "none.safetensors")
    messages = window.map_panel.messages
    assert messages.isVisible()
    qtbot.mouseClick(messages._close, Qt.MouseButton.LeftButton)
    assert not messages.isVisible()


def test_with_images_of_another_size_a_model_for_them_can_be_trained_or_opened(
    open_window: OpenWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    monkeypatch.setenv(DATA_VARIABLE, str(write_digits(tmp_path / "smaller", side=20)))
    window = open_window(None)
    assert window.session.model is None
    assert "it is for images of 784 pixels, but those of smaller have 400" in window.map_panel.messages.text
    texts = [label.text() for label in window.map_panel.map.findChildren(QLabel) if label.isVisible()]
    assert "Train a model or open one to see its map" in texts
    assert not window.actions_["save"].isEnabled()
    assert window.actions_["train"].isEnabled()
    fill_in(window, epochs=1)
    with qtbot.waitSignal(window.trainer.ended, timeout=LONG):
        window.actions_["train"].trigger()
    assert window.session.model is not None
    assert window.session.model.snapshot.config.input_size == 400
    assert window.actions_["save"].isEnabled()


# Saving


def test_a_ready_made_model_is_saved_under_a_name_of_its_own(
    window: MainWindow, answers: Answers, tmp_path: Path, tutorial_model: Path, qtbot: QtBot
) -> None:
    before = tutorial_model.read_bytes()
    with qtbot.waitSignal(window.files.idle, timeout=SHORT):
        next(a for a in window.menus.models.actions() if "784-400-2" in a.text()).trigger()
    path = tmp_path / "mine.safetensors"
    answers.expect(type_path(path))
    with qtbot.waitSignal(window.files.recent_changed, timeout=SHORT):
        window.actions_["save"].trigger()
    assert opened_file(window) == path
    assert window.windowTitle() == "mine[*] – VAE Explorer"
    assert window.map_panel.messages.text == f"Saved as {path}"
    assert window.settings.recent_files[0] == str(path)
    assert tutorial_model.read_bytes() == before
    again, model = load_model(path), window.session.model
    assert model is not None
    for name, values in model.snapshot.weights.items():
        np.testing.assert_array_equal(again.weights[name], values)


def test_save_as_adds_the_suffix(window: MainWindow, answers: Answers, tmp_path: Path, qtbot: QtBot) -> None:
    answers.expect(type_path(tmp_path / "mine"))
    with qtbot.waitSignal(window.files.recent_changed, timeout=SHORT):
        window.actions_["save_as"].trigger()
    assert opened_file(window) == tmp_path / "mine.safetensors"


def test_a_file_is_not_replaced_without_asking(
    window: MainWindow, answers: Answers, small_file: Path
) -> None:
    before = small_file.read_bytes()
    answers.expect(type_path(small_file.with_suffix("")), press("No"), dismiss)
    window.actions_["save_as"].trigger()
    window._workers.jobs._pool.waitForDone()
    assert small_file.read_bytes() == before


def test_on_a_full_disk_the_model_stays_as_it_is(
    window: MainWindow, answers: Answers, tmp_path: Path, qtbot: QtBot
) -> None:
    path = full_disk(tmp_path / "full.safetensors")
    answers.expect(type_path(path), press("Yes"))
    with model_unchanged(window):
        window.actions_["save_as"].trigger()
        qtbot.waitUntil(lambda: window.map_panel.messages.text != "", timeout=SHORT)
    assert window.map_panel.messages.text == f"Cannot write {path}: No space left on device."


def test_a_folder_that_is_gone(window: MainWindow, answers: Answers, tmp_path: Path, qtbot: QtBot) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    window.settings.last_folder = str(folder)
    folder.rmdir()
    answers.expect(dismiss, type_path(tmp_path / "mine.safetensors"))
    window.actions_["open"].trigger()
    with qtbot.waitSignal(window.files.recent_changed, timeout=SHORT):
        window.actions_["save_as"].trigger()
    assert window.settings.last_folder == str(tmp_path)
