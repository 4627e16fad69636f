"""`vae-explorer export`: a model for other programs."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from vae_explorer.cli.terminal import announced
from vae_explorer.core.errors import ConfigError

if TYPE_CHECKING:
    from vae_explorer.core.snapshot import ModelSnapshot

Format = Literal["onnx", "state-dict"]

_FORMATS: dict[str, Format] = {
    ".onnx": "onnx",
    ".pt": "state-dict",
    ".pth": "state-dict",
    ".bin": "state-dict",
}
_DEFAULT_LAYOUT = "vae-explorer"
#: With the names that each class has for its layers; here, so that `--help` need not read the science.
_LAYOUTS = """layouts, by the names of the layers:
  fc-mu            fc1, fc_mu, fc_logvar, fc3, fc4
  pytorch-example  fc1, fc21, fc22, fc3, fc4
  encoder-decoder  encoder.fc1, fc2, fc31, fc32, decoder.fc1, fc2, fc3
  sequential       encoder.0, encoder.2 …, decoder.0, decoder.2 …; the encoder's last layer gives μ and log σ²
  vae-explorer     encoder.0 …, mu, logvar, decoder.0 …, logits; fits every model"""


def add_export_options(parser: argparse.ArgumentParser) -> None:
    """Let `parser`, which knows the model already, read them."""
    parser.set_defaults(run=export)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _LAYOUTS
    add = parser.add_argument
    add(
        "--output",
        "-o",
        type=Path,
        required=True,
        metavar="FILE",
        help=".onnx, or .pt for a PyTorch state_dict",
    )
    add("--format", choices=("onnx", "state-dict"), help="by default what the suffix of FILE says")
    add(
        "--part",
        choices=("encoder", "decoder"),
        help="of an ONNX export; by default both, in FILE-encoder.onnx and FILE-decoder.onnx",
    )
    add("--layout", metavar="NAME", help=f"of a state_dict; see below ({_DEFAULT_LAYOUT})")


def export(options: argparse.Namespace) -> int:
    """Write a model as ONNX or as a state_dict."""
    from vae_explorer.api import open_model

    export = _export_onnx if _checked_format(options) == "onnx" else _export_state_dict
    export(open_model(options.model), options)
    return 0


def _checked_format(options: argparse.Namespace) -> Format:
    """Which one is wanted; wrong use is said before the model is read."""
    format_: Format | None = options.format or _FORMATS.get(options.output.suffix.lower())
    if format_ is None:
        raise ConfigError("Say which --format, onnx or state-dict: the name of the file does not.")
    if format_ == "onnx" and options.layout is not None:
        raise ConfigError("--layout only counts with --format state-dict.")
    if format_ == "state-dict" and options.part is not None:
        raise ConfigError("--part only counts with --format onnx.")
    return format_


def _export_onnx(model: ModelSnapshot, options: argparse.Namespace) -> None:
    from vae_explorer.core.files import check_writable
    from vae_explorer.core.model_export import both_paths, save_onnx

    part, output = options.part, options.output
    paths = both_paths(output) if part is None else {part: output}
    # Of two files, none or both.
    for path in paths.values():
        check_writable(path)
    for each, path in paths.items():
        with announced(f"the {each}", path):
            save_onnx(model, each, path, Path(options.model).stem)


def _export_state_dict(model: ModelSnapshot, options: argparse.Namespace) -> None:
    from vae_explorer.core.model_export import save_state_dict
    from vae_explorer.core.tutorial_layouts import layout_named

    layout = layout_named(options.layout or _DEFAULT_LAYOUT)
    with announced("the state_dict", options.output):
        save_state_dict(model, layout, options.output)
