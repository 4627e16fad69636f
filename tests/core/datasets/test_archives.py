import zipfile
from pathlib import Path

import numpy as np
import pytest

from tests.core.datasets.files import levels
from vae_explorer.core.datasets.choices import Choices
from vae_explorer.core.datasets.data_set import DataSet
from vae_explorer.core.datasets.reading import preview, read
from vae_explorer.core.decoder_space import CancelledError
from vae_explorer.core.errors import DataError


def saved(folder: Path, **arrays: np.ndarray) -> Path:
    path = folder / "data.npz"
    np.savez_compressed(path, **arrays)  # type: ignore[arg-type]
    return path


def names_of(data: DataSet) -> list[str]:
    """The class of each image, in the order in which they were read."""
    assert data.train.labels is not None
    assert data.test.labels is not None
    labels = np.concatenate((data.train.labels, data.test.labels))
    order = np.argsort(np.concatenate((data.train.rows, data.test.rows)))
    return [data.class_names[label] for label in labels[order]]


@pytest.mark.parametrize(
    ("images", "labels"),
    [("x", "y"), ("X", "Y"), ("images", "labels"), ("data", "targets"), ("arr_0", "arr_1")],
)
def test_usual_names_are_found(images: str, labels: str, tmp_path: Path) -> None:
    data = read(saved(tmp_path, **{images: levels(9), labels: np.arange(9) % 3 + 5}))
    assert data.class_names == ("5", "6", "7")
    assert names_of(data) == ["5", "6", "7"] * 3
    assert any(f"from {images}, labels from {labels}" in str(remark) for remark in data.remarks)


@pytest.mark.parametrize("names", [("x_train", "y_train", "x_test", "y_test"),
                                   ("train_images", "train_labels", "test_images", "test_labels")])  # fmt: skip
def test_both_parts_are_kept(names: tuple[str, ...], tmp_path: Path) -> None:
    all_images, labels = levels(9), np.arange(9)[:, None] % 3
    values = (all_images[:6], labels[:6], all_images[6:], labels[6:])
    path = saved(tmp_path, **dict(zip(names, values, strict=True)))
    data = read(path)
    np.testing.assert_array_equal(data.train.levels(slice(None)), levels(9)[:6].reshape(6, -1))
    np.testing.assert_array_equal(data.test.levels(slice(None)), levels(9)[6:].reshape(3, -1))
    assert names_of(data) == ["0", "1", "2"] * 3
    shown = preview(path)
    assert (shown.train, shown.test) == (6, 3)
    assert shown.classes == (("0", 3), ("1", 3), ("2", 3))


def test_both_parts_with_bad_rows(tmp_path: Path) -> None:
    values = levels(9) / 255
    values[2], values[7] = np.nan, np.nan
    data = read(saved(tmp_path, x_train=values[:6], x_test=values[6:]))
    assert (len(data.train), len(data.test)) == (5, 2)
    np.testing.assert_array_equal(data.test.levels(slice(None)), levels(9)[[6, 8]].reshape(2, -1))


def test_the_only_array_needs_no_name(tmp_path: Path) -> None:
    data = read(saved(tmp_path, something=levels(9)))
    assert not data.labelled
    assert any("no labels with a usual name" in str(remark) for remark in data.remarks)


def test_arrays_can_be_named(tmp_path: Path) -> None:
    path = saved(tmp_path, one=levels(9), two=255 - levels(9), kind=np.arange(9) % 2, images=levels(8))
    data = read(path, Choices(images="two", labels="kind"))
    assert names_of(data) == ["0", "1"] * 4 + ["0"]
    for wrong in (Choices(images="three"), Choices(labels="three")):
        with pytest.raises(DataError, match=r"no array “three”.*one \(9×6×6\)"):
            preview(path, wrong)


def test_nothing_like_images_is_answered_with_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"first \(9×6×6\), second \(9×6×6\)"):
        read(saved(tmp_path, first=levels(9), second=levels(9)))


def test_names_of_classes_are_taken(tmp_path: Path) -> None:
    path = saved(tmp_path, x=levels(4), y=np.array([2, 0, 2, 0]), class_names=np.array(["ant", "bee", "cat"]))
    data = read(path)
    assert data.class_names == ("ant", "bee", "cat")
    assert names_of(data) == ["cat", "ant", "cat", "ant"]


