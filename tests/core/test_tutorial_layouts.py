"""The tutorials' own classes load our state_dicts and decode the same images."""

import io
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from tests.core.foreign_models import (
    FlatVAE,
    ForeignVAE,
    NumberedVAE,
    SequentialVAE,
    TwoPartVAE,
    assert_same,
)
from tests.samples import random_model
from vae_explorer.core.checkpoint import load_model
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.errors import ConfigError
from vae_explorer.core.model_export import save_state_dict
from vae_explorer.core.models import VAE
from vae_explorer.core.snapshot import ModelSnapshot
from vae_explorer.core.tutorial_layouts import LAYOUTS, fitting_layouts, laid_out, layout_named

ONE_LAYER = VAEConfig(784, (400,), 20)
TWO_LAYERS = VAEConfig(784, (400, 200), 20)


class DeeperSequentialVAE(SequentialVAE):
    """Two sequences with a second hidden layer."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Linear(784, 400), nn.ReLU(), nn.Linear(400, 200), nn.ReLU(), nn.Linear(200, 40)
        )
        self.decoder = nn.Sequential(
            nn.Linear(20, 200), nn.ReLU(), nn.Linear(200, 400), nn.ReLU(), nn.Linear(400, 784), nn.Sigmoid()
        )


Exported = tuple[ModelSnapshot, Path, ForeignVAE]
CLASSES = [
    ("sequential", ONE_LAYER, SequentialVAE),
    ("sequential", TWO_LAYERS, DeeperSequentialVAE),
    ("fc-mu", ONE_LAYER, lambda: FlatVAE(latent=20)),
    ("pytorch-example", ONE_LAYER, NumberedVAE),
    ("encoder-decoder", TWO_LAYERS, TwoPartVAE),
]


@pytest.fixture(params=CLASSES, ids=[f"{layout}-{len(config.hidden)}" for layout, config, _ in CLASSES])
def exported(request: pytest.FixtureRequest, tmp_path: Path) -> Exported:
    """A model, its export, and the class that the export is for."""
    layout, config, made = request.param
    model = random_model(config, seed=3)
    path = tmp_path / "exported.pt"
    save_state_dict(model, layout_named(layout), path)
    return model, path, made()


def test_the_class_loads_it_and_computes_the_same(exported: Exported) -> None:
    model, path, theirs = exported
    theirs.load_state_dict(torch.load(path, weights_only=True), strict=True)
    assert_same(theirs, model)


def test_before_that_it_computes_something_else(exported: Exported) -> None:
    model, _, theirs = exported
    with pytest.raises(AssertionError):
        assert_same(theirs, model)


def test_the_file_is_as_the_class_would_save_it(exported: Exported) -> None:
    """In the order of its layers too, by which those who do not know the names find out what is what."""
    _, path, theirs = exported
    content = io.BytesIO()
    torch.save(theirs.state_dict(), content)
    content.seek(0)
    here, there = torch.load(path, weights_only=True), torch.load(content, weights_only=True)
    assert list(here) == list(there)
    assert [(v.shape, v.dtype, v.is_contiguous()) for v in here.values()] == [
        (v.shape, v.dtype, True) for v in there.values()
    ]


def test_it_can_be_opened_again(exported: Exported) -> None:
    model, path, _ = exported
    again = load_model(path)
    assert again.config == model.config
    assert all(np.array_equal(values, again.weights[name]) for name, values in model.weights.items())


@pytest.mark.parametrize(
    "config",
    [VAEConfig(16, (), 2), VAEConfig(16, (8, 6, 4), 3, activation="gelu"), VAEConfig(16, (5,), 1)],
    ids=str,
)
def test_our_own_names_fit_every_model(config: VAEConfig, tmp_path: Path) -> None:
    model = random_model(config)
    save_state_dict(model, layout_named("vae-explorer"), tmp_path / "own.pt")
    ours = VAE(config)
    ours.load_state_dict(torch.load(tmp_path / "own.pt", weights_only=True), strict=True)
    z = np.ones((2, config.latent), np.float32)
    np.testing.assert_array_equal(ours.snapshot().decode(z), model.decode(z))


# What does not fit


@pytest.mark.parametrize(
    ("config", "names"),
    [
        (VAEConfig(16, (), 2), ["sequential", "vae-explorer"]),
        (VAEConfig(16, (5,), 2), ["fc-mu", "pytorch-example", "sequential", "vae-explorer"]),
        (VAEConfig(16, (5, 4), 2), ["encoder-decoder", "sequential", "vae-explorer"]),
        (VAEConfig(16, (5, 4, 3), 2), ["sequential", "vae-explorer"]),
        (VAEConfig(16, (5,), 2, activation="tanh"), ["vae-explorer"]),
        # Without a hidden layer there is nothing for an activation to follow.
        (VAEConfig(16, (), 2, activation="tanh"), ["sequential", "vae-explorer"]),
    ],
)
def test_layouts_that_fit(config: VAEConfig, names: list[str]) -> None:
    assert [layout.name for layout in fitting_layouts(config)] == names


def test_every_layout_either_fits_or_is_refused() -> None:
    model = random_model(TWO_LAYERS)
    for layout in LAYOUTS:
        if layout in fitting_layouts(model.config):
            assert laid_out(model, layout)
        else:
            with pytest.raises(ConfigError):
                laid_out(model, layout)


def test_another_depth_is_refused_with_the_layouts_that_fit() -> None:
    with pytest.raises(ConfigError) as refused:
        laid_out(random_model(TWO_LAYERS), layout_named("fc-mu"))
    assert str(refused.value) == (
        "The class of layout fc-mu has 1 hidden layer(s) each way, but this 784-400-200-20 model has 2. "
        "Layouts that fit it: encoder-decoder, sequential, vae-explorer."
    )


def test_another_activation_is_refused_because_the_class_would_decode_other_images() -> None:
    model = random_model(VAEConfig(784, (400,), 20, activation="silu"))
    with pytest.raises(ConfigError, match="has ReLU between its layers, but this model has SiLU"):
        laid_out(model, layout_named("fc-mu"))


def test_an_unknown_layout_is_answered_with_those_there_are() -> None:
    with pytest.raises(ConfigError, match=r"no layout “fc”.*fc-mu, pytorch-example"):
        layout_named("fc")
