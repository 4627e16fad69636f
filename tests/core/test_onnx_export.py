"""What ONNX runtime computes with our files is what the model computes."""

import sys
from typing import get_args

import numpy as np
import onnx
import onnxruntime
import pytest

from tests.processes import run_code
from tests.samples import random_model, some_history
from vae_explorer import __version__
from vae_explorer.core.config import Activation, Likelihood, VAEConfig
from vae_explorer.core.errors import UserError
from vae_explorer.core.onnx_export import OPSET, PARTS, Part, encode_onnx
from vae_explorer.core.snapshot import FloatArray, ModelSnapshot

DEPTHS: list[tuple[int, ...]] = [(), (30,), (40, 20), (40, 30, 20, 10)]
Outputs = dict[str, FloatArray]


@pytest.fixture(scope="module")
def model() -> ModelSnapshot:
    return random_model(VAEConfig(784, (20,), 3))


def run(content: bytes, **inputs: FloatArray) -> Outputs:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    # Warnings of the runtime would be faults of the file.
    options.log_severity_level = 2
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, inputs), strict=True))


def images(count: int, size: int = 784) -> FloatArray:
    return np.random.default_rng(count).random((count, size), np.float32)


def points(count: int, latent: int, spread: float = 3.0) -> FloatArray:
    return (spread * np.random.default_rng(count).standard_normal((count, latent))).astype(np.float32)


