import os
import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tests.core.datasets.files import levels
from tests.processes import run_code
from vae_explorer.core.datasets import arrays as npy_files
from vae_explorer.core.datasets.choices import Choices
from vae_explorer.core.datasets.data_set import DataSet
from vae_explorer.core.datasets.reading import preview, read
from vae_explorer.core.decoder_space import CancelledError
from vae_explorer.core.errors import ConfigError, DataError


def saved(folder: Path, values: np.ndarray, name: str = "data.npy") -> Path:
    np.save(folder / name, values, allow_pickle=False)
    return folder / name


def everything(data: DataSet) -> np.ndarray:
    """All images as gray levels, in the order in which they were read."""
    order = np.argsort(np.concatenate((data.train.rows, data.test.rows)))
    return np.concatenate((data.train.levels(slice(None)), data.test.levels(slice(None))))[order]


@pytest.fixture
def large_means_a_kilobyte(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small files are mapped, too, so that the tests need no large ones."""
    monkeypatch.setattr(npy_files, "SMALL_BYTES", 1024)


@given(arrays(np.uint8, st.tuples(st.integers(2, 20), st.integers(2, 6))))
def test_bytes_come_back_as_they_are(tmp_path_factory: pytest.TempPathFactory, values: np.ndarray) -> None:
    images = np.repeat(values[:, :, None], values.shape[1], 2)
    images[0, 0, 0] = 255  # with 0 and 1 alone they would be black and white
    data = read(saved(tmp_path_factory.getbasetemp(), images))
    np.testing.assert_array_equal(everything(data), images.reshape(len(images), -1))
    assert not data.skipped


@pytest.mark.parametrize("shape", [(8, 36), (8, 6, 6), (8, 6, 6, 1), (8, 1, 6, 6)])
@pytest.mark.parametrize("mapped", [False, True])
def test_all_shapes_are_the_same_images(
    shape: tuple[int, ...], mapped: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(npy_files, "SMALL_BYTES", 0 if mapped else 2**20)
    data = read(saved(tmp_path, levels(8).reshape(shape)))
    assert data.in_memory is not mapped
    assert data.side == 6
    np.testing.assert_array_equal(everything(data), levels(8).reshape(8, 36))
    assert data.train.floats(slice(0, 3)).dtype == np.float32


@pytest.mark.parametrize("mapped", [False, True])
@pytest.mark.parametrize(
    ("values", "said"),
    [
        (levels(9), "0–255"),
        (levels(9).astype(np.int64), "0–255"),
        (levels(9).astype(">f8"), "0–255"),
        (levels(9) / 255, "0–1"),
        ((levels(9) / 255).astype(np.float16), "0–1"),
        (levels(9) / 127.5 - 1, "−1–1"),
        (levels(9).astype(np.uint16) * 257, "0–65,535"),
    ],
)
def test_the_range_is_told_by_the_values(
    values: np.ndarray, said: str, mapped: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(npy_files, "SMALL_BYTES", 0 if mapped else 2**20)
    data = read(saved(tmp_path, values))
    assert data.in_memory is not mapped
    assert any(said in str(remark) for remark in data.remarks)
    found = everything(data).astype(int)
    assert np.abs(found - levels(9).reshape(9, -1)).max() <= (values.dtype == np.float16)
    floats = data.train.floats(slice(None))
    assert floats.min() >= 0
    assert floats.max() <= 1


@pytest.mark.parametrize("kind", [bool, np.uint8, np.float32])
def test_zeros_and_ones_are_black_and_white(kind: type, tmp_path: Path) -> None:
    bits = levels(9) > 100
    np.testing.assert_array_equal(
        everything(read(saved(tmp_path, bits.astype(kind)))), 255 * bits.reshape(9, -1)
    )


def test_dark_on_light_can_be_inverted(tmp_path: Path) -> None:
    path = saved(tmp_path, levels(9))
    expected = 255 - levels(9).reshape(9, -1)
    np.testing.assert_array_equal(everything(read(path, Choices(inverted=True))), expected)
    np.testing.assert_array_equal(preview(path, Choices(inverted=True)).samples.reshape(9, -1), expected)


@pytest.mark.usefixtures("large_means_a_kilobyte")
def test_dark_on_light_can_be_inverted_on_the_disk(tmp_path: Path) -> None:
    data = read(saved(tmp_path, levels(90)), Choices(inverted=True))
    assert not data.in_memory
    np.testing.assert_array_equal(everything(data), 255 - levels(90).reshape(90, -1))


@pytest.mark.parametrize("mapped", [False, True])
def test_images_that_are_not_square_get_black_on_both_sides(
    mapped: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(npy_files, "SMALL_BYTES", 0 if mapped else 2**20)
    images = levels(7)[:, 1:5]
    data = read(saved(tmp_path, images), Choices(inverted=True))
    found = everything(data).reshape(7, 6, 6)
    np.testing.assert_array_equal(found[:, 1:5], 255 - images)
    assert not found[:, [0, 5]].any()
    assert any("6×4" in str(remark) for remark in data.remarks)


def test_vectors_of_no_square_length_are_refused_or_filled_up(tmp_path: Path) -> None:
    path = saved(tmp_path, levels(7).reshape(7, 36)[:, :30])
    with pytest.raises(DataError, match=r"30 values.*6×6 would take 6 more"):
        preview(path)
    found = everything(read(path, Choices(pad_vectors=True)))
    np.testing.assert_array_equal(found[:, :30], levels(7).reshape(7, 36)[:, :30])
    assert not found[:, 30:].any()


@pytest.mark.parametrize("mapped", [False, True])
def test_rows_with_bad_values_are_left_out_with_their_labels(
    mapped: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(npy_files, "SMALL_BYTES", 0 if mapped else 2**20)
    values = np.random.default_rng(0).random((20, 16), np.float32)
    values[3, 5], values[7, 0], values[19, 1] = np.nan, np.inf, -np.inf
    labels = saved(tmp_path, np.arange(20) % 5, "labels.npy")
    path, choices = saved(tmp_path, values), Choices(labels_path=labels)
    data = read(path, choices)
    (skipped,) = data.skipped
    assert (skipped.count, skipped.examples) == (3, ("row 4", "row 8", "row 20"))
    assert preview(path, choices).skipped == data.skipped
    assert [count for _, count in preview(path, choices).classes] == [4, 4, 3, 3, 3]
    kept = np.delete(np.arange(20), [3, 7, 19])
    np.testing.assert_array_equal(everything(data), np.rint(values[kept] * np.float32(255)))
    assert data.train.labels is not None
    assert data.test.labels is not None
    order = np.argsort(np.concatenate((data.train.rows, data.test.rows)))
    assert (np.concatenate((data.train.labels, data.test.labels))[order] == kept % 5).all()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (np.zeros((0, 5, 5), np.uint8), "no images"),
        (np.zeros((5, 0, 5), np.uint8), "no images"),
        (np.zeros(5, np.uint8), "shape 5"),
        (np.zeros((5, 2, 2, 2, 2), np.uint8), "shape 5×2×2×2×2"),
        (np.zeros((5, 8, 8, 3), np.uint8), "colours"),
        (np.zeros((5, 3, 8, 8), np.uint8), "colours"),
        (np.zeros((5, 300, 300), np.uint8), "300 pixels a side"),
        (np.zeros((5, 1), np.uint8), "1 pixels a side"),
        (np.zeros((5, 4), complex), "type complex"),
        (np.array([["a", "b"], ["c", "d"]]), "type <U1"),
        (np.full((5, 4), 1e4), "go from 10000 to 10000"),
        (np.full((5, 4), -3.0), "go from -3 to -3"),
        (np.full((5, 4), np.nan), "no numbers"),
        (np.zeros((1, 4), np.uint8), "1 images to train on and 0"),
    ],
)
def test_what_are_no_images_is_refused(values: np.ndarray, said: str, tmp_path: Path) -> None:
    path = saved(tmp_path, values)
    for way in (preview, read):
        with pytest.raises(DataError, match=said):
            way(path)


def test_a_file_is_never_unpickled(tmp_path: Path) -> None:
    class Bad:
        def __reduce__(self) -> tuple[object, ...]:
            return os.mkdir, (str(tmp_path / "was run"),)

    np.save(tmp_path / "bad.npy", np.array([Bad(), Bad()], object), allow_pickle=True)
    (tmp_path / "pickle.npy").write_bytes(pickle.dumps(Bad()))
    for name, said in (("bad.npy", "Python objects"), ("pickle.npy", "not a NumPy array")):
        for way in (preview, read):
            with pytest.raises(DataError, match=said):
                way(tmp_path / name)
    assert not (tmp_path / "was run").exists()


@pytest.mark.parametrize("mapped", [False, True])
def test_a_damaged_file_is_refused_wherever_it_ends(
    mapped: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(npy_files, "SMALL_BYTES", 0 if mapped else 2**20)
    path = saved(tmp_path, levels(9))
    whole = path.read_bytes()
    for length in (0, 1, 5, 9, 60, 127, 128, 200, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(DataError, match=r"empty|damaged"):
            read(path)


def test_a_header_that_promises_terabytes_takes_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "huge.npy"
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(
            file, {"descr": "|u1", "fortran_order": False, "shape": (10**9, 100, 100)}
        )
        file.write(bytes(1000))
    with pytest.raises(DataError, match="damaged"):
        preview(path)


@pytest.mark.usefixtures("large_means_a_kilobyte")
def test_a_mapped_file_that_is_shortened_is_an_error_and_not_a_crash(tmp_path: Path) -> None:
    path = saved(tmp_path, levels(90))
    data = read(path)
    data.train.levels(slice(0, 5))
    os.truncate(path, 1000)
    with pytest.raises(DataError, match="shortened"):
        data.train.levels(slice(0, 5))


@pytest.mark.usefixtures("large_means_a_kilobyte")
def test_a_mapped_file_that_is_deleted_can_still_be_read(tmp_path: Path) -> None:
    if os.name == "nt":
        pytest.skip("Windows deletes no file that is in use")
    path = saved(tmp_path, levels(90))
    data = read(path)
    path.unlink()
    np.testing.assert_array_equal(everything(data), levels(90).reshape(90, -1))


def test_what_is_read_cannot_be_changed(tmp_path: Path) -> None:
    data = read(saved(tmp_path, levels(9)))
    assert not data.train.pixels.stored.flags.writeable
    assert not data.train.rows.flags.writeable


def test_columns_first_is_read_as_rows(tmp_path: Path) -> None:
    data = read(saved(tmp_path, np.asfortranarray(levels(9))))
    np.testing.assert_array_equal(everything(data), levels(9).reshape(9, -1))


@pytest.mark.usefixtures("large_means_a_kilobyte")
def test_columns_first_is_not_mapped(tmp_path: Path) -> None:
    data = read(saved(tmp_path, np.asfortranarray(levels(90))))
    assert data.in_memory
    np.testing.assert_array_equal(everything(data), levels(90).reshape(90, -1))


@pytest.mark.usefixtures("large_means_a_kilobyte")
def test_the_scan_of_a_mapped_file_ends_once_nobody_wants_it(tmp_path: Path) -> None:
    path = saved(tmp_path, levels(90) / 255)
    with pytest.raises(CancelledError):
        read(path, cancelled=lambda: True)
    told: list[float] = []
    read(path, progress=told.append)
    assert told[-1] == 1


def test_the_fingerprint_is_that_of_the_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = read(saved(tmp_path, levels(9), "a.npy"))
    same = [read(saved(tmp_path, values, "b.npy")) for values in (levels(9) / 255, levels(9).reshape(9, 36))]
    assert {data.fingerprint for data in same} == {first.fingerprint}
    other = levels(9)
    other[4, 2, 2] ^= 1
    labels = saved(tmp_path, np.arange(9) % 2, "labels.npy")
    different = [
        read(saved(tmp_path, other, "c.npy")),
        read(saved(tmp_path, levels(9)[:8], "d.npy")),
        read(tmp_path / "a.npy", Choices(labels_path=labels)),
    ]
    assert len({data.fingerprint for data in (first, *different)}) == 4
    monkeypatch.setattr(npy_files, "SMALL_BYTES", 0)
    assert read(tmp_path / "a.npy").fingerprint == first.fingerprint


def test_a_large_file_is_not_read_whole(tmp_path: Path) -> None:
    """In a process of its own, by the memory that is its own: what is mapped belongs to the file."""
    path = tmp_path / "large.npy"
    np.lib.format.open_memmap(path, "w+", np.uint8, (800_000, 784))[0, 0] = 255
    code = """
import sys
from pathlib import Path
import numpy as np
from vae_explorer.core.datasets.reading import preview, read

def resident():
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("RssAnon"):
            return int(line.split()[1]) // 1024

if not Path("/proc/self/status").exists():
    print(0)
    raise SystemExit
before = resident()
path = Path(sys.argv[1])
preview(path)
data = read(path)
assert not data.in_memory
assert len(data) == 800_000 and len(data.test) == 10_000
data.train.floats(np.arange(128))
print(resident() - before)
"""
    assert int(run_code(code, path)) < 150


@pytest.mark.parametrize(
    "wrong",
    [{"side": 1}, {"side": 257}, {"fit": "stretch"}, {"test_share": 0.0}, {"test_share": 0.6}, {"seed": -1}],
)
def test_choices_out_of_range_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        Choices(**wrong)  # type: ignore[arg-type]


def test_paths_with_nothing_to_read_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").touch()
    for name, said in (("a.pdf", "Choose a folder"), ("none.npy", "There is no file")):
        with pytest.raises(DataError, match=said):
            preview(tmp_path / name)


def test_what_reads_pictures_is_imported_only_for_pictures(tmp_path: Path) -> None:
    code = """
import sys
from pathlib import Path
from vae_explorer.core.datasets.reading import read
read(Path(sys.argv[1]))
print(sorted({"PIL", "scipy", "skimage", "torch", "torchvision"} & sys.modules.keys()))
"""
    assert run_code(code, saved(tmp_path, levels(9))) == "[]"
