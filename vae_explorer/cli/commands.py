"""What each command does; the window among them. Returns the exit code."""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from vae_explorer.cli.facts import model_facts, model_lines, run_facts, run_lines
from vae_explorer.cli.models import decoded, encoded, fitting_test_images, latent_point
from vae_explorer.cli.terminal import announced, emit, one_line
from vae_explorer.cli.train_settings import model_config, training_settings
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.errors import ConfigError, UserError
from vae_explorer.core.training_config import Device, TrainingConfig

Theme = Literal["system", "light", "dark"]

_MAX_SAMPLES = 4096


def open_window(options: argparse.Namespace) -> int:
    """Open the window, or draw it to a file."""
    from vae_explorer.core.bundled import model_path
    from vae_explorer.core.files import check_writable

    file = model_path(options.file) if options.file is not None else None
    if file is not None and not file.exists():
        raise UserError(
            "Cannot open {path}: No such file. (The commands are train, info, decode, embed, sample, edit, directions, "
            "interpolate and export.)",
            path=file,
        )
    if options.screenshot is not None:
        check_writable(options.screenshot)
    from vae_explorer.app import run_window

    return run_window(file=file, screenshot=options.screenshot, size=options.size, theme=options.theme)


def train(options: argparse.Namespace) -> int:
    """Train a model and save it, or keep the run in a folder, or go on with one."""
    from vae_explorer.core.files import check_writable
    from vae_explorer.core.threads import limit_spinning

    if options.output is None and options.folder is None and options.resume is None:
        raise ConfigError("Say where the model goes: --output M.safetensors, --run FOLDER, or both.")
    # Wrong use is said before the data is read, and a bad place not after ten minutes of training.
    request = _resume_request(options) if options.resume is not None else _new_request(options)
    if options.output is not None:
        check_writable(options.output)
    limit_spinning(beside_a_window=False)
    # Only now: it imports PyTorch.
    from vae_explorer.cli.training import train

    return train(request, output=options.output, as_json=options.json)


def _new_request(options: argparse.Namespace) -> TrainingRequest:
    model = model_config(options)
    if options.folder is not None and _is_used(options.folder):
        raise UserError(
            "{folder} is not empty. Choose a new folder, or go on with --resume.", folder=options.folder
        )
    return TrainingRequest(training_settings(options), model, options.folder)


def _is_used(folder: Path) -> bool:
    try:
        return any(folder.iterdir())
    except OSError:
        # Why it cannot be used says whoever makes it.
        return False


def _resume_request(options: argparse.Namespace) -> TrainingRequest:
    given = [name for name, value in vars(options).items() if value is not None]
    extra = sorted(set(given) - {"run", "output", "resume", "json", "epochs", "device"})
    if extra:
        raise ConfigError(
            "--resume takes the settings of the run, so --{option} cannot be given with it.",
            option=extra[0].replace("_", "-").replace("max-norm", "clip").replace("folder", "run"),
        )
    return TrainingRequest(None, None, options.resume, options.epochs, options.device)


@dataclass(frozen=True, slots=True)
class TrainingRequest:
    """What the command `train` was asked for.

    Attributes:
        settings: of a new training; None to resume one.
        model: architecture of a new training, for the usual image size; None to resume one.
        folder: of the run; None to keep none.
        epochs: instead of those of a resumed run.
        device: instead of that of a resumed run.
    """

    settings: TrainingConfig | None
    model: VAEConfig | None
    folder: Path | None
    epochs: int | None = None
    device: Device | None = None


def info(options: argparse.Namespace) -> int:
    """Print what a model file or the folder of a run holds."""
    from vae_explorer.api import open_model
    from vae_explorer.core.bundled import model_path
    from vae_explorer.core.pythae_folder import pythae_weights

    path = model_path(options.model)
    if path.is_dir() and pythae_weights(path) is None:
        facts = run_facts(path)
        lines = run_lines(facts)
    else:
        facts = model_facts(path, open_model(options.model))
        lines = model_lines(facts)
    if options.json:
        emit(json.dumps(facts))
        return 0
    for name, value in lines:
        emit(f"{name:<12}{one_line(value)}")
    return 0


def decode(options: argparse.Namespace) -> int:
    """Write the picture of one latent point."""
    from vae_explorer.api import open_model

    model = open_model(options.model)
    means = decoded(model, latent_point(model, options.z)[None])
    from vae_explorer.core.images import gray_levels, save_png, square

    with announced("the picture", options.output):
        save_png(options.output, square(gray_levels(means[0])), options.scale)
    return 0


def embed(options: argparse.Namespace) -> int:
    """Write the table of the test images' posteriors."""
    import numpy as np

    from vae_explorer.api import open_model
    from vae_explorer.core.files import check_writable
    from vae_explorer.core.point_export import write_points_csv

    check_writable(options.output)
    model = open_model(options.model)
    test = fitting_test_images(model)
    posterior = encoded(model, test.images)
    with announced("the table", options.output):
        write_points_csv(options.output, np.arange(len(test)), test.labels, posterior)
    return 0


def sample(options: argparse.Namespace) -> int:
    """Write a grid of pictures decoded from draws of the prior."""
    import numpy as np

    from vae_explorer.api import open_model

    if not 1 <= options.n <= _MAX_SAMPLES:
        raise ConfigError("-n must be from 1 to {most}, not {value}.", most=_MAX_SAMPLES, value=options.n)
    if options.seed < 0:
        raise ConfigError("The seed must not be negative.")
    model = open_model(options.model)
    z = np.random.default_rng(options.seed).standard_normal((options.n, model.config.latent))
    means = decoded(model, z)
    from vae_explorer.core.images import gray_levels, grid, save_png

    with announced("the pictures", options.output):
        save_png(options.output, grid(gray_levels(means)), options.scale)
    return 0
