from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae_explorer.core.errors import ConfigError, DataError
from vae_explorer.core.path_kinds import PATH_KINDS
from vae_explorer.state.journey import (
    MOST_ANCHORS,
    MOST_STEPS,
    USUAL_STEPS,
    Anchor,
    ClassAnchor,
    DigitAnchor,
    Journey,
    PlaceAnchor,
    Plan,
    anchor_place,
    anchor_places,
)

MU = np.array([[0.0, 1.0], [2.0, 3.0], [4.0, -1.0], [0.5, 0.5]], np.float32)
LABELS = np.array([3, 7, 3, 0], np.uint8)

coordinates = st.floats(-1e6, 1e6)
anchors = st.one_of(
    st.integers(0, 9).map(DigitAnchor),
    st.integers(0, 9).map(ClassAnchor),
    st.tuples(coordinates, coordinates).map(PlaceAnchor),
)
plans = st.builds(
    Plan,
    anchors=st.lists(anchors, max_size=6).map(tuple),
    loop=st.booleans(),
    kinds=st.lists(st.sampled_from(PATH_KINDS), max_size=4).map(tuple),
    chosen=st.sampled_from(PATH_KINDS),
    steps=st.integers(-5, 500),
)


@given(st.lists(anchors, max_size=5), st.data())
def test_changes_are_those_of_a_list(items: list[Anchor], data: st.DataObject) -> None:
    journey, model = Journey(), []
    for item in items:
        journey.add(item)
        model.append(item)
    for _ in range(data.draw(st.integers(0, 5))):
        if not model:
            break
        row = data.draw(st.integers(0, len(model) - 1))
        match data.draw(st.sampled_from(["replace", "remove", "move", "reverse"])):
            case "replace":
                model[row] = data.draw(anchors)
                journey.replace_anchor(row, model[row])
            case "remove":
                journey.remove(row)
                del model[row]
            case "move":
                to = data.draw(st.integers(-2, len(model) + 2))
                journey.move(row, to)
                model.insert(max(to, 0), model.pop(row))
            case "reverse":
                journey.reverse()
                model.reverse()
        assert list(journey.plan.anchors) == model


@given(plans)
def test_a_plan_has_a_frame_for_each_anchor_and_a_chosen_kind_that_is_shown(plan: Plan) -> None:
    journey = Journey()
    journey.set(plan)
    kept = journey.plan
    assert max(2, len(kept.anchors)) <= kept.steps <= MOST_STEPS
    assert set(kept.kinds) == set(plan.kinds)
    assert list(kept.kinds) == sorted(kept.kinds, key=PATH_KINDS.index)
    assert kept.chosen in kept.kinds or not kept.kinds
    assert replace(kept, steps=plan.steps, kinds=plan.kinds, chosen=plan.chosen) == plan
    before = journey.plan
    journey.set(before)
    assert journey.plan is before


@given(plans, plans)
def test_going_back_to_a_plan_is_exact_and_told_with_the_one_before(one: Plan, other: Plan) -> None:
    journey = Journey()
    journey.set(one)
    first, told = journey.plan, []
    journey.changed.connect(lambda before: told.append(before))
    journey.set(other)
    second = journey.plan
    journey.set(first)
    assert journey.plan == first
    assert told == ([] if first == second else [first, second])


def test_there_is_an_end_to_what_can_be_added() -> None:
    journey = Journey()
    journey.add(*(DigitAnchor(index) for index in range(MOST_ANCHORS + 9)))
    assert journey.plan.anchors[-1] == DigitAnchor(MOST_ANCHORS - 1)
    assert journey.plan.steps == MOST_ANCHORS
    journey.set(replace(journey.plan, anchors=()))
    # Nobody asked for so many frames, but nobody asked for fewer either.
    assert journey.plan.steps == MOST_ANCHORS
    assert Plan().steps == USUAL_STEPS


def test_the_frame_stays_within_the_path() -> None:
    journey, told = Journey(), []
    journey.frame_changed.connect(lambda: told.append(journey.frame))
    journey.go_to(99)
    journey.go_to(99)
    assert told == [USUAL_STEPS - 1]
    journey.set(replace(journey.plan, steps=5))
    assert told == [USUAL_STEPS - 1, 4]
    journey.go_to(-3)
    assert journey.frame == 0


def test_places_of_anchors() -> None:
    places = anchor_places((DigitAnchor(1), ClassAnchor(3), PlaceAnchor((7, 8), "x")), MU, LABELS)
    np.testing.assert_array_equal(places, [[2, 3], [2, 0], [7, 8]])
    assert places.dtype == np.float64
    assert anchor_places((), MU, LABELS).shape == (0, 2)


@pytest.mark.parametrize("index", [-1, 4])
def test_a_digit_that_is_not_there_is_named(index: int) -> None:
    with pytest.raises(DataError, match=f"no digit #{index}: there are 4"):
        anchor_place(DigitAnchor(index), MU, LABELS)


def test_a_class_without_members_is_named() -> None:
    with pytest.raises(DataError, match="no digits of class 5"):
        anchor_place(ClassAnchor(5), MU, LABELS)


def test_a_place_of_another_latent_space_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"2 latent dimension\(s\), but an anchor has 3"):
        anchor_places((DigitAnchor(0), PlaceAnchor((1, 2, 3))), MU, LABELS)


def test_a_place_is_a_copy() -> None:
    anchor_place(DigitAnchor(0), MU, LABELS)[:] = 9
    assert MU[0].tolist() == [0, 1]
