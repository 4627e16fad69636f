"""Saving the curves as a table, as pictures and as event files."""

import csv
import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFileDialog, QLineEdit
from pytestqt.qtbot import QtBot

from tests.ui.curves.samples import ENTRIES, a_run
from tests.ui.driving import LEFT, SHORT, Answer, Answers, dismiss
from vae_explorer.ui.curves.panel import CurvesPanel
from vae_explorer.ui.theme import LIGHT


def choose(path: Path) -> Answer:
    """Type a path into a file dialog, and accept it."""

    def answer(dialog: QDialog) -> None:
        assert isinstance(dialog, QFileDialog)
        dialog.findChild(QLineEdit, "fileNameEdit").setText(str(path))
        standard = QDialogButtonBox.StandardButton
        saving = dialog.acceptMode() == QFileDialog.AcceptMode.AcceptSave
        button = dialog.findChild(QDialogButtonBox).button(standard.Save if saving else standard.Open)
        QTest.mouseClick(button, LEFT)

    return answer


@dataclass
class Exporting:
    """Chooses an entry of the export menu and answers the dialog."""

    panel: CurvesPanel
    qtbot: QtBot
    answers: Answers

    def __call__(self, entry: str, path: Path) -> str:
        self.answers.expect(choose(path))
        action = next(a for a in self.panel.tools.export.menu().actions() if entry in a.text())
        with self.qtbot.waitSignal(self.panel.message, timeout=SHORT) as said:
            action.trigger()
        return str(said.args[0])


@pytest.fixture
def export(panel: CurvesPanel, qtbot: QtBot, answers: Answers) -> Exporting:
    panel.show_run("Run 1", a_run(4))
    panel.set_overlays([("Run 2", a_run(2))])
    return Exporting(panel, qtbot, answers)


def test_the_table_holds_main_run_and_overlays(export: Exporting, tmp_path: Path) -> None:
    path = tmp_path / "figures.csv"
    assert str(path) in export("CSV", path)
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for name, epochs in (("Run 1", 4), ("Run 2", 2)):
        kinds = [row["kind"] for row in rows if row["run"] == name]
        assert kinds.count("test") == epochs
        assert kinds.count("steps") == epochs * ENTRIES


def test_the_png_shows_what_is_on_the_screen(export: Exporting, tmp_path: Path) -> None:
    path = tmp_path / "curves.png"
    export("PNG", path)
    image = QImage(str(path))
    panel = export.panel
    assert image.width() >= 2 * panel.grid.width()
    assert image.height() >= 2 * (panel.grid.height() + panel.legend.height())
    colors = {
        image.pixelColor(x, y).name() for x in range(0, image.width(), 2) for y in range(0, image.height(), 2)
    }
    assert {LIGHT.accent, LIGHT.canvas} <= colors


def test_the_svg_holds_lines_and_letters(export: Exporting, tmp_path: Path) -> None:
    path = tmp_path / "curves.svg"
    export("SVG", path)
    root = ET.parse(path).getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    text = path.read_text(encoding="utf-8")
    words = " ".join(element.text or "" for element in root.iter("{http://www.w3.org/2000/svg}text"))
    for word in ("ELBO", "epoch", "nats an image", "Run 2"):
        assert word in words
    assert LIGHT.accent in text
    assert root.findall(".//{http://www.w3.org/2000/svg}polyline") or re.search(r"<path [^>]*d=\"M", text)
    assert "clip" in text


def test_event_files_for_tensorboard(export: Exporting, tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    folder = tmp_path / "events"
    folder.mkdir()
    assert str(folder) in export("TensorBoard", folder)
    assert sorted(path.name for path in folder.iterdir()) == ["Run-1", "Run-2"]
    assert list((folder / "Run-1").glob("events.out.tfevents.*"))


# What goes otherwise than wanted


def test_a_failure_is_told(export: Exporting, tmp_path: Path) -> None:
    (tmp_path / "curves.csv").symlink_to(tmp_path / "gone" / "curves.csv")
    assert "Cannot write" in export("CSV", tmp_path / "curves.csv")


def test_a_dismissed_dialog_saves_nothing(
    panel: CurvesPanel, qtbot: QtBot, answers: Answers, tmp_path: Path
) -> None:
    panel.show_run("Run 1", a_run(2))
    panel.export.folder = tmp_path
    answers.expect(dismiss)
    with qtbot.assertNotEmitted(panel.message):
        panel.tools.export_asked.emit("csv")
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


def test_without_curves_there_is_nothing_to_save(panel: CurvesPanel, qtbot: QtBot) -> None:
    with qtbot.waitSignal(panel.message, timeout=SHORT) as said:
        panel.tools.export_asked.emit("csv")
    assert "no curves" in str(said.args[0])
