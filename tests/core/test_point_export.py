import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from vae_explorer.core.data import ImageSet
from vae_explorer.core.errors import DataError, UserError
from vae_explorer.core.images import save_png
from vae_explorer.core.point_export import picture_sheet, write_points_csv, write_points_npz
from vae_explorer.core.snapshot import Posterior

floats = st.floats(width=32, allow_nan=False, allow_infinity=False)
posteriors = st.tuples(st.integers(1, 6), st.integers(1, 4)).flatmap(
    lambda shape: st.builds(Posterior, *(hnp.arrays(np.float32, shape, elements=floats) for _ in range(2)))
)
selections = st.lists(st.integers(0, 5), max_size=8)
in_a_folder = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None
)


def labels_of(posterior: Posterior) -> np.ndarray:
    return np.arange(len(posterior.mu), dtype=np.uint8) + 3


@in_a_folder
@given(posteriors, selections)
def test_a_table_holds_the_selection_exactly(tmp_path: Path, posterior: Posterior, chosen: list[int]) -> None:
    indices = np.array([index % len(posterior.mu) for index in chosen], np.int64)
    write_points_csv(tmp_path / "a.csv", indices, labels_of(posterior), posterior)
    with (tmp_path / "a.csv").open(newline="") as file:
        head, *rows = csv.reader(file)
    assert head[:3] == ["index", "label", "mu_1"]
    assert [row[:2] for row in rows] == [[str(k), str(k + 3)] for k in indices]
    d = posterior.mu.shape[1]
    numbers = np.array([row[2:] for row in rows], np.float32).reshape(-1, 2 * d)
    np.testing.assert_array_equal(numbers[:, :d], posterior.mu[indices])
    np.testing.assert_array_equal(numbers[:, d:], posterior.logvar[indices])


@in_a_folder
@given(posteriors, selections)
def test_an_npz_holds_the_selection_exactly_and_no_pickle(
    tmp_path: Path, posterior: Posterior, chosen: list[int]
) -> None:
    indices = np.array([index % len(posterior.mu) for index in chosen], np.int64)
    write_points_npz(tmp_path / "a.npz", indices, labels_of(posterior), posterior)
    with np.load(tmp_path / "a.npz", allow_pickle=False) as file:
        assert set(file) == {"indices", "labels", "mu", "logvar"}
        np.testing.assert_array_equal(file["indices"], indices)
        np.testing.assert_array_equal(file["labels"], indices + 3)
        np.testing.assert_array_equal(file["mu"], posterior.mu[indices])
        np.testing.assert_array_equal(file["logvar"], posterior.logvar[indices])
        assert file["mu"].dtype == np.float32


def test_the_table_has_the_columns_that_other_tools_read(tmp_path: Path) -> None:
    """Its format is a promise: scripts of users read it."""
    mu, logvar = np.array([[[0.1, -2], [3e-9, 4]], [[-0.5, 1e10], [0, -0.25]]], np.float32)
    write_points_csv(tmp_path / "a.csv", np.arange(2), np.array([7, 0], np.uint8), Posterior(mu, logvar))
    assert (tmp_path / "a.csv").read_bytes().decode() == (
        "index,label,mu_1,mu_2,logvar_1,logvar_2\n0,7,0.1,-2.0,-0.5,1e+10\n1,0,3e-09,4.0,0.0,-0.25\n"
    )


@pytest.mark.parametrize("write", [write_points_csv, write_points_npz])
@pytest.mark.parametrize("indices", [[-1], [0, 3]])
def test_images_that_are_not_there_leave_no_file(
    write: Callable[..., None], indices: list[int], tmp_path: Path
) -> None:
    posterior = Posterior(np.zeros((3, 2), np.float32), np.zeros((3, 2), np.float32))
    with pytest.raises(IndexError, match="of 3"):
        write(tmp_path / "a", np.array(indices), np.zeros(3, np.uint8), posterior)
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("write", [write_points_csv, write_points_npz])
def test_a_place_that_cannot_be_written_is_said(write: Callable[..., None], tmp_path: Path) -> None:
    posterior = Posterior(np.zeros((3, 2), np.float32), np.zeros((3, 2), np.float32))
    with pytest.raises(UserError, match="Cannot write"):
        write(tmp_path / "missing" / "a", np.arange(3), np.zeros(3, np.uint8), posterior)


def test_a_sheet_of_all_test_digits(mnist_test: ImageSet, tmp_path: Path) -> None:
    pictures = mnist_test.images.reshape(-1, 28, 28)
    sheet = picture_sheet(pictures)
    assert sheet.shape == (3002, 3002)
    for index in (0, 99, 100, 9999):
        row, column = divmod(index, 100)
        top, left = 2 + 30 * row, 2 + 30 * column
        np.testing.assert_array_equal(sheet[top : top + 28, left : left + 28], pictures[index])
    save_png(tmp_path / "a.png", sheet)
    with Image.open(tmp_path / "a.png") as image:
        np.testing.assert_array_equal(np.asarray(image), sheet)


@pytest.mark.parametrize(
    ("n", "columns", "shape"),
    [(5, 2, (20, 14)), (5, None, (14, 20)), (1, None, (8, 8)), (3, 9, (8, 20))],
)
def test_a_sheet_has_as_many_columns_as_asked_for(
    n: int, columns: int | None, shape: tuple[int, int]
) -> None:
    sheet = picture_sheet(np.full((n, 4, 4), 9, np.uint8), columns)
    assert sheet.shape == shape
    assert (sheet == 9).sum() == n * 16


@pytest.mark.parametrize(("n", "columns"), [(0, None), (0, 3), (2, 0), (2, -1)])
def test_a_sheet_of_nothing_is_refused(n: int, columns: int | None) -> None:
    with pytest.raises(DataError):
        picture_sheet(np.zeros((n, 4, 4), np.uint8), columns)
