import csv
import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from tests.samples import random_model, save_random_model
from tests.ui.conftest import OpenWindow
from tests.ui.driving import LEFT, SHORT, Answers, click, dismiss, drag, full_disk, pixel, press, type_path
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.data import ImageSet
from vae_explorer.core.images import gray_levels, square
from vae_explorer.ui.main_window import MainWindow
from vae_explorer.ui.widgets.image_view import to_image


def expected_picture(window: MainWindow) -> np.ndarray:
    model = window.session.model
    assert model is not None
    return square(gray_levels(model.snapshot.decode(window.selection.z[None]))[0])


def test_the_picture_is_what_the_model_decodes_at_the_cursor(window: MainWindow) -> None:
    map_, panel = window.map_panel.map, window.decoder_panel
    pictures = []
    for place in ((0, 0), (2, 1), (-1.5, 0.5)):
        click(map_.viewport(), pixel(map_, *place))
        np.testing.assert_array_equal(panel.picture, expected_picture(window))
        assert panel.image.image == to_image(expected_picture(window))
        assert panel.picture is not None
        assert panel.picture.max() > 100  # a digit, not a blank
        pictures.append(panel.picture)
    assert (pictures[0] != pictures[1]).any()
    assert (pictures[1] != pictures[2]).any()


def test_the_picture_follows_during_a_drag(window: MainWindow) -> None:
    map_, panel = window.map_panel.map, window.decoder_panel
    pictures: list[bytes] = []
    panel._decoder.decoded.connect(lambda picture: pictures.append(picture.tobytes()))
    drag(map_.viewport(), [pixel(map_, x, 0) for x in np.linspace(-2, 2, 12)])
    assert len(set(pictures)) == 12


def test_the_new_picture_gets_painted(window: MainWindow, qtbot: QtBot) -> None:
    map_, panel = window.map_panel.map, window.decoder_panel
    with qtbot.waitSignal(panel.image.painted, timeout=SHORT):
        click(map_.viewport(), pixel(map_, 1, 1))


def test_the_nearest_digit_stands_beside_it(window: MainWindow, few_digits: ImageSet) -> None:
    map_, panel, model = window.map_panel.map, window.decoder_panel, window.session.model
    assert model is not None
    click(map_.viewport(), pixel(map_, 0.7, -0.7))
    distances = np.linalg.norm(model.posterior.mu - window.selection.z, axis=1)
    index = int(distances.argmin())
    assert panel.trust.figures["nearest"].text == f"{few_digits.labels[index]} (#{index})"
    assert panel.trust.figures["distance"].text == f"{distances[index]:.3f}"
    assert panel.trust.nearest_image.image == to_image(few_digits.picture(index))


def test_a_digit_of_a_hidden_class_is_not_the_nearest(window: MainWindow, few_digits: ImageSet) -> None:
    map_, nearest = window.map_panel, window.decoder_panel.trust.figures["nearest"]
    click(map_.map.viewport(), pixel(map_.map, 0.7, -0.7))
    label = int(nearest.text.split()[0])
    map_.legend.button(label).click()
    assert not nearest.text.startswith(f"{label} ")
    index = int(nearest.text.split("#")[1].strip(")"))
    ring = map_.map._points.nearest_ring.pos()
    np.testing.assert_allclose((ring.x(), ring.y()), map_.map.places[index])
    shown = int((few_digits.labels != label).sum())
    assert map_._caption.text() == f"{shown} of 600 digits"
    map_.legend.button(label).click()
    assert nearest.text.startswith(f"{label} ")


def test_newer_weights_change_picture_and_reconstructions_but_not_the_nearest_digit(
    window: MainWindow,
) -> None:
    panel, model = window.decoder_panel, window.session.model
    assert model is not None
    picture, pairs = panel.picture, panel.reconstructions.pictures
    nearest = panel.trust.nearest_image.image
    window.session.show(replace(model, snapshot=random_model(model.snapshot.config)))
    np.testing.assert_array_equal(panel.picture, expected_picture(window))
    assert (panel.picture != picture).any()
    assert panel.trust.nearest_image.image is nearest
    assert all(
        before[0] == after[0] and before[1] != after[1]
        for before, after in zip(pairs, panel.reconstructions.pictures, strict=True)
    )


def test_reconstructions_stand_in_the_dock_in_full_width(window: MainWindow) -> None:
    row = window.decoder_panel.reconstructions
    assert row.isVisible()
    assert len(row.pictures) == 10
    assert row.height() == row.heightForWidth(row.width())


