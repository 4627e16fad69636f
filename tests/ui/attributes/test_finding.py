"""Directions follow the open model: found, measured, kept still, and found anew."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from tests.samples import random_model
from tests.ui.attributes.conftest import Desk
from tests.waiting import SHORT
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.data import load_images
from vae_explorer.core.direction_sources import (
    Around,
    Arrow,
    Axis,
    ClassPair,
    Component,
    DigitPair,
    Given,
    Groups,
    Measured,
    Source,
)
from vae_explorer.core.directions import DigitSet, Direction, angle, cost, find, kept_still
from vae_explorer.core.local_direction import find_around
from vae_explorer.core.morphometry import measure
from vae_explorer.core.snapshot import ModelSnapshot
from vae_explorer.state.edits import Edits, Entry
from vae_explorer.state.session import OpenModel, Session, open_model
from vae_explorer.ui.attributes.finding import DirectionFinder
from vae_explorer.ui.widgets.message_bar import translated
from vae_explorer.workers.jobs import Jobs


def digits(desk: Desk, *, measured: bool = False) -> DigitSet:
    images = desk.session.images
    assert images is not None
    return DigitSet(desk.model.posterior.mu, images.labels, measure(images.images) if measured else None)


def settle(desk: Desk) -> None:
    desk.qtbot.waitUntil(lambda: desk.panel.finder.up_to_date, timeout=SHORT)


def entry(desk: Desk, name: str) -> Entry:
    found = desk.edits.find(name)
    assert found is not None
    return found


def problem(desk: Desk, name: str) -> str:
    found = entry(desk, name)
    assert found.problem is not None
    assert found.used is None
    return translated(found.problem)


def same(one: Direction, other: Direction) -> bool:
    return np.array_equal(one.vector, other.vector) and (one.sigma, one.quality) == (
        other.sigma,
        other.quality,
    )


@pytest.mark.parametrize(
    "source",
    [
        ClassPair(1, 7),
        ClassPair(1, 7, "lda"),
        Groups((0, 1, 2), (3, 4, 5)),
        Component(1),
        Axis(0),
        DigitPair(3, 4),
        Arrow((3.0, 4.0)),
    ],
)
def test_a_direction_is_what_the_core_finds_and_measures_nothing(desk: Desk, source: Source) -> None:
    found = desk.add("it", source)
    assert same(found, find(source, digits(desk)))
    assert desk.panel.finder.measures is None
    assert not desk.panel.finder.measuring


def test_digits_are_measured_once_with_progress(desk: Desk) -> None:
    finder = desk.panel.finder
    shares: list[float] = []
    finder.progress.connect(shares.append)
    with desk.qtbot.waitSignal(finder.measures_changed, timeout=SHORT):
        desk.edits.add("thickness", Measured("thickness"))
        assert finder.is_waiting("thickness")
        assert finder.measuring
    settle(desk)
    assert shares[0] == 0
    assert shares[-1] == 1
    assert len(shares) > 2
    assert shares == sorted(shares)
    assert not finder.is_waiting("thickness")
    assert same(desk.direction("thickness"), find(Measured("thickness"), digits(desk, measured=True)))
    measures, told = finder.measures, len(shares)
    desk.add("slant", Measured("slant"))
    desk.open_random(5)
    settle(desk)
    assert finder.measures is measures
    assert len(shares) == told
    assert desk.direction("slant").latent == 5


def test_another_model_has_directions_of_its_own(desk: Desk) -> None:
    before = desk.add("pair", ClassPair(1, 7))
    desk.open_random(2)
    settle(desk)
    after = desk.direction("pair")
    assert same(after, find(ClassPair(1, 7), digits(desk)))
    assert not same(before, after)


def test_numbers_that_came_from_a_file_wait_for_a_model_of_their_size(
    desk: Desk, deep_model: ModelSnapshot
) -> None:
    given = Direction("mine", Given("a friend"), np.array([0.6, 0.8]), 5.0)
    desk.edits.add("mine", given.source, given)
    settle(desk)
    np.testing.assert_array_equal(desk.direction("mine").vector, (0.6, 0.8))
    # Its σ is that of these digits, and not the one that it came with.
    assert desk.direction("mine").sigma != 5
    desk.open_random(3)
    settle(desk)
    assert problem(desk, "mine") == "This model has 3 latent dimension(s), but the direction has 2."
    assert not desk.edits.terms
    desk.open(deep_model)
    settle(desk)
    np.testing.assert_array_equal(desk.direction("mine").vector, (0.6, 0.8))


def test_what_a_model_does_not_have_is_said(desk: Desk) -> None:
    for name, source in (
        ("axis", Axis(2)),
        ("no such class", ClassPair(3, 11)),
        ("nowhere", DigitPair(7, 7)),
    ):
        desk.edits.add(name, source)
    settle(desk)
    assert problem(desk, "axis") == "This model has 2 latent dimension(s), so there is no axis z3."
    assert problem(desk, "no such class").startswith("None of the digits is a 11")
    assert "has no length" in problem(desk, "nowhere")
    desk.open_random(3)
    settle(desk)
    assert desk.direction("axis").latent == 3


def test_no_direction_of_another_size_is_ever_used(desk: Desk) -> None:
    desk.add("pair", ClassPair(1, 7))
    sizes: list[set[int]] = []
    desk.edits.changed.connect(lambda: sizes.append({found.latent for found, _ in desk.edits.terms}))
    desk.open_random(4)
    assert not desk.edits.terms
    settle(desk)
    assert all(size <= {4} for size in sizes)
    assert {found.latent for found, _ in desk.edits.terms} == {4}


def test_what_is_kept_still_is_projected_out_and_costs(desk: Desk) -> None:
    desk.open_random(3)
    pair, axis = desk.add("pair", ClassPair(1, 7)), desk.add("axis", Axis(0))
    desk.edits.update("pair", still=("axis",))
    settle(desk)
    used = desk.direction("pair")
    assert abs(used.vector @ axis.vector) < 1e-12
    assert entry(desk, "pair").plain is pair
    expected = kept_still(pair, [axis], digits(desk))
    np.testing.assert_allclose(used.vector, expected.vector, atol=1e-12)
    assert desk.panel.finder.cost("pair") == cost(pair, used, digits(desk))
    assert desk.panel.finder.cost("axis") is None
    assert desk.panel.finder.angles_to("pair")["axis"] == pytest.approx(90)
    desk.edits.remove("axis")
    settle(desk)
    assert desk.direction("pair") is pair


def test_nothing_left_is_said_by_the_names_of_the_list(desk: Desk) -> None:
    desk.add("one", Axis(0))
    desk.add("other", Axis(0))
    desk.edits.update("one", still=("other",))
    settle(desk)
    assert problem(desk, "one").startswith("Nothing is left of one once other is kept still")
    desk.edits.rename("other", "rival")
    settle(desk)
    assert "rival" in problem(desk, "one")


def test_what_was_not_found_cannot_be_kept_still(desk: Desk) -> None:
    desk.add("one", Axis(0))
    desk.edits.add("nowhere", DigitPair(7, 7))
    desk.edits.update("one", still=("nowhere",))
    settle(desk)
    assert problem(desk, "one") == "“nowhere” has to be found before it can be kept still."


def test_angles_are_those_of_the_directions(desk: Desk) -> None:
    one, other = desk.add("one", Axis(0)), desk.add("other", ClassPair(1, 7))
    desk.edits.add("nowhere", DigitPair(7, 7))
    settle(desk)
    degrees = angle(one, other)
    assert desk.panel.finder.angles() == {("one", "other"): degrees, ("other", "one"): degrees}
    assert desk.panel.finder.angles_to("nowhere") == {}


def test_what_undo_brings_back_is_of_the_model_that_is_open_now(desk: Desk) -> None:
    desk.add("pair", ClassPair(1, 7))
    old = desk.edits.entries
    desk.edits.remove("pair")
    desk.open_random(2)
    desk.edits.restore(old)
    settle(desk)
    assert same(desk.direction("pair"), find(ClassPair(1, 7), digits(desk)))


def test_of_a_model_that_learns_the_newest_moment_counts(desk: Desk) -> None:
    desk.add("pair", ClassPair(1, 7))
    seen: list[Direction | None] = []
    desk.edits.changed.connect(lambda: seen.append(entry(desk, "pair").used))
    for seed in range(8):
        desk.open_random(2, seed)
    # None is taken away meanwhile.
    assert entry(desk, "pair").used is not None
    settle(desk)
    assert same(desk.direction("pair"), find(ClassPair(1, 7), digits(desk)))
    assert None not in seen


def test_newer_weights_with_the_same_posterior_change_nothing(desk: Desk) -> None:
    before = desk.add("pair", ClassPair(1, 7))
    heard: list[None] = []
    desk.edits.changed.connect(lambda: heard.append(None))
    desk.session.show(replace(desk.model, epoch=2.0))
    assert desk.panel.finder.up_to_date
    assert desk.direction("pair") is before
    assert not heard


def test_a_local_direction_is_searched_for_around_its_place(desk: Desk) -> None:
    source = Around("thickness", (0.5, -1.0))
    found = desk.add("here", source)
    expected = find_around(source, desk.model.snapshot, desk.model.posterior.mu)
    np.testing.assert_allclose(found.vector, expected.vector)
    assert found.sigma == pytest.approx(expected.sigma)
    # The others need not wait for it, but what keeps it still must.
    desk.edits.add("axis", Axis(0))
    desk.edits.update("axis", still=("here",))
    settle(desk)
    assert abs(desk.direction("axis").vector @ found.vector) < 1e-9


def test_nothing_is_found_while_nobody_looks(desk: Desk) -> None:
    finder = desk.panel.finder
    finder.set_active(False)
    desk.edits.add("thickness", Measured("thickness"))
    desk.edits.add("axis", Axis(0))
    assert not finder.measuring
    assert all(each.used is None and each.problem is None for each in desk.edits)
    finder.set_active(True)
    assert finder.measuring
    settle(desk)
    assert all(each.used is not None for each in desk.edits)


def test_a_window_that_closes_does_not_wait_for_the_measuring(desk: Desk) -> None:
    finder = desk.panel.finder
    desk.session.set_images(load_images("test"))
    shares: list[float] = []
    finder.progress.connect(shares.append)
    finder.measure()
    desk.qtbot.waitUntil(lambda: len(shares) > 2, timeout=SHORT)
    finder.stop()
    assert not finder.measuring
    assert finder.measures is None
    assert 0 < shares[-1] < 0.9


def test_without_a_model_nothing_is_known(qapp: QApplication) -> None:
    edits, jobs = Edits(), Jobs()
    finder = DirectionFinder(Session(), edits, jobs)
    given = Direction("mine", Given("a friend"), np.array([0.6, 0.8]), 5.0)
    edits.add("mine", given.source, given)
    edits.add("axis", Axis(0))
    assert [each.used for each in edits] == [None, None]
    assert edits[0].plain is given
    assert finder.up_to_date
    assert finder.digits is None
    finder.stop()
    jobs.stop()


def test_means_that_are_no_use_are_a_problem_of_each_direction(desk: Desk) -> None:
    snapshot = random_model(VAEConfig(hidden=(8,), latent=2))
    assert desk.session.images is not None
    model: OpenModel = open_model(snapshot, desk.session.images, "huge", "file")
    desk.edits.add("axis", Axis(0))
    settle(desk)
    desk.session.show(
        replace(model, posterior=replace(model.posterior, mu=model.posterior.mu * np.float32(1e20)))
    )
    settle(desk)
    assert "weights are so large" in problem(desk, "axis")
    assert desk.panel.finder.digits is None
