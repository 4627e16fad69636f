"""Training speed beside the loop that every tutorial has, in one run and in turns."""

from __future__ import annotations

import gzip
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from benchmarks.report import Figure
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.controls import Controls
from vae_explorer.core.data import load_images
from vae_explorer.core.devices import available_devices
from vae_explorer.core.events import BatchDone, EpochDone, TrainingStarted
from vae_explorer.core.optimisation import matmul_dtype
from vae_explorer.core.run_info import RunInfo
from vae_explorer.core.run_recorder import RunRecorder
from vae_explorer.core.runner import Beginning, Runner
from vae_explorer.core.training import fit
from vae_explorer.core.training_config import TrainingConfig
from vae_explorer.resources import resource_path

#: Multiply-adds a training image of 784-400-2: the forward pass, the gradients of the weights, and those of the
#: activations, which the first layer does not need. 0.19 TFLOP an epoch.
_FORWARD = 2 * 784 * 400 + 3 * 2 * 400
_FLOP_AN_IMAGE = 2 * (3 * _FORWARD - 784 * 400)


def measure(pairs: int, epochs: int) -> list[Figure]:
    """Ratio of the two epoch times on the quickest device and on the CPU, and the share of the matmul rate."""
    figures = [_data_figure()]
    for device in dict.fromkeys((available_devices()[0], "cpu")):
        figures += _compare(device, pairs, epochs)
    return figures


def seconds_alone(epochs: int = 4, *, recorded: bool = False) -> float:
    """Median seconds an epoch, test pass and all, on the quickest device in a process that does nothing else.

    Args:
        epochs: how many.
        recorded: whether the run is kept in a folder, as the window does it.
    """
    settings = TrainingConfig(epochs=epochs)
    info = RunInfo("run", "run", datetime.now(UTC), VAEConfig(), settings, "MNIST")
    train, test = load_images("train"), load_images("test")
    with tempfile.TemporaryDirectory() as folder:
        recorder = RunRecorder.create(Path(folder) / "run", info) if recorded else None
        events = Runner(Beginning(info), train, test, Controls(), recorder).run()
        return statistics.median(event.stats.seconds for event in events if isinstance(event, EpochDone))


def _data_figure() -> Figure:
    started = time.perf_counter()
    count = len(load_images("train")) + len(load_images("test"))
    return Figure("load and verify MNIST", time.perf_counter() - started, "s", 1.0, note=f"{count:,} images")


def _compare(device: str, pairs: int, epochs: int) -> list[Figure]:
    theirs: list[float] = []
    ours: list[float] = []
    scores: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        _unpack(Path(folder))
        for seed in range(pairs):
            their_seconds, their_score = _tutorial(Path(folder), device, seed, epochs)
            our_seconds, our_score = _ours(device, seed, epochs)
            theirs.append(their_seconds)
            ours.append(our_seconds)
            scores.append((their_score, our_score))
    ratio = statistics.median(a / b for a, b in zip(theirs, ours, strict=True))
    their_elbo, our_elbo = (statistics.median(side) for side in zip(*scores, strict=True))
    seconds = statistics.median(ours)
    figures = [
        Figure(
            f"training against the tutorial loop ({device})",
            ratio,
            "×",
            4.5 if device == "cpu" else None,
            at_least=True,
            note=f"784-400-2, batch 128; median of {pairs} paired runs of {epochs} epochs; "
            f"{statistics.median(theirs):.2f} s against {seconds:.2f} s an epoch",
        ),
        Figure(
            f"test ELBO, ours minus the tutorial's ({device})",
            our_elbo - their_elbo,
            "nats/image",
            note=f"{our_elbo:.2f} against {their_elbo:.2f} after {epochs} epochs, medians",
        ),
    ]
    if device == "cpu":
        figures += _shares(60_000 * _FLOP_AN_IMAGE / seconds)
    return figures


def _shares(used: float) -> list[Figure]:
    """What training reaches, in operations a second, as shares of the rates of its own products and nothing else."""
    ours = matmul_dtype(torch.device("cpu"))
    figures = []
    for dtype in (torch.float32, torch.bfloat16):
        rate, name = _matmul_rate(dtype), str(dtype).removeprefix("torch.")
        note = f"{used / 1e9:.0f} of {rate / 1e9:.0f} GFLOP/s of the large products of a batch in {name}"
        if dtype == ours:
            note += ", in which training has them"
        figures.append(Figure(f"share of the {name} matmul rate (cpu)", 100 * used / rate, "%", note=note))
    return figures


