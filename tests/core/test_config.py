import dataclasses
import json
import math
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae_explorer.core.config import (
    ACTIVATION_NAMES,
    MAX_LATENT,
    MAX_WIDTH,
    Activation,
    Likelihood,
    VAEConfig,
    parse_hidden,
)
from vae_explorer.core.errors import ConfigError
from vae_explorer.core.training_config import TrainingConfig

ACTIVATIONS: tuple[Activation, ...] = get_args(Activation)
LIKELIHOODS: tuple[Likelihood, ...] = get_args(Likelihood)
configs = st.builds(
    VAEConfig,
    input_size=st.integers(1, 30).map(lambda side: side * side),
    hidden=st.lists(st.integers(1, 900), max_size=5).map(tuple),
    latent=st.integers(1, 100),
    activation=st.sampled_from(ACTIVATIONS),
    likelihood=st.sampled_from(LIKELIHOODS),
    sigma=st.floats(0.01, 10),
)
trainings = st.builds(
    TrainingConfig,
    epochs=st.integers(1, 1000),
    batch_size=st.integers(1, 10_000),
    learning_rate=st.floats(1e-9, 1),
    seed=st.integers(0, 2**63 - 1),
    device=st.sampled_from(["auto", "cuda", "mps", "cpu"]),
)


def test_the_default_is_the_model_of_the_tutorials() -> None:
    config = VAEConfig()
    assert config.description == "784-400-2"
    assert config.parameter_count == 631_188
    assert config.image_shape == (28, 28)
    assert config.weight_shapes == {
        "encoder.0.weight": (400, 784),
        "encoder.0.bias": (400,),
        "mu.weight": (2, 400),
        "mu.bias": (2,),
        "logvar.weight": (2, 400),
        "logvar.bias": (2,),
        "decoder.0.weight": (400, 2),
        "decoder.0.bias": (400,),
        "logits.weight": (784, 400),
        "logits.bias": (784,),
    }


def test_files_from_before_there_were_activations_hold_models_with_relu() -> None:
    older = {"input_size": 16, "hidden": [8], "latent": 2, "likelihood": "bernoulli"}
    assert VAEConfig.from_dict(older).likelihood == "bernoulli"
    assert VAEConfig.from_dict(older) == VAEConfig(16, (8,), 2, "relu")


@pytest.mark.parametrize(
    ("config", "description"),
    [
        (VAEConfig(activation="relu"), "784-400-2"),
        (VAEConfig(activation="silu"), "784-400-2 SiLU"),
        (VAEConfig(activation="gelu", latent=20), "784-400-20 GELU"),
        (VAEConfig(activation="tanh"), "784-400-2 tanh"),
        (VAEConfig(hidden=(), activation="tanh"), "784-2"),
        (VAEConfig(likelihood="continuous_bernoulli"), "784-400-2, continuous Bernoulli"),
        (VAEConfig(likelihood="gaussian"), "784-400-2, Gaussian"),
        (VAEConfig(activation="silu", likelihood="gaussian_learned"), "784-400-2 SiLU, Gaussian, σ learned"),
    ],
)
def test_the_description_names_an_activation_that_is_not_usual(config: VAEConfig, description: str) -> None:
    assert config.description == description
    assert set(ACTIVATION_NAMES) == set(ACTIVATIONS)


def test_an_unknown_activation_is_refused_with_those_there_are() -> None:
    with pytest.raises(ConfigError, match=r"Unknown activation “mish”. Choose one of relu, silu, gelu, tanh"):
        VAEConfig.from_dict({"input_size": 16, "hidden": [8], "latent": 2, "activation": "mish"})


def test_the_decoder_mirrors_the_encoder() -> None:
    assert VAEConfig(16, (9, 7), 3).layer_sizes == (
        ("encoder.0", 16, 9),
        ("encoder.1", 9, 7),
        ("mu", 7, 3),
        ("logvar", 7, 3),
        ("decoder.0", 3, 7),
        ("decoder.1", 7, 9),
        ("logits", 9, 16),
    )


