import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae_explorer.core.errors import ConfigError
from vae_explorer.core.statistics import ElboTerms, EpochStats

nats = st.floats(-1e6, 1e6)
terms = st.builds(ElboTerms, nats, st.lists(nats, min_size=1, max_size=5).map(tuple))
epochs = st.builds(EpochStats, st.integers(1, 10_000), st.floats(0, 1e5), terms, terms)


def test_the_elbo_is_minus_the_sum_of_its_parts() -> None:
    value = ElboTerms(150.0, (4.0, 2.5))
    assert value.kl == 6.5
    assert value.elbo == -156.5


@given(epochs)
def test_an_epoch_survives_json(stats: EpochStats) -> None:
    assert EpochStats.from_dict(json.loads(json.dumps(stats.to_dict()))) == stats


def test_the_summary_is_what_the_command_line_prints() -> None:
    stats = EpochStats(1, 2.12345, ElboTerms(160.0, (6.0,)), ElboTerms(150.0, (4.0, 2.0)))
    assert stats.summary() == {
        "epoch": 1,
        "seconds": 2.123,
        "train": {"elbo": -166.0, "reconstruction": 160.0, "kl": 6.0},
        "test": {"elbo": -156.0, "reconstruction": 150.0, "kl": 6.0},
    }


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
        [],
        None,
    ],
)
def test_figures_that_are_none_are_refused(values: object) -> None:
    with pytest.raises(ConfigError, match="history cannot be read"):
        EpochStats.from_dict(values)  # type: ignore[arg-type]
