"""Filled-in training forms, and typing into one."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from vae_explorer.state.training_form import TrainingForm

FORM = TrainingForm("512, 256", 10, 7, 64, 0.0003, 42, "cpu")
OTHER = TrainingForm(
    *("32", 5, 30, 256, 5e-5, 2**60, "cuda", 4.0, "cyclical", 7, 3, 0.25, "cosine", 5.0, 9, 0.125, "gelu"),
    folded=["model"],
)


def type_into(qtbot: QtBot, field: QWidget, text: str) -> None:
    """In place of what stands there, and without leaving the field."""
    field.setFocus()
    qtbot.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClicks(field, text) if text else qtbot.keyClick(field, Qt.Key.Key_Backspace)
