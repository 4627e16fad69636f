import collections
import contextlib
import io
import itertools
import os
import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file
from torch import Tensor, nn

from vae_explorer.core.checkpoint import load_model
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.errors import CheckpointError


class FlatVAE(nn.Module):
    """One class, layers fc1, fc_mu, fc_logvar, fc3, fc4."""

    def __init__(self) -> None:
        super().__init__()
        self.fc1 = nn.Linear(784, 400)
        self.fc_mu = nn.Linear(400, 2)
        self.fc_logvar = nn.Linear(400, 2)
        self.fc3 = nn.Linear(2, 400)
        self.fc4 = nn.Linear(400, 784)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = torch.relu(self.fc1(x))
        return self.fc_mu(h), self.fc_logvar(h)

    def decode(self, z: Tensor) -> Tensor:
        return torch.sigmoid(self.fc4(torch.relu(self.fc3(z))))


class JointHeadVAE(nn.Module):
    """Two sequences; the encoder's last layer gives μ and log σ² side by side."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(784, 400), nn.ReLU(), nn.Linear(400, 2 * 20))
        self.decoder = nn.Sequential(nn.Linear(20, 400), nn.ReLU(), nn.Linear(400, 784), nn.Sigmoid())

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        mu, logvar = self.encoder(x).chunk(2, dim=-1)
        return mu, logvar

    def decode(self, z: Tensor) -> Tensor:
        decoded: Tensor = self.decoder(z)
        return decoded


class _Encoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc1 = nn.Linear(784, 400)
        self.fc2 = nn.Linear(400, 200)
        self.fc31 = nn.Linear(200, 3)
        self.fc32 = nn.Linear(200, 3)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = torch.relu(self.fc2(torch.relu(self.fc1(x))))
        return self.fc31(h), self.fc32(h)


class _Decoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc1 = nn.Linear(3, 200)
        self.fc2 = nn.Linear(200, 400)
        self.fc3 = nn.Linear(400, 784)

    def forward(self, z: Tensor) -> Tensor:
        return torch.sigmoid(self.fc3(torch.relu(self.fc2(torch.relu(self.fc1(z))))))


class TwoPartVAE(nn.Module):
    """Encoder and decoder as modules of their own, with two hidden layers each."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = _Encoder()
        self.decoder = _Decoder()

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        mu, logvar = self.encoder(x)
        return mu, logvar

    def decode(self, z: Tensor) -> Tensor:
        decoded: Tensor = self.decoder(z)
        return decoded


TUTORIALS = [
    pytest.param(FlatVAE, VAEConfig(784, (400,), 2), id="flat"),
    pytest.param(JointHeadVAE, VAEConfig(784, (400,), 20), id="joint head"),
    pytest.param(TwoPartVAE, VAEConfig(784, (400, 200), 3), id="two parts"),
]
Model = FlatVAE | JointHeadVAE | TwoPartVAE


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "vae.pth"


