"""The traversal grid with a real model: pictures, order, mouse, keys, and that it rests while hidden."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.samples import bundled_folder, random_model
from tests.ui.driving import LEFT, SHORT, Answers, type_path
from tests.ui.panels import shown
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.data import ByteArray, ImageSet, load_images
from vae_explorer.core.dimensions import dimensions_of
from vae_explorer.core.snapshot import ModelSnapshot
from vae_explorer.core.traversal import TRAVERSAL_VALUES, traversal
from vae_explorer.state.selection import Selection
from vae_explorer.state.session import OpenModel, Session, open_model
from vae_explorer.ui.theme import ThemeSwitch
from vae_explorer.ui.traversal.grid import Cell
from vae_explorer.ui.traversal.panel import TraversalPanel
from vae_explorer.workers.jobs import Jobs


@dataclass
class Desk:
    session: Session
    selection: Selection
    panel: TraversalPanel
    qtbot: QtBot
    chosen: list[np.ndarray] = field(default_factory=list)

    def open(self, latent: int, seed: int = 0, dead: tuple[int, ...] = ()) -> None:
        assert self.session.images is not None
        snapshot = with_dead(random_model(VAEConfig(hidden=(12,), latent=latent), seed), dead)
        self.selection.move_to(np.linspace(-1, 2.2, latent))
        self.session.show(open_model(snapshot, self.session.images, f"m{latent}", "file"))
        self.wait()

    def wait(self) -> None:
        self.qtbot.waitUntil(lambda: self.panel.up_to_date, timeout=SHORT)

    @property
    def model(self) -> OpenModel:
        assert self.session.model is not None
        return self.session.model

    def click(self, cell: Cell) -> None:
        grid = self.panel.grid
        self.qtbot.mouseClick(grid.viewport(), LEFT, pos=grid.cell_rect(cell).center())


def with_dead(snapshot: ModelSnapshot, dimensions: tuple[int, ...]) -> ModelSnapshot:
    """The same with dimensions that say nothing of the image."""
    weights = dict(snapshot.weights)
    for name in ("mu.weight", "mu.bias"):
        weights[name] = weights[name].copy()
        weights[name][list(dimensions)] = 0
    return ModelSnapshot(snapshot.config, weights, snapshot.record)


def pixels(strip: QImage) -> ByteArray:
    rows = np.frombuffer(strip.constBits(), np.uint8).reshape(strip.height(), strip.bytesPerLine())
    return rows[:, : strip.width()]


def expected(desk: Desk, dimension: int) -> ByteArray:
    levels = traversal(desk.model.snapshot, desk.selection.z, [dimension])
    assert levels is not None
    return np.concatenate(list(levels[0]), axis=1)


@pytest.fixture(scope="module")
def few() -> ImageSet:
    digits = load_images("test", bundled_folder())
    return ImageSet("few", digits.images[:100], digits.labels[:100])


@pytest.fixture
def desk(few: ImageSet, switch: ThemeSwitch, qtbot: QtBot) -> Iterator[Desk]:
    session, selection, jobs = Session(), Selection(), Jobs()
    session.set_images(few)
    panel = TraversalPanel(session, selection, switch, jobs)
    panel.resize(640, 320)
    with shown(panel, qtbot):
        desk = Desk(session, selection, panel, qtbot)
        panel.point_chosen.connect(desk.chosen.append)
        yield desk
        jobs.stop()


@pytest.mark.parametrize("latent", [1, 2, 20, 512])
def test_rows_in_sight_are_what_the_decoder_draws(desk: Desk, latent: int) -> None:
    desk.open(latent)
    grid = desk.panel.grid
    assert len(grid.order) == latent
    assert 0 < len(grid.in_sight) < 12
    for dimension in grid.in_sight:
        strip = grid.strip(dimension)
        assert strip is not None
        # Of many points at once, a product of matrices may be summed in another order.
        assert np.abs(pixels(strip).astype(int) - expected(desk, dimension)).max() <= 1
    hidden = set(grid.order) - set(grid.in_sight)
    assert all(grid.strip(dimension) is None for dimension in hidden)


def test_active_dimensions_come_first_and_are_named(desk: Desk) -> None:
    desk.open(5, dead=(0, 3))
    grid = desk.panel.grid
    facts = dimensions_of(desk.model.posterior)
    assert list(grid.order) == facts.order.tolist()
    assert set(grid.order[3:]) == {0, 3}
    assert grid.title(grid.order[0]).endswith("nats · active")
    assert grid.title(0).startswith("z1 · KL ")
    assert grid.title(0).endswith("nats · not active")


def test_a_click_chooses_the_value_and_leaves_the_rest(desk: Desk) -> None:
    desk.open(6)
    z = desk.selection.z
    desk.click(Cell(2, 11))
    dimension = desk.panel.grid.order[2]
    (point,) = desk.chosen
    assert point[dimension] == 2.5
    np.testing.assert_array_equal(np.delete(point, dimension), np.delete(z, dimension))
    np.testing.assert_array_equal(desk.selection.z, z)  # to move it is for others


def test_the_rows_follow_the_cursor(desk: Desk) -> None:
    desk.open(6)
    first = desk.panel.grid.order[0]
    before = pixels(desk.panel.grid.strip(first)).copy()  # type: ignore[arg-type]
    for shift in np.linspace(0, 2, 30):
        desk.selection.move_to(np.full(6, -shift))
    desk.wait()
    after = pixels(desk.panel.grid.strip(first))  # type: ignore[arg-type]
    assert (before != after).any()
    assert np.abs(after.astype(int) - expected(desk, first)).max() <= 1


def test_the_nearest_column_is_marked(desk: Desk, switch: ThemeSwitch) -> None:
    desk.open(3)
    desk.selection.move_to(np.array([1.1, -9.0, 0.2]))
    desk.wait()
    grid = desk.panel.grid
    values = [TRAVERSAL_VALUES[grid.nearest_column(dimension)] for dimension in range(3)]
    assert values == [1.0, -3.0, 0.0]
    image = grid.viewport().grab().toImage()
    for row, dimension in enumerate(grid.order):
        framed = [
            column
            for column in range(13)
            if image.pixelColor(grid.cell_rect(Cell(row, column)).topLeft() + QPoint(0, 9)).name()
            == switch.colors.accent
        ]
        assert framed == [grid.nearest_column(dimension)]


def test_rows_that_scroll_into_sight_are_decoded_then(desk: Desk) -> None:
    desk.open(64)
    grid = desk.panel.grid
    last = grid.order[-1]
    grid.setFocus()
    QTest.keyClick(grid, Qt.Key.Key_End)
    assert last in grid.in_sight
    desk.wait()
    strip = grid.strip(last)
    assert strip is not None
    assert np.abs(pixels(strip).astype(int) - expected(desk, last)).max() <= 1


def test_the_keyboard_reaches_every_cell(desk: Desk) -> None:
    desk.open(7)
    grid = desk.panel.grid
    grid.setFocus()
    said: list[str] = []
    grid.pointed.connect(said.append)
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Return):
        QTest.keyClick(grid, key)
    assert grid.at == Cell(2, 5)
    assert desk.chosen[0][grid.order[2]] == -0.5
    assert said[-1] == grid.accessibleDescription()
    assert said[-1].startswith(f"z{grid.order[2] + 1} = −0.5 · the cursor is at ")
    desk.selection.move_to(np.full(7, 1.25))
    desk.wait()
    assert "the cursor is at 1.25" in grid.accessibleDescription()
    QTest.keyClick(grid, Qt.Key.Key_PageDown)
    assert grid.at.row == 6
    for _ in range(20):
        QTest.keyClick(grid, Qt.Key.Key_Right)
    assert grid.at == Cell(6, 12)
    QTest.keyClick(grid, Qt.Key.Key_Home)
    assert grid.at == Cell(0, 12)


def test_while_hidden_nothing_is_decoded(desk: Desk) -> None:
    desk.open(4)
    desk.panel.hide()
    strips = [desk.panel.grid.strip(dimension) for dimension in range(4)]
    desk.selection.move_to(np.ones(4))
    desk.session.show(replace(desk.model, name="other"))
    assert not desk.panel._pictures.busy
    assert not desk.panel._facts.busy
    assert [desk.panel.grid.strip(dimension) for dimension in range(4)] == strips
    desk.panel.show()
    desk.wait()
    first = desk.panel.grid.order[0]
    assert np.abs(pixels(desk.panel.grid.strip(first)).astype(int) - expected(desk, first)).max() <= 1  # type: ignore[arg-type]


def test_newer_weights_with_the_same_places_do_nothing(desk: Desk) -> None:
    desk.open(4)
    desk.session.show(replace(desk.model, run="r"))
    desk.wait()
    newer = random_model(desk.model.snapshot.config, seed=5)
    desk.session.show(replace(desk.model, snapshot=newer))
    assert not desk.panel._pictures.busy
    # With the next places, the rows are those of the newest weights.
    assert desk.session.images is not None
    desk.session.show(replace(desk.model, posterior=newer.encode(desk.session.images.images)))
    desk.wait()
    first = desk.panel.grid.order[0]
    assert np.abs(pixels(desk.panel.grid.strip(first)).astype(int) - expected(desk, first)).max() <= 1  # type: ignore[arg-type]


def test_rows_stay_in_place_while_a_run_goes_on(desk: Desk) -> None:
    desk.open(5)
    desk.session.show(replace(desk.model, run="r"))
    order = desk.panel.grid.order
    assert desk.session.images is not None
    for seed, dead in ((3, ()), (4, ()), (4, (order[0],))):
        newer = with_dead(random_model(desk.model.snapshot.config, seed), dead)
        posterior = newer.encode(desk.session.images.images)
        desk.session.show(replace(desk.model, snapshot=newer, posterior=posterior))
        desk.wait()
        if dead:
            assert desk.panel.grid.order[-1] == order[0]
        else:
            assert desk.panel.grid.order == order


def test_another_latent_size_takes_its_place(desk: Desk) -> None:
    desk.open(9)
    desk.open(2)
    assert len(desk.panel.grid.order) == 2
    desk.open(9, seed=2)
    assert len(desk.panel.grid.order) == 9
    desk.click(Cell(0, 0))
    assert desk.chosen[-1].shape == (9,)


def test_without_a_model_it_says_what_to_do(desk: Desk) -> None:
    assert not desk.panel.grid.isVisible()
    assert not desk.panel.save_button.isEnabled()
    desk.panel.ask_and_save()


def test_all_rows_are_saved(desk: Desk, tmp_path: Path) -> None:
    desk.open(20)
    answers = Answers()
    answers.expect(type_path(tmp_path / "rows.png"))
    with desk.qtbot.waitSignal(desk.panel.message, timeout=SHORT) as said:
        desk.qtbot.mouseClick(desk.panel.save_button, LEFT)
    answers.check()
    assert said.args == [f"Saved as {tmp_path / 'rows.png'}"]
    image = QImage(str(tmp_path / "rows.png"))
    assert image.height() == 24 + 20 * 60
    # The first picture of the second row, every pixel twice as large.
    part = image.copy(160, 24 + 60, 56, 56).convertToFormat(QImage.Format.Format_Grayscale8)
    wanted = expected(desk, desk.panel.grid.order[1])[:, :28].repeat(2, 0).repeat(2, 1)
    assert np.abs(pixels(part).astype(int) - wanted).max() <= 1
    title = pixels(image.copy(0, 24, 160, 60).convertToFormat(QImage.Format.Format_Grayscale8))
    assert title.min() < 100


def test_a_picture_that_cannot_be_saved_is_told(desk: Desk, tmp_path: Path) -> None:
    desk.open(2)
    with desk.qtbot.waitSignal(desk.panel.message, timeout=SHORT) as said:
        desk.panel._save(tmp_path / "nowhere" / "rows.png")
    assert "rows.png" in said.args[0]
    assert not said.args[0].startswith("Saved")


@pytest.mark.parametrize("latent", [1, 2])
def test_up_to_two_rows_need_no_scroll_bar_where_pictures_have_room(desk: Desk, latent: int) -> None:
    desk.open(latent)
    desk.panel.resize(1040, 180)
    desk.qtbot.waitUntil(lambda: desk.panel.grid.width() > 1000)
    assert desk.panel.grid.verticalScrollBar().maximum() == 0
    last = desk.panel.grid.cell_rect(Cell(latent - 1, 0))
    assert desk.panel.grid.viewport().rect().contains(last)
    assert last.height() > 40


@pytest.mark.parametrize("latent", [2, 4])
def test_the_scroll_bar_comes_or_goes_once_at_any_size(desk: Desk, latent: int) -> None:
    """Rows grow with the room, and a bar takes some of it away: they must not call each other for ever."""
    desk.open(latent)
    resized = _Resizes()
    desk.panel.grid.viewport().installEventFilter(resized)
    for height in range(100, 400):
        resized.count = 0
        desk.panel.resize(640, height)
        for _ in range(8):
            QCoreApplication.processEvents()
        assert resized.count <= 3, height
    desk.panel.grid.viewport().removeEventFilter(resized)


class _Resizes(QObject):
    """Counts how often a widget gets another size."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.Resize
        return False
