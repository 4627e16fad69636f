import threading
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from tests.samples import random_model
from tests.waiting import SHORT
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.data import ImageSet
from vae_explorer.core.snapshot import ModelSnapshot, Posterior
from vae_explorer.core.trust import Trust, TrustGauge
from vae_explorer.workers.trust import TrustMeter


@dataclass
class Model:
    snapshot: ModelSnapshot
    posterior: Posterior

    @property
    def gauge(self) -> TrustGauge:
        return TrustGauge(self.snapshot, self.posterior)


def encoded(images: ImageSet, latent: int = 2, seed: int = 0) -> Model:
    snapshot = random_model(VAEConfig(hidden=(24,), latent=latent), seed)
    return Model(snapshot, snapshot.encode(images.images))


@pytest.fixture
def one(few_digits: ImageSet) -> Model:
    return encoded(few_digits)


@pytest.fixture
def other(few_digits: ImageSet) -> Model:
    return encoded(few_digits, seed=1)


@pytest.fixture
def meter(qtbot: QtBot) -> Iterator[TrustMeter]:
    meter = TrustMeter()
    meter.resume()
    yield meter
    meter.pause()


def prepare(meter: TrustMeter, model: Model, qtbot: QtBot, *, same_run: bool = False) -> None:
    with qtbot.waitSignal(meter.prepared, timeout=SHORT):
        meter.follow(model.snapshot, model.posterior, same_run=same_run)


def read(meter: TrustMeter, z: np.ndarray, qtbot: QtBot) -> Trust:
    with qtbot.waitSignal(meter.measured, timeout=SHORT) as measured:
        meter.request(z)
    trust: Trust = measured.args[0]
    return trust


@pytest.mark.parametrize("latent", [1, 2, 20])
def test_it_says_what_the_gauge_of_the_model_says(
    meter: TrustMeter, few_digits: ImageSet, latent: int, qtbot: QtBot
) -> None:
    model = encoded(few_digits, latent)
    prepare(meter, model, qtbot)
    seen: list[Trust] = []
    meter.measured.connect(seen.append)
    places = [np.full(latent, x) for x in (0.0, 1.0, -3.0)]
    for z in places:
        meter.request(z)
    assert seen == [model.gauge.read(z) for z in places]


def test_in_many_dimensions_it_reads_on_another_thread_and_the_newest_place_wins(
    meter: TrustMeter, few_digits: ImageSet, qtbot: QtBot
) -> None:
    model = encoded(few_digits, 60)
    prepare(meter, model, qtbot)
    seen: list[Trust] = []
    threads: list[int] = []
    meter.measured.connect(seen.append)
    meter.measured.connect(lambda _trust: threads.append(threading.get_ident()))
    places = [np.full(60, x) for x in np.linspace(-1, 1, 30)]
    for z in places:
        meter.request(z)
    assert not seen
    qtbot.waitUntil(lambda: bool(seen), timeout=SHORT)
    meter._jobs.stop()
    expected = model.gauge.read(places[-1])
    assert len(seen) == 1
    assert seen[0].nearest == expected.nearest
    assert seen[0].drift == pytest.approx(expected.drift, rel=1e-4)
    assert threads == [threading.get_ident()]


def test_nothing_is_said_before_there_is_a_gauge(meter: TrustMeter, one: Model, qtbot: QtBot) -> None:
    seen: list[Trust] = []
    meter.measured.connect(seen.append)
    meter.request(np.zeros(2))
    meter.follow(one.snapshot, one.posterior, same_run=False)
    meter.request(np.zeros(2))
    assert not seen
    assert meter.gauge is None
    assert not meter.current


def test_newer_weights_with_the_same_posterior_keep_the_gauge(
    meter: TrustMeter, one: Model, other: Model, qtbot: QtBot
) -> None:
    prepare(meter, one, qtbot)
    gauge = meter.gauge
    for _ in range(5):
        meter.follow(other.snapshot, one.posterior, same_run=True)
    assert meter.gauge is gauge
    assert meter.current
    assert not meter._timer.isActive()
    assert meter._building is None


