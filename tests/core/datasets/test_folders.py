import io
import os
import threading
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.core.datasets.files import class_folder, levels, save_picture
from vae_explorer.core.datasets.choices import Choices
from vae_explorer.core.datasets.data_set import DataSet
from vae_explorer.core.datasets.pictures import square_gray
from vae_explorer.core.datasets.reading import preview, read
from vae_explorer.core.decoder_space import CancelledError
from vae_explorer.core.errors import DataError, UserError


def reasons(data: DataSet) -> dict[str, int]:
    return {str(skipped.reason): skipped.count for skipped in data.skipped}


def everything(data: DataSet) -> np.ndarray:
    """All images in the order in which they were read."""
    order = np.argsort(np.concatenate((data.train.rows, data.test.rows)))
    return np.concatenate((data.train.levels(slice(None)), data.test.levels(slice(None))))[order]


def test_sub_folders_are_classes(tmp_path: Path) -> None:
    data = read(class_folder(tmp_path / "pets"), Choices(seed=3))
    assert (data.name, data.kind, data.side) == ("pets", "folder", 28)
    assert data.class_names == ("cats", "dogs")
    assert (len(data.train), len(data.test)) == (9, 1)
    for part in (data.train, data.test):
        assert part.labels is not None
        for index, label in enumerate(part.labels):
            assert (part.picture(index) == 40 * (label + 1)).all()
    assert not data.skipped


def test_folders_named_by_numbers_are_in_their_order(tmp_path: Path) -> None:
    data = read(class_folder(tmp_path, ("10", "9", "b", "01", "1"), each=2))
    assert data.class_names == ("1", "9", "01", "10", "b")


def test_pictures_side_by_side_have_no_class(tmp_path: Path) -> None:
    for i in range(4):
        save_picture(tmp_path / f"{i}.png", np.full((9, 9), i, np.uint8))
    data = read(tmp_path)
    assert not data.labelled
    assert data.train.labels is None
    assert preview(tmp_path).classes == ()


def test_folders_train_and_test_are_the_parts(tmp_path: Path) -> None:
    class_folder(tmp_path / "train", each=4)
    class_folder(tmp_path / "test", each=2)
    class_folder(tmp_path / "val", each=1)
    data = read(tmp_path)
    assert (len(data.train), len(data.test)) == (8, 4)
    assert data.class_names == ("cats", "dogs")
    assert reasons(data) == {"it lies beside the folders train and test": 2}
    shown = preview(tmp_path)
    assert (shown.train, shown.test) == (8, 4)


