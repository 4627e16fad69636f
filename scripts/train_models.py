"""Makes the models that come with the application: `python scripts/train_models.py [NAME …]`.

Each is trained from a fixed seed until the test ELBO has not improved for a number of epochs; the weights of its best
epoch are kept, as float16. The record in the file then names exactly that many epochs, so that training with the
recorded settings gives the same weights again (on the same kind of machine with as many threads).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from vae_explorer.core.checkpoint import load_model, save_model
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.data import ImageSet, load_images
from vae_explorer.core.events import EpochDone
from vae_explorer.core.snapshot import ModelSnapshot, TrainingRecord
from vae_explorer.core.statistics import ElboTerms
from vae_explorer.core.training import evaluate, fit
from vae_explorer.core.training_config import TrainingConfig
from vae_explorer.resources import resource_path

CONFIGS = {
    "mnist-mlp-2d": VAEConfig(hidden=(400,)),
    "mnist-deep-2d": VAEConfig(hidden=(512, 256, 128)),
}
SEED = 0


def main(argv: Sequence[str] | None = None) -> int:
    """Train the models that are asked for, all of them by default."""
    options = _parse(argv)
    train, test = load_images("train"), load_images("test")
    for name in options.models or CONFIGS:
        best = _train(name, options, train, test)
        path = options.folder / f"{name}.safetensors"
        save_model(best, path, half=True)
        terms, _ = evaluate(load_model(path), test)
        print(f"{name}: {path.stat().st_size / 1e6:.2f} MB; as stored: {_text(terms)}")
    return 0


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Train the models that come with VAE Explorer.")
    parser.add_argument("models", nargs="*", metavar="NAME", help=f"of {', '.join(CONFIGS)}")
    parser.add_argument("--patience", type=int, default=15, help="epochs without improvement before stopping")
    parser.add_argument("--most", type=int, default=300, help="largest number of epochs")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--device", default="cpu", help="the bundled files were made on the CPU")
    parser.add_argument("--folder", type=Path, default=resource_path("models"), help="where the files go")
    options = parser.parse_args(argv)
    if unknown := set(options.models) - CONFIGS.keys():
        parser.error(f"no such model: {', '.join(sorted(unknown))}")
    return options


def _train(name: str, options: argparse.Namespace, train: ImageSet, test: ImageSet) -> ModelSnapshot:
    settings = TrainingConfig(epochs=options.most, seed=options.seed, device=options.device)
    best: EpochDone | None = None
    for event in fit(CONFIGS[name], settings, train, test):
        if not isinstance(event, EpochDone):
            continue
        if best is None or event.stats.test.elbo > best.stats.test.elbo:
            best = event
        print(f"{name} epoch {event.stats.epoch}: {_text(event.stats.test)}; best {_text(best.stats.test)}")
        sys.stdout.flush()
        if event.stats.epoch - best.stats.epoch >= options.patience:
            break
    assert best is not None  # there is at least one epoch
    return _with_true_epochs(best.snapshot, settings)


def _text(terms: ElboTerms) -> str:
    return f"test −ELBO {-terms.elbo:.2f} = {terms.reconstruction:.2f} + {terms.kl:.2f}"


def _with_true_epochs(snapshot: ModelSnapshot, settings: TrainingConfig) -> ModelSnapshot:
    history = snapshot.record.history
    record = TrainingRecord(snapshot.record.data_set, replace(settings, epochs=len(history)), history)
    return replace(snapshot, record=record)


if __name__ == "__main__":
    sys.exit(main())