def assert_same_numbers(model: Model, config: VAEConfig, path: Path, tolerance: float = 1e-5) -> None:
    snapshot = load_model(path)
    assert snapshot.config == config
    random = np.random.default_rng(0)
    x, z = random.random((5, 784), np.float32), random.standard_normal((5, config.latent), np.float32)
    with torch.no_grad():
        mu, logvar = model.encode(torch.from_numpy(x))
        means = model.decode(torch.from_numpy(z))
    posterior = snapshot.encode(x)
    np.testing.assert_allclose(posterior.mu, mu, rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(posterior.logvar, logvar, rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(snapshot.decode(z), means, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize(("tutorial", "config"), TUTORIALS)
def test_the_models_of_the_tutorials_give_the_same_numbers(
    tutorial: Callable[[], Model], config: VAEConfig, path: Path
) -> None:
    model = tutorial()
    torch.save(model.state_dict(), path)
    assert_same_numbers(model, config, path)


@pytest.mark.parametrize(("tutorial", "config"), TUTORIALS)
def test_the_old_file_format_is_read_too(
    tutorial: Callable[[], Model], config: VAEConfig, path: Path
) -> None:
    model = tutorial()
    torch.save(model.state_dict(), path, _use_new_zipfile_serialization=False)
    assert_same_numbers(model, config, path)


@pytest.mark.parametrize(("tutorial", "config"), TUTORIALS)
def test_safetensors_of_a_tutorials_model_give_the_same_numbers(
    tutorial: Callable[[], Model], config: VAEConfig, path: Path
) -> None:
    model = tutorial()
    save_file(model.state_dict(), path)
    assert_same_numbers(model, config, path)


@pytest.mark.parametrize("key", ["state_dict", "model_state_dict", "model"])
def test_weights_saved_with_the_optimisers_state_are_found(key: str, path: Path) -> None:
    model = FlatVAE()
    torch.save(
        {"epoch": 3, key: model.state_dict(), "optimizer": torch.optim.Adam(model.parameters()).state_dict()},
        path,
    )
    assert_same_numbers(model, VAEConfig(), path)


@pytest.mark.parametrize(
    ("dtype", "tolerance"), [(torch.bfloat16, 2e-2), (torch.float16, 2e-3), (torch.float64, 1e-5)]
)
def test_each_kind_of_float_is_read(dtype: torch.dtype, tolerance: float, path: Path) -> None:
    model = FlatVAE()
    torch.save({name: values.to(dtype) for name, values in model.state_dict().items()}, path)
    assert_same_numbers(model, VAEConfig(), path, tolerance)


def test_heads_are_told_apart_by_their_names_when_the_variance_comes_first(path: Path) -> None:
    model = FlatVAE()
    weights = model.state_dict()
    order = ["fc1", "fc_logvar", "fc_mu", "fc3", "fc4"]
    torch.save(
        {f"{name}.{kind}": weights[f"{name}.{kind}"] for name in order for kind in ("weight", "bias")}, path
    )
    assert_same_numbers(model, VAEConfig(), path)


def chain(*widths: int) -> list[nn.Linear]:
    return [nn.Linear(a, b) for a, b in itertools.pairwise(widths)]


class AnyVAE(nn.Module):
    """Layers of any widths under names that say nothing but their number."""

    def __init__(self, hidden: tuple[int, ...], latent: int) -> None:
        super().__init__()
        self.depth = len(hidden)
        encoder, decoder = chain(16, *hidden), chain(latent, *hidden[::-1], 16)
        width = hidden[-1] if hidden else 16
        layers = [*encoder, nn.Linear(width, latent), nn.Linear(width, latent), *decoder]
        for number, layer in enumerate(layers):
            setattr(self, f"fc{number}", layer)
        self.layers = layers

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        for layer in self.layers[: self.depth]:
            x = torch.relu(layer(x))
        return self.layers[self.depth](x), self.layers[self.depth + 1](x)

    def decode(self, z: Tensor) -> Tensor:
        for layer in self.layers[self.depth + 2 : -1]:
            z = torch.relu(layer(z))
        return torch.sigmoid(self.layers[-1](z))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(
    # Few different widths, so that many layers have one shape and only their order tells them apart.
    st.lists(st.sampled_from([2, 3, 16]), max_size=7).map(tuple),
    st.sampled_from([2, 3, 16]),
    st.booleans(),
)
def test_layers_of_one_shape_are_told_apart_by_their_order(
    path: Path, hidden: tuple[int, ...], latent: int, as_safetensors: bool
) -> None:
    model = AnyVAE(hidden, latent)
    save: Callable[..., None] = save_file if as_safetensors else torch.save
    save(model.state_dict(), path)
    snapshot = load_model(path)
    assume(snapshot.config.hidden == hidden and snapshot.config.latent == latent)
    x, z = torch.rand(4, 16), torch.randn(4, latent)
    with torch.no_grad():
        mu, logvar = model.encode(x)
        means = model.decode(z)
    posterior = snapshot.encode(x.numpy())
    np.testing.assert_allclose(posterior.mu, mu, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(posterior.logvar, logvar, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(snapshot.decode(z.numpy()), means, rtol=1e-4, atol=1e-5)


# --- Files that are no VAE, or worse ----------------------------------------------------------------


class Bomb:
    """Pickled, it asks whoever reads it to create a file."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (f"echo boom > {self.marker}",)


def refused(path: Path, complaint: str) -> None:
    with pytest.raises(CheckpointError, match=complaint) as caught:
        load_model(path)
    assert str(caught.value).startswith(f"Cannot open {path}: ")


@pytest.mark.parametrize("zipped", [True, False])
def test_a_file_that_wants_to_run_code_is_refused_and_runs_nothing(zipped: bool, path: Path) -> None:
    marker = path.with_name("marker")
    weights = dict(FlatVAE().state_dict()) | {"bomb": Bomb(marker)}
    torch.save(weights, path, _use_new_zipfile_serialization=zipped)
    refused(path, "could run code, so it was not read")
    assert not marker.exists()
    # It would have: the same file, read without care.
    torch.load(path, weights_only=False)
    assert marker.exists()


def test_a_bare_pickle_that_wants_to_run_code_is_refused_and_runs_nothing(path: Path) -> None:
    marker = path.with_name("marker")
    path.write_bytes(pickle.dumps(Bomb(marker)))
    refused(path, "could run code|damaged")
    assert not marker.exists()
    pickle.loads(path.read_bytes())
    assert marker.exists()


def test_a_whole_model_object_is_refused_with_what_to_do(path: Path) -> None:
    torch.save(FlatVAE(), path)
    refused(path, r"Save only the weights: torch\.save\(model\.state_dict\(\), path\)")


def weights_with(**changes: object) -> dict[str, object]:
    return dict(FlatVAE().state_dict()) | {name.replace("__", "."): value for name, value in changes.items()}


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ({}, "not those of a fully connected VAE"),
        ([], "does not hold the weights of one model"),
        (3, "does not hold the weights of one model"),
        (torch.zeros(3), "does not hold the weights of one model"),
        ({"fc1.weight": "text"}, "does not hold the weights of one model"),
        (weights_with(fc1__weight=torch.full((400, 784), torch.nan)), "NaN or infinite"),
        (weights_with(fc1__weight=torch.full((400, 784), 1e300, dtype=torch.float64)), "NaN or infinite"),
        (
            weights_with(fc1__weight=torch.zeros(400, 784, dtype=torch.int64)),
            "fc1.weight does not hold plain",
        ),
        (
            weights_with(fc1__weight=torch.zeros(400, 784, dtype=torch.complex64)),
            "fc1.weight does not hold plain",
        ),
        (
            weights_with(fc1__weight=torch.zeros(400, 784).to_sparse()),
            "fc1.weight does not hold plain|damaged",
        ),
        (weights_with(fc1__weight=torch.zeros(400, 784, device="meta")), "fc1.weight does not hold plain"),
        (weights_with(fc1__weight=torch.zeros(1).expand(10**6, 10**6)), "fc1.weight is too large"),
        (weights_with(fc1__weight=torch.zeros(400, 783)), "not those of a fully connected VAE"),
        (weights_with(fc1__bias=torch.zeros(401)), "fc1 is not a linear layer"),
        (weights_with(fc1__weight=torch.zeros(400, 1, 28, 28)), "fc1 is not a linear layer"),
        (weights_with(bn__running_mean=torch.zeros(400)), "tensors besides"),
        (nn.Sequential(nn.Linear(784, 10)).state_dict(), "not those of a fully connected VAE"),
        (nn.Sequential(nn.Linear(784, 30), nn.Linear(30, 784)).state_dict(), "not those of"),
    ],
)
@pytest.mark.filterwarnings("ignore:.*[Ss]parse:UserWarning")
def test_other_contents_are_refused(content: object, complaint: str, path: Path) -> None:
    torch.save(content, path)
    refused(path, complaint)


def test_images_that_are_not_square_are_refused(path: Path) -> None:
    sizes = [(783, 9), (9, 2), (9, 2), (2, 9), (9, 783)]
    layers = collections.OrderedDict((f"fc{i}", nn.Linear(a, b)) for i, (a, b) in enumerate(sizes))
    torch.save(nn.ModuleDict(layers).state_dict(), path)
    refused(path, "783 pixels are not a square")


def test_a_file_made_to_waste_time_is_refused_at_once(path: Path) -> None:
    """Every way through these layers is a dead end, and there are more ways than anybody can walk."""
    layers = {f"{a}-{b}": nn.Linear(a, b) for a in range(1, 9) for b in range(1, 9) if a != b}
    torch.save(nn.ModuleDict(layers | {"odd": nn.Linear(4, 100)}).state_dict(), path)
    refused(path, "not those of")
    torch.save(nn.ModuleDict({str(i): nn.Linear(4, 4) for i in range(3000)}).state_dict(), path)
    refused(path, "not those of")


def small_file(zipped: bool) -> bytes:
    buffer = io.BytesIO()
    sizes = [(4, 3), (3, 2), (3, 2), (2, 3), (3, 4)]
    weights = {}
    for i, (a, b) in enumerate(sizes):
        weights[f"fc{i}.weight"], weights[f"fc{i}.bias"] = torch.ones(b, a), torch.ones(b)
    torch.save(weights, buffer, _use_new_zipfile_serialization=zipped)
    return buffer.getvalue()


FILES = {zipped: small_file(zipped) for zipped in (True, False)}


@pytest.mark.parametrize("zipped", [True, False])
def test_a_file_truncated_anywhere_is_refused(zipped: bool, path: Path) -> None:
    for length in range(0, len(FILES[zipped]) - 1, 97):
        path.write_bytes(FILES[zipped][:length])
        with pytest.raises(CheckpointError):
            load_model(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(st.data())
@pytest.mark.filterwarnings("ignore")  # what torch thinks of such files may change
def test_a_damaged_file_is_refused_or_still_a_whole_model(path: Path, data: st.DataObject) -> None:
    content = bytearray(data.draw(st.sampled_from(list(FILES.values()))))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    with contextlib.suppress(CheckpointError):
        model = load_model(path)
        assert {name: values.shape for name, values in model.weights.items()} == model.config.weight_shapes
