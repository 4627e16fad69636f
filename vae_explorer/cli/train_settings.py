"""From the options of `vae-explorer train` to settings; what cannot be is said in the words of the command line.

The core speaks of ramps and gradients; whoever typed the command wants to know which option to change.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from vae_explorer.core.config import VAEConfig
from vae_explorer.core.errors import ConfigError
from vae_explorer.core.training_config import Device, TrainingConfig

#: Options by what `core.training_config` calls their values.
_OPTIONS = {
    "number of epochs": "--epochs",
    "batch size": "--batch-size",
    "seed": "--seed",
    "weight β": "--beta",
    "annealing ramp": "--annealing-epochs",
    "number of annealing cycles": "--annealing-cycles",
    "free bits": "--free-bits",
    "longest gradient": "--clip",
    "patience": "--patience",
    "share held out for validation": "--validation",
    "standard deviation of a pixel": "--sigma",
}
#: Options that are attributes of `VAEConfig`.
_MODEL_OPTIONS = ("hidden", "latent", "activation", "likelihood", "sigma")


def model_config(options: argparse.Namespace) -> VAEConfig:
    """The architecture that the options of `train` ask for, for the usual image size.

    Raises:
        ConfigError: a value is out of range, or two options contradict each other.
    """
    given = {name: getattr(options, name) for name in _MODEL_OPTIONS if getattr(options, name) is not None}
    if "sigma" in given and not given.get("likelihood", "").startswith("gaussian"):
        raise ConfigError("--sigma only counts with --likelihood gaussian or gaussian_learned.")
    with _named_options():
        return VAEConfig(**given)


def training_settings(options: argparse.Namespace) -> TrainingConfig:
    """What the options of `train` ask for; what was not given takes its default.

    Raises:
        ConfigError: a value is out of range, or two options contradict each other.
    """
    given = {name: value for name, value in vars(options).items() if value is not None}
    with _named_options():
        # Each on its own first, so that what is said of two of them makes sense.
        TrainingConfig.from_dict({name: value for name, value in given.items() if name != "annealing"})
    if given.get("annealing", "none") != "none" and given.get("beta") == 0:
        raise ConfigError(
            "With --beta 0 there is nothing to anneal. Leave out --annealing, or give a --beta above 0."
        )
    if given.get("annealing") == "linear":
        _check_ramp(given)
    settings = TrainingConfig.from_dict(given)
    for name, annealing in (("annealing_epochs", "linear"), ("annealing_cycles", "cyclical")):
        if name in given and settings.annealing != annealing:
            raise ConfigError(
                "{option} only counts with --annealing {annealing}.",
                option="--" + name.replace("_", "-"),
                annealing=annealing,
            )
    return settings


def resumed_settings(settings: TrainingConfig, epochs: int | None, device: Device | None) -> TrainingConfig:
    """Those of a run that is resumed, with what was given anew.

    Raises:
        ConfigError: the run cannot be trained so short.
    """
    if device is not None:
        settings = replace(settings, device=device)
    if epochs is None:
        return settings
    if settings.annealing == "linear" and 1 <= epochs < settings.annealing_epochs:
        raise ConfigError(
            "--epochs {epochs} is shorter than the annealing ramp of the run. Give --epochs {ramp} or more.",
            epochs=epochs,
            ramp=settings.annealing_epochs,
        )
    with _named_options():
        return replace(settings, epochs=epochs)


def _check_ramp(given: Mapping[str, Any]) -> None:
    usual = TrainingConfig()
    ramp = given.get("annealing_epochs", usual.annealing_epochs)
    epochs = given.get("epochs", usual.epochs)
    if ramp > epochs:
        raise ConfigError(
            "The annealing ramp of {ramp} epochs (--annealing-epochs) is longer than the training of {epochs} "
            "(--epochs). Give --annealing-epochs {epochs} or less, or --epochs {ramp} or more.",
            ramp=ramp,
            epochs=epochs,
        )


@contextmanager
def _named_options() -> Iterator[None]:
    try:
        yield
    except ConfigError as error:
        option = _OPTIONS.get(str(error.values.get("name")))
        if option is None:
            raise
        raise ConfigError("{option}: {problem}", option=option, problem=error) from error
