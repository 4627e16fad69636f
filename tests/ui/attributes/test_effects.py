"""Verified effects beside other work: the same figures as in one piece, the newest question first, none found twice."""

from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from PySide6.QtCore import QObject, QTimer
from pytestqt.qtbot import QtBot

from tests.samples import first_digits, random_model
from tests.waiting import LONG, SHORT
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.data import ImageSet
from vae_explorer.core.direction_effect import ALPHAS, JUDGED, effect
from vae_explorer.core.direction_sources import Axis
from vae_explorer.core.directions import DigitSet, Direction, find
from vae_explorer.core.morphometry import measure
from vae_explorer.core.snapshot import ModelSnapshot, Posterior
from vae_explorer.ui.attributes.effects import Effects, Found, Question
from vae_explorer.workers.jobs import Jobs


@dataclass
class Bench:
    """Digits of which two are held out, so that an answer takes a second."""

    qtbot: QtBot
    images: ImageSet
    snapshot: ModelSnapshot
    posterior: Posterior
    effects: Effects
    seen: list[Found | None] = field(default_factory=list)

    def direction(self, axis: int) -> Direction:
        return find(Axis(axis), self.digits)

    @property
    def digits(self) -> DigitSet:
        return DigitSet(self.posterior.mu, self.images.labels)

    def question(self, direction: Direction) -> Question:
        return Question(self.snapshot, self.posterior, direction, self.images)

    @property
    def held_out(self) -> np.ndarray:
        return self.posterior.mu[self.digits.held_out].astype(np.float64)

    def wait(self) -> Found:
        self.qtbot.waitUntil(lambda: not self.effects.busy, timeout=LONG)
        assert self.effects.found is not None
        return self.effects.found


@pytest.fixture
def bench(qtbot: QtBot, deep_model: ModelSnapshot) -> Bench:
    images = first_digits(10)
    owner = QObject()
    effects = Effects(Jobs(owner), owner)
    bench = Bench(qtbot, images, deep_model, deep_model.encode(images.images), effects)
    effects.changed.connect(lambda: bench.seen.append(effects.found))
    bench.__dict__["owner"] = owner
    return bench


def test_first_roughly_then_finely(bench: Bench) -> None:
    direction = bench.direction(1)
    bench.effects.ask(bench.question(direction))
    found = bench.wait()
    scales = measure(bench.images.images).std(0)
    np.testing.assert_allclose(found.scales, scales)
    judged = [ALPHAS.index(alpha) for alpha in JUDGED]
    for grids, answer in ((1, next(each for each in bench.seen if each is not None)), (3, found)):
        expected = effect(bench.snapshot, direction, bench.held_out, scales, grids=grids)
        assert answer.rough == (grids == 1)
        assert answer.bases == 2
        # Decoded in other numbers at once, pictures differ by rounding, and a pixel on the edge may fall elsewhere.
        np.testing.assert_allclose(answer.effect.mean[:, judged], expected.mean[:, judged], atol=0.3)
        np.testing.assert_array_equal(answer.effect.rising, expected.rising)
        # What nothing is judged by is the first estimate, moved along: half a standard deviation of one digit or so.
        apart = np.abs(answer.effect.mean - expected.mean) / scales[:, None]
        assert apart.max() < (0.02 if grids == 1 else 0.5)
        np.testing.assert_allclose(answer.effect.slopes, expected.slopes, atol=0.05)


def test_the_share_grows(bench: Bench) -> None:
    shares: list[float] = []
    bench.effects.changed.connect(lambda: shares.append(bench.effects.share))
    bench.effects.ask(bench.question(bench.direction(0)))
    bench.wait()
    assert shares[0] == 0
    assert shares[-1] == 1
    assert min(shares) >= 0
    assert max(shares) == 1


def test_what_is_known_is_there_at_once(bench: Bench) -> None:
    one, other = bench.direction(0), bench.direction(1)
    bench.effects.ask(bench.question(one))
    known = bench.wait()
    bench.effects.ask(bench.question(other))
    assert bench.effects.found is None
    bench.effects.ask(bench.question(one))
    assert bench.effects.found is known
    assert not bench.effects.busy


def test_only_the_newest_question_is_answered(bench: Bench) -> None:
    directions = [bench.direction(k % 2) for k in range(6)]
    for direction in directions:
        bench.effects.ask(bench.question(direction))
    found = bench.wait()
    assert found.question.direction is directions[-1]
    assert {each.question.direction for each in bench.seen if each is not None} == {directions[-1]}


def test_another_question_ends_what_is_under_way(bench: Bench) -> None:
    one, other = bench.direction(0), bench.direction(1)
    bench.effects.ask(bench.question(one))
    bench.qtbot.waitUntil(lambda: bench.effects.found is not None, timeout=SHORT)
    bench.effects.ask(bench.question(other))
    bench.wait()
    answered = [each.question.direction for each in bench.seen if each is not None and not each.rough]
    assert set(answered) == {other}


def test_dropped_nothing_is_said_any_more(bench: Bench) -> None:
    bench.effects.ask(bench.question(bench.direction(0)))
    bench.qtbot.waitUntil(lambda: bench.effects.found is not None, timeout=SHORT)
    bench.effects.drop()
    assert bench.effects.found is None
    assert bench.effects.share == 1
    bench.seen.clear()
    bench.qtbot.waitUntil(lambda: not bench.effects.busy, timeout=SHORT)
    assert bench.seen == []


def test_it_makes_way_for_what_is_moved(bench: Bench) -> None:
    """A hand moves on for four times as long as a first answer of two digits takes."""
    hand, moves = QTimer(), []
    hand.timeout.connect(bench.effects.make_way)
    hand.timeout.connect(lambda: moves.append(bench.effects.found))
    bench.effects.make_way()
    hand.start(10)
    measures = measure(bench.images.images)
    bench.effects.ask(replace(bench.question(bench.direction(0)), measures=measures))
    bench.qtbot.waitUntil(lambda: len(moves) > 150, timeout=LONG)
    assert moves[-1] is None
    assert bench.effects.busy
    hand.stop()
    assert bench.wait().bases == 2


def test_known_measures_are_the_scale(bench: Bench) -> None:
    measures = np.random.default_rng(0).normal(size=(10, 6)) * np.arange(1, 7)
    measures[0] = np.nan
    question = replace(bench.question(bench.direction(0)), measures=measures)
    bench.effects.ask(question)
    np.testing.assert_allclose(bench.wait().scales, np.nanstd(measures, axis=0))


def test_while_a_model_learns_the_last_answer_stays(bench: Bench) -> None:
    bench.effects.ask(bench.question(bench.direction(0)))
    known = bench.wait()
    newer = random_model(VAEConfig(hidden=(8,), latent=2), seed=1)
    bench.snapshot, bench.posterior = newer, newer.encode(bench.images.images)
    learned = bench.direction(0)
    bench.effects.ask(bench.question(learned), learning=True)
    assert bench.effects.found is known
    assert bench.effects.busy
    found = bench.wait()
    assert found.question.direction is learned


def test_a_model_without_ink_has_an_answer_too(bench: Bench) -> None:
    config = VAEConfig(hidden=(8,), latent=2)
    weights = dict(random_model(config).weights)
    weights["logits.weight"] = np.zeros_like(weights["logits.weight"])
    weights["logits.bias"] = np.zeros_like(weights["logits.bias"])
    bench.snapshot = ModelSnapshot(config, weights)
    bench.effects.ask(bench.question(bench.direction(0)))
    found = bench.wait()
    assert found.effect.counted.tolist() == [0] * 6
    assert np.isnan(found.effect.rising).all()
