"""Our weights under the names of other people's classes, so that a tutorial's own script loads what was trained here.

A layout is refused where the class behind it would take the weights and then compute something else with them: another
number of layers, another activation, another last step.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from vae_explorer.core.config import ACTIVATION_NAMES, VAEConfig
from vae_explorer.core.errors import ConfigError
from vae_explorer.core.snapshot import FloatArray, ModelSnapshot

#: Tensors under a class's own names, in the order in which it makes its layers.
StateDict = dict[str, FloatArray]
#: Likelihoods whose mean image is the sigmoid of what the decoder returns; with one the tutorials' classes end.
_ENDING_IN_SIGMOID = frozenset({"bernoulli"})


@dataclass(frozen=True, slots=True)
class Layout:
    """What a class calls its layers.

    Attributes:
        name: what the command line calls the layout.
        layers: the class's own names, for a person.
        depth: how many hidden layers the class has each way; None for any number.
        rename: gives the weights of a model these names.
        own: whether the class is ours, which computes whatever the configuration says.
    """

    name: str
    layers: str
    depth: int | None
    rename: Callable[[ModelSnapshot], StateDict]
    own: bool = False


def layout_named(name: str) -> Layout:
    """The layout that the command line calls `name`.

    Raises:
        ConfigError: there is none.
    """
    for layout in LAYOUTS:
        if layout.name == name:
            return layout
    raise ConfigError(
        "There is no layout “{name}”. Choose one of: {names}.", name=name, names=_names(LAYOUTS)
    )


def fitting_layouts(config: VAEConfig) -> tuple[Layout, ...]:
    """The layouts whose class computes what a model of this configuration computes; never none."""
    return tuple(layout for layout in LAYOUTS if _misfit(config, layout) is None)


def laid_out(snapshot: ModelSnapshot, layout: Layout) -> StateDict:
    """The weights of `snapshot` under the names of `layout`, in the order of its class.

    Raises:
        ConfigError: the class would compute something else with them; the message says which layouts fit.
    """
    config = snapshot.config
    misfit = _misfit(config, layout)
    if misfit is not None:
        raise ConfigError(
            misfit + " Layouts that fit it: {fitting}.",
            layout=layout.name,
            wanted=layout.depth,
            found=len(config.hidden),
            model=config.description,
            activation=ACTIVATION_NAMES[config.activation],
            likelihood=config.likelihood,
            fitting=_names(fitting_layouts(config)),
        )
    return layout.rename(snapshot)


def _misfit(config: VAEConfig, layout: Layout) -> str | None:
    """Why the class of `layout` would not be this model, with fields; None if it is."""
    if layout.own:
        return None
    if layout.depth not in (None, len(config.hidden)):
        return (
            "The class of layout {layout} has {wanted} hidden layer(s) each way, "
            "but this {model} model has {found}."
        )
    if config.hidden and config.activation != "relu":
        return "The class of layout {layout} has ReLU between its layers, but this model has {activation}."
    if config.likelihood not in _ENDING_IN_SIGMOID:
        return (
            "The class of layout {layout} decodes with a sigmoid, "
            "which is not the mean image of this model's likelihood, {likelihood}."
        )
    return None


def _names(layouts: tuple[Layout, ...]) -> str:
    return ", ".join(layout.name for layout in layouts)


# The names


def _renamed(names: dict[str, str], snapshot: ModelSnapshot) -> StateDict:
    """The layers under the names that `names` has for ours, in its order."""
    return {
        f"{theirs}.{kind}": snapshot.weights[f"{ours}.{kind}"]
        for ours, theirs in names.items()
        for kind in ("weight", "bias")
    }


def _sequential(snapshot: ModelSnapshot) -> StateDict:
    """Two sequences in which every second entry is an activation; μ and log σ² come out of one layer, side by side."""
    depth = len(snapshot.config.hidden)
    down = {f"encoder.{layer}": f"encoder.{2 * layer}" for layer in range(depth)}
    up = {f"decoder.{layer}": f"decoder.{2 * layer}" for layer in range(depth)}
    heads = {
        f"encoder.{2 * depth}.{kind}": np.concatenate(
            [snapshot.weights[f"mu.{kind}"], snapshot.weights[f"logvar.{kind}"]]
        )
        for kind in ("weight", "bias")
    }
    return _renamed(down, snapshot) | heads | _renamed(up | {"logits": f"decoder.{2 * depth}"}, snapshot)


_FC_MU = {
    "encoder.0": "fc1",
    "mu": "fc_mu",
    "logvar": "fc_logvar",
    "decoder.0": "fc3",
    "logits": "fc4",
}
_PYTORCH_EXAMPLE = {
    "encoder.0": "fc1",
    "mu": "fc21",
    "logvar": "fc22",
    "decoder.0": "fc3",
    "logits": "fc4",
}
_ENCODER_DECODER = {
    "encoder.0": "encoder.fc1",
    "encoder.1": "encoder.fc2",
    "mu": "encoder.fc31",
    "logvar": "encoder.fc32",
    "decoder.0": "decoder.fc1",
    "decoder.1": "decoder.fc2",
    "logits": "decoder.fc3",
}

#: All of them; the last one fits every model.
LAYOUTS = (
    Layout("fc-mu", "fc1, fc_mu, fc_logvar, fc3, fc4", 1, partial(_renamed, _FC_MU)),
    Layout("pytorch-example", "fc1, fc21, fc22, fc3, fc4", 1, partial(_renamed, _PYTORCH_EXAMPLE)),
    Layout(
        "encoder-decoder", "encoder.fc1 … fc32, decoder.fc1 … fc3", 2, partial(_renamed, _ENCODER_DECODER)
    ),
    Layout("sequential", "encoder.0, encoder.2 …, decoder.0, decoder.2 …", None, _sequential),
    Layout(
        "vae-explorer",
        "encoder.0 …, mu, logvar, decoder.0 …, logits",
        None,
        lambda snapshot: dict(snapshot.weights),
        own=True,
    ),
)