@pytest.mark.parametrize("latent", [1, 2, 3, 10])
def test_any_latent_size_works(open_window: OpenWindow, tmp_path: Path, latent: int) -> None:
    path = save_random_model(tmp_path / "m.safetensors", VAEConfig(hidden=(24,), latent=latent), seed=latent)
    window = open_window(path)
    map_, model = window.map_panel.map, window.session.model
    assert model is not None
    assert model.path == path
    assert window.selection.z.shape == (latent,)
    np.testing.assert_array_equal(window.decoder_panel.picture, expected_picture(window))
    spot = pixel(map_, *model.projection.project(model.posterior.mu[8]))
    click(map_.viewport(), spot)
    np.testing.assert_allclose(
        model.projection.project(window.selection.z),
        map_.place_at(spot) * ([1, 0] if latent == 1 else [1, 1]),
        atol=1e-9,
    )
    np.testing.assert_array_equal(window.decoder_panel.picture, expected_picture(window))
    caption = window.map_panel._caption.text()
    assert caption == ("600 test digits · z1 along x" if latent == 1 else "600 test digits")
    assert map_.getAxis("bottom").labelText == ("PC 1" if latent > 2 else "z1")


def test_models_of_different_latent_sizes_after_one_another(
    open_window: OpenWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    window = open_window()
    for latent in (10, 1, 3, 2):
        path = save_random_model(
            tmp_path / f"{latent}.safetensors", VAEConfig(hidden=(24,), latent=latent), seed=latent
        )
        with qtbot.waitSignal(window.files.idle, timeout=SHORT):
            window.files.open_file(path)
        assert window.selection.z.shape == (latent,)
        assert not window.undo_stack.count()
        np.testing.assert_array_equal(window.decoder_panel.picture, expected_picture(window))
        window.moves.move(np.full(latent, 0.5))


def test_copying_puts_the_enlarged_picture_on_the_clipboard(window: MainWindow, qtbot: QtBot) -> None:
    copy = next(
        button
        for button in window.decoder_panel.findChildren(QToolButton)
        if button.defaultAction() is window.actions_["copy_image"]
    )
    qtbot.mouseClick(copy, LEFT)
    image = QGuiApplication.clipboard().image()
    assert (image.width(), image.height()) == (280, 280)
    picture = expected_picture(window)
    assert [image.pixelColor(x * 10 + 5, 145).red() for x in range(28)] == picture[14].tolist()
    assert "clipboard" in window.map_panel.messages.text


def test_saving_the_picture(window: MainWindow, answers: Answers, tmp_path: Path, qtbot: QtBot) -> None:
    path = tmp_path / "digit.png"
    answers.expect(type_path(path))
    window.actions_["export_image"].trigger()
    qtbot.waitUntil(lambda: window.map_panel.messages.text == f"Saved as {path}", timeout=SHORT)
    saved = np.array(Image.open(path))
    np.testing.assert_array_equal(saved, expected_picture(window).repeat(10, 0).repeat(10, 1))


def test_a_name_without_a_suffix_gets_one(
    window: MainWindow, answers: Answers, tmp_path: Path, qtbot: QtBot
) -> None:
    answers.expect(type_path(tmp_path / "digit"), type_path(tmp_path / "table"))
    window.actions_["export_image"].trigger()
    qtbot.waitUntil((tmp_path / "digit.png").exists, timeout=SHORT)
    window.actions_["export_coordinates"].trigger()
    qtbot.waitUntil((tmp_path / "table.csv").exists, timeout=SHORT)


def test_nothing_is_written_when_the_dialog_is_dismissed(
    window: MainWindow, answers: Answers, tmp_path: Path
) -> None:
    answers.expect(dismiss, dismiss)
    window.actions_["export_image"].trigger()
    window.actions_["export_coordinates"].trigger()
    assert not window.map_panel.messages.text


def test_exporting_the_coordinates(
    window: MainWindow, answers: Answers, tmp_path: Path, few_digits: ImageSet, qtbot: QtBot
) -> None:
    path, model = tmp_path / "latent.csv", window.session.model
    assert model is not None
    answers.expect(type_path(path))
    window.actions_["export_coordinates"].trigger()
    qtbot.waitUntil(lambda: window.map_panel.messages.text == f"Saved as {path}", timeout=SHORT)
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
    assert [int(row["index"]) for row in rows] == list(range(len(few_digits)))
    assert [int(row["label"]) for row in rows] == few_digits.labels.tolist()
    for name, values in (("mu", model.posterior.mu), ("logvar", model.posterior.logvar)):
        for j in (1, 2):
            column = np.array([row[f"{name}_{j}"] for row in rows], np.float32)
            np.testing.assert_array_equal(column, values[:, j - 1])


def test_an_export_that_cannot_be_written_says_so(
    window: MainWindow, answers: Answers, tmp_path: Path, qtbot: QtBot
) -> None:
    full = full_disk(tmp_path / "table.csv")
    answers.expect(type_path(full), press("Yes"))
    window.actions_["export_coordinates"].trigger()
    message = f"Cannot write {full}: No space left on device."
    qtbot.waitUntil(lambda: window.map_panel.messages.text == message, timeout=SHORT)
