import json
import math
from dataclasses import replace
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.processes import run_code
from vae_explorer.core.errors import ConfigError
from vae_explorer.core.training_config import (
    MAX_BATCH,
    MAX_BETA,
    MAX_EPOCHS,
    MAX_FREE_BITS,
    MAX_VALIDATION,
    Annealing,
    Device,
    Schedule,
    TrainingConfig,
    check_beta,
    check_learning_rate,
)

#: Every setting, within its range, and none that contradicts another.
settings = st.integers(1, 1000).flatmap(
    lambda epochs: st.builds(
        TrainingConfig,
        epochs=st.just(epochs),
        batch_size=st.integers(1, MAX_BATCH),
        learning_rate=st.floats(1e-9, 1),
        seed=st.integers(0, 2**63 - 1),
        device=st.sampled_from(get_args(Device)),
        beta=st.floats(1e-6, MAX_BETA),
        annealing=st.sampled_from(get_args(Annealing)),
        annealing_epochs=st.integers(1, epochs),
        annealing_cycles=st.integers(1, MAX_EPOCHS),
        free_bits=st.floats(0, MAX_FREE_BITS),
        schedule=st.sampled_from(get_args(Schedule)),
        max_norm=st.floats(0, 1e9),
        patience=st.integers(0, MAX_EPOCHS),
        validation=st.floats(0, MAX_VALIDATION),
    )
)

BAD: dict[str, list[Any]] = {
    "epochs": [0, -1, MAX_EPOCHS + 1, 1.0, True, None, "10"],
    "batch_size": [0, MAX_BATCH + 1, 128.0, True, None],
    "learning_rate": [0, -1e-3, 1.01, math.nan, math.inf, True, None, "1e-3"],
    "seed": [-1, 2**63, 0.5, None],
    "device": ["tpu", "", None, 3, ["cpu"]],
    "beta": [-0.1, MAX_BETA + 1, math.nan, math.inf, True, None, "1"],
    "annealing": ["quick", None, []],
    "annealing_epochs": [0, -1, MAX_EPOCHS + 1, 2.5],
    "annealing_cycles": [0, -1, MAX_EPOCHS + 1, 2.5],
    "free_bits": [-0.1, MAX_FREE_BITS + 1, math.nan, None],
    "schedule": ["steps", None],
    "max_norm": [-1, math.nan, math.inf, None],
    "patience": [-1, MAX_EPOCHS + 1, 1.5],
    "validation": [-0.1, 0.51, math.nan, None],
}


@given(settings)
def test_it_survives_json(config: TrainingConfig) -> None:
    assert TrainingConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config


def test_each_setting_has_its_bad_values_here() -> None:
    assert BAD.keys() == set(TrainingConfig.__dataclass_fields__)


@pytest.mark.parametrize(("name", "value"), [(name, value) for name in BAD for value in BAD[name]])
def test_what_is_out_of_range_is_refused_with_the_reason(name: str, value: object) -> None:
    with pytest.raises(ConfigError) as caught:
        TrainingConfig(**{name: value})
    assert str(value) in str(caught.value)
    with pytest.raises(ConfigError):
        TrainingConfig.from_dict({name: value})


@pytest.mark.parametrize(
    "values",
    [
        {"epochs": 1, "annealing_epochs": 5},
        {"epochs": MAX_EPOCHS},
        {"batch_size": 1},
        {"batch_size": MAX_BATCH},
        {"learning_rate": 1},
        {"beta": 0},
        {"beta": MAX_BETA},
        {"free_bits": MAX_FREE_BITS},
        {"validation": MAX_VALIDATION},
        {"patience": 1},
        {"annealing": "linear", "annealing_epochs": 10, "epochs": 10},
        {"annealing": "cyclical", "annealing_cycles": 20, "epochs": 10},
    ],
)
def test_the_ends_of_the_ranges_are_allowed(values: dict[str, Any]) -> None:
    assert TrainingConfig.from_dict(values) == TrainingConfig(**values)


def test_a_ramp_longer_than_the_training_is_refused() -> None:
    with pytest.raises(ConfigError, match="ramp of 11 epochs is longer than the training of 10"):
        TrainingConfig(epochs=10, annealing="linear", annealing_epochs=11)
    # Where there is no ramp, its length does not matter.
    assert TrainingConfig(epochs=10, annealing_epochs=11).annealing == "none"


@pytest.mark.parametrize("annealing", ["linear", "cyclical"])
def test_there_is_nothing_to_anneal_without_beta(annealing: Annealing) -> None:
    with pytest.raises(ConfigError, match="nothing to anneal"):
        TrainingConfig(beta=0, annealing=annealing)


def test_a_replaced_value_is_checked_too() -> None:
    with pytest.raises(ConfigError, match="batch size"):
        replace(TrainingConfig(), batch_size=0)


@pytest.mark.parametrize("value", BAD["beta"])
def test_a_steered_beta_is_checked(value: object) -> None:
    with pytest.raises(ConfigError, match="β"):
        check_beta(value)
    check_beta(0)


@pytest.mark.parametrize("value", BAD["learning_rate"])
def test_a_steered_learning_rate_is_checked(value: object) -> None:
    with pytest.raises(ConfigError, match="learning rate"):
        check_learning_rate(value)
    check_learning_rate(1)


def test_settings_need_no_torch() -> None:
    code = "import sys, vae_explorer.core.training_config; print('torch' in sys.modules)"
    assert run_code(code) == "False"
