"""Exports of the open model from the File menu, through the dialog that a user sees."""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QDialog, QLineEdit
from pytestqt.qtbot import QtBot

from tests.samples import save_random_model
from tests.ui.conftest import OpenWindow
from tests.ui.driving import LONG, Answer, Answers, dismiss, full_disk, model_unchanged, press, type_path
from vae_explorer.core.checkpoint import load_model
from vae_explorer.core.config import VAEConfig
from vae_explorer.ui.main_window import MainWindow

DECODER = "ONNX decoder, z to image (*.onnx)"
ENCODER = "ONNX encoder, image to μ and log σ² (*.onnx)"
FLAT = "PyTorch state_dict with fc1, fc_mu, fc_logvar, fc3, fc4 (*.pt)"


def kinds(dialog: QDialog) -> QComboBox:
    return dialog.findChild(QComboBox, "fileTypeCombo")


def name_in(dialog: QDialog) -> str:
    return dialog.findChild(QLineEdit, "fileNameEdit").text()


def choose(dialog: QDialog, kind: str) -> None:
    """Choose a kind of file with the keyboard."""
    box = kinds(dialog)
    row = box.findText(kind)
    assert row >= 0
    QTest.keyClick(box, Qt.Key.Key_Home)
    for _ in range(row):
        QTest.keyClick(box, Qt.Key.Key_Down)
    assert box.currentText() == kind


def of_kind(kind: str, answer: Answer) -> Answer:
    """Choose a kind of file, and then answer."""

    def choose_and_answer(dialog: QDialog) -> None:
        choose(dialog, kind)
        answer(dialog)

    return choose_and_answer


def export(window: MainWindow, qtbot: QtBot, says: str) -> None:
    window.actions_["export_model"].trigger()
    assert window.map_panel.messages.text.startswith("Writing ")
    qtbot.waitUntil(lambda: not window.map_panel.messages.text.startswith("Writing "), timeout=LONG)
    assert says in window.map_panel.messages.text


def test_the_decoder_is_offered_first(
    window: MainWindow, answers: Answers, tmp_path: Path, qtbot: QtBot
) -> None:
    path = tmp_path / "mine.onnx"
    answers.expect(type_path(path.with_suffix("")))
    export(window, qtbot, f"Saved as {path}")
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    assert session.get_modelmeta().custom_metadata_map["name"] == "mnist-mlp-2d"
    z = np.array([[0.5, -1.0]], np.float32)
    assert window.session.model is not None
    (means,) = session.run(None, {"z": z})
    np.testing.assert_allclose(means, window.session.model.snapshot.decode(z), rtol=0, atol=1e-5)


def test_another_kind_of_file(window: MainWindow, answers: Answers, tmp_path: Path, qtbot: QtBot) -> None:
    answers.expect(of_kind(ENCODER, type_path(tmp_path / "e")))
    export(window, qtbot, f"Saved as {tmp_path / 'e.onnx'}")
    assert [value.name for value in onnx.load(tmp_path / "e.onnx").graph.output] == ["mu", "logvar"]


def test_a_state_dict_that_opens_again_as_the_same_model(
    window: MainWindow, answers: Answers, tmp_path: Path, qtbot: QtBot
) -> None:
    path = tmp_path / "flat.pt"
    answers.expect(of_kind(FLAT, type_path(path.with_suffix(""))))
    export(window, qtbot, f"Saved as {path}")
    assert "fc_logvar.weight" in torch.load(path, weights_only=True)
    assert window.session.model is not None
    here, there = window.session.model.snapshot.weights, load_model(path).weights
    assert all(np.array_equal(here[name], there[name]) for name in here)


def test_the_name_follows_the_kind_until_the_user_changes_it(
    window: MainWindow, answers: Answers, tmp_path: Path
) -> None:
    seen = []

    def look(dialog: QDialog) -> None:
        seen.append(name_in(dialog))
        for kind in (ENCODER, FLAT, DECODER):
            choose(dialog, kind)
            seen.append(name_in(dialog))
        dialog.findChild(QLineEdit, "fileNameEdit").setText("mine.onnx")
        choose(dialog, FLAT)
        seen.append(name_in(dialog))
        dismiss(dialog)

    answers.expect(look)
    with model_unchanged(window):
        window.actions_["export_model"].trigger()
    assert seen == [
        "mnist-mlp-2d-decoder.onnx",
        "mnist-mlp-2d-encoder.onnx",
        "mnist-mlp-2d.pt",
        "mnist-mlp-2d-decoder.onnx",
        "mine.pt",
    ]
    assert not window.map_panel.messages.text


def test_only_layouts_that_fit_are_offered(open_window: OpenWindow, answers: Answers, tmp_path: Path) -> None:
    window = open_window(save_random_model(tmp_path / "deep.safetensors", VAEConfig(hidden=(30, 20, 10))))
    seen: list[str] = []

    def look(dialog: QDialog) -> None:
        seen.extend(kinds(dialog).itemText(row) for row in range(kinds(dialog).count()))
        dismiss(dialog)

    answers.expect(look)
    window.actions_["export_model"].trigger()
    assert seen == [
        DECODER,
        ENCODER,
        "PyTorch state_dict with encoder.0, encoder.2 …, decoder.0, decoder.2 … (*.pt)",
        "PyTorch state_dict with encoder.0 …, mu, logvar, decoder.0 …, logits (*.pt)",
    ]


@pytest.mark.parametrize(
    ("kind", "place", "says"),
    [
        (DECODER, lambda folder: full_disk(folder / "full.onnx"), "No space left on device"),
        (FLAT, lambda folder: full_disk(folder / "full.pt"), "No space left on device"),
        (DECODER, lambda folder: folder / "m.pt", "An ONNX model is no .pt file. Call it m.onnx"),
        (FLAT, lambda folder: folder / "m.onnx", "A PyTorch state_dict is no .onnx file. Call it m.pt"),
    ],
    ids=["full-onnx", "full-state-dict", "name-of-state-dict", "name-of-onnx"],
)
def test_what_cannot_be_written_is_said_in_the_message_bar(
    window: MainWindow,
    answers: Answers,
    tmp_path: Path,
    qtbot: QtBot,
    kind: str,
    place: Callable[[Path], Path],
    says: str,
) -> None:
    path = place(tmp_path)
    if path.is_symlink():
        # There is such a file, and Qt asks whether to replace it.
        answers.expect(of_kind(kind, type_path(path)), press("Yes"))
    else:
        answers.expect(of_kind(kind, type_path(path)))
    with model_unchanged(window):
        export(window, qtbot, says)


def test_without_onnx_it_says_what_to_install(
    window: MainWindow, answers: Answers, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    answers.expect(type_path(tmp_path / "m"))
    export(window, qtbot, "pip install 'vae-explorer[onnx]'")
    assert not list(tmp_path.glob("m*"))
