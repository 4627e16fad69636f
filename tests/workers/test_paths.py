from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from tests.samples import random_model
from tests.waiting import LONG, SHORT
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.data import ImageSet
from vae_explorer.core.errors import UserError
from vae_explorer.core.path_kinds import PATH_KINDS, PathKind
from vae_explorer.core.path_recipe import PathRecipe, follow
from vae_explorer.core.path_report import PathReport
from vae_explorer.core.snapshot import ModelSnapshot
from vae_explorer.core.strips import decoded_frames
from vae_explorer.state.journey import ClassAnchor, DigitAnchor, PlaceAnchor, Plan
from vae_explorer.state.session import OpenModel, open_model
from vae_explorer.workers.jobs import Jobs
from vae_explorer.workers.path_wish import Found, Ground
from vae_explorer.workers.paths import PathWorker

SEVEN_TO_NINE = Plan((DigitAnchor(7), DigitAnchor(9)))


@dataclass
class Desk:
    """A worker, and all that it said."""

    worker: PathWorker
    images: ImageSet
    qtbot: QtBot
    found: dict[PathKind, list[Found]] = field(default_factory=lambda: defaultdict(list))
    reports: dict[PathKind, PathReport] = field(default_factory=dict)
    failed: dict[PathKind, UserError] = field(default_factory=dict)
    refused: list[UserError] = field(default_factory=list)
    progress: dict[PathKind, list[float]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        self.worker.found.connect(lambda kind, found: self.found[kind].append(found))
        self.worker.reported.connect(self.reports.__setitem__)
        self.worker.failed.connect(self.failed.__setitem__)
        self.worker.refused.connect(self.refused.append)
        self.worker.progress.connect(lambda kind, share: self.progress[kind].append(share))

    def model(self, latent: int = 2, seed: int = 0, width: int = 12) -> OpenModel:
        snapshot = random_model(VAEConfig(hidden=(width,), latent=latent), seed)
        return open_model(snapshot, self.images, "m", "file")

    def request(self, plan: Plan, model: OpenModel) -> None:
        self.worker.request(plan, model, self.images.labels)

    def wait(self) -> None:
        self.qtbot.waitUntil(lambda: not self.worker.busy, timeout=LONG)

    def wait_for(self, happened: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(happened, timeout=LONG)


@pytest.fixture
def desk(jobs: Jobs, few_digits: ImageSet, qtbot: QtBot) -> Iterator[Desk]:
    worker = PathWorker(jobs)
    yield Desk(worker, few_digits, qtbot)
    worker.forget()


def moved(plan: Plan, x: float, latent: int = 2) -> Plan:
    return replace(plan, anchors=(plan.anchors[0], PlaceAnchor((x,) * latent)))


# What is found


@pytest.mark.parametrize("latent", [1, 2, 3, 32])
def test_all_kinds_are_found_and_measured_and_are_those_of_the_recipe(desk: Desk, latent: int) -> None:
    model = desk.model(latent)
    desk.request(SEVEN_TO_NINE, model)
    desk.wait()
    for kind in PATH_KINDS:
        found = desk.worker.found_of(kind)
        assert found is not None
        assert not found.coarse
        assert found is desk.found[kind][-1]
        recipe = PathRecipe("", (7, 9), kind, 16, near_data=SEVEN_TO_NINE.near_data)
        expected = follow(recipe, Ground(model).space)
        np.testing.assert_array_equal(found.path.points, expected.points)
        np.testing.assert_array_equal(found.frames, decoded_frames(model.snapshot, expected.points))
        report = desk.worker.report_of(kind)
        assert report is desk.reports[kind]
        assert len(report.changes) == 15
        assert desk.worker.is_current(kind)
        assert desk.worker.is_measured(kind)


def test_plain_kinds_are_there_before_the_request_returns(desk: Desk) -> None:
    desk.request(SEVEN_TO_NINE, desk.model())
    assert [kind for kind, found in desk.found.items() if found] == ["linear", "spherical"]
    assert desk.worker.busy


def test_of_a_large_model_even_plain_kinds_are_found_on_another_thread(desk: Desk) -> None:
    desk.request(replace(SEVEN_TO_NINE, steps=240, kinds=("linear",)), desk.model(width=400))
    assert not desk.found
    desk.wait()
    assert desk.worker.is_current("linear")


def test_in_the_plane_a_rough_geodesic_comes_before_the_good_one(desk: Desk) -> None:
    desk.request(SEVEN_TO_NINE, desk.model())
    desk.wait()
    assert [found.coarse for found in desk.found["geodesic"]] == [True, False]
    assert [found.coarse for found in desk.found["neighbours"]] == [False]


def test_it_says_how_far_it_is_with_what_a_kind_needs(desk: Desk) -> None:
    model = desk.model()
    desk.request(SEVEN_TO_NINE, model)
    desk.wait()
    for kind in ("geodesic", "neighbours"):
        shares = desk.progress[kind]
        assert shares[0] == 0
        assert shares == sorted(shares)
        assert shares[-1] <= 1
    desk.progress.clear()
    desk.request(moved(SEVEN_TO_NINE, 1.0), model)
    desk.wait()
    assert not desk.progress


def test_only_kinds_that_are_asked_for_are_found_and_others_later_without_the_first_anew(desk: Desk) -> None:
    model = desk.model()
    desk.request(replace(SEVEN_TO_NINE, kinds=("linear",)), model)
    desk.wait()
    assert set(desk.found) == {"linear"}
    desk.request(replace(SEVEN_TO_NINE, kinds=("linear", "neighbours")), model)
    desk.wait()
    assert len(desk.found["linear"]) == len(desk.found["neighbours"]) == 1


# The newest counts


def test_while_an_anchor_is_dragged_the_newest_place_wins(desk: Desk) -> None:
    model = desk.model()
    desk.request(SEVEN_TO_NINE, model)
    desk.wait()
    desk.found.clear()
    for x in np.linspace(0, 1, 30):
        desk.request(moved(SEVEN_TO_NINE, x), model)
        desk.qtbot.wait(1)
    desk.wait()
    assert len(desk.found["linear"]) == 30
    for kind in PATH_KINDS:
        ends = [found.path.points[-1, 0] for found in desk.found[kind]]
        assert ends == sorted(ends)
        assert ends[-1] == 1.0
        assert desk.worker.is_measured(kind)


def test_until_there_is_a_newer_one_the_path_of_before_stays(desk: Desk) -> None:
    model = desk.model()
    desk.request(SEVEN_TO_NINE, model)
    desk.wait()
    before, report = desk.worker.found_of("geodesic"), desk.worker.report_of("geodesic")
    desk.request(moved(SEVEN_TO_NINE, 1.0), model)
    assert desk.worker.found_of("geodesic") is before
    assert desk.worker.report_of("geodesic") is report
    assert not desk.worker.is_current("geodesic")
    assert not desk.worker.is_measured("geodesic")
    desk.wait()
    assert desk.worker.found_of("geodesic") is not before


def test_with_another_number_of_frames_or_another_model_nothing_of_before_stays(desk: Desk) -> None:
    model = desk.model()
    desk.request(SEVEN_TO_NINE, model)
    desk.wait()
    with desk.qtbot.waitSignal(desk.worker.cleared, timeout=SHORT):
        desk.request(replace(SEVEN_TO_NINE, steps=9), model)
    assert desk.worker.found_of("geodesic") is None
    desk.wait()
    with desk.qtbot.waitSignal(desk.worker.cleared, timeout=SHORT):
        desk.request(replace(SEVEN_TO_NINE, steps=9), desk.model(seed=1))
    assert desk.worker.found_of("neighbours") is None
    desk.wait()


def test_the_same_wish_twice_is_fulfilled_once(desk: Desk) -> None:
    model = desk.model()
    for _ in range(3):
        desk.request(SEVEN_TO_NINE, model)
        desk.wait()
    assert len(desk.found["linear"]) == 1
    assert len(desk.found["geodesic"]) == 2


def test_at_rest_nothing_more_comes_and_the_next_request_goes_on(desk: Desk) -> None:
    model = desk.model()
    desk.request(SEVEN_TO_NINE, model)
    desk.worker.rest()
    desk.wait()
    assert not desk.found["geodesic"]
    assert not desk.reports
    desk.request(SEVEN_TO_NINE, model)
    desk.wait()
    assert set(desk.reports) == set(PATH_KINDS)
    assert len(desk.found["linear"]) == 1


# A training


def trained_on(model: OpenModel, seed: int, images: ImageSet) -> OpenModel:
    """The next moment of the same run."""
    weights = {
        name: value + np.float32(1e-3) * np.random.default_rng(seed).standard_normal(value.shape, np.float32)
        for name, value in model.snapshot.weights.items()
    }
    snapshot = ModelSnapshot(model.snapshot.config, weights, model.snapshot.record)
    return replace(model, snapshot=snapshot, posterior=snapshot.encode(images.images), run="r")


def test_while_a_model_learns_plain_kinds_follow_at_once_and_the_costly_ones_come_last_of_all(
    desk: Desk,
) -> None:
    model = replace(desk.model(), run="r")
    desk.request(SEVEN_TO_NINE, model)
    desk.wait()
    desk.found.clear()
    geodesic = desk.worker.found_of("geodesic")
    for seed in range(8):
        model = trained_on(model, seed, desk.images)
        desk.request(SEVEN_TO_NINE, model)
    assert len(desk.found["linear"]) == 8
    assert not desk.found["geodesic"]
    assert desk.worker.found_of("geodesic") is geodesic
    desk.wait()
    assert len(desk.found["geodesic"]) == 2
    found = desk.worker.found_of("geodesic")
    assert found is not None
    np.testing.assert_array_equal(found.path.points[-1], model.posterior.mu[9].astype(np.float64))
    assert desk.worker.is_measured("neighbours")


# Bad input


def test_anchors_that_are_all_at_the_same_place_are_refused(desk: Desk) -> None:
    model = desk.model()
    desk.request(SEVEN_TO_NINE, model)
    desk.request(replace(SEVEN_TO_NINE, anchors=(DigitAnchor(7), DigitAnchor(7))), model)
    (error,) = desk.refused
    assert "at the same place" in str(error)
    assert desk.worker.found_of("linear") is None
    desk.wait()
    assert not desk.reports
    desk.request(SEVEN_TO_NINE, model)
    desk.wait()
    assert set(desk.reports) == set(PATH_KINDS)


def test_two_of_several_anchors_at_one_place_are_one(desk: Desk) -> None:
    model = desk.model()
    desk.request(SEVEN_TO_NINE, model)
    desk.wait()
    once = {kind: desk.worker.found_of(kind) for kind in PATH_KINDS}
    desk.request(replace(SEVEN_TO_NINE, anchors=(DigitAnchor(7), DigitAnchor(7), DigitAnchor(9))), model)
    desk.wait()
    assert not desk.refused
    for kind in PATH_KINDS:
        found, before = desk.worker.found_of(kind), once[kind]
        assert found is not None
        assert before is not None
        np.testing.assert_array_equal(found.path.curve, before.path.curve)
        assert found.path.anchor_rows[0] == found.path.anchor_rows[1]


@pytest.mark.parametrize("anchor", [PlaceAnchor((1.0, 2.0, 3.0)), DigitAnchor(10**6), ClassAnchor(77)])
def test_anchors_that_the_model_does_not_have_are_refused(
    desk: Desk, anchor: PlaceAnchor | DigitAnchor | ClassAnchor
) -> None:
    desk.request(replace(SEVEN_TO_NINE, anchors=(DigitAnchor(7), anchor)), desk.model())
    assert len(desk.refused) == 1
    assert not desk.found


def test_far_off_the_data_there_still_are_paths(desk: Desk) -> None:
    desk.request(moved(SEVEN_TO_NINE, 1e5), desk.model())
    desk.wait()
    for kind in PATH_KINDS:
        assert desk.worker.is_measured(kind)
    assert desk.reports["linear"].percentile == 0


def test_what_is_no_place_fails_in_words_for_each_kind(desk: Desk) -> None:
    desk.request(moved(SEVEN_TO_NINE, 1e15), desk.model())
    desk.wait()
    assert set(desk.failed) == set(PATH_KINDS)
    assert "not a place" in str(desk.failed["geodesic"])
    assert not desk.reports
