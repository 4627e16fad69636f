import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae_explorer.core.datasets.labels import classes_of
from vae_explorer.core.errors import DataError


def named(labels: np.ndarray, names: tuple[str, ...] = ()) -> list[str]:
    classes = classes_of(labels, len(labels), names)
    assert classes.codes is not None
    return [classes.names[code] if code >= 0 else "none" for code in classes.codes]


@given(
    st.lists(st.integers(-50, 50), min_size=1), st.sampled_from([np.int8, np.int64, np.float32, "U4", "S4"])
)
def test_numbers_keep_their_names_and_their_order(labels: list[int], kind: type) -> None:
    values = np.array(labels).astype(kind)
    assert named(values) == [str(label) for label in labels]
    assert classes_of(values, len(labels)).names == tuple(str(label) for label in sorted(set(labels)))


@given(
    st.lists(st.text("abcé ", min_size=1, max_size=3).filter(lambda word: word == word.strip()), min_size=1)
)
def test_words_keep_their_names(labels: list[str]) -> None:
    assert named(np.array(labels)) == labels


def test_one_hot_rows_and_columns_are_labels() -> None:
    rows = np.eye(4)[[2, 0, 3, 3]]
    assert named(rows) == ["2", "0", "3", "3"]
    assert named(np.array([[5], [6], [5]])) == ["5", "6", "5"]
    with pytest.raises(DataError, match="shape 4×4"):
        classes_of(rows * 2, 4)


def test_what_is_missing_has_no_class() -> None:
    assert named(np.array([1.0, np.nan, 2.0, np.inf])) == ["1", "none", "2", "none"]
    assert named(np.array(["a", "", "b"])) == ["a", "none", "b"]
    empty = classes_of(np.full(3, np.nan), 3)
    assert empty.codes is None
    assert str(empty.remarks[0]) == "None of the images has a label."


def test_names_that_fit_are_used() -> None:
    assert named(np.array([0, 2]), ("a", "b", "c")) == ["a", "c"]
    assert named(np.array([0, 3]), ("a", "b", "c")) == ["0", "3"]
    assert named(np.array([True, False])) == ["True", "False"]


@pytest.mark.parametrize("count", [1001, 1_000_000])
def test_too_many_classes_are_dropped_with_the_reason(count: int) -> None:
    classes = classes_of(np.arange(count), count)
    assert classes.codes is None
    assert f"{count:,} different values" in str(classes.remarks[0])
    assert classes_of(np.arange(1000), 1000).codes is not None


def test_labels_that_are_not_one_for_each_image_are_refused() -> None:
    with pytest.raises(DataError, match="3 labels for 4 images"):
        classes_of(np.arange(3), 4)
    with pytest.raises(DataError, match="1 labels for 4 images"):
        classes_of(np.array(7), 4)
    with pytest.raises(DataError, match="type complex"):
        classes_of(np.zeros(4, complex), 4)
