"""The options of `vae-explorer train`.

None of them has a default here: with `--resume` an option that was given is told from one that was not.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

from vae_explorer.cli import commands
from vae_explorer.core.config import Activation, Likelihood, VAEConfig, parse_hidden
from vae_explorer.core.training_config import Annealing, Device, Schedule, TrainingConfig

#: What the help texts say is taken where an option is not given.
_DEFAULTS = TrainingConfig()
_USUAL_MODEL = VAEConfig()


def add_train_options(parser: argparse.ArgumentParser) -> None:
    """Let `parser` read them."""
    parser.set_defaults(run=commands.train)
    _add_places(parser)
    _add_model_options(_adder(parser, "model"))
    _add_objective_options(_adder(parser, "objective: reconstruction + beta * KL"))
    _add_optimiser_options(_adder(parser, "optimiser"))


def _adder(parser: argparse.ArgumentParser, group: str) -> Callable[..., Any]:
    return parser.add_argument_group(group).add_argument


def _add_places(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--output", "-o", type=Path, metavar="M.safetensors", help="where the model goes")
    add(
        "--run",
        dest="folder",
        type=Path,
        metavar="FOLDER",
        help="keep the run there: figures, snapshots, autosave",
    )
    add(
        "--resume",
        type=Path,
        metavar="FOLDER",
        help="go on with the run in that folder, bit for bit; only --epochs and --device can be changed",
    )
    add("--json", action="store_true", help="print one JSON object an epoch; all figures in nats an image")


def _add_model_options(add: Callable[..., Any]) -> None:
    add(
        "--hidden",
        type=parse_hidden,
        metavar="400",
        help="widths of the hidden layers, such as 512,256 (400)",
    )
    add("--latent", type=int, metavar="2", help="latent dimensions (2)")
    add(
        "--activation",
        choices=get_args(Activation),
        help=f"what follows each hidden layer ({_USUAL_MODEL.activation})",
    )
    add(
        "--likelihood",
        choices=get_args(Likelihood),
        help="p(x|z) of a pixel: Bernoulli on gray levels, a pseudo-likelihood; continuous Bernoulli; Gaussian with a "
        f"fixed sigma, or with one that is learned ({_USUAL_MODEL.likelihood})",
    )
    add(
        "--sigma",
        type=float,
        metavar="X",
        help="standard deviation of a Gaussian pixel, where white is 1; where it begins if it is learned "
        "(0.7071, which makes the loss the squared error plus 0.5724 nats a pixel)",
    )


def _add_objective_options(add: Callable[..., Any]) -> None:
    add("--beta", type=float, metavar="X", help=f"weight of the KL term; 1 is the ELBO ({_DEFAULTS.beta:g})")
    add(
        "--annealing",
        choices=get_args(Annealing),
        help=f"how the weight comes up to beta: at once, in one ramp from 0, or in cycles ({_DEFAULTS.annealing})",
    )
    add(
        "--annealing-epochs",
        type=int,
        metavar="N",
        help=f"length of the linear ramp in epochs ({_DEFAULTS.annealing_epochs})",
    )
    add(
        "--annealing-cycles",
        type=int,
        metavar="N",
        help=f"cycles in the whole training, each ramps up in its first half ({_DEFAULTS.annealing_cycles})",
    )
    add(
        "--free-bits",
        type=float,
        metavar="X",
        help=f"nats of KL that each latent dimension has for free; 0 for none ({_DEFAULTS.free_bits:g})",
    )


def _add_optimiser_options(add: Callable[..., Any]) -> None:
    add("--epochs", type=int, metavar="N", help=f"passes over the data ({_DEFAULTS.epochs})")
    add("--batch-size", type=int, metavar="N", help=f"images a step ({_DEFAULTS.batch_size})")
    add("--learning-rate", type=float, metavar="X", help=f"of Adam ({_DEFAULTS.learning_rate:g})")
    add(
        "--schedule",
        choices=get_args(Schedule),
        help=f"whether the learning rate stays or falls to 0 along half a cosine ({_DEFAULTS.schedule})",
    )
    add(
        "--clip",
        dest="max_norm",
        type=float,
        metavar="X",
        help=f"longest gradient, L2 norm over all parameters; 0 for no limit ({_DEFAULTS.max_norm:g})",
    )
    add(
        "--patience",
        type=int,
        metavar="N",
        help="stop after N epochs without a better test ELBO, or validation ELBO; 0 for never "
        f"({_DEFAULTS.patience})",
    )
    add(
        "--validation",
        type=float,
        metavar="X",
        help=f"share of the training images that is held out, from 0 to 0.5 ({_DEFAULTS.validation:g})",
    )
    add("--seed", type=int, metavar="S", help=f"the same seed gives the same model ({_DEFAULTS.seed})")
    add("--device", choices=get_args(Device), help=f"where to train ({_DEFAULTS.device})")
