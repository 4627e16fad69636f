import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from vae_explorer.core.schedules import annealing_factor, learning_rate_factor
from vae_explorer.core.training_config import TrainingConfig

shares = st.floats(0, 1)
linear = st.integers(1, 1000).flatmap(
    lambda epochs: st.builds(
        TrainingConfig,
        epochs=st.just(epochs),
        annealing=st.just("linear"),
        annealing_epochs=st.integers(1, epochs),
    )
)
cyclical = st.builds(
    TrainingConfig,
    epochs=st.integers(1, 1000),
    annealing=st.just("cyclical"),
    annealing_cycles=st.integers(1, 50),
)
cosine = st.builds(TrainingConfig, epochs=st.integers(1, 1000), schedule=st.just("cosine"))


@given(linear | cyclical | st.just(TrainingConfig()), st.floats(0, 2000))
def test_annealing_stays_between_nothing_and_all(config: TrainingConfig, progress: float) -> None:
    assert 0 <= annealing_factor(config, progress) <= 1


@given(shares)
def test_without_annealing_and_schedule_the_factors_are_one(share: float) -> None:
    config = TrainingConfig(epochs=10)
    assert annealing_factor(config, 10 * share) == learning_rate_factor(config, 10 * share) == 1


@given(linear, shares, shares)
def test_a_linear_ramp_never_falls(config: TrainingConfig, one: float, other: float) -> None:
    before, after = sorted((one * config.epochs, other * config.epochs))
    assert annealing_factor(config, before) <= annealing_factor(config, after)


@given(linear, shares)
def test_a_linear_ramp_goes_straight_from_zero_to_one(config: TrainingConfig, share: float) -> None:
    length = config.annealing_epochs
    assert annealing_factor(config, 0) == 0
    assert annealing_factor(config, share * length) == pytest.approx(share)
    assert annealing_factor(config, length) == 1
    assert annealing_factor(config, length + share * config.epochs) == 1


@given(cyclical, shares, shares)
def test_a_cycle_repeats(config: TrainingConfig, place: float, number: float) -> None:
    """All cycles are alike, except that rounding may put their very first moment at the end of the one before."""
    assume(1e-6 < place < 1 - 1e-6)
    cycle = config.epochs / config.annealing_cycles
    later = int(number * (config.annealing_cycles - 1)) * cycle
    expected = annealing_factor(config, place * cycle)
    assert annealing_factor(config, later + place * cycle) == pytest.approx(expected, abs=1e-6)


@given(cyclical, shares)
def test_a_cycle_rises_straight_in_its_first_half_and_stays(config: TrainingConfig, share: float) -> None:
    cycle = config.epochs / config.annealing_cycles
    assert annealing_factor(config, 0) == 0
    assert annealing_factor(config, share * cycle / 2) == pytest.approx(share)
    second = cycle / 2 + share * cycle / 2
    assume(second < cycle)
    assert annealing_factor(config, second) == 1


@given(cyclical, shares)
def test_after_the_last_cycle_the_weight_stays(config: TrainingConfig, share: float) -> None:
    """A training that is continued beyond its epochs does not begin another cycle."""
    assert annealing_factor(config, config.epochs + 100 * share) == 1


@pytest.mark.parametrize("cycles", [1, 2, 4, 5, 10])
def test_each_cycle_begins_at_zero(cycles: int) -> None:
    config = TrainingConfig(epochs=20, annealing="cyclical", annealing_cycles=cycles)
    for number in range(cycles):
        assert annealing_factor(config, number * 20 / cycles) == 0


@given(cosine, shares, shares)
def test_a_cosine_falls_from_one_to_zero(config: TrainingConfig, one: float, other: float) -> None:
    before, after = sorted((one * config.epochs, other * config.epochs))
    assert learning_rate_factor(config, 0) == 1
    assert learning_rate_factor(config, config.epochs / 2) == pytest.approx(0.5)
    assert learning_rate_factor(config, config.epochs) == 0
    assert 1 >= learning_rate_factor(config, before) >= learning_rate_factor(config, after) >= 0


@given(cosine, shares)
def test_a_cosine_is_one(config: TrainingConfig, share: float) -> None:
    expected = math.cos(math.pi * share / 2) ** 2
    assert learning_rate_factor(config, share * config.epochs) == pytest.approx(expected, abs=1e-12)
    assert learning_rate_factor(config, (1 + share) * config.epochs) == 0