def test_what_cannot_be_read_is_counted_with_its_reason(tmp_path: Path) -> None:
    class_folder(tmp_path)
    (tmp_path / "cats" / "empty.png").touch()
    (tmp_path / "cats" / "notes.txt").write_text("no picture")
    (tmp_path / "dogs" / "text.png").write_text("no picture either")
    whole = (tmp_path / "dogs" / "0.png").read_bytes()
    (tmp_path / "dogs" / "half.png").write_bytes(whole[: len(whole) // 2])
    save_picture(tmp_path / "above.png", np.zeros((5, 5), np.uint8))
    (tmp_path / ".hidden").mkdir()
    data = read(tmp_path)
    assert len(data) == 10
    assert reasons(data) == {
        "the file is empty": 1,
        "by its name it is no picture": 1,
        "the file is damaged, or no picture": 2,
        "it lies beside the folders of the classes": 1,
    }
    (damaged,) = [skipped for skipped in data.skipped if skipped.count == 2]
    assert damaged.examples == ("dogs/half.png", "dogs/text.png")
    shown = preview(tmp_path)
    assert (shown.found, shown.images) == (15, 10)
    assert shown.classes == (("cats", 5), ("dogs", 5))
    assert shown.whole


def test_a_picture_with_millions_of_pixels_in_a_small_file_is_left_out(tmp_path: Path) -> None:
    class_folder(tmp_path)
    for name, side in (("large", 7_000), ("bomb", 15_000)):
        Image.new("1", (side, side)).save(tmp_path / "cats" / f"{name}.png")
    data = read(tmp_path)
    (skipped,) = data.skipped
    assert skipped.examples == ("cats/bomb.png", "cats/large.png")
    assert "40 million" in str(skipped.reason)
    assert str(skipped).startswith("2: ")


@pytest.mark.parametrize(
    "mode", ["1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr", "I", "I;16", "F"]
)
def test_every_mode_becomes_the_same_gray(mode: str) -> None:
    white = {"I": 65_535, "I;16": 65_535, "F": 1.0}.get(mode, 255)
    picture = Image.new("L", (20, 20))
    picture.paste(255, (10, 0, 20, 20))
    if mode in ("I", "I;16", "F"):
        kind = {"I": np.int32, "I;16": np.uint16, "F": np.float32}[mode]
        image = Image.fromarray((np.asarray(picture) > 0).astype(kind) * kind(white))
        assert image.mode == mode
    else:
        image = picture.convert("RGB").convert(mode) if mode in ("CMYK", "YCbCr") else picture.convert(mode)
    expected = np.zeros((20, 20), np.uint8)
    expected[:, 10:] = 255
    np.testing.assert_array_equal(square_gray(image, Choices(side=20)), expected)


def test_transparent_pixels_are_white() -> None:
    image = Image.new("RGBA", (8, 8), (0, 0, 0, 0))
    assert (square_gray(image, Choices(side=8)) == 255).all()
    assert (square_gray(image, Choices(side=8, inverted=True)) == 0).all()


def test_a_wide_picture_is_padded_with_its_edge_or_cropped() -> None:
    picture = np.full((10, 20), 200, np.uint8)
    picture[3:7, 8:12] = 20
    padded = square_gray(Image.fromarray(picture), Choices(side=20))
    assert (padded[:5] == 200).all()
    assert (padded[15:] == 200).all()
    np.testing.assert_array_equal(padded[5:15], picture)
    cropped = square_gray(Image.fromarray(picture), Choices(side=10, fit="crop"))
    np.testing.assert_array_equal(cropped, picture[:, 5:15])


@given(
    st.integers(1, 60),
    st.integers(1, 60),
    st.integers(2, 40),
    st.sampled_from(["pad", "crop"]),
    st.integers(0, 255),
)
def test_a_plain_picture_of_any_size_stays_plain(
    width: int, height: int, side: int, fit: str, gray: int
) -> None:
    image = Image.new("L", (width, height), gray)
    made = square_gray(image, Choices(side=side, fit=fit))  # type: ignore[arg-type]
    assert made.shape == (side, side)
    assert (made == gray).all()


@given(st.integers(2, 30), st.integers(0, 1000))
def test_a_picture_of_the_right_size_is_not_changed(side: int, seed: int) -> None:
    (picture,) = levels(1, side, seed)
    np.testing.assert_array_equal(square_gray(Image.fromarray(picture), Choices(side=side)), picture)


def test_shrinking_keeps_the_mean() -> None:
    picture = np.random.default_rng(0).integers(60, 200, (280, 280)).astype(np.uint8)
    small = square_gray(Image.fromarray(picture), Choices(side=28))
    assert small.mean() == pytest.approx(picture.mean(), abs=1)
    assert small.std() < picture.std() / 4  # averaged, not picked out


def test_a_photo_is_turned_as_its_exif_says(tmp_path: Path) -> None:
    top = np.zeros((32, 32), np.uint8)
    top[:16] = 255
    exif = Image.Exif()
    exif[0x0112] = 3  # upside down
    for i in range(2):
        Image.fromarray(top).save(tmp_path / f"{i}.jpg", exif=exif, quality=95)
    picture = read(tmp_path).test.picture(0)
    assert picture[:12].max() < 20
    assert picture[16:].min() > 235


def test_the_same_seed_draws_the_same_test_part(tmp_path: Path) -> None:
    class_folder(tmp_path, each=20)
    first, second, other = (read(tmp_path, Choices(seed=seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.test.rows, second.test.rows)
    assert not np.array_equal(first.test.rows, other.test.rows)
    assert first.fingerprint == other.fingerprint
    assert len(set(first.test.rows) & set(first.train.rows)) == 0


def test_the_preview_says_what_will_be_done(tmp_path: Path) -> None:
    class_folder(tmp_path)
    save_picture(tmp_path / "cats" / "wide.png", np.zeros((10, 30), np.uint8))
    shown = preview(tmp_path, Choices(side=16))
    assert shown.sizes == (((28, 28), 10), ((30, 10), 1))
    assert shown.classes == (("cats", 6), ("dogs", 5))
    assert shown.samples.shape == (11, 16, 16)
    assert shown.sample_classes == ("cats",) * 6 + ("dogs",) * 5
    said = [str(remark) for remark in shown.remarks]
    assert any("16×16" in text for text in said)
    assert any("2 are drawn with seed 0" in text for text in said)
    taken = read(tmp_path, Choices(side=16))
    assert (len(taken.train), len(taken.test)) == (shown.train, shown.test)
    np.testing.assert_array_equal(everything(taken).reshape(-1, 16, 16), shown.samples)


def test_one_class_only_is_said(tmp_path: Path) -> None:
    data = read(class_folder(tmp_path, ("only",)))
    assert data.class_names == ("only",)
    assert "All images are of one class." in [str(remark) for remark in data.remarks]


def test_more_than_a_thousand_folders_are_no_classes(tmp_path: Path) -> None:
    class_folder(tmp_path, tuple(f"c{i}" for i in range(1001)), each=1, side=2)
    data = read(tmp_path, Choices(side=2))
    assert len(data) == 1001
    assert not data.labelled
    assert any("1,001 different values" in str(remark) for remark in data.remarks)
    assert preview(tmp_path).classes == ()


def test_folders_without_pictures_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is empty"):
        read(tmp_path)
    (tmp_path / "a.txt").write_text("a")
    with pytest.raises(DataError, match=r"no pictures in .* but 1 other"):
        preview(tmp_path)
    (tmp_path / "a.png").write_text("a")
    for way in (read, preview):
        with pytest.raises(DataError, match="None of the pictures"):
            way(tmp_path)
    save_picture(tmp_path / "b.png", np.zeros((5, 5), np.uint8))
    for way in (read, preview):
        with pytest.raises(DataError, match="1 images to train on and 0 to test"):
            way(tmp_path)


def test_a_linked_folder_that_contains_itself_is_read_once(tmp_path: Path) -> None:
    class_folder(tmp_path)
    (tmp_path / "cats" / "again").symlink_to(tmp_path, target_is_directory=True)
    assert len(read(tmp_path)) == 10


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no pipes with names")
def test_a_pipe_called_like_a_picture_does_not_hold_the_reader_up(tmp_path: Path) -> None:
    class_folder(tmp_path)
    os.mkfifo(tmp_path / "cats" / "pipe.png")
    assert len(read(tmp_path)) == 10


def test_pictures_that_disappear_while_they_are_read_are_left_out(tmp_path: Path) -> None:
    class_folder(tmp_path, each=100)
    told: list[float] = []

    def progress(share: float) -> None:
        told.append(share)
        if len(told) == 1:
            for path in (tmp_path / "dogs").iterdir():
                path.unlink()

    data = read(tmp_path, progress=progress)
    assert len(data) == 100
    assert reasons(data) == {"the file is no longer there": 100}
    assert told == sorted(told)
    assert told[-1] == 1


def test_reading_ends_soon_once_nobody_wants_it(tmp_path: Path) -> None:
    class_folder(tmp_path, each=200)
    asked = 0

    def cancelled() -> bool:
        nonlocal asked
        asked += 1
        return asked > 5

    before = threading.active_count()
    with pytest.raises(CancelledError):
        read(tmp_path, cancelled=cancelled)
    assert asked == 6
    assert threading.active_count() == before


def test_odd_metadata_are_no_matter_and_the_filters_of_warnings_stay(tmp_path: Path) -> None:
    class_folder(tmp_path)
    buffer = io.BytesIO()
    palette = Image.fromarray(np.zeros((8, 8), np.uint8)).convert("P")
    palette.save(buffer, "PNG", transparency=bytes(range(256)))
    (tmp_path / "cats" / "palette.png").write_bytes(buffer.getvalue())
    filters = list(warnings.filters)
    assert len(read(tmp_path)) == 11
    assert warnings.filters == filters


def test_a_file_of_labels_is_not_for_folders(tmp_path: Path) -> None:
    class_folder(tmp_path)
    with pytest.raises(UserError, match="sub-folders"):
        read(tmp_path, Choices(labels_path=tmp_path / "labels.txt"))


def test_classes_can_be_left_aside(tmp_path: Path) -> None:
    assert not read(class_folder(tmp_path), Choices(labelled=False)).labelled
