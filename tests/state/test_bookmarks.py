import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae_explorer.core.errors import ConfigError
from vae_explorer.state.bookmarks import LONGEST_NAME, Bookmark, Bookmarks, one_line

names = st.text(max_size=100).filter(one_line)
numbers = st.floats(-1e6, 1e6)
points = st.lists(numbers, min_size=1, max_size=5).map(np.array)


@given(st.lists(st.tuples(names, points), max_size=5), st.data())
def test_changes_are_those_of_a_list(items: list[tuple[str, np.ndarray]], data: st.DataObject) -> None:
    bookmarks, model = Bookmarks(), []
    for name, z in items:
        entry = bookmarks.add(name, z)
        np.testing.assert_array_equal(entry.point, z)
        assert entry.latent == len(z)
        model.append(entry)
    for _ in range(data.draw(st.integers(0, 4))):
        if not model:
            break
        index = data.draw(st.integers(0, len(model) - 1))
        match data.draw(st.sampled_from(["rename", "remove", "move"])):
            case "rename":
                name = data.draw(names)
                bookmarks.rename(index, name)
                model[index] = Bookmark(one_line(name), model[index].z)
            case "remove":
                bookmarks.remove(index)
                del model[index]
            case "move":
                to = data.draw(st.integers(0, len(model) - 1))
                bookmarks.move(index, to)
                model.insert(to, model.pop(index))
        assert list(bookmarks) == model == list(bookmarks.entries)
        assert len(bookmarks) == len(model)


@given(names, points)
def test_a_bookmark_survives_json(name: str, z: np.ndarray) -> None:
    entry = Bookmark(one_line(name), tuple(z.tolist()))
    assert Bookmark.from_dict(json.loads(json.dumps(entry.to_dict()))) == entry


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"name": "a"},
        {"name": "a", "z": []},
        {"name": " \n", "z": [1]},
        {"name": "a", "z": [math.nan]},
        {"name": "a", "z": [1e300]},
        {"name": "a", "z": ["x"]},
        {"name": "a", "z": 3},
        [],
        None,
    ],
)
def test_what_is_no_bookmark_is_refused(values: object) -> None:
    with pytest.raises(ConfigError, match="bookmark"):
        Bookmark.from_dict(values)  # type: ignore[arg-type]


def test_names_are_one_line_and_not_too_long() -> None:
    bookmarks = Bookmarks()
    assert bookmarks.add("  a\n b  ", np.zeros(2)).name == "a b"
    assert len(bookmarks.add("x" * 500, np.zeros(2)).name) == LONGEST_NAME
    for change in (lambda: bookmarks.add(" ", np.zeros(2)), lambda: bookmarks.rename(0, "\n")):
        with pytest.raises(ValueError, match="name"):
            change()
    with pytest.raises(ValueError, match="finite"):
        bookmarks.add("a", np.array([np.inf]))
    assert len(bookmarks) == 2


def test_listeners_are_told_of_changes_only() -> None:
    bookmarks, told = Bookmarks(), []
    bookmarks.changed.connect(lambda: told.append([entry.name for entry in bookmarks]))
    bookmarks.add("a", np.zeros(2))
    bookmarks.add("b", np.zeros(3))
    bookmarks.rename(0, "a")
    bookmarks.move(0, 0)
    bookmarks.move(0, 99)
    before = bookmarks.entries
    bookmarks.remove(0)
    bookmarks.restore(before)
    assert told == [["a"], ["a", "b"], ["b", "a"], ["a"], ["b", "a"]]


def test_a_new_name_is_free() -> None:
    bookmarks = Bookmarks()
    for _ in range(3):
        bookmarks.add(bookmarks.free_name("Point {number}"), np.zeros(2))
    bookmarks.remove(1)
    assert bookmarks.free_name("Point {number}") == "Point 2"
