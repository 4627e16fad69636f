"""The options of `vae-explorer` and of its subcommands."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import NoReturn, get_args

from vae_explorer import __version__
from vae_explorer.cli import commands
from vae_explorer.cli.edit_options import add_directions_options, add_edit_options
from vae_explorer.cli.exporting import add_export_options
from vae_explorer.cli.interpolating import add_interpolate_options
from vae_explorer.cli.terminal import PROGRAM, SCALE_HELP
from vae_explorer.cli.train_options import add_train_options
from vae_explorer.core.errors import ConfigError

_COMMANDS = {
    "train": "train a model on MNIST and save it",
    "info": "show what a model file or the folder of a run holds",
    "decode": "decode one latent point to a picture",
    "embed": "write the latent coordinates of the test images as a table",
    "sample": "decode draws from the prior to a grid of pictures",
    "edit": "move a digit along directions, such as thickness, and decode it",
    "directions": "show how good such directions are and how they lie to each other",
    "interpolate": "lead a path from one digit to another and write its images",
    "export": "write a model for other programs, as ONNX or as a PyTorch state_dict",
}
#: Options that numbers follow, negative ones too.
_POINT_OPTIONS = ("--z", "--from-z", "--to-z", "--alpha")
_COMMANDS_HELP = "commands:\n" + "\n".join(f"  {name:<13}{text}" for name, text in _COMMANDS.items())
_WINDOW_EPILOG = f"""{_COMMANDS_HELP}

`{PROGRAM} COMMAND --help` explains a command. A file with the name of a command is opened as ./train.
"""
_MODEL_HELP = (
    "a model file, a PyTorch state_dict, a folder that pythae saved, or the name of a ready-made model: "
    "mnist-deep-2d or mnist-mlp-2d"
)
_ANY_HELP = f"{_MODEL_HELP}; or the folder of a run"


def parse(words: list[str]) -> argparse.Namespace:
    """The options; `options.run(options)` does what they ask for and returns the exit code.

    Raises:
        ConfigError: wrong use.
        SystemExit: `--help` or `--version` was asked for, and printed.
    """
    if words and words[0] in _COMMANDS:
        return _command_parser().parse_args(_shield_negative(words))
    return _window_parser().parse_args(words)


class _Parser(argparse.ArgumentParser):
    """Reports wrong use as any other bad input: in one line."""

    def error(self, message: str) -> NoReturn:
        raise ConfigError("{message}. Try `{program} --help`.", message=message, program=self.prog)


def _window_parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog=PROGRAM,
        usage=f"{PROGRAM} [options] [FILE | FOLDER]\n       {PROGRAM} COMMAND …",
        description="Train or open a variational autoencoder and walk through its latent space.",
        epilog=_WINDOW_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "file",
        nargs="?",
        metavar="FILE",
        help=f"{_ANY_HELP}. Without it: mnist-deep-2d",
    )
    parser.set_defaults(run=commands.open_window)
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    parser.add_argument(
        "--screenshot",
        type=Path,
        metavar="OUT.png",
        help="draw the window to a file, without a display, and exit",
    )
    parser.add_argument("--size", type=_size, metavar="1400x900", help="of the window, in pixels")
    parser.add_argument(
        "--theme", choices=get_args(commands.Theme), help="colours, instead of those in the settings"
    )
    return parser


def _command_parser() -> argparse.ArgumentParser:
    parser = _Parser(prog=PROGRAM, allow_abbrev=False)
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, add_options in (
        ("train", add_train_options),
        ("info", _add_info_options),
        ("decode", _add_decode_options),
        ("embed", _add_embed_options),
        ("sample", _add_sample_options),
        ("edit", _add_edit_options),
        ("directions", _add_directions_options),
        ("interpolate", _add_interpolate_options),
        ("export", _add_export_options),
    ):
        text = _COMMANDS[name]
        command = subparsers.add_parser(name, description=f"{text[0].upper()}{text[1:]}.", allow_abbrev=False)
        add_options(command)
    return parser


def _add_info_options(parser: argparse.ArgumentParser) -> None:
    _add_model(parser, _ANY_HELP)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=commands.info)


def _add_decode_options(parser: argparse.ArgumentParser) -> None:
    _add_model(parser)
    parser.add_argument(
        "--z", type=float, nargs="+", required=True, metavar="Z", help="one number for each latent dimension"
    )
    _add_picture(parser)
    parser.set_defaults(run=commands.decode)


def _add_embed_options(parser: argparse.ArgumentParser) -> None:
    _add_model(parser)
    parser.add_argument(
        "--output", "-o", type=Path, required=True, metavar="OUT.csv", help="index, label, mu_1 …, logvar_1 …"
    )
    parser.set_defaults(run=commands.embed)


def _add_sample_options(parser: argparse.ArgumentParser) -> None:
    _add_model(parser)
    parser.add_argument("-n", type=int, default=64, metavar="N", help="how many pictures (%(default)s)")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="of the draws (%(default)s)")
    _add_picture(parser)
    parser.set_defaults(run=commands.sample)


def _add_edit_options(parser: argparse.ArgumentParser) -> None:
    _add_model(parser)
    add_edit_options(parser)
    _add_picture(parser)


def _add_directions_options(parser: argparse.ArgumentParser) -> None:
    _add_model(parser)
    add_directions_options(parser)


def _add_interpolate_options(parser: argparse.ArgumentParser) -> None:
    _add_model(parser)
    add_interpolate_options(parser)


def _add_export_options(parser: argparse.ArgumentParser) -> None:
    _add_model(parser)
    add_export_options(parser)


def _add_model(parser: argparse.ArgumentParser, text: str = _MODEL_HELP) -> None:
    parser.add_argument("model", metavar="M", help=text)


def _add_picture(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--output", "-o", type=Path, required=True, metavar="OUT.png", help="8-bit gray PNG")
    parser.add_argument("--scale", type=int, metavar="K", help=SCALE_HELP)


def _size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"([1-9]\d{2,3})[x×]([1-9]\d{2,3})", text, re.ASCII)
    if not match:
        raise ConfigError(
            "The size must be WIDTHxHEIGHT in pixels, such as 1400x900, not “{text}”.", text=text
        )
    return int(match[1]), int(match[2])


def _shield_negative(words: list[str]) -> list[str]:
    """Put a space before negative numbers: argparse takes `-1e-3` and `-inf` for options."""
    shielded: list[str] = []
    in_numbers = False
    for word in words:
        in_numbers = word in _POINT_OPTIONS or (in_numbers and _is_number(word))
        shielded.append(f" {word}" if in_numbers and word not in _POINT_OPTIONS else word)
    return shielded


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