def _ours(device: str, seed: int, epochs: int) -> tuple[float, float]:
    """Median seconds an epoch of training steps, as they are counted for the tutorial, and the last test ELBO."""
    settings = TrainingConfig(epochs=epochs, seed=seed, device=device)  # type: ignore[arg-type]
    seconds: list[float] = []
    began, score = 0.0, 0.0
    for event in fit(VAEConfig(), settings, load_images("train"), load_images("test")):
        match event:
            case TrainingStarted():
                began = time.perf_counter()
            case BatchDone(batch=batch, batches=batches) if batch == batches:
                if device == "cuda":
                    torch.cuda.synchronize()
                seconds.append(time.perf_counter() - began)
            case EpochDone():
                score = event.stats.test.elbo
                began = time.perf_counter()
    return statistics.median(seconds), score


class _TutorialVAE(nn.Module):
    """The model of the tutorials: one hidden layer of 400, a sigmoid at the end."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(784, 400)
        self.mean = nn.Linear(400, 2)
        self.log_variance = nn.Linear(400, 2)
        self.back = nn.Linear(2, 400)
        self.pixels = nn.Linear(400, 784)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        h = torch.relu(self.hidden(x))
        mu, logvar = self.mean(h), self.log_variance(h)
        z = mu + torch.randn_like(mu) * torch.exp(0.5 * logvar)
        return torch.sigmoid(self.pixels(torch.relu(self.back(z)))), mu, logvar


def _tutorial_loss(
    recon: torch.Tensor, x: torch.Tensor, mu: torch.Tensor, logvar: torch.Tensor
) -> torch.Tensor:
    pixels = functional.binary_cross_entropy(recon, x, reduction="sum")
    return pixels - 0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())


def _tutorial(folder: Path, device: str, seed: int, epochs: int) -> tuple[float, float]:
    """The usual loop: DataLoader, ToTensor, batch 128, plain Adam, ``.item()`` a batch; and a test pass like ours."""
    torch.manual_seed(seed)
    train = _loader(folder, train=True, batch_size=128)
    test = _loader(folder, train=False, batch_size=1000)
    model = _TutorialVAE().to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    seconds, score = [], 0.0
    for _ in range(epochs):
        started = time.perf_counter()
        total = 0.0
        for images, _labels in train:
            x = images.view(-1, 784).to(device)
            optimizer.zero_grad()
            loss = _tutorial_loss(*_with_input(model, x))
            loss.backward()  # type: ignore[no-untyped-call]
            total += loss.item()
            optimizer.step()
        seconds.append(time.perf_counter() - started)
        with torch.no_grad():
            batches = (images.view(-1, 784).to(device) for images, _labels in test)
            score = -sum(_tutorial_loss(*_with_input(model, x)).item() for x in batches) / 10_000
    return statistics.median(seconds), score


def _with_input(model: _TutorialVAE, x: torch.Tensor) -> Iterator[torch.Tensor]:
    recon, mu, logvar = model(x)
    return iter((recon, x, mu, logvar))


def _loader(folder: Path, *, train: bool, batch_size: int) -> Any:
    from torch.utils.data import DataLoader
    from torchvision.datasets import MNIST
    from torchvision.transforms import ToTensor

    images = MNIST(str(folder), train=train, download=False, transform=ToTensor())
    return DataLoader(images, batch_size=batch_size, shuffle=train)


def _unpack(folder: Path) -> None:
    """Put the bundled files where torchvision looks for them."""
    raw = folder / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for path in resource_path("mnist").glob("*.gz"):
        (raw / path.stem).write_bytes(gzip.decompress(path.read_bytes()))


def _matmul_rate(dtype: torch.dtype, batch: int = 128, seconds: float = 2.0) -> float:
    """Operations a second in the large products of a training step, one after the other; the median step.

    They are the five between 784 pixels and 400 units: forward through both layers, the gradients of both weights, and
    that of the decoder's activations. The gradients of the weights go into buffers that are there, as in training.
    """
    pixels, units = torch.rand(batch, 784).to(dtype), torch.rand(batch, 400).to(dtype)
    # As `core.optimisation` lays them out.
    down, up = torch.rand(400, 784).to(dtype), torch.rand(400, 784).to(dtype).t()
    at_down, at_up = torch.empty_like(down), torch.empty(400, 784, dtype=dtype).t()
    times: list[float] = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        started = time.perf_counter()
        torch.mm(pixels, down.t())
        torch.mm(units, up.t())
        torch.mm(units.t(), pixels, out=at_down)
        torch.mm(pixels.t(), units, out=at_up)
        torch.mm(pixels, up)
        times.append(time.perf_counter() - started)
    return 5 * 2 * batch * 784 * 400 / statistics.median(times)
