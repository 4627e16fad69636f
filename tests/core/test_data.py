import gzip
import itertools
import os
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.processes import ROOT, environment, run_code
from vae_explorer.core.data import DATA_VARIABLE, ImageSet, Split, count_images, hold_out, load_images
from vae_explorer.core.errors import DataError
from vae_explorer.resources import resource_path

FILES = (
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
)


def idx(values: np.ndarray) -> bytes:
    return bytes((0, 0, 8, values.ndim)) + struct.pack(f">{values.ndim}I", *values.shape) + values.tobytes()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small data set of somebody else's."""
    folder = tmp_path / "small"
    folder.mkdir()
    random = np.random.default_rng(0)
    for prefix, n in (("train", 20), ("t10k", 10)):
        images = random.integers(0, 256, (n, 5, 5), np.uint8)
        (folder / f"{prefix}-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(images)))
        labels = (np.arange(n) % 10).astype(np.uint8)
        (folder / f"{prefix}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx(labels)))
    return folder


def test_mnist_is_whole(mnist_test: ImageSet) -> None:
    train = load_images("train")
    assert train.name == mnist_test.name == "MNIST"
    assert train.images.shape == (60_000, 784)
    assert mnist_test.images.shape == (10_000, 784)
    assert np.bincount(train.labels).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert mnist_test.labels[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]
    # The mean gray level of the training images that every tutorial normalises with.
    assert train.images.mean() / 255 == pytest.approx(0.1307, abs=5e-5)


def test_images_stay_bytes_and_cannot_be_changed(mnist_test: ImageSet) -> None:
    assert mnist_test.images.dtype == mnist_test.labels.dtype == np.uint8
    assert not mnist_test.images.flags.writeable
    assert not mnist_test.labels.flags.writeable


def test_a_picture_is_upright(mnist_test: ImageSet) -> None:
    picture = mnist_test.picture(0)  # a seven: its bar is at the top
    assert picture.shape == (28, 28)
    assert picture[:14].sum(axis=1).max() > 1.5 * picture[14:].sum(axis=1).max()


def test_importing_it_imports_neither_torch_nor_torchvision() -> None:
    code = """
import sys
from vae_explorer.core.data import load_images
load_images("test")
print(sorted({"torch", "torchvision"} & sys.modules.keys()))
"""
    assert run_code(code) == "[]"


@pytest.mark.parametrize("damaged", FILES)
def test_an_embedded_file_with_another_content_is_named(damaged: str, tmp_path: Path) -> None:
    """One pixel or label is changed in a copy of the application; the file is still a sound gzip file."""
    shutil.copytree(
        ROOT / "vae_explorer", tmp_path / "vae_explorer", ignore=shutil.ignore_patterns("__pycache__")
    )
    data = tmp_path / "resources" / "mnist"
    data.mkdir(parents=True)
    for name in FILES:
        shutil.copy(resource_path("mnist", name), data / name)
    content = bytearray(gzip.decompress((data / damaged).read_bytes()))
    content[-1] ^= 1
    (data / damaged).write_bytes(gzip.compress(bytes(content), 1))

    code = f"from vae_explorer.core.data import load_images; load_images({('test', 'train')['train' in damaged]!r})"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment(PYTHONPATH=str(tmp_path)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert "DataError" in last
    assert str(data / damaged) in last
    assert "checksum" in last


def test_another_folder_is_read(folder: Path) -> None:
    data = load_images("train", folder)
    assert data.name == "small"
    assert data.images.shape == (20, 25)
    assert data.labels.tolist() == [*range(10), *range(10)]


@pytest.mark.parametrize("split", ["train", "test"])
def test_images_are_counted_without_reading_them(
    split: Split, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert count_images(split, folder) == len(load_images(split, folder))
    assert count_images(split) == {"train": 60_000, "test": 10_000}[split]
    monkeypatch.setenv(DATA_VARIABLE, str(folder))
    assert count_images(split) == len(load_images(split, folder))


def test_labels_that_cannot_be_counted_are_named(folder: Path) -> None:
    [path] = folder.glob("train-labels*")
    path.write_bytes(b"no gzip")
    with pytest.raises(DataError, match=path.name):
        count_images("train", folder)
    path.unlink()
    with pytest.raises(DataError, match="train-labels"):
        count_images("train", folder)


def test_the_environment_names_another_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DATA_VARIABLE, str(folder))
    assert load_images("test").images.shape == (10, 25)
    monkeypatch.setenv(DATA_VARIABLE, "")
    assert len(load_images("test")) == 10_000


def test_the_home_folder_may_be_abbreviated(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(folder.parent))
    monkeypatch.setenv("USERPROFILE", str(folder.parent))
    monkeypatch.setenv(DATA_VARIABLE, os.path.join("~", "small"))  # noqa: PTH118 (Path would do the same)
    assert load_images("test").name == "small"


@pytest.mark.parametrize("name", ["t10k-images-idx3-ubyte", "t10k-images.idx3-ubyte"])
def test_files_need_not_be_compressed(name: str, folder: Path) -> None:
    packed = folder / "t10k-images-idx3-ubyte.gz"
    expected = load_images("test", folder).images
    (folder / name).write_bytes(gzip.decompress(packed.read_bytes()))
    packed.unlink()
    np.testing.assert_array_equal(load_images("test", folder).images, expected)


def damage(folder: Path, name: str, content: bytes) -> pytest.RaisesExc[DataError]:
    (folder / f"{name}.gz").write_bytes(content)
    return pytest.raises(DataError, match=name)


IMAGES, LABELS = "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"


@pytest.mark.parametrize("name", [IMAGES, LABELS])
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not gzip at all",
        gzip.compress(b""),
        gzip.compress(b"\0\0"),
        gzip.compress(b"\0\0\x08"),
        gzip.compress(b"\x89PNG" + bytes(100)),
        gzip.compress(idx(np.zeros((10, 5, 5), np.uint8))[:-1]),
        gzip.compress(idx(np.zeros(10, np.uint8)) + b"\0"),
        gzip.compress(idx(np.zeros((10, 5), np.uint8))),
        gzip.compress(b"\0\0\x0d\x03" + bytes(12)),
        gzip.compress(b"\0\0\x08\x03" + b"\xff" * 12),
        gzip.compress(idx(np.zeros((10, 5, 5), np.uint8)))[:-9],
        gzip.compress(idx(np.zeros((10, 5, 5), np.uint8)))[:12],
    ],
    # The bytes themselves hold the time: no two processes would have the same tests.
    ids=itertools.count(),
)
def test_a_damaged_file_is_named(name: str, content: bytes, folder: Path) -> None:
    with damage(folder, name, content):
        load_images("test", folder)


@pytest.mark.parametrize("name", [IMAGES, LABELS])
def test_every_flipped_byte_of_a_packed_file_is_noticed_or_harmless(name: str, folder: Path) -> None:
    path = folder / f"{name}.gz"
    sound, before = path.read_bytes(), load_images("test", folder)
    for position in range(len(sound)):
        content = bytearray(sound)
        content[position] ^= 0x10
        path.write_bytes(content)
        try:
            after = load_images("test", folder)
        except DataError as error:
            assert str(path) in str(error)  # noqa: PT017 (not each flip is an error: some bytes are a mere time stamp)
        else:
            np.testing.assert_array_equal(after.images, before.images)
            np.testing.assert_array_equal(after.labels, before.labels)


def test_a_missing_file_is_named_and_the_way_out_said(folder: Path) -> None:
    (folder / f"{LABELS}.gz").unlink()
    with pytest.raises(DataError, match=rf"{LABELS}.*unset {DATA_VARIABLE}"):
        load_images("test", folder)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nowhere"):
        load_images("test", tmp_path / "nowhere")


def test_a_folder_in_place_of_a_file_is_not_read(folder: Path) -> None:
    (folder / f"{LABELS}.gz").unlink()
    (folder / f"{LABELS}.gz").mkdir()
    with pytest.raises(DataError, match=LABELS):
        load_images("test", folder)


@pytest.mark.parametrize(
    ("images", "labels", "complaint"),
    [
        (np.zeros((10, 5, 5)), np.zeros(9), "10 images but 9 labels"),
        (np.zeros((0, 5, 5)), np.zeros(0), "0 images"),
        (np.zeros((10, 5, 4)), np.zeros(10), "5×4"),
        (np.zeros((10, 5, 5)), np.full(10, 12), "go up to 12"),
    ],
)
def test_files_that_do_not_fit_together(
    images: np.ndarray, labels: np.ndarray, complaint: str, folder: Path
) -> None:
    (folder / f"{IMAGES}.gz").write_bytes(gzip.compress(idx(images.astype(np.uint8))))
    (folder / f"{LABELS}.gz").write_bytes(gzip.compress(idx(labels.astype(np.uint8))))
    with pytest.raises(DataError, match=complaint):
        load_images("test", folder)


# Holding out


def numbered(count: int) -> ImageSet:
    """Images that differ in their one pixel, and labels that go with them."""
    pixels = np.arange(count, dtype=np.uint8)
    return ImageSet("numbered", pixels[:, None], pixels % 10)


@given(st.integers(2, 200), st.floats(0.001, 0.5), st.integers(0, 2**63 - 1))
def test_what_is_held_out_and_what_is_left_are_the_whole(count: int, share: float, seed: int) -> None:
    left, held = hold_out(numbered(count), share, seed)
    assert held is not None
    assert len(held) == max(1, round(share * count))
    assert sorted([*left.images.ravel(), *held.images.ravel()]) == list(range(count))
    for part in (left, held):
        assert part.name == "numbered"
        np.testing.assert_array_equal(part.labels, part.images.ravel() % 10)


def test_the_seed_decides_what_is_held_out() -> None:
    images = numbered(200)
    (_, one), (_, again), (_, other) = (hold_out(images, 0.2, seed) for seed in (3, 3, 4))
    assert one is not None
    assert again is not None
    assert other is not None
    np.testing.assert_array_equal(one.images, again.images)
    assert (one.images != other.images).any()
    assert one.images.max() > 150, "the draw is from all of them"


def test_without_a_share_everything_is_left() -> None:
    images = numbered(20)
    assert hold_out(images, 0, 0) == (images, None)
    assert hold_out(numbered(1), 0.5, 0)[1] is None, "one image cannot be split"
