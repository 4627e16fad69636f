"""Whatever order a file has its layers in, and whatever widths they share, each is recognised for what it is."""

import itertools
from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.foreign_models import (
    AnyVAE,
    FlatVAE,
    ForeignVAE,
    NumberedVAE,
    PythaeVAE,
    SequentialVAE,
    TwoPartVAE,
    assert_same,
    layer_names,
    reordered,
)
from vae_explorer.core.errors import CheckpointError
from vae_explorer.core.foreign_layers import layer_of, recognise, recognise_unlike_halves
from vae_explorer.core.snapshot import ModelSnapshot
from vae_explorer.core.state_dicts import adopt_tensors, by_number

PIXELS = 16
#: Few different widths, one of them that of the images, so that many layers have one shape.
WIDTHS = st.sampled_from([2, 4, 16])
BIASED = st.lists(WIDTHS, min_size=3, max_size=3)
Make = Callable[[list[int]], ForeignVAE]

MAKES: dict[str, Make] = {
    "two sequences": lambda w: SequentialVAE(PIXELS, w[0], w[2]),
    "flat": lambda w: FlatVAE(PIXELS, w[0], w[2]),
    "numbered": lambda w: NumberedVAE(PIXELS, w[0], w[2]),
    "two parts": lambda w: TwoPartVAE(PIXELS, w[0], w[1], w[2]),
    "pythae": lambda w: PythaeVAE(PIXELS, w[0], w[2]),
}


def adopted(model: ForeignVAE, names: list[str], *, as_safetensors: bool = False) -> ModelSnapshot:
    """What is made of the layers of `model` in this order; of safetensors, the order is that of the names."""
    tensors = {name: value.numpy() for name, value in reordered(model, names).items()}
    return adopt_tensors(by_number(tensors) if as_safetensors else tensors)


@pytest.mark.parametrize("kind", MAKES)
@settings(max_examples=60)
@given(BIASED, st.booleans(), st.data())
def test_names_tell_in_any_order(
    kind: str, widths: list[int], as_safetensors: bool, data: st.DataObject
) -> None:
    model = MAKES[kind](widths)
    names = data.draw(st.permutations(layer_names(model)))
    snapshot = adopted(model, names, as_safetensors=as_safetensors)
    two = kind == "two parts"
    assert snapshot.config.hidden == (tuple(widths[:2]) if two else (widths[0],))
    assert snapshot.config.latent == widths[2]
    assert_same(model, snapshot)


@settings(max_examples=200)
@given(st.lists(WIDTHS, max_size=7).map(tuple), WIDTHS, st.booleans(), st.data())
def test_numbers_alone_tell_in_any_order(
    hidden: tuple[int, ...], latent: int, as_safetensors: bool, data: st.DataObject
) -> None:
    model = AnyVAE(hidden, latent, PIXELS)
    names = data.draw(st.permutations(layer_names(model)))
    snapshot = adopted(model, names, as_safetensors=as_safetensors)
    assert (snapshot.config.hidden, snapshot.config.latent) == (hidden, latent)
    assert_same(model, snapshot)


@settings(max_examples=200)
@given(st.lists(WIDTHS, max_size=4).map(tuple), WIDTHS, st.data())
def test_the_order_of_the_file_tells_where_names_say_nothing(
    hidden: tuple[int, ...], latent: int, data: st.DataObject
) -> None:
    model = AnyVAE(hidden, latent, PIXELS)
    ordered = layer_names(model)
    letters = data.draw(st.permutations("abcdfghijklm"))
    new = dict(zip(ordered, letters, strict=False))
    tensors = {}
    for name, value in reordered(model, ordered).items():
        layer, _, kind = name.rpartition(".")
        tensors[f"{new[layer]}.{kind}"] = value.numpy()
    snapshot = adopt_tensors(tensors)
    assert (snapshot.config.hidden, snapshot.config.latent) == (hidden, latent)
    assert_same(model, snapshot)


@pytest.mark.parametrize(
    ("mean", "variance"),
    [
        ("fc_mu", "fc_logvar"),
        ("mu", "log_var"),
        ("z_mean", "z_log_var"),
        ("fc_mean", "fc_var"),
        ("to_mean", "to_std"),
        ("loc", "log_scale"),
        ("encoder.mu", "encoder.sigma"),
        ("fcMu", "fcLogVar"),
        ("embedding", "log_var"),
        ("fc21", "fc22"),
        ("fc2_1", "fc2_2"),
        ("fc2a", "fc2b"),
        ("enc.fc31", "enc.fc32"),
    ],
)
@pytest.mark.parametrize("latent", [2, 8])
def test_the_heads_may_stand_in_either_order(mean: str, variance: str, latent: int) -> None:
    """Also where they have the shape of the decoder's first layer."""
    model = FlatVAE(PIXELS, 8, latent)
    new = {"fc1": "first", "fc_mu": mean, "fc_logvar": variance, "fc3": "third", "fc4": "fourth"}
    for order in (["fc_mu", "fc_logvar"], ["fc_logvar", "fc_mu"]):
        tensors = {}
        for name, value in reordered(model, ["fc1", *order, "fc3", "fc4"]).items():
            layer, _, kind = name.rpartition(".")
            tensors[f"{new[layer]}.{kind}"] = value.numpy()
        assert_same(model, adopt_tensors(tensors))