def test_without_hidden_layers_it_is_a_linear_model() -> None:
    assert [name for name, _, _ in VAEConfig(16, (), 3).layer_sizes] == ["mu", "logvar", "logits"]


@given(configs)
def test_a_model_configuration_survives_json(config: VAEConfig) -> None:
    again = VAEConfig.from_dict(json.loads(json.dumps(config.to_dict())))
    assert again == config
    assert hash(again) == hash(config)


@given(trainings)
def test_a_training_configuration_survives_json(settings: TrainingConfig) -> None:
    assert TrainingConfig.from_dict(json.loads(json.dumps(settings.to_dict()))) == settings


def test_unknown_keys_are_ignored_and_missing_ones_take_their_defaults() -> None:
    assert TrainingConfig.from_dict({"epochs": 3, "colour": "red"}) == TrainingConfig(epochs=3)


@pytest.mark.parametrize("values", [{}, {"input_size": 784, "hidden": [3]}, [], "text", None, 3])
def test_a_model_configuration_must_be_whole(values: object) -> None:
    with pytest.raises(ConfigError):
        VAEConfig.from_dict(values)  # type: ignore[arg-type]


def test_a_configuration_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        VAEConfig().latent = 3  # type: ignore[misc]


@pytest.mark.parametrize(
    "values",
    [
        {"input_size": 0},
        {"input_size": 783},
        {"input_size": 784.0},
        {"input_size": True},
        {"hidden": (0,)},
        {"hidden": (-3,)},
        {"hidden": (1.5,)},
        {"hidden": ("400",)},
        {"hidden": "400"},
        {"hidden": 400},
        {"hidden": (MAX_WIDTH + 1,)},
        {"hidden": (1,) * 100},
        {"latent": 0},
        {"latent": -1},
        {"latent": None},
        {"latent": MAX_LATENT + 1},
        {"activation": "softplus"},
        {"activation": "ReLU"},
        {"activation": ["relu"]},
        {"activation": None},
        {"likelihood": "poisson"},
        {"likelihood": ["bernoulli"]},
        {"sigma": 0},
        {"sigma": -0.5},
        {"sigma": math.nan},
        {"sigma": "0.5"},
    ],
)
def test_a_model_that_makes_no_sense_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        VAEConfig(**values)  # type: ignore[arg-type]


def test_a_model_too_large_for_memory_is_refused_before_memory_is_asked_for() -> None:
    with pytest.raises(ConfigError, match="8,693,351,188 parameters"):
        VAEConfig(hidden=(65_536, 65_536))


@pytest.mark.parametrize(
    "values",
    [
        {"epochs": 0},
        {"epochs": -1},
        {"epochs": 2.5},
        {"batch_size": 0},
        {"batch_size": "128"},
        {"learning_rate": 0},
        {"learning_rate": -0.1},
        {"learning_rate": math.nan},
        {"learning_rate": math.inf},
        {"learning_rate": True},
        {"learning_rate": "fast"},
        {"seed": -1},
        {"seed": 2**63},
        {"device": "tpu"},
        {"device": None},
    ],
)
def test_training_that_makes_no_sense_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        TrainingConfig(**values)  # type: ignore[arg-type]


@given(st.lists(st.integers(1, 900), max_size=8), st.sampled_from([",", ", ", " , ", " ", "  ", "-"]))
def test_hidden_widths_are_read_as_people_type_them(widths: list[int], separator: str) -> None:
    assert parse_hidden(f" {separator.join(map(str, widths))} ") == tuple(widths)


@pytest.mark.parametrize(
    "text",
    ["x", "512,", ",", "512,,256", "-512", "1.5", "5e2", "512;256", "0", "512,0", "٤٠٠", "9" * 12, "1\0"],
)
def test_other_texts_are_not_hidden_widths(text: str) -> None:
    with pytest.raises(ConfigError):
        parse_hidden(text)


@given(st.text())
def test_any_text_is_either_hidden_widths_or_refused(text: str) -> None:
    try:
        assert all(width > 0 for width in parse_hidden(text))
    except ConfigError as error:
        assert str(error)  # noqa: PT017 (most texts are refused, not all)
