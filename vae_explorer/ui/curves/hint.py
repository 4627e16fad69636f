"""What others measured with the same architecture, so that a user can tell a good training from a bad one."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

#: Test −ELBO on MNIST with gray-level pixels and Adam, β = 1, in nats an image: epochs and figure. Measured for this
#: project with batches of 128 and a learning rate of 0.001, over at least two seeds where a range is given; those of
#: 784-512-256-2 are from lyeoni/pytorch-mnist-VAE.
_EXPECTED: dict[str, tuple[tuple[int, str], ...]] = {
    "784-400-2": ((10, "154–156"),),
    "784-400-20": ((10, "105–106"),),
    "784-512-256-2": ((10, "143.7"), (20, "140.9"), (50, "138.4")),
    "784-512-256-128-2": ((40, "136.5"),),
}


def expected_values(model: str) -> str:
    """A sentence on what a training of this architecture reaches on MNIST; empty where nobody measured it.

    Args:
        model: the architecture, as `VAEConfig.description` says it.
    """
    if model not in _EXPECTED:
        return ""
    figures = QCoreApplication.translate("curves", ", ").join(
        QCoreApplication.translate("curves", "{nats} after {epochs} epochs").format(nats=nats, epochs=epochs)
        for epochs, nats in _EXPECTED[model]
    )
    return QCoreApplication.translate(
        "curves",
        "To compare: {model} reaches about {figures} (test −ELBO in nats an image, MNIST, β = 1, gray-level Bernoulli)",
    ).format(model=model, figures=figures)