@pytest.mark.parametrize(
    "names",
    [
        # A class that makes its decoder first.
        ["dec1", "dec2", "enc1", "mu", "logvar"],
        ["decoder.0", "decoder.2", "encoder.0", "to_mu", "to_logvar"],
        # The last layer stands alone.
        ["decoder.0", "logits", "encoder.0", "mu", "logvar"],
        ["decode_1", "reconstruction", "encode_1", "mean", "variance"],
        ["up", "final_layer.0", "encoder.0", "fc_mu", "fc_var"],
    ],
)
@pytest.mark.parametrize("widths", [(8, 2), (8, 8), (16, 16)])
@pytest.mark.parametrize("as_safetensors", [True, False])
def test_halves_are_told_by_their_names(
    names: list[str], widths: tuple[int, int], as_safetensors: bool
) -> None:
    model = FlatVAE(PIXELS, *widths)
    new = dict(zip(["fc3", "fc4", "fc1", "fc_mu", "fc_logvar"], names, strict=True))
    tensors = {}
    for name, value in reordered(model, list(new)).items():
        layer, _, kind = name.rpartition(".")
        tensors[f"{new[layer]}.{kind}"] = value.numpy()
    assert_same(model, adopt_tensors(by_number(tensors) if as_safetensors else tensors))


@settings(max_examples=150)
@given(st.lists(WIDTHS, max_size=3), st.lists(WIDTHS, max_size=3), WIDTHS, st.booleans())
def test_halves_of_other_widths_are_never_taken_for_a_model(
    down: list[int], up: list[int], latent: int, joint: bool
) -> None:
    random = np.random.default_rng(0)
    chain_down, chain_up = [PIXELS, *down], [latent, *up, PIXELS]
    heads = [("mulogvar", 2 * latent)] if joint else [("mu", latent), ("logvar", latent)]
    shapes = {f"encoder.{i}": pair for i, pair in enumerate(itertools.pairwise(chain_down))}
    shapes |= {f"encoder.{name}": (chain_down[-1], width) for name, width in heads}
    shapes |= {f"decoder.{i}": pair for i, pair in enumerate(itertools.pairwise(chain_up))}
    layers = [layer_of(name, random.random(shape[::-1], np.float32), None) for name, shape in shapes.items()]
    found = recognise([layer for layer in layers if layer is not None])
    assert (found is not None) == (up == down[::-1])
    halves = recognise_unlike_halves([layer for layer in layers if layer is not None])
    assert halves is not None
    assert halves.widths_down == [*chain_down, latent]
    assert halves.widths_up == chain_up


def test_our_own_names_are_recognised_in_a_plain_file(small_model: ModelSnapshot) -> None:
    again = adopt_tensors(by_number(dict(small_model.weights)))
    assert again.config == small_model.config
    for name, values in small_model.weights.items():
        np.testing.assert_array_equal(again.weights[name], values)


@pytest.mark.parametrize("name", ["encoder.mu_logvar", "encoder.mean_var", "encoder.logvar", "encoder.head"])
def test_one_head_for_both_may_have_any_name(name: str) -> None:
    model = SequentialVAE(PIXELS, PIXELS, PIXELS // 2)
    layers = reordered(model, layer_names(model)).items()
    tensors = {full.replace("encoder.2", name): value.numpy() for full, value in layers}
    assert_same(model, adopt_tensors(tensors))
    assert_same(model, adopt_tensors(by_number(tensors)))


def test_a_head_beside_a_named_one_is_found() -> None:
    model = FlatVAE(PIXELS, 8, 2)
    layers = reordered(model, layer_names(model)).items()
    for old, new in (("fc_mu", "fc2"), ("fc_logvar", "fc2b")):
        tensors = {full.replace(old, new): value.numpy() for full, value in layers}
        assert_same(model, adopt_tensors(tensors))


def test_a_plain_autoencoder_is_not_taken_for_a_vae() -> None:
    model = torch.nn.Sequential(*(torch.nn.Linear(a, b) for a, b in [(16, 8), (8, 3), (3, 8), (8, 16)]))
    with pytest.raises(CheckpointError, match="not those of a fully connected VAE"):
        adopt_tensors({name: value.numpy() for name, value in model.state_dict().items()})
