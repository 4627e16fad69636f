import numpy as np
import pytest

from tests.samples import some_history
from tests.ui.curves.samples import ENTRIES, STEPS, a_run, add_epoch
from vae_explorer.core.metrics import Metrics
from vae_explorer.core.smoothing import smooth
from vae_explorer.core.statistics import StepStats
from vae_explorer.ui.curves.data import FIGURES, KINDS, LOG_FLOOR, RunData


def test_lines_of_epochs_and_lines_of_steps() -> None:
    run = RunData("Run 1", a_run(3))
    assert run.places("test", "epoch").tolist() == [1, 2, 3]
    assert run.places("test", "step").tolist() == [ENTRIES * STEPS * k for k in (1, 2, 3)]
    np.testing.assert_allclose(run.values("test", "elbo"), [-159, -158, -157])
    assert len(run.places("train", "epoch")) == len(run.values("train", "kl")) == 3 * ENTRIES
    np.testing.assert_allclose(run.values("objective", "elbo"), -run.metrics.column("loss"))


@pytest.mark.parametrize("count", ["epoch", "step"])
def test_every_line_has_as_many_places_as_values_and_all_are_finite(count: str) -> None:
    for metrics in (a_run(4), a_run(4, validation=False), Metrics(), a_run(1)):
        run = RunData("Run", metrics)
        for kind in KINDS:
            for figure in FIGURES:
                values = run.values(kind, figure)
                assert np.isfinite(values).all()
                if kind != "objective" or figure == "elbo":
                    assert len(run.places(kind, count)) == len(values)  # type: ignore[arg-type]


def test_an_old_history_has_its_train_line_by_epochs_and_no_place_by_steps() -> None:
    run = RunData("Old", Metrics(epochs=some_history(4)))
    assert not run.knows_steps
    assert run.places("train", "epoch").tolist() == [1, 2, 3, 4]
    np.testing.assert_allclose(run.values("train", "elbo"), [-202, -201, -200, -199])
    assert not len(run.places("test", "step"))
    assert not run.has("objective")
    assert not run.has("validation")


def test_it_grows_with_its_metrics() -> None:
    metrics = a_run(2)
    run = RunData("Run", metrics)
    add_epoch(metrics)
    run.update()
    assert run.places("test", "epoch").tolist() == [1, 2, 3]
    del metrics.epochs[1:]
    run.update()
    assert run.places("test", "epoch").tolist() == [1]


@pytest.mark.parametrize("weight", [0.0, 0.5, 0.9])
def test_a_growing_line_is_smoothed_as_a_whole(weight: float) -> None:
    metrics = a_run(2)
    run = RunData("Run", metrics)
    for _ in range(3):
        for kind in KINDS:
            np.testing.assert_allclose(
                run.smoothed(kind, "elbo", weight), smooth(run.values(kind, "elbo"), weight), rtol=1e-9
            )
        add_epoch(metrics)
        run.update()


def test_the_train_line_becomes_one_of_steps_when_the_first_step_comes() -> None:
    metrics = Metrics(epochs=some_history(3))
    run = RunData("Run", metrics)
    run.smoothed("train", "elbo", 0.5)
    metrics.add_steps([StepStats(5, 3.1, 170, 160, 10, 1, 1e-3)])
    run.update()
    np.testing.assert_allclose(run.smoothed("train", "elbo", 0.5), [-170])


def test_nearest_entries() -> None:
    run = RunData("Run", a_run(5))
    assert [run.nearest("test", "epoch", place) for place in (-3, 1.4, 1.6, 3, 99)] == [0, 0, 1, 2, 4]
    assert RunData("Empty", Metrics()).nearest("test", "epoch", 1) is None


def test_epochs_and_steps_are_translated_to_each_other() -> None:
    run = RunData("Run", a_run(5))
    for epoch in (0, 0.5, 2, 5):
        assert run.step_of(epoch) == pytest.approx(epoch * ENTRIES * STEPS, abs=STEPS)
        assert run.epoch_of(run.step_of(epoch)) == pytest.approx(epoch)


def test_logarithmic_heights_are_finite_and_of_the_negative_elbo() -> None:
    metrics = Metrics()
    metrics.add_steps([StepStats(1, 0.5, 100, 100, 0, 1, 1e-3)])
    run = RunData("Run", metrics)
    assert run.heights("train", "elbo", 0, False).tolist() == [-100]
    assert run.heights("train", "elbo", 0, True).tolist() == [2]
    assert run.heights("train", "kl", 0, True).tolist() == [np.log10(LOG_FLOOR)]
    metrics.add_steps([StepStats(2, 1.0, 10, 11, -1e-9, 1, 1e-3)])
    run.update()
    assert run.heights("train", "kl", 0, True).tolist() == [np.log10(LOG_FLOOR)] * 2


@pytest.mark.parametrize("weight", [0.0, 0.9])
def test_heights_grow_like_those_of_the_whole_run_and_stay_the_same_object_until_then(weight: float) -> None:
    metrics = a_run(3)
    run = RunData("Run", metrics)
    for _ in range(3):
        for kind in KINDS:
            for log in (False, True):
                heights = run.heights(kind, "elbo", weight, log)
                np.testing.assert_allclose(
                    heights, RunData("Fresh", metrics).heights(kind, "elbo", weight, log), rtol=1e-9
                )
                run.update()
                assert run.heights(kind, "elbo", weight, log) is heights
        add_epoch(metrics)
        run.update()
