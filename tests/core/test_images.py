from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from vae_explorer.core.data import ImageSet
from vae_explorer.core.errors import ConfigError
from vae_explorer.core.images import gray_levels, grid, save_png, square, usual_scale


@given(st.floats(0, 1, width=32))
def test_a_gray_level_is_the_nearest_to_the_mean(mean: float) -> None:
    (level,) = gray_levels(np.array([mean], np.float32))
    assert abs(float(level) - 255 * mean) <= 0.5 + 1e-4


def test_every_gray_level_survives() -> None:
    levels = np.arange(256, dtype=np.uint8)
    np.testing.assert_array_equal(gray_levels(levels.astype(np.float32) / np.float32(255)), levels)


def test_a_flat_image_becomes_a_square_one() -> None:
    assert square(np.arange(9, dtype=np.uint8)).tolist() == [[0, 1, 2], [3, 4, 5], [6, 7, 8]]


@pytest.mark.parametrize("n", [2, 7, 8, 9, 64])
def test_the_grid_is_that_of_torchvision(n: int, mnist_test: ImageSet) -> None:
    """It is the one that the tutorials save."""
    from torchvision.utils import make_grid

    images = mnist_test.images[:n]
    theirs = make_grid(torch.tensor(images).view(n, 1, 28, 28), nrow=8, padding=2)[0].numpy()
    np.testing.assert_array_equal(grid(images), theirs)


def test_one_picture_is_a_grid_too() -> None:
    assert grid(np.full((1, 9), 7, np.uint8)).shape == (7, 7)


@pytest.mark.parametrize("scale", [1, 3])
def test_a_png_holds_the_same_gray_levels(scale: int, mnist_test: ImageSet, tmp_path: Path) -> None:
    picture = mnist_test.picture(0)
    save_png(tmp_path / "a.png", picture, scale)
    with Image.open(tmp_path / "a.png") as image:
        assert image.mode == "L"
        assert image.size == (28 * scale, 28 * scale)
        pixels = np.asarray(image)
    np.testing.assert_array_equal(pixels[::scale, ::scale], picture)
    np.testing.assert_array_equal(pixels[scale - 1 :: scale, scale - 1 :: scale], picture)


@pytest.mark.parametrize(
    ("shape", "scale"), [((28, 28), 8), ((32, 250), 8), ((32, 251), 7), ((1001, 30), 1), ((9000, 2), 1)]
)
def test_without_a_scale_a_picture_becomes_large_but_no_poster(
    shape: tuple[int, int], scale: int, tmp_path: Path
) -> None:
    picture = np.arange(shape[0] * shape[1], dtype=np.uint8).reshape(shape)
    assert usual_scale(picture) == scale
    save_png(tmp_path / "a.png", picture, None)
    with Image.open(tmp_path / "a.png") as image:
        np.testing.assert_array_equal(np.asarray(image), picture.repeat(scale, 0).repeat(scale, 1))


@pytest.mark.parametrize("scale", [0, -1, 715, 10**9])
def test_a_scale_that_makes_no_sense_is_refused(scale: int, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=f"The scale must be from 1 to 714, not {scale}"):
        save_png(tmp_path / "a.png", np.zeros((28, 28), np.uint8), scale)
    assert list(tmp_path.glob("*.png")) == []


def test_a_picture_that_is_too_large_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="more than 20000 pixels"):
        save_png(tmp_path / "a.png", np.zeros((20_001, 2), np.uint8))
