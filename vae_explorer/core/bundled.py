"""The models that come with the application. `scripts/train_models.py` makes their files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vae_explorer.core.checkpoint import SUFFIX
from vae_explorer.resources import resource_path

#: The model that the window opens when it is given none.
DEFAULT_MODEL = "mnist-deep-2d"


@dataclass(frozen=True, slots=True)
class BundledModel:
    """A ready-made model.

    Attributes:
        name: its file's name without the suffix; the command line takes it in place of a file.
        title: what a menu calls it.
        description: one sentence for a tool tip.
    """

    name: str
    title: str
    description: str

    @property
    def path(self) -> Path:
        """Its file."""
        return resource_path("models", f"{self.name}{SUFFIX}")


_MODELS = (
    BundledModel(
        "mnist-deep-2d",
        "MNIST, deep (784-512-256-128-2)",
        "Three hidden layers each way: sharper digits and better separated classes.",
    ),
    BundledModel(
        "mnist-mlp-2d",
        "MNIST, one hidden layer (784-400-2)",
        "The model that most tutorials build, trained until it gets no better.",
    ),
)


def bundled_models() -> tuple[BundledModel, ...]:
    """All of them, the default one first."""
    return _MODELS


def model_path(text: str) -> Path:
    """The file that a user means by `text`: a path, or the name of a bundled model where no such file exists."""
    path = Path(text)
    if not path.exists():
        for model in _MODELS:
            if model.name == text:
                return model.path
    return path
