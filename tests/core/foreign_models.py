"""VAEs as tutorials and libraries build them, written anew from their architectures, and what their files must give."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from vae_explorer.core.checkpoint import load_model
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.snapshot import ModelSnapshot


class ForeignVAE(nn.Module):
    """What all of them can do: μ and log σ² of images, and images of latent points."""

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        raise NotImplementedError

    def decode(self, z: Tensor) -> Tensor:
        raise NotImplementedError


class SequentialVAE(ForeignVAE):
    """Two sequences; the encoder's last layer gives μ and log σ² side by side."""

    def __init__(self, pixels: int = 784, hidden: int = 400, latent: int = 20) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(pixels, hidden), nn.ReLU(), nn.Linear(hidden, 2 * latent))
        self.decoder = nn.Sequential(
            nn.Linear(latent, hidden), nn.ReLU(), nn.Linear(hidden, pixels), nn.Sigmoid()
        )

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        mu, logvar = self.encoder(x).chunk(2, dim=-1)
        return mu, logvar

    def decode(self, z: Tensor) -> Tensor:
        images: Tensor = self.decoder(z)
        return images


class FlatVAE(ForeignVAE):
    """One class, whose heads say what they are."""

    def __init__(self, pixels: int = 784, hidden: int = 400, latent: int = 2) -> None:
        super().__init__()
        self.fc1 = nn.Linear(pixels, hidden)
        self.fc_mu = nn.Linear(hidden, latent)
        self.fc_logvar = nn.Linear(hidden, latent)
        self.fc3 = nn.Linear(latent, hidden)
        self.fc4 = nn.Linear(hidden, pixels)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = torch.relu(self.fc1(x))
        return self.fc_mu(h), self.fc_logvar(h)

    def decode(self, z: Tensor) -> Tensor:
        return torch.sigmoid(self.fc4(torch.relu(self.fc3(z))))


class NumberedVAE(ForeignVAE):
    """One class, whose heads are the second step's first and second layer."""

    def __init__(self, pixels: int = 784, hidden: int = 400, latent: int = 20) -> None:
        super().__init__()
        self.fc1 = nn.Linear(pixels, hidden)
        self.fc21 = nn.Linear(hidden, latent)
        self.fc22 = nn.Linear(hidden, latent)
        self.fc3 = nn.Linear(latent, hidden)
        self.fc4 = nn.Linear(hidden, pixels)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = torch.relu(self.fc1(x))
        return self.fc21(h), self.fc22(h)

    def decode(self, z: Tensor) -> Tensor:
        return torch.sigmoid(self.fc4(torch.relu(self.fc3(z))))


class _Down(nn.Module):
    def __init__(self, pixels: int, wide: int, narrow: int, latent: int) -> None:
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(pixels, wide), nn.Linear(wide, narrow)
        self.fc31, self.fc32 = nn.Linear(narrow, latent), nn.Linear(narrow, latent)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = torch.relu(self.fc2(torch.relu(self.fc1(x))))
        return self.fc31(h), self.fc32(h)


class _Up(nn.Module):
    def __init__(self, pixels: int, wide: int, narrow: int, latent: int) -> None:
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(latent, narrow), nn.Linear(narrow, wide)
        self.fc3 = nn.Linear(wide, pixels)

    def forward(self, z: Tensor) -> Tensor:
        return torch.sigmoid(self.fc3(torch.relu(self.fc2(torch.relu(self.fc1(z))))))


class TwoPartVAE(ForeignVAE):
    """Encoder and decoder as modules of their own, both of which count from one."""

    def __init__(self, pixels: int = 784, wide: int = 400, narrow: int = 200, latent: int = 20) -> None:
        super().__init__()
        self.encoder = _Down(pixels, wide, narrow, latent)
        self.decoder = _Up(pixels, wide, narrow, latent)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        mu, logvar = self.encoder(x)
        return mu, logvar

    def decode(self, z: Tensor) -> Tensor:
        images: Tensor = self.decoder(z)
        return images