def test_another_model_has_no_gauge_until_its_own_is_ready(
    meter: TrustMeter, one: Model, other: Model, qtbot: QtBot
) -> None:
    prepare(meter, one, qtbot)
    meter.follow(other.snapshot, other.posterior, same_run=False)
    assert meter.gauge is None
    with qtbot.waitSignal(meter.prepared, timeout=SHORT):
        pass
    z = np.array([0.3, 0.4])
    assert read(meter, z, qtbot) == other.gauge.read(z)


def test_a_later_moment_of_the_run_is_measured_with_the_older_gauge_at_first(
    meter: TrustMeter, one: Model, other: Model, qtbot: QtBot
) -> None:
    prepare(meter, one, qtbot)
    meter.follow(other.snapshot, other.posterior, same_run=True)
    z = np.array([0.3, 0.4])
    assert not meter.current
    assert read(meter, z, qtbot) == one.gauge.read(z)
    # The next one waits for some seconds; whatever comes meanwhile does not begin another.
    assert meter._timer.isActive()
    assert meter._timer.remainingTime() > 3000
    due = meter._timer.remainingTime()
    meter.follow(one.snapshot, one.posterior, same_run=True)
    meter.follow(other.snapshot, other.posterior, same_run=True)
    assert meter._timer.remainingTime() <= due
    meter._timer.start(0)
    qtbot.waitUntil(lambda: meter.current, timeout=SHORT)
    assert read(meter, z, qtbot) == other.gauge.read(z)


def test_after_the_training_the_last_moment_is_measured_without_a_pause(
    meter: TrustMeter, one: Model, other: Model, qtbot: QtBot
) -> None:
    prepare(meter, one, qtbot)
    meter.follow(other.snapshot, other.posterior, same_run=True)
    assert meter._timer.remainingTime() > 3000
    meter.settle()
    assert meter._timer.remainingTime() < 1000
    qtbot.waitUntil(lambda: meter.current, timeout=SHORT)
    # A newer moment comes from a training that goes on.
    meter.follow(one.snapshot, one.posterior, same_run=True)
    assert meter._timer.remainingTime() > 1000


def test_while_the_cursor_moves_no_newer_gauge_is_begun(
    meter: TrustMeter, one: Model, other: Model, qtbot: QtBot
) -> None:
    prepare(meter, one, qtbot)
    meter.follow(other.snapshot, other.posterior, same_run=True)
    meter._timer.stop()
    meter.request(np.zeros(2))
    meter._begin()
    assert meter._building is None
    # It follows when the cursor has come to rest.
    qtbot.waitUntil(lambda: meter.current, timeout=SHORT)


def test_of_two_models_in_a_row_only_the_newer_gets_a_gauge(
    meter: TrustMeter, one: Model, other: Model, qtbot: QtBot
) -> None:
    prepared: list[bool] = []
    meter.prepared.connect(lambda: prepared.append(meter.current))
    meter.follow(one.snapshot, one.posterior, same_run=False)
    meter._timer.stop()
    meter._begin()  # it is at work, or has finished: either way nothing was told yet
    prepare(meter, other, qtbot)
    assert prepared == [True]


def test_while_nobody_looks_nothing_is_prepared(meter: TrustMeter, one: Model, qtbot: QtBot) -> None:
    meter.pause()
    meter.follow(one.snapshot, one.posterior, same_run=False)
    assert not meter._timer.isActive()
    with qtbot.waitSignal(meter.prepared, timeout=SHORT):
        meter.resume()
    assert meter.current


def test_far_out_the_drift_may_be_no_number(meter: TrustMeter, one: Model, qtbot: QtBot) -> None:
    prepare(meter, one, qtbot)
    trust = read(meter, np.full(2, 1e300), qtbot)
    assert trust.within_sigma == 0
    assert trust.prior_outside == 0
