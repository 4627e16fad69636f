from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.samples import random_model
from vae_explorer.core.checkpoint import load_model
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.data import ImageSet
from vae_explorer.core.images import gray_levels, square
from vae_explorer.core.snapshot import ModelSnapshot
from vae_explorer.ui.decoder.reconstructions import Reconstructions, reconstruct
from vae_explorer.ui.widgets.image_view import to_image


@pytest.fixture
def row(qapp: QApplication, qtbot: QtBot) -> Reconstructions:
    row = Reconstructions()
    qtbot.addWidget(row)
    return row


@pytest.fixture
def trained(tutorial_model: Path) -> ModelSnapshot:
    return load_model(tutorial_model)


def resize(row: Reconstructions, width: int) -> None:
    row.resize(width, row.heightForWidth(width))


def test_it_shows_the_first_digit_of_each_class_and_what_the_model_makes_of_it(
    row: Reconstructions, few_digits: ImageSet, trained: ModelSnapshot
) -> None:
    row.show_model(few_digits, trained)
    assert len(row.pictures) == 10
    for digit, (given, made) in enumerate(row.pictures):
        first = int(np.flatnonzero(few_digits.labels == digit)[0])
        assert given == to_image(few_digits.picture(first))
        mu = trained.encode(few_digits.images[first : first + 1]).mu
        assert made == to_image(square(gray_levels(trained.decode(mu))[0]))


def test_reconstructions_resemble_their_digits(few_digits: ImageSet, trained: ModelSnapshot) -> None:
    inputs = few_digits.images[:50]
    outputs = reconstruct(trained, inputs)
    own = np.abs(outputs - inputs.astype(float)).mean(1)
    others = np.abs(outputs[::-1] - inputs.astype(float)).mean(1)
    assert own.mean() < 0.8 * others.mean()
    assert outputs.max(1).min() > 100  # digits, not blanks


def test_another_model_makes_other_pictures_of_the_same_digits(
    row: Reconstructions, few_digits: ImageSet, trained: ModelSnapshot
) -> None:
    row.show_model(few_digits, trained)
    one = row.pictures
    row.show_model(few_digits, random_model(VAEConfig(hidden=(16,), latent=5)))
    for (given, made), (same, other) in zip(one, row.pictures, strict=True):
        assert given == same
        assert made != other


@pytest.mark.parametrize("width", [238, 254, 289, 304, 600])
def test_every_pixel_gets_the_same_whole_number_of_screen_pixels(
    row: Reconstructions, few_digits: ImageSet, trained: ModelSnapshot, width: int
) -> None:
    row.show_model(few_digits, trained)
    resize(row, width)
    columns, scale = {600: (10, 2), 304: (10, 1), 289: (10, 1)}.get(width, (5, 1))
    layout = row._arrange(width)
    assert (layout.columns, layout.side) == (columns, 28 * scale)
    screen = row.grab().toImage()
    assert screen.width() == width  # a screen with one pixel to a point
    block = row._block_height(layout)
    for index, pictures in enumerate(row.pictures):
        left = round(index % columns * (layout.side + layout.gap))
        top = index // columns * (block + 8) + row._caption_height()
        for picture in pictures:
            for x, y in ((0, 0), (14, 14), (9, 20), (27, 27)):
                for corner in (0, scale - 1):
                    spot = (left + x * scale + corner, top + y * scale + corner)
                    assert screen.pixelColor(*spot).red() == picture.pixelColor(x, y).red()
            top += round(layout.side + layout.gap)
    assert layout.columns * layout.side + (layout.columns - 1) * layout.gap <= width


def test_it_is_as_high_as_it_needs_to_be(row: Reconstructions, few_digits: ImageSet) -> None:
    row.show_model(few_digits, random_model(VAEConfig(hidden=(8,), latent=2)))
    heights = [row.heightForWidth(width) for width in (254, 304, 600)]
    assert heights[0] > heights[1] < heights[2]
    assert row.minimumSizeHint().width() <= 238


def test_nothing_is_calculated_while_it_is_not_painted(
    row: Reconstructions, few_digits: ImageSet, trained: ModelSnapshot
) -> None:
    row.show_model(few_digits, trained)
    assert row._pictures is None
    resize(row, 300)
    row.grab()
    assert row._pictures is not None


def test_classes_that_are_not_there_are_left_out(
    row: Reconstructions, few_digits: ImageSet, trained: ModelSnapshot
) -> None:
    some = np.isin(few_digits.labels, (3, 7))
    row.show_model(
        replace(few_digits, images=few_digits.images[some], labels=few_digits.labels[some]), trained
    )
    assert len(row.pictures) == 2
    assert "3, 7" in row.accessibleDescription()
    resize(row, 300)
    row.grab()


def test_before_the_first_model_it_is_blank(row: Reconstructions) -> None:
    resize(row, 300)
    image = row.grab().toImage()
    colors = {image.pixel(x, y) for x in range(0, 300, 3) for y in range(image.height())}
    assert len(colors) == 1


def test_weights_that_overflow_make_black_pictures(few_digits: ImageSet) -> None:
    model = random_model(VAEConfig(hidden=(8,), latent=2))
    huge = ModelSnapshot(model.config, {name: values * 1e30 for name, values in model.weights.items()})
    outputs = reconstruct(huge, few_digits.images[:10])
    assert outputs.shape == (10, 784)


def test_it_speaks_to_screen_readers(
    row: Reconstructions, few_digits: ImageSet, trained: ModelSnapshot
) -> None:
    row.show_model(few_digits, trained)
    assert row.accessibleName() == "Test digits and their reconstructions"
    assert "0, 1, 2, 3, 4, 5, 6, 7, 8, 9" in row.accessibleDescription()


def test_the_captions_are_drawn_in_each_theme(
    row: Reconstructions, few_digits: ImageSet, trained: ModelSnapshot
) -> None:
    row.show_model(few_digits, trained)
    resize(row, 300)
    image = row.grab().toImage()
    caption = row._caption_height()
    upper = [image.pixel(x, y) for y in range(caption) for x in range(60)]
    assert any(before != after for before, after in pairwise(upper))
