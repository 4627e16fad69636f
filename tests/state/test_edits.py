import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae_explorer.core.direction_sources import Axis
from vae_explorer.core.directions import Direction
from vae_explorer.core.edits import edited
from vae_explorer.core.errors import DataError
from vae_explorer.state.bookmarks import one_line
from vae_explorer.state.edits import FARTHEST_ALPHA, Edits

names = st.sampled_from(["a", "b", " a", "b 2", "a\nb", "long name"])
numbers = st.floats(-50, 50)


class Heard:
    """Counts what edits say."""

    def __init__(self, edits: Edits) -> None:
        self.said: list[str] = []
        edits.changed.connect(lambda: self.said.append("changed"))
        edits.alphas_changed.connect(lambda: self.said.append("alphas"))
        edits.base_changed.connect(lambda: self.said.append("base"))
        edits.current_changed.connect(lambda: self.said.append("current"))


def direction(j: int = 0, sigma: float = 2.0) -> Direction:
    return Direction(f"z{j + 1}", Axis(j), np.eye(3)[j], sigma)


@given(st.data())
def test_names_stay_different_and_what_is_kept_still_exists(data: st.DataObject) -> None:
    edits, model = Edits(), list[str]()
    for _ in range(data.draw(st.integers(0, 12))):
        deed = data.draw(st.sampled_from(["add", "rename", "remove", "still"]))
        if deed == "add":
            model.append(edits.add(data.draw(names), Axis(0)).name)
        elif model:
            name = data.draw(st.sampled_from(model))
            if deed == "rename":
                new = data.draw(names)
                called = edits.rename(name, new)
                assert called.startswith(one_line(new))
                model[model.index(name)] = called
            elif deed == "remove":
                edits.remove(name)
                model.remove(name)
            else:
                edits.update(name, still=tuple(other for other in model if other != name))
        assert [entry.name for entry in edits] == model
        assert len(set(model)) == len(model) == len(edits)
        for entry in edits:
            assert entry.name == one_line(entry.name) != ""
            assert set(entry.still) <= set(model) - {entry.name}


@given(numbers, numbers)
def test_alphas_are_bounded_and_come_back(one: float, other: float) -> None:
    edits = Edits()
    edits.add("a", Axis(0))
    edits.add("b", Axis(1))
    edits.set_alpha("a", one)
    before, entries = edits.alphas, edits.entries
    assert before == {"a": max(-FARTHEST_ALPHA, min(FARTHEST_ALPHA, one)), "b": 0}
    edits.set_alpha("b", other)
    edits.set_alpha("a", other)
    edits.set_alphas(before)
    assert edits.alphas == before
    edits.restore(entries)
    assert edits.entries == entries


def test_each_signal_says_what_changed_and_nothing_else() -> None:
    edits = Edits()
    heard = Heard(edits)
    edits.add("a", Axis(0))
    edits.set_alpha("a", 1)
    edits.set_base("digit")
    assert heard.said == ["changed", "alphas", "base"]
    edits.set_alpha("a", 1)
    edits.set_alpha("gone", 1)
    edits.set_base("digit")
    edits.rename("a", " a ")
    edits.restore(edits.entries)
    assert heard.said == ["changed", "alphas", "base"]


def test_an_alpha_does_not_change_the_other_entries() -> None:
    edits = Edits()
    edits.add("a", Axis(0))
    edits.add("b", Axis(1))
    before = edits[1]
    edits.set_alpha("a", 1)
    assert edits[1] is before


def test_the_sum_is_over_the_directions_that_there_are() -> None:
    edits = Edits()
    edits.add("a", Axis(0), direction(0))
    edits.add("b", Axis(1), direction(1, 0.5))
    edits.add("nobody knows", Axis(2))
    assert not edits.moves
    edits.set_alphas({"a": 1, "b": -2, "nobody knows": 3})
    assert edits.moves
    np.testing.assert_array_equal(edited(np.zeros(3), edits.terms), (2, -1, 0))
    edits.set_alphas({"a": 0, "b": 0})
    assert not edits.moves


def test_a_direction_that_is_gone_is_no_longer_kept_still() -> None:
    edits = Edits()
    for j, name in enumerate("abc"):
        edits.add(name, Axis(j), direction(j))
    plain = edits[0].plain
    freed = direction(2)
    edits.update("a", still=("b", "c"), used=freed, problem=DataError("nothing is left"))
    edits.remove("b")
    assert edits[0].still == ("c",)
    # Without b it is another one, which has to be found.
    assert edits[0].used is None
    assert edits[0].problem is None
    edits.remove("c")
    assert edits[0].still == ()
    assert edits[0].used is plain


def test_a_name_that_is_taken_gets_a_number() -> None:
    edits = Edits()
    assert [edits.add("a", Axis(0)).name for _ in range(3)] == ["a", "a 2", "a 3"]
    edits.update("a 3", still=("a",))
    assert edits.rename("a", "a 2") == "a 2 2"
    assert edits[2].still == ("a 2 2",)
    with pytest.raises(ValueError, match="name"):
        edits.rename("a 2", " \n")
    with pytest.raises(ValueError, match="name"):
        edits.add("", Axis(0))
    assert len(edits) == 3


def test_the_current_direction_is_one_that_there_is() -> None:
    edits = Edits()
    assert edits.current == ""
    edits.add("a", Axis(0))
    edits.add("b", Axis(1))
    heard = Heard(edits)
    edits.choose("a")
    edits.choose("a")
    assert heard.said == ["current"]
    assert edits.current == "a"
    entries = edits.entries
    edits.remove("a")
    assert edits.current == ""
    edits.restore(entries)
    assert edits.current == "a"
