"""Taking a path home: real files of each format, and clear words where there is none."""

import itertools
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from tests.permissions import without_root_rights
from tests.ui.driving import Answers, full_disk, press, type_path
from tests.ui.interpolation.desk import Desk
from tests.waiting import LONG, SHORT
from vae_explorer.core.strips import enlarged, film_strip
from vae_explorer.state.journey import PlaceAnchor


@pytest.fixture
def clipboard(qapp: QApplication) -> Iterator[None]:
    yield
    QGuiApplication.clipboard().clear()


def export(desk: Desk, suffix: str, path: Path, answers: Answers) -> str:
    """Choose a format of the menu, type a file name, and wait for what is said."""
    desk.said.clear()
    answers.expect(type_path(path), *([press("Yes")] if path.exists() else []))
    desk.panel.export.formats[suffix].trigger()
    answers.check()
    desk.qtbot.waitUntil(lambda: bool(desk.said), timeout=LONG)
    return desk.said[-1]


def test_a_gif_has_the_frames_that_the_window_shows(desk: Desk, tmp_path: Path, answers: Answers) -> None:
    desk.travel()
    desk.panel.player.speed.setValue(5)
    assert str(tmp_path / "a.gif") in export(desk, ".gif", tmp_path / "a.gif", answers)
    with Image.open(tmp_path / "a.gif") as image:
        assert image.info["duration"] == 200
        frames = [np.asarray(frame.convert("L")) for frame in ImageSequence.Iterator(image)]
    shown = desk.row("geodesic").strip.frames
    different = [shown[0], *(b for a, b in itertools.pairwise(shown) if (a != b).any())]
    np.testing.assert_array_equal(frames, [enlarged(frame, 4) for frame in different])


def test_there_and_back_is_played_in_films_too(desk: Desk, tmp_path: Path, answers: Answers) -> None:
    desk.travel()
    desk.click(desk.panel.player.ping_pong)
    desk.panel.export.sizes[1].trigger()
    export(desk, ".gif", tmp_path / "a.gif", answers)
    with Image.open(tmp_path / "a.gif") as image:
        assert image.size == (28, 28)
        frames = [np.asarray(frame.convert("L")) for frame in ImageSequence.Iterator(image)]
    assert len(frames) > len(desk.row("geodesic").strip.frames)
    np.testing.assert_array_equal(frames[1], frames[-1])


def test_a_png_is_the_strip_of_the_chosen_kind(desk: Desk, tmp_path: Path, answers: Answers) -> None:
    desk.travel()
    desk.click(desk.row("spherical").name)
    export(desk, ".png", tmp_path / "a.png", answers)
    with Image.open(tmp_path / "a.png") as image:
        strip = enlarged(film_strip(desk.row("spherical").strip.frames), 4)
        np.testing.assert_array_equal(np.asarray(image), strip)
        assert image.text["Title"] == "spherical path through digit 7, digit 2"  # type: ignore[attr-defined]


def test_arrays_have_points_and_figures(desk: Desk, tmp_path: Path, answers: Answers) -> None:
    desk.travel()
    export(desk, ".npz", tmp_path / "a.npz", answers)
    report = desk.panel.worker.report_of("geodesic")
    assert report is not None
    with np.load(tmp_path / "a.npz") as arrays:
        np.testing.assert_array_equal(arrays["points"], desk.points())
        np.testing.assert_array_equal(arrays["report_changes"], report.changes)
        assert arrays["digits"].tolist() == [7, 2]


def test_the_python_is_saved_and_copied(
    desk: Desk, tmp_path: Path, answers: Answers, clipboard: None
) -> None:
    desk.travel(PlaceAnchor((0.5, 1.0)), PlaceAnchor((-1.0, 0.25)))
    desk.panel.export.copy.trigger()
    copied = QGuiApplication.clipboard().text()
    export(desk, ".py", tmp_path / "a.py", answers)
    assert (tmp_path / "a.py").read_text() == copied
    assert "interpolate(model, anchors, kind='geodesic', steps=16, near_data=0.5)" in copied
    assert "anchors = [(0.5, 1.0), (-1.0, 0.25)]" in copied
    compile(copied, "a.py", "exec")


def test_where_ffmpeg_is_missing_it_is_said_what_to_do(
    desk: Desk, tmp_path: Path, answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    desk.travel()
    said = export(desk, ".mp4", tmp_path / "a.mp4", answers)
    assert "need ffmpeg" in said
    assert "GIF" in said
    assert not (tmp_path / "a.mp4").exists()


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is an optional extra")
def test_a_film_is_one(desk: Desk, tmp_path: Path, answers: Answers) -> None:
    desk.travel()
    export(desk, ".mp4", tmp_path / "a.mp4", answers)
    subprocess.run(["ffmpeg", "-v", "error", "-i", tmp_path / "a.mp4", "-f", "null", "-"], check=True)


def test_a_full_disk_is_said_and_nothing_is_lost(desk: Desk, tmp_path: Path, answers: Answers) -> None:
    desk.travel()
    said = export(desk, ".gif", full_disk(tmp_path / "a.gif"), answers)
    assert "No space left" in said
    assert desk.panel.worker.is_measured("geodesic")


@pytest.mark.skipif(os.name != "posix", reason="rights are POSIX's")
def test_a_folder_that_cannot_be_written_is_said(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "shut"
    folder.mkdir(mode=0o555)
    desk.travel()
    with without_root_rights():
        # Nobody may not even look into the folder with a dialog.
        desk.panel.export._save(folder / "a.gif")
        desk.qtbot.waitUntil(lambda: bool(desk.said), timeout=SHORT)
    assert desk.said[-1].startswith(f"Cannot write {folder / 'a.gif'}: Permission denied")
    assert list(folder.iterdir()) == []


def test_a_path_that_is_still_being_found_is_not_exported(desk: Desk, clipboard: None) -> None:
    desk.travel()
    desk.journey.replace_anchor(1, PlaceAnchor((0.4, 0.9)))
    desk.panel.export.copy.trigger()
    assert "in a moment" in desk.said[-1]
    assert QGuiApplication.clipboard().text() == ""
    desk.wait()
    desk.panel.export.copy.trigger()
    desk.qtbot.waitUntil(lambda: "(0.4, 0.9)" in QGuiApplication.clipboard().text(), timeout=SHORT)
