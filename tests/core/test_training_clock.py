import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae_explorer.core.events import BatchDone
from vae_explorer.core.training_clock import TrainingClock, TrainingProgress

BATCHES = 100


def run(
    clock: TrainingClock, seconds_a_step: float, steps: range, began: float = 0.0
) -> list[TrainingProgress]:
    """Steps that take equally long; what is told."""
    told = []
    for number, step in enumerate(steps, 1):
        epoch, batch = divmod(step, BATCHES)
        progress = clock.tick(BatchDone(epoch + 1, batch + 1, BATCHES), began + number * seconds_a_step)
        if progress is not None:
            told.append(progress)
    return told


@given(st.floats(0.001, 10), st.integers(1, 20))
def test_with_an_even_pace_it_is_right(seconds: float, epochs: int) -> None:
    told = run(TrainingClock(epochs), seconds, range(epochs * BATCHES))
    for progress in told:
        if progress.seconds_left is not None:
            left = (1 - progress.fraction) * epochs * BATCHES * seconds
            assert progress.seconds_left == pytest.approx(left, rel=1e-6, abs=1e-6)
    assert told[-1].seconds_left is not None or epochs * BATCHES * seconds < 1.2


def test_at_first_nothing_is_said() -> None:
    told = run(TrainingClock(10), 0.25, range(30))
    assert all(progress.seconds_left is None for progress in told[:4])
    assert all(progress.seconds_left is not None for progress in told[4:])


def test_it_tells_at_most_five_times_a_second() -> None:
    told = run(TrainingClock(10), 0.001, range(1000))
    assert 4 <= len(told) <= 6


def test_a_slow_beginning_is_forgotten() -> None:
    clock = TrainingClock(20)
    run(clock, 1.0, range(50))
    told = run(clock, 0.1, range(50, 1000), began=50)
    left = (1 - told[-1].fraction) * 20 * BATCHES * 0.1
    assert told[-1].seconds_left == pytest.approx(left, rel=0.01)


def test_a_pause_does_not_count() -> None:
    clock = TrainingClock(10)
    run(clock, 0.1, range(100))
    clock.restart()
    told = run(clock, 0.1, range(100, 200), began=10_000)
    assert told[0].seconds_left is None
    assert told[-1].seconds_left == pytest.approx(80, rel=0.01)


def test_the_end_of_an_epoch_counts_as_much_as_its_steps() -> None:
    """A test pass of nine seconds after each epoch of one: the pace is that of whole epochs."""
    clock = TrainingClock(50)
    told: list[TrainingProgress] = []
    for epoch in range(20):
        told += run(clock, 0.01, range(epoch * BATCHES, (epoch + 1) * BATCHES), began=epoch * 10)
    assert told[-1].seconds_left == pytest.approx(30 * 10, rel=0.15)