class _PythaeEncoder(nn.Module):
    def __init__(self, pixels: int, hidden: int, latent: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList([nn.Sequential(nn.Linear(pixels, hidden), nn.ReLU())])
        self.embedding = nn.Linear(hidden, latent)
        self.log_var = nn.Linear(hidden, latent)


class _PythaeDecoder(nn.Module):
    def __init__(self, pixels: int, hidden: int, latent: int) -> None:
        super().__init__()
        first = nn.Sequential(nn.Linear(latent, hidden), nn.ReLU())
        self.layers = nn.ModuleList([first, nn.Sequential(nn.Linear(hidden, pixels), nn.Sigmoid())])


class PythaeVAE(ForeignVAE):
    """The default network of the pythae library, with its names."""

    def __init__(self, pixels: int = 784, hidden: int = 512, latent: int = 10) -> None:
        super().__init__()
        # In this order: the library makes the decoder first.
        self.decoder = _PythaeDecoder(pixels, hidden, latent)
        self.encoder = _PythaeEncoder(pixels, hidden, latent)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        for layer in self.encoder.layers:
            x = layer(x)
        return self.encoder.embedding(x), self.encoder.log_var(x)

    def decode(self, z: Tensor) -> Tensor:
        for layer in self.decoder.layers:
            z = layer(z)
        return z


class AnyVAE(ForeignVAE):
    """Layers of any widths under names that say nothing but their number."""

    def __init__(self, hidden: tuple[int, ...], latent: int, pixels: int = 16) -> None:
        super().__init__()
        self.depth = len(hidden)
        encoder, decoder = _chain(pixels, *hidden), _chain(latent, *hidden[::-1], pixels)
        width = hidden[-1] if hidden else pixels
        self.ordered = [*encoder, nn.Linear(width, latent), nn.Linear(width, latent), *decoder]
        for number, layer in enumerate(self.ordered):
            setattr(self, f"fc{number}", layer)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        for layer in self.ordered[: self.depth]:
            x = torch.relu(layer(x))
        return self.ordered[self.depth](x), self.ordered[self.depth + 1](x)

    def decode(self, z: Tensor) -> Tensor:
        for layer in self.ordered[self.depth + 2 : -1]:
            z = torch.relu(layer(z))
        return torch.sigmoid(self.ordered[-1](z))


def _chain(*widths: int) -> list[nn.Linear]:
    return [nn.Linear(a, b) for a, b in itertools.pairwise(widths)]


#: Each architecture with the size that its tutorial or library gives it, and what it is here.
TUTORIALS: dict[str, tuple[Callable[[], ForeignVAE], VAEConfig]] = {
    "two sequences": (SequentialVAE, VAEConfig(784, (400,), 20)),
    "two sequences, two dimensions": (lambda: SequentialVAE(latent=2), VAEConfig(784, (400,), 2)),
    "recommender": (lambda: SequentialVAE(hidden=200, latent=50), VAEConfig(784, (200,), 50)),
    "flat": (FlatVAE, VAEConfig(784, (400,), 2)),
    "flat, twenty dimensions": (lambda: FlatVAE(latent=20), VAEConfig(784, (400,), 20)),
    "two parts": (TwoPartVAE, VAEConfig(784, (400, 200), 20)),
    "numbered": (NumberedVAE, VAEConfig(784, (400,), 20)),
    "pythae": (PythaeVAE, VAEConfig(784, (512,), 10)),
}


def trained(model: ForeignVAE, images: np.ndarray, steps: int = 4) -> ForeignVAE:
    """`model` after a few steps on `images` of shape (n, pixels), gray levels 0–255."""
    x = torch.from_numpy(images.astype(np.float32) / 255)
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-3)
    for _ in range(steps):
        mu, logvar = model.encode(x)
        means = model.decode(mu + torch.exp(logvar / 2) * torch.randn_like(mu))
        reconstruction = nn.functional.binary_cross_entropy(means, x, reduction="sum")
        kl = -0.5 * torch.sum(1 + logvar - mu**2 - logvar.exp())
        optimiser.zero_grad()
        (reconstruction + kl).backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    return model


def assert_same(model: ForeignVAE, snapshot: ModelSnapshot, tolerance: float = 1e-5) -> None:
    """`snapshot` gives the same μ, log σ² and images as `model`."""
    random, config = np.random.default_rng(0), snapshot.config
    x = random.random((5, config.input_size), np.float32)
    z = random.standard_normal((5, config.latent), np.float32)
    with torch.no_grad():
        mu, logvar = model.encode(torch.from_numpy(x))
        means = model.decode(torch.from_numpy(z))
    posterior = snapshot.encode(x)
    np.testing.assert_allclose(posterior.mu, mu, rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(posterior.logvar, logvar, rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(snapshot.decode(z), means, rtol=0, atol=tolerance)


def assert_opens_as(model: ForeignVAE, config: VAEConfig, path: Path) -> None:
    """The file at `path` opens without a question, and is `model`."""
    snapshot = load_model(path)
    assert snapshot.config == config
    assert_same(model, snapshot)


def save_pythae(folder: Path, model: nn.Module, **changes: object) -> Path:
    """A folder as the pythae library saves it, with `changes` to what it says of the model."""
    folder.mkdir(parents=True)
    about: dict[str, object] = {
        "name": "VAEConfig",
        "input_dim": [1, 28, 28],
        "latent_dim": 10,
        "uses_default_encoder": True,
        "uses_default_decoder": True,
        "reconstruction_loss": "bce",
    }
    (folder / "model_config.json").write_text(json.dumps(about | changes), encoding="utf-8")
    (folder / "environment.json").write_text(json.dumps({"python_version": "3.11"}), encoding="utf-8")
    torch.save({"model_state_dict": model.state_dict()}, folder / "model.pt")
    return folder


def reordered(model: nn.Module, names: list[str]) -> dict[str, Tensor]:
    """The state_dict of `model` with its layers in this order."""
    weights: Mapping[str, Tensor] = model.state_dict()
    return {f"{name}.{kind}": weights[f"{name}.{kind}"] for name in names for kind in ("weight", "bias")}


def layer_names(model: nn.Module) -> list[str]:
    """The names of the linear layers, in the order of the state_dict."""
    return [name.removesuffix(".weight") for name in model.state_dict() if name.endswith(".weight")]
