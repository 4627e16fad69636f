import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae_explorer.core.errors import ConfigError
from vae_explorer.core.statistics import ACTIVE_VARIANCE, Change, ElboTerms, EpochStats, StepStats

nats = st.floats(-1e6, 1e6)
terms = st.builds(ElboTerms, nats, st.lists(nats, min_size=1, max_size=5).map(tuple))
variances = st.lists(st.floats(0, 1e3), max_size=5).map(tuple)
epochs = st.builds(
    EpochStats,
    *(st.integers(1, 10_000), st.floats(0, 1e5), terms, terms),
    *(st.integers(0, 10**9), st.none() | nats, st.none() | terms, variances),
)
steps = st.builds(StepStats, st.integers(1, 10**9), st.floats(0, 1e5), *[nats] * 5)
changes = st.builds(
    Change, st.integers(0, 10**9), st.floats(0, 1e5), st.sampled_from(["beta", "learning_rate"]), nats, nats
)


def test_the_elbo_is_minus_the_sum_of_its_parts() -> None:
    value = ElboTerms(150.0, (4.0, 2.5))
    assert value.kl == 6.5
    assert value.elbo == -156.5


@given(epochs)
def test_an_epoch_survives_json(stats: EpochStats) -> None:
    assert EpochStats.from_dict(json.loads(json.dumps(stats.to_dict()))) == stats


@given(steps)
def test_steps_survive_json(stats: StepStats) -> None:
    assert StepStats.from_dict(json.loads(json.dumps(stats.to_dict()))) == stats
    assert stats.elbo == ElboTerms(stats.reconstruction, (stats.kl,)).elbo


@given(changes)
def test_a_change_survives_json(change: Change) -> None:
    assert Change.from_dict(json.loads(json.dumps(change.to_dict()))) == change


def test_an_epoch_of_an_older_version_lacks_what_was_not_known_then() -> None:
    stats = EpochStats(3, 2.0, ElboTerms(160.0, (6.0,)), ElboTerms(150.0, (4.0,)))
    old = {name: stats.to_dict()[name] for name in ("epoch", "seconds", "train", "test")}
    assert EpochStats.from_dict(old) == stats
    assert (stats.step, stats.loss, stats.validation, stats.mu_variance) == (0, None, None, ())


def test_the_summary_is_what_the_command_line_prints() -> None:
    stats = EpochStats(1, 2.12345, ElboTerms(160.0, (6.0,)), ElboTerms(150.0, (4.0, 2.0)))
    summary = {
        "epoch": 1,
        "seconds": 2.123,
        "train": {"elbo": -166.0, "reconstruction": 160.0, "kl": 6.0},
        "test": {"elbo": -156.0, "reconstruction": 150.0, "kl": 6.0},
    }
    assert stats.summary() == summary
    more = replace(stats, loss=172.0, validation=ElboTerms(151.0, (5.0,)))
    validation = {"elbo": -156.0, "reconstruction": 151.0, "kl": 5.0}
    assert more.summary() == summary | {"loss": 172.0, "validation": validation}


def test_early_stopping_looks_at_the_validation_images_if_there_are_any() -> None:
    test, validation = ElboTerms(150.0, (4.0,)), ElboTerms(151.0, (5.0,))
    assert EpochStats(1, 1.0, test, test).judged is test
    assert EpochStats(1, 1.0, test, test, validation=validation).judged is validation


def test_a_dimension_is_active_from_a_variance_of_a_hundredth() -> None:
    terms = ElboTerms(150.0, (4.0, 1.0, 0.0))
    variances = (ACTIVE_VARIANCE, np.nextafter(ACTIVE_VARIANCE, 0), 0.0)
    assert ACTIVE_VARIANCE == 0.01
    assert EpochStats(1, 1.0, terms, terms, mu_variance=variances).active == (True, False, False)


GOOD = {"reconstruction": 1.0, "kl_per_dimension": [1.0]}


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"epoch": 1, "seconds": 1.0, "train": GOOD},
        {"epoch": float("inf"), "seconds": 1.0, "train": GOOD, "test": GOOD},
        {"epoch": 1, "seconds": float("nan"), "train": GOOD, "test": GOOD},
        {"epoch": 1, "seconds": 10**400, "train": GOOD, "test": GOOD},
        {"epoch": 1, "seconds": 1.0, "train": GOOD, "test": 3},
        {"epoch": 1, "seconds": 1.0, "train": GOOD, "test": {"reconstruction": 1.0}},
        {"epoch": 1, "seconds": 1.0, "train": GOOD, "test": {"reconstruction": 1.0, "kl_per_dimension": 5}},
        {
            "epoch": 1,
            "seconds": 1.0,
            "train": GOOD,
            "test": {"reconstruction": "x", "kl_per_dimension": [1.0]},
        },
        {
            "epoch": 1,
            "seconds": 1.0,
            "train": GOOD,
            "test": {"reconstruction": 1.0, "kl_per_dimension": [None]},
        },
        {"epoch": 1, "seconds": 1.0, "train": GOOD, "test": GOOD | {"reconstruction": float("inf")}},
        {"epoch": 1, "seconds": 1.0, "train": GOOD, "test": GOOD, "step": "x"},
        {"epoch": 1, "seconds": 1.0, "train": GOOD, "test": GOOD, "loss": float("nan")},
        {"epoch": 1, "seconds": 1.0, "train": GOOD, "test": GOOD, "validation": 3},
        {"epoch": 1, "seconds": 1.0, "train": GOOD, "test": GOOD, "mu_variance": [None]},
        [],
        None,
    ],
)
def test_figures_that_are_none_are_refused(values: object) -> None:
    with pytest.raises(ConfigError, match="history cannot be read"):
        EpochStats.from_dict(values)  # type: ignore[arg-type]


CHANGE = Change(5, 1.5, "beta", 1.0, 2.0).to_dict()
STEPS = StepStats(5, 1.5, 160.0, 150.0, 10.0, 1.0, 1e-3).to_dict()


@pytest.mark.parametrize(
    "wrong", [{"name": "seed"}, {"after": "x"}, {"before": float("nan")}, {"step": None}]
)
def test_a_change_of_something_else_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match="history cannot be read"):
        Change.from_dict(CHANGE | wrong)


@pytest.mark.parametrize("name", STEPS)
def test_each_figure_of_a_step_must_be_a_number(name: str) -> None:
    for wrong in ({**STEPS, name: None}, {key: value for key, value in STEPS.items() if key != name}):
        with pytest.raises(ConfigError, match="history cannot be read"):
            StepStats.from_dict(wrong)