@pytest.mark.parametrize("name", ["labels.npy", "labels.npz", "labels.txt"])
def test_labels_from_another_file(name: str, tmp_path: Path) -> None:
    other, labels = tmp_path / name, np.array([3, 10, 3, 9, 10])
    if name.endswith("npy"):
        np.save(other, labels)
    elif name.endswith("npz"):
        np.savez(other, labels)
    else:
        other.write_text("class\n" + "\n".join(map(str, labels)) + "\n")
    path = saved(tmp_path, x=levels(5), y=np.zeros(5))
    data = read(path, Choices(labels_path=other))
    assert data.class_names == ("3", "9", "10")
    assert names_of(data) == ["3", "10", "3", "9", "10"]


def test_labels_of_another_length_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="8 labels for 9 images"):
        read(saved(tmp_path, x=levels(9), y=np.arange(8)))
    with pytest.raises(DataError, match="5 labels for 6 images"):
        read(saved(tmp_path, x_train=levels(6), y_train=np.arange(5), x_test=levels(3), y_test=np.arange(4)))
    (tmp_path / "labels.txt").write_text("1\n2\n")
    with pytest.raises(DataError, match=r"labels.txt has 2 labels for 6 images"):
        read(saved(tmp_path, x=levels(6)), Choices(labels_path=tmp_path / "labels.txt"))
    with pytest.raises(DataError, match="Cannot read the labels"):
        read(saved(tmp_path, x=levels(6)), Choices(labels_path=tmp_path / "none.txt"))


def test_a_part_of_another_size_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="different sizes"):
        read(saved(tmp_path, x_train=levels(6), x_test=levels(6, side=7)))


def test_objects_are_never_unpickled(tmp_path: Path) -> None:
    path = saved(tmp_path, x=np.array([{}, {}], object))
    with pytest.raises(DataError, match="Python objects"):
        preview(path)


def test_a_damaged_archive_is_refused_wherever_it_ends(tmp_path: Path) -> None:
    path = saved(tmp_path, x=levels(50), y=np.arange(50))
    whole = path.read_bytes()
    for length in (0, 1, 30, 500, len(whole) - 30, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(DataError, match=r"empty|damaged"):
            read(path)
    for place in range(100, len(whole) - 300, 97):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 255]) + whole[place + 1 :])
        with pytest.raises(DataError, match="damaged"):
            read(path)


def test_an_array_that_promises_more_than_it_has_is_refused_before_memory_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "bomb.npz"
    with zipfile.ZipFile(path, "w") as archive, archive.open("x.npy", "w") as file:
        np.lib.format.write_array_header_1_0(
            file, {"descr": "|u1", "fortran_order": False, "shape": (10**9, 100, 100)}
        )
    with pytest.raises(DataError, match="ends before its last values"):
        preview(path)


def test_reading_tells_its_progress_and_ends_when_told(tmp_path: Path) -> None:
    path = saved(tmp_path, x=levels(50))
    told: list[float] = []
    read(path, progress=told.append)
    assert told[-1] == 1
    with pytest.raises(CancelledError):
        read(path, cancelled=lambda: True)


def test_a_validation_part_is_left_out_and_named(tmp_path: Path) -> None:
    path = saved(tmp_path, train_images=levels(6), val_images=levels(4), test_images=levels(3))
    data = read(path)
    assert (len(data.train), len(data.test)) == (6, 3)
    assert "Not used: val_images." in [str(remark) for remark in data.remarks]


def test_other_ways_of_packing_and_locked_archives_are_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", levels(9))
    path = tmp_path / "data.npz"
    for packing in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        with zipfile.ZipFile(path, "w", packing) as archive:
            archive.write(tmp_path / "x.npy", "x.npy")
        with pytest.raises(DataError, match="damaged"):
            read(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(tmp_path / "x.npy", "x.npy")
    content = bytearray(path.read_bytes())
    content[6] |= 1  # the flag of encryption, in the file's own header and in the list at the end
    content[content.rindex(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    with pytest.raises(DataError, match="damaged"):
        read(path)