def assert_close(here: FloatArray, there: FloatArray) -> None:
    assert here.dtype == there.dtype == np.float32
    np.testing.assert_allclose(here, there, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("activation", get_args(Activation))
@pytest.mark.parametrize("hidden", DEPTHS, ids=len)
def test_the_runtime_computes_the_same(hidden: tuple[int, ...], activation: Activation) -> None:
    model = random_model(VAEConfig(784, hidden, 5, activation=activation), seed=len(hidden))
    posterior = model.encode(images(6))
    encoded = run(encode_onnx(model, "encoder", "m"), images=images(6))
    assert_close(encoded["mu"], posterior.mu)
    assert_close(encoded["logvar"], posterior.logvar)
    decoded = run(encode_onnx(model, "decoder", "m"), z=points(6, 5))
    assert_close(decoded["means"], model.decode(points(6, 5)))


@pytest.mark.parametrize("likelihood", get_args(Likelihood))
def test_the_mean_image_of_each_likelihood(likelihood: Likelihood) -> None:
    model = random_model(VAEConfig(784, (30,), 5, likelihood=likelihood))
    means = run(encode_onnx(model, "decoder", "m"), z=points(6, 5))["means"]
    assert_close(means, model.decode(points(6, 5)))


@pytest.mark.parametrize("activation", get_args(Activation))
def test_activations_differ_from_each_other(activation: Activation) -> None:
    """So that the comparison above could fail."""
    config = VAEConfig(784, (30,), 5, activation=activation)
    others = {name: VAEConfig(784, (30,), 5, activation=name) for name in get_args(Activation)}
    del others[activation]
    means = run(encode_onnx(random_model(config), "decoder", "m"), z=points(4, 5))["means"]
    for other in others.values():
        assert np.abs(means - random_model(other).decode(points(4, 5))).max() > 1e-3


@pytest.mark.parametrize("count", [1, 2, 100])
def test_any_number_of_images_at_once(model: ModelSnapshot, count: int) -> None:
    encoded = run(encode_onnx(model, "encoder", "m"), images=images(count))
    assert encoded["mu"].shape == encoded["logvar"].shape == (count, 3)
    assert run(encode_onnx(model, "decoder", "m"), z=points(count, 3))["means"].shape == (count, 784)


def test_other_image_sizes() -> None:
    model = random_model(VAEConfig(8 * 8, (12,), 2))
    assert_close(
        run(encode_onnx(model, "encoder", "m"), images=images(3, 64))["mu"], model.encode(images(3, 64)).mu
    )
    assert_close(run(encode_onnx(model, "decoder", "m"), z=points(3, 2))["means"], model.decode(points(3, 2)))


def test_points_far_out_give_numbers(model: ModelSnapshot) -> None:
    far = points(5, 3, spread=1e4)
    means = run(encode_onnx(model, "decoder", "m"), z=far)["means"]
    assert_close(means, model.decode(far))


@pytest.mark.parametrize("part", PARTS)
def test_the_file_is_valid_and_says_what_it_takes(model: ModelSnapshot, part: Part) -> None:
    file = onnx.load_from_string(encode_onnx(model, part, "m"))
    onnx.checker.check_model(file, full_check=True)
    assert [(each.domain, each.version) for each in file.opset_import] == [("", OPSET)]
    shapes = {
        value.name: [axis.dim_param or axis.dim_value for axis in value.type.tensor_type.shape.dim]
        for value in (*file.graph.input, *file.graph.output)
    }
    expected = {
        "encoder": {"images": ["batch", 784], "mu": ["batch", 3], "logvar": ["batch", 3]},
        "decoder": {"z": ["batch", 3], "means": ["batch", 784]},
    }
    assert shapes == expected[part]
    assert (file.producer_name, file.producer_version) == ("VAE Explorer", __version__)


def test_weights_keep_the_names_of_the_model(model: ModelSnapshot) -> None:
    tensors = {
        tensor.name: onnx.numpy_helper.to_array(tensor)
        for part in PARTS
        for tensor in onnx.load_from_string(encode_onnx(model, part, "m")).graph.initializer
    }
    assert tensors.keys() == model.weights.keys()
    assert all(np.array_equal(values, model.weights[name]) for name, values in tensors.items())


def test_a_model_gives_the_same_bytes_each_time(model: ModelSnapshot) -> None:
    assert encode_onnx(model, "decoder", "m") == encode_onnx(model, "decoder", "m")


# What the file says of its model


def metadata(content: bytes) -> dict[str, str]:
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    return dict(session.get_modelmeta().custom_metadata_map)


def test_metadata() -> None:
    model = random_model(VAEConfig(784, (30,), 5, activation="gelu"), history=some_history(4))
    assert metadata(encode_onnx(model, "decoder", "Ziffern α")) == {
        "name": "Ziffern α",
        "part": "decoder",
        "architecture": "784-30-5 GELU",
        "activation": "gelu",
        "likelihood": "bernoulli",
        "image_height": "28",
        "image_width": "28",
        "data_set": "MNIST",
        "epoch": "4",
        "test_elbo_nats": "-200.5",
    }


def test_what_is_not_known_of_a_model_is_left_out(model: ModelSnapshot) -> None:
    bare = ModelSnapshot(model.config, model.weights)
    assert (
        metadata(encode_onnx(bare, "encoder", "m")).keys().isdisjoint({"data_set", "epoch", "test_elbo_nats"})
    )


def test_a_name_that_is_no_text(model: ModelSnapshot) -> None:
    assert metadata(encode_onnx(model, "encoder", "caf\udce9"))["name"] == "caf?"


# The package


def test_without_the_package_it_says_what_to_install(
    model: ModelSnapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(UserError) as missing:
        encode_onnx(model, "decoder", "m")
    assert str(missing.value) == (
        "ONNX files need the package onnx, which is not installed. Install it with: pip install 'vae-explorer[onnx]'"
    )


def test_nothing_is_imported_before_an_export_and_pytorch_never() -> None:
    code = """
import sys
import vae_explorer.ui.model_export, vae_explorer.cli.parser
from vae_explorer.api import open_model
from vae_explorer.core.onnx_export import encode_onnx
model = open_model("mnist-mlp-2d")
print("onnx" in sys.modules, "google.protobuf" in sys.modules)
encode_onnx(model, "decoder", "m")
print("onnx" in sys.modules, "torch" in sys.modules)
"""
    assert run_code(code).split() == ["False", "False", "True", "False"]
