from dataclasses import asdict
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.test_config import ACTIVATIONS
from vae_explorer.core.config import Activation, VAEConfig
from vae_explorer.core.data import ImageSet, hold_out
from vae_explorer.core.errors import ConfigError
from vae_explorer.core.training_config import TrainingConfig
from vae_explorer.state.training_form import (
    MODEL_FIELDS,
    TRAINING_FIELDS,
    TrainingForm,
    field_problem,
    form_problems,
    learning_images,
)

numbers = st.integers(-2, 20) | st.floats(-1, 3) | st.sampled_from(["", "x", None, True, float("nan")])
words = st.sampled_from(
    ["none", "linear", "cyclical", "constant", "cosine", "cpu", "auto", "4, 2", "", "silu", "tanh"]
)
forms = st.fixed_dictionaries(
    {},
    optional={
        name: words if isinstance(default, str) else numbers
        for name, default in asdict(TrainingForm()).items()
        if name != "folded"
    },
)


def test_the_defaults_are_those_of_the_core() -> None:
    assert TrainingForm().configs() == (VAEConfig(), TrainingConfig())
    assert TrainingForm.of(VAEConfig(), TrainingConfig()) == TrainingForm()
    assert {*TRAINING_FIELDS, *MODEL_FIELDS, "folded"} == set(asdict(TrainingForm()))


@given(forms)
def test_a_form_without_problems_can_be_trained_and_no_other(values: dict[str, Any]) -> None:
    complete = asdict(TrainingForm()) | values
    problems = form_problems(complete)
    try:
        config, settings = TrainingForm(**complete).configs()
    except ConfigError:
        assert problems
    else:
        assert not problems
        assert TrainingForm.of(config, settings).configs() == (config, settings)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_a_form_asks_for_the_activation_of_a_model(activation: Activation) -> None:
    config = VAEConfig(hidden=(8,), latent=3, activation=activation)
    form = TrainingForm.of(config, TrainingConfig())
    assert form.activation == activation
    assert form.configs()[0] == config
    assert TrainingForm.from_dict(asdict(form)) == form


def test_a_form_from_before_there_were_activations_asks_for_relu() -> None:
    older = asdict(TrainingForm(latent=3))
    del older["activation"]
    assert TrainingForm.from_dict(older).configs()[0] == VAEConfig(latent=3, activation="relu")


@pytest.mark.parametrize("value", ["softplus", "ReLU", 3, None, ["relu"]])
def test_an_unknown_activation_is_refused(value: object) -> None:
    with pytest.raises(ConfigError, match="activation"):
        TrainingForm.from_dict({"activation": value})


@given(forms)
def test_each_field_is_judged_by_itself(values: dict[str, Any]) -> None:
    alone = {name for name, value in values.items() if field_problem(name, value)}
    together = set(form_problems(asdict(TrainingForm()) | values))
    assert alone <= together


@pytest.mark.parametrize(
    ("values", "place", "says"),
    [
        (
            {"annealing": "linear", "annealing_epochs": 11},
            "annealing_epochs",
            "longer than the training of 10",
        ),
        ({"annealing": "cyclical", "beta": 0}, "beta", "nothing to anneal"),
        ({"annealing": "linear", "beta": 0, "epochs": 3}, "beta", "nothing to anneal"),
        ({"hidden": "65536", "latent": 4096}, "latent", "parameters"),
        ({"hidden": "65536, 65536"}, "hidden", "parameters"),
        ({"batch_size": 101}, "batch_size", "101 images is larger than the 100"),
        ({"batch_size": 100, "validation": 0.5}, "batch_size", "larger than the 50"),
    ],
)
def test_contradictions_are_said_at_one_field(values: dict[str, Any], place: str, says: str) -> None:
    problems = form_problems(asdict(TrainingForm(batch_size=10)) | values, image_count=100)
    assert says in str(problems[place])


@given(st.integers(0, 500), st.floats(0, 0.5))
def test_what_is_left_to_learn_from_is_counted_as_the_core_does(count: int, share: float) -> None:
    images = ImageSet("blank", np.zeros((count, 1), np.uint8), np.zeros(count, np.uint8))
    assert learning_images(count, share) == len(hold_out(images, share, seed=0)[0])
