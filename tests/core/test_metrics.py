from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.runs import CHANGE, epoch_stats
from vae_explorer.core.metrics import STEP_COLUMNS, Metrics
from vae_explorer.core.statistics import ElboTerms, StepStats

nats = st.floats(-1e6, 1e6)
steps = st.builds(StepStats, st.integers(1, 2**50), nats, nats, nats, nats, nats, nats)


def test_at_the_beginning_there_is_nothing() -> None:
    metrics = Metrics()
    assert (metrics.step_count, metrics.best, metrics.epochs, metrics.changes) == (0, None, [], [])
    for name in (*STEP_COLUMNS, "elbo"):
        assert metrics.column(name).shape == (0,)


@given(st.lists(steps, max_size=30), st.integers(0, 30))
def test_the_columns_hold_what_was_added_in_order(entries: list[StepStats], first: int) -> None:
    metrics = Metrics(entries[:first])
    metrics.add_steps(entries[first:])
    assert metrics.step_count == len(entries)
    for name in (*STEP_COLUMNS, "elbo"):
        np.testing.assert_array_equal(metrics.column(name), [getattr(stats, name) for stats in entries])


@pytest.mark.parametrize("count", [255, 256, 257, 1000, 1025])
def test_the_table_grows(count: int) -> None:
    metrics = Metrics()
    for step in range(1, count + 1):
        metrics.add_steps([StepStats(step, 0.5 * step, 1.0, 2.0, 3.0, 4.0, 5.0)])
    assert metrics.column("step").tolist() == list(range(1, count + 1))
    assert metrics.column("elbo").tolist() == [-5.0] * count


def test_an_unknown_column_is_a_fault() -> None:
    with pytest.raises(ValueError, match="not in tuple"):
        Metrics().column("loudness")


def test_the_best_epoch_is_judged_by_validation_if_there_is_any() -> None:
    """The test ELBO of the made up epochs gets better all the time."""
    epochs = [epoch_stats(k) for k in (1, 2, 3)]
    metrics = Metrics((), epochs, [CHANGE])
    assert metrics.best is epochs[2]
    assert metrics.changes == [CHANGE]
    judged = [replace(stats, validation=ElboTerms(100.0 + stats.epoch, (1.0,))) for stats in epochs]
    assert Metrics((), judged).best is judged[0]


def test_of_epochs_that_are_equally_good_the_first_is_the_best() -> None:
    epochs = [replace(epoch_stats(1), epoch=k) for k in (1, 2, 3)]
    assert Metrics((), epochs).best is epochs[0]


def test_what_was_given_stays_as_it_was() -> None:
    epochs, changes = [epoch_stats(1)], [CHANGE]
    metrics = Metrics((), epochs, changes)
    metrics.epochs.append(epoch_stats(2))
    metrics.changes.clear()
    assert len(epochs) == len(changes) == 1
