"""Directions in files: there and back, for another model with a warning, and plain words for what is refused."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.permissions import without_root_rights
from tests.ui.attributes.conftest import Desk
from tests.ui.driving import Answers, dismiss, type_path
from tests.waiting import SHORT
from vae_explorer.core.direction_sources import Around, Axis, ClassPair, DigitPair, Given
from vae_explorer.core.snapshot import ModelSnapshot


def say(desk: Desk, count: int = 1) -> str:
    """What is said when so many messages have come."""
    desk.qtbot.waitUntil(lambda: len(desk.said) >= count, timeout=SHORT)
    return desk.said[-1]


@pytest.fixture
def saved(desk: Desk, tmp_path: Path) -> Path:
    """A file with two directions, which are in the list as well."""
    desk.add("pair", ClassPair(1, 7))
    desk.add("axis", Axis(0))
    path = tmp_path / "mine.json"
    desk.panel.files.save(path)
    assert say(desk) == f"Saved 2 directions as {path}"
    desk.said.clear()
    return path


def test_what_was_saved_is_loaded_bit_for_bit(desk: Desk, saved: Path) -> None:
    before = {name: desk.direction(name).vector for name in ("pair", "axis")}
    desk.edits.restore(())
    desk.panel.files.load(saved)
    assert say(desk) == "Loaded 2 directions from mine.json."
    desk.qtbot.waitUntil(lambda: desk.panel.finder.up_to_date, timeout=SHORT)
    for name, vector in before.items():
        np.testing.assert_array_equal(desk.direction(name).vector, vector)
    pair = desk.edits.find("pair")
    assert pair is not None
    assert pair.source == Given("1:7")


def test_a_local_direction_keeps_its_own_step(desk: Desk, tmp_path: Path) -> None:
    found = desk.add("here", Around("slant", (0.5, -1.0)))
    desk.panel.files.save(tmp_path / "local.json")
    say(desk)
    desk.edits.restore(())
    desk.panel.files.load(tmp_path / "local.json")
    say(desk, 2)
    desk.qtbot.waitUntil(lambda: desk.panel.finder.up_to_date, timeout=SHORT)
    loaded = desk.direction("here")
    np.testing.assert_array_equal(loaded.vector, found.vector)
    assert loaded.sigma == found.sigma
    assert isinstance(loaded.source, Given)


def test_loading_is_one_step_to_undo_and_keeps_names_apart(desk: Desk, saved: Path) -> None:
    desk.panel.files.load(saved)
    say(desk)
    assert [entry.name for entry in desk.edits] == ["pair", "axis", "pair 2", "axis 2"]
    assert desk.stack.undoText() == "directions from mine.json"
    desk.stack.undo()
    assert [entry.name for entry in desk.edits] == ["pair", "axis"]
    desk.stack.redo()
    desk.qtbot.waitUntil(lambda: desk.panel.finder.up_to_date, timeout=SHORT)
    np.testing.assert_array_equal(desk.direction("pair 2").vector, desk.direction("pair").vector)


def test_for_another_model_there_is_a_warning(desk: Desk, saved: Path) -> None:
    desk.open_random(2)
    desk.panel.files.load(saved)
    assert "were found with another model (model)" in say(desk)
    assert len(desk.edits) == 4


def test_for_another_latent_size_nothing_is_loaded(desk: Desk, saved: Path) -> None:
    desk.open_random(5)
    desk.panel.files.load(saved)
    assert say(desk).endswith("its directions have 2 dimension(s), but this model has 5.")
    assert len(desk.edits) == 2


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "damaged"),
        (b"[1, 2]", "not a file of directions"),
        (b'{"format": "vae-explorer directions", "version": 99}', "newer version"),
    ],
)
def test_a_bad_file_changes_nothing_and_says_why(
    desk: Desk, saved: Path, content: bytes, reason: str
) -> None:
    saved.write_bytes(content)
    before = desk.edits.entries
    desk.panel.files.load(saved)
    assert reason in say(desk)
    assert str(saved) in desk.said[-1]
    assert desk.edits.entries == before


def test_a_number_that_is_none_is_refused(desk: Desk, saved: Path) -> None:
    about = json.loads(saved.read_text())
    about["directions"][0]["vector"][0] = float("nan")
    saved.write_text(json.dumps(about))
    desk.panel.files.load(saved)
    assert "damaged" in say(desk)


def test_a_missing_file_and_a_full_or_closed_folder_are_said(desk: Desk, saved: Path, tmp_path: Path) -> None:
    desk.panel.files.load(tmp_path / "none.json")
    assert "none.json" in say(desk, 1)
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o555)
    with without_root_rights():
        desk.panel.files.save(closed / "mine.json")
        assert "closed" in say(desk, 2)
    assert not list(closed.iterdir())


def test_what_was_not_found_is_not_saved_and_named(desk: Desk, saved: Path) -> None:
    desk.edits.add("nowhere", DigitPair(7, 7))
    desk.qtbot.waitUntil(lambda: desk.panel.finder.up_to_date, timeout=SHORT)
    desk.panel.files.save(saved)
    assert say(desk).endswith("Not saved, because they were not found: nowhere.")
    assert len(json.loads(saved.read_text())["directions"]) == 2


def test_a_change_of_the_name_is_saved(desk: Desk, saved: Path) -> None:
    desk.edits.rename("pair", "one to seven")
    desk.panel.files.save(saved)
    say(desk)
    assert json.loads(saved.read_text())["directions"][0]["name"] == "one to seven"


def test_the_dialogs_ask_for_a_file(desk: Desk, saved: Path, answers: Answers, tmp_path: Path) -> None:
    files = desk.panel.files
    answers.expect(type_path(tmp_path / "again"))
    files.ask_and_save()
    assert "again.json" in say(desk)
    assert files.folder == tmp_path
    answers.expect(type_path(tmp_path / "again.json"))
    files.ask_and_load()
    assert say(desk, 2) == "Loaded 2 directions from again.json."
    answers.expect(dismiss)
    files.ask_and_load()
    assert len(desk.said) == 2


def test_with_nothing_to_save_no_dialog_opens(desk: Desk) -> None:
    desk.panel.files.ask_and_save()
    assert desk.said == ["There are no directions to save yet."]


def test_a_model_that_was_opened_meanwhile_gets_no_directions_of_another_size(
    desk: Desk, saved: Path, deep_model: ModelSnapshot
) -> None:
    desk.edits.restore(())
    desk.panel.files.load(saved)
    desk.open_random(3)
    assert "Another model was opened meanwhile" in say(desk)
    assert len(desk.edits) == 0
