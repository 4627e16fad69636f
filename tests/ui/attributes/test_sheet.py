"""The edit of a whole selection: what is decoded, what follows, and the file."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialogButtonBox

from tests.samples import random_model
from tests.ui.attributes.conftest import Desk
from tests.ui.driving import LEFT, Answers, type_path
from tests.waiting import SHORT
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.direction_sources import Axis
from vae_explorer.core.edits import edited
from vae_explorer.core.errors import UserError
from vae_explorer.core.snapshot import ModelSnapshot
from vae_explorer.core.strips import decoded_frames
from vae_explorer.ui.attributes.pairs import PairGrid
from vae_explorer.ui.attributes.sheet import EditSheet, columns_for, save_pairs
from vae_explorer.ui.theme import ThemeSwitch
from vae_explorer.ui.widgets.image_view import to_image


@pytest.fixture
def sheet(desk: Desk) -> EditSheet:
    """Open, with a direction and some digits."""
    desk.add("one", Axis(0))
    desk.edits.set_alpha("one", 1.0)
    desk.looks.picks.pick(range(10, 50))
    desk.qtbot.mouseClick(desk.panel.button("apply"), LEFT)
    sheet = desk.panel.sheet
    desk.qtbot.waitUntil(lambda: sheet.isVisible() and sheet.up_to_date, timeout=SHORT)
    return sheet


def expected(desk: Desk, row: int) -> tuple[object, object]:
    index = desk.looks.picks.indices[row]
    z = desk.model.posterior.mu[index : index + 1].astype(np.float64)
    moved = edited(z, desk.panel.editing.terms)
    return tuple(to_image(decoded_frames(desk.model.snapshot, point)[0]) for point in (z, moved))  # type: ignore[return-value]


def alike(one: object, other: object) -> bool:
    return all(
        abs(a.pixelColor(x, y).red() - b.pixelColor(x, y).red()) <= 1  # type: ignore[attr-defined]
        for a, b in zip(one, other, strict=True)  # type: ignore[call-overload]
        for x in range(0, 28, 3)
        for y in range(0, 28, 3)
    )


def test_each_pair_is_before_and_after(desk: Desk, sheet: EditSheet) -> None:
    rows = sheet.grid.in_sight
    assert 0 < len(rows) <= 40
    assert all(alike(sheet.grid.picture(row), expected(desk, row)) for row in rows)
    before, after = sheet.grid.picture(0) or (None, None)
    assert before != after
    assert sheet.caption == "40 digits as the decoder draws them, before and after: one +1.00 σ"
    assert sheet.grid.describe(0).startswith("Digit ")


def test_it_follows_alpha_and_selection(desk: Desk, sheet: EditSheet) -> None:
    desk.edits.set_alpha("one", -2.0)
    desk.qtbot.waitUntil(lambda: sheet.up_to_date, timeout=SHORT)
    assert alike(sheet.grid.picture(1), expected(desk, 1))
    assert "−2.00 σ" in sheet.caption
    desk.looks.picks.pick([3])
    desk.qtbot.waitUntil(lambda: sheet.up_to_date, timeout=SHORT)
    assert len(sheet.grid.in_sight) == 1
    assert alike(sheet.grid.picture(0), expected(desk, 0))
    desk.edits.set_alpha("one", 0.0)
    desk.qtbot.waitUntil(lambda: sheet.up_to_date, timeout=SHORT)
    before, after = sheet.grid.picture(0) or (None, 0)
    assert before == after
    assert "no direction has an α yet" in sheet.caption


def test_without_a_selection_it_says_what_to_do(desk: Desk, sheet: EditSheet) -> None:
    desk.looks.picks.pick([])
    assert sheet.caption.startswith("No digits are selected. Draw a lasso")
    assert not sheet.save_button.isEnabled()
    assert len(sheet.grid.in_sight) == 0


def test_only_what_is_in_sight_is_decoded(desk: Desk, sheet: EditSheet) -> None:
    desk.looks.picks.pick(range(60))
    sheet.resize(300, 260)
    desk.qtbot.waitUntil(lambda: sheet.up_to_date and len(sheet.grid.in_sight) < 30, timeout=SHORT)
    assert sheet.grid.picture(59) is None
    sheet.grid.setFocus()
    QTest.keyClick(sheet.grid, Qt.Key.Key_End)
    sheet.grid.verticalScrollBar().setValue(sheet.grid.verticalScrollBar().maximum())
    desk.qtbot.waitUntil(lambda: sheet.up_to_date, timeout=SHORT)
    assert alike(sheet.grid.picture(59), expected(desk, 59))
    assert sheet.grid.picture(0) is None


def test_closed_it_does_nothing(desk: Desk, sheet: EditSheet) -> None:
    close = sheet.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Close)
    desk.qtbot.mouseClick(close, LEFT)
    assert not sheet.isVisible()
    before = sheet.grid.picture(0)
    desk.edits.set_alpha("one", 3.0)
    desk.looks.picks.pick([1, 2])
    assert sheet.grid.picture(0) is before
    desk.panel.show_sheet()
    desk.qtbot.waitUntil(lambda: sheet.up_to_date, timeout=SHORT)
    assert alike(sheet.grid.picture(0), expected(desk, 0))


def test_a_large_model_decodes_on_another_thread(desk: Desk, sheet: EditSheet) -> None:
    desk.open(random_model(VAEConfig(hidden=(2600,), latent=2)))
    desk.qtbot.waitUntil(lambda: desk.panel.finder.up_to_date, timeout=SHORT)
    desk.qtbot.waitUntil(lambda: sheet.up_to_date and sheet.grid.picture(0) is not None, timeout=SHORT)
    assert alike(sheet.grid.picture(0), expected(desk, 0))


def test_saved_as_a_picture(desk: Desk, sheet: EditSheet, tmp_path: Path) -> None:
    path, answers = tmp_path / "pairs.png", Answers()
    answers.expect(type_path(path))
    desk.qtbot.mouseClick(sheet.save_button, LEFT)
    answers.check()
    desk.qtbot.waitUntil(lambda: bool(desk.said), timeout=SHORT)
    assert desk.said == [f"Saved as {path}"]
    assert sheet.note == desk.said[0]
    assert sheet.save_button.isEnabled()
    picture = np.asarray(Image.open(path))
    bases = desk.model.posterior.mu[desk.looks.picks.indices].astype(np.float64)
    after = decoded_frames(desk.model.snapshot, edited(bases, desk.panel.editing.terms))
    # Twice as large; the second picture of the first row is the first digit after the edit.
    found = picture[::2, ::2][2:30, 2 + 30 : 2 + 58]
    assert np.abs(found.astype(int) - after[0]).max() <= 1


def test_a_folder_that_is_not_there(desk: Desk, sheet: EditSheet, tmp_path: Path) -> None:
    sheet._save(tmp_path / "nowhere" / "pairs.png")
    assert not sheet.save_button.isEnabled()
    desk.qtbot.waitUntil(lambda: bool(desk.said), timeout=SHORT)
    assert str(tmp_path) in desk.said[0]
    # In the sheet too: what the window says may be covered by it.
    assert sheet.note == desk.said[0]
    assert sheet.save_button.isEnabled()


def test_ten_thousand_fit_into_one_file(deep_model: ModelSnapshot, tmp_path: Path) -> None:
    bases = np.random.default_rng(0).normal(size=(10_000, 2))
    save_pairs(tmp_path / "all.png", deep_model, bases, ())
    with Image.open(tmp_path / "all.png") as picture:
        width, height = picture.size
    assert max(width, height) <= 20_000
    assert 0.2 <= width / height <= 5
    with pytest.raises(UserError, match="nothing to save"):
        save_pairs(tmp_path / "none.png", deep_model, bases[:0], ())


def test_columns() -> None:
    assert [columns_for(count) for count in (1, 100, 200, 10_000, 100_000)] == [8, 8, 10, 71, 100]


def test_the_grid_lays_out_ten_thousand_at_once(switch: ThemeSwitch) -> None:
    grid = PairGrid(switch)
    grid.resize(640, 400)
    grid.show_digits(np.arange(10_000), np.zeros(10_000, np.uint8))
    assert 20 < len(grid.in_sight) < 60
    first = grid.place_of(0)
    assert grid.rect().contains(first)
    assert not any(
        grid.place_of(row).intersects(grid.place_of(other)) for row in range(20) for other in range(row)
    )
    assert grid.describe(9_999) == "Digit 0, #9,999: before and after"
    assert grid.describe(10_000) == ""
    grid.deleteLater()
