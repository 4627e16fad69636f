import logging
from pathlib import Path

import numpy as np
import pytest

from tests.permissions import without_root_rights
from vae_explorer.core.data import ByteArray, ImageSet
from vae_explorer.core.measures_cache import cache_folder, content_key, measures_of
from vae_explorer.core.morphometry import measure


@pytest.fixture
def images(mnist_test: ImageSet) -> ByteArray:
    images = mnist_test.images[:60].copy()
    images[3] = 0  # without ink, without measures
    return images


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "measures"


def kept(images: ByteArray, folder: Path) -> Path:
    (path,) = folder.glob(f"{content_key(images)}*")
    return path


def test_measures_come_back_as_they_were(images: ByteArray, folder: Path) -> None:
    first = measures_of(images, folder=folder)
    assert np.array_equal(first, measure(images), equal_nan=True)
    told: list[float] = []
    # To measure again would ask whether to go on.
    again = measures_of(images, lambda: pytest.fail("it was measured again"), told.append, folder)
    assert np.array_equal(again, first, equal_nan=True)
    assert again.dtype == np.float64
    assert told == [1.0]


def test_nobody_can_change_them(images: ByteArray, folder: Path) -> None:
    for measures in (measures_of(images, folder=folder), measures_of(images, folder=folder)):
        with pytest.raises(ValueError, match="read-only"):
            measures[0, 0] = 1


def test_they_are_in_the_cache_folder_of_the_user(images: ByteArray) -> None:
    measures_of(images)
    assert kept(images, cache_folder()).is_file()


def test_other_images_have_measures_of_their_own(images: ByteArray) -> None:
    other = images.copy()
    other[5, 400] ^= 1
    keys = {
        content_key(each) for each in (images, other, images[:-1], images / 255, images.reshape(-1, 28, 28))
    }
    assert len(keys) == 5
    assert content_key(images) == content_key(images.copy())
    assert content_key(images[:, ::2]) == content_key(images[:, ::2].copy())


@pytest.mark.parametrize("cut", [0, 10, 40, -1, -8])
def test_a_file_that_is_cut_off_is_measured_anew(images: ByteArray, folder: Path, cut: int) -> None:
    first = measures_of(images, folder=folder)
    path = kept(images, folder)
    whole = path.read_bytes()
    path.write_bytes(whole[:cut])
    assert np.array_equal(measures_of(images, folder=folder), first, equal_nan=True)
    assert path.read_bytes() == whole


def test_a_file_with_a_wrong_bit_is_measured_anew(images: ByteArray, folder: Path) -> None:
    first = measures_of(images, folder=folder)
    path = kept(images, folder)
    whole = path.read_bytes()
    for place in (0, 50, len(whole) - 1):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
        assert np.array_equal(measures_of(images, folder=folder), first, equal_nan=True)
        assert path.read_bytes() == whole


def test_what_was_cancelled_is_not_kept(images: ByteArray, folder: Path) -> None:
    answers = iter([False, True, False])
    assert np.isnan(measures_of(images, lambda: next(answers), folder=folder)[-1]).all()
    assert not folder.exists()
    assert np.isfinite(measures_of(images, folder=folder)[-1]).all()


def test_without_a_folder_to_write_to_it_goes_on(
    images: ByteArray, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    with caplog.at_level(logging.WARNING):
        measures = measures_of(images, folder=blocked / "measures")
    assert np.array_equal(measures, measure(images), equal_nan=True)
    assert "not kept" in caplog.text


def test_a_read_only_disk_is_no_obstacle(images: ByteArray, tmp_path: Path) -> None:
    shut = tmp_path / "shut"
    shut.mkdir(mode=0o555)
    with without_root_rights():
        measures = measures_of(images, folder=shut / "measures")
    assert np.array_equal(measures, measure(images), equal_nan=True)
    assert list(shut.iterdir()) == []


def test_a_folder_in_its_place_is_no_obstacle(images: ByteArray, folder: Path) -> None:
    measures_of(images, folder=folder)
    path = kept(images, folder)
    path.unlink()
    path.mkdir()
    assert np.isfinite(measures_of(images, folder=folder)[0]).all()
