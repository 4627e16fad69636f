import copy
import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from vae_explorer.core.direction_sources import Axis, Given, Groups, source_text
from vae_explorer.core.directions import DigitSet, Direction, find
from vae_explorer.core.errors import ConfigError
from vae_explorer.state.edits import Entry
from vae_explorer.state.journey import DigitAnchor, PlaceAnchor, Plan
from vae_explorer.state.saved_edits import FoundText, SavedEdits, plan_from, plan_values

UP = Direction("up", Axis(1), np.array([0.0, 1.0]), 0.5)


def some_edits() -> dict[str, Any]:
    entries = (Entry("up", Axis(1), UP, UP, 1.5), Entry("old", Given("z9"), UP, None, still=("up",)))
    values: dict[str, Any] = json.loads(json.dumps(SavedEdits.of(entries, "digit").to_dict()))
    return values


def some_plan() -> dict[str, Any]:
    plan = Plan((DigitAnchor(7), PlaceAnchor((0.5, 1.0), "here")))
    values: dict[str, Any] = json.loads(json.dumps(plan_values(plan)))
    return values


def test_a_direction_that_keeps_others_still_is_found_anew() -> None:
    up, old = SavedEdits.from_dict(some_edits()).entries(2)
    assert up.used is up.plain is not None
    assert old.plain is not None
    assert old.used is None
    assert old.source == Given("z9")


def test_a_file_from_before_the_current_direction_was_kept_is_read() -> None:
    values = json.loads(json.dumps(SavedEdits.of((Entry("up", Axis(1), UP, UP),), "digit", "up").to_dict()))
    assert SavedEdits.from_dict(values).current == "up"
    del values["current"]
    assert SavedEdits.from_dict(values).current == ""


def test_a_direction_is_the_same_as_its_text() -> None:
    again = Direction("up", Axis(1), np.array([0.0, 1.0]), 0.5)
    down = Direction("up", Axis(1), np.array([0.0, -1.0]), 0.5)
    assert FoundText(UP) == FoundText(UP) == FoundText(again) == FoundText(str(FoundText(UP)))
    assert hash(FoundText(UP)) == hash(FoundText(again))
    assert FoundText(UP) != FoundText(down)
    assert FoundText(None) == FoundText() == FoundText("") != FoundText(UP)
    assert FoundText(UP) != str(FoundText(UP))


@pytest.mark.parametrize(
    ("place", "wrong"),
    [
        (("base",), "moon"),
        (("directions", 0, "name"), ""),
        (("directions", 0, "name"), "two\nlines"),
        (("directions", 1, "name"), "up"),
        (("directions", 0, "alpha"), 21),
        (("directions", 0, "alpha"), "far"),
        (("directions", 0, "source"), "uphill"),
        (("directions", 0, "found", "sigma"), 0),
        (("directions", 0, "found", "vector"), [1.0, 0.0, 0.0]),
        (("directions", 0, "found"), {}),
    ],
)
def test_damaged_directions_are_refused(place: tuple[Any, ...], wrong: object) -> None:
    values = with_wrong(some_edits(), place, wrong)
    with pytest.raises(ConfigError):
        SavedEdits.from_dict(values).entries(2)


@pytest.mark.parametrize(
    ("place", "wrong"),
    [
        (("kinds",), ["crooked"]),
        (("chosen",), "crooked"),
        (("even",), "odd"),
        (("steps",), 1),
        (("steps",), 1e9),
        (("near_data",), -1),
        (("anchors", 0, "digit"), -1),
        (("anchors", 0), {"class": 10}),
        (("anchors", 1, "z"), []),
        (("anchors", 1, "z"), [1e300]),
    ],
)
def test_damaged_plans_are_refused(place: tuple[Any, ...], wrong: object) -> None:
    values = with_wrong(some_plan(), place, wrong)
    with pytest.raises(ConfigError):
        plan_from(values)


def with_wrong(values: dict[str, Any], place: tuple[Any, ...], wrong: object) -> dict[str, Any]:
    changed = copy.deepcopy(values)
    inner: Any = changed
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = wrong
    return changed


def test_a_direction_between_large_groups_is_read_again() -> None:
    """Its source names hundreds of digits; what it is called in the list does not."""
    mu = np.random.default_rng(0).normal(size=(2000, 2))
    digits = DigitSet(mu, (np.arange(2000) % 10).astype(np.uint8))
    found = find(Groups(tuple(range(900)), tuple(range(900, 2000))), digits)
    assert len(found.name) < 100
    # As sessions were saved before.
    for plain in (found, replace(found, name=source_text(found.source))):
        entry = Entry("A → B", found.source, plain, plain)
        values = json.loads(json.dumps(SavedEdits.of((entry,), "cursor").to_dict()))
        (again,) = SavedEdits.from_dict(values).entries(2)
        assert (again.name, again.source) == ("A → B", found.source)
        assert again.plain is not None
        np.testing.assert_array_equal(again.plain.vector, found.vector)
