"""What others measured with the same architecture, so that a user can tell a good training from a bad one."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from vae_explorer.core.training_config import TrainingConfig
from vae_explorer.ui.numbers import MINUS

#: Test −ELBO, from the worst to the best seed, on MNIST with gray-level pixels and Adam, β = 1, in nats an image:
#: epochs and figures. Measured for this project with batches of 128 and a learning rate of 0.001, over at least two
#: seeds where a range is given; those of 784-512-256-2 are from lyeoni/pytorch-mnist-VAE.
_EXPECTED: dict[str, tuple[tuple[int, tuple[str, ...]], ...]] = {
    "784-400-2": ((10, ("156", "154")),),
    "784-400-20": ((10, ("106", "105")),),
    "784-512-256-2": ((10, ("143.7",)), (20, ("140.9",)), (50, ("138.4",))),
    "784-512-256-128-2": ((40, ("136.5",)),),
}


def expected_values(model: str, settings: TrainingConfig | None = None) -> str:
    """A sentence on what a training of this architecture reaches on MNIST; empty where nobody measured it.

    Args:
        model: the architecture, as `VAEConfig.description` says it.
        settings: how it trains, if that is known: with another objective it reaches other figures.
    """
    if model not in _EXPECTED or (settings is not None and not _plain(settings)):
        return ""
    figures = QCoreApplication.translate("curves", ", ").join(
        QCoreApplication.translate("curves", "{nats} after {epochs} epochs").format(
            nats=_as_elbo(nats), epochs=epochs
        )
        for epochs, nats in _EXPECTED[model]
    )
    return QCoreApplication.translate(
        "curves",
        "To compare: with {model} the test ELBO reaches about {figures} (nats an image, MNIST, β = 1, "
        "gray-level Bernoulli)",
    ).format(model=model, figures=figures)


def _plain(settings: TrainingConfig) -> bool:
    """Whether the loss is the negative ELBO itself."""
    return settings.beta == 1 and settings.annealing == "none" and settings.free_bits == 0


def _as_elbo(nats: tuple[str, ...]) -> str:
    return QCoreApplication.translate("curves", " to ").join(MINUS + figure for figure in nats)
