"""Models that the pythae library saved: a folder with ``model_config.json`` and ``model.pt``.

Its training writes the last model into ``final_model``, in a folder of its own for each training; that folder stands
for the model as well. The library can also keep encoders and decoders as pickled Python (``encoder.pkl``): these could
run code, and are never looked at. The weights are in ``model.pt`` either way.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vae_explorer.core.errors import CheckpointError
from vae_explorer.core.snapshot import ModelSnapshot
from vae_explorer.core.tensor_file import read_content

CONFIG = "model_config.json"
WEIGHTS = "model.pt"
_LAST = "final_model"
#: Kinds of models that are encoded by tensors as those of a VAE, but into another space than one with a normal prior.
_OTHER_SPACES = ("SVAEConfig", "PoincareVAEConfig")
#: Networks that judge a decoder while it is trained, and are no part of it afterwards.
_JUDGES = ("discriminator.", "adversarial_loss.")


def pythae_weights(path: Path) -> Path | None:
    """The ``model.pt`` that a user means by `path`; None where that is no model of pythae.

    Args:
        path: the folder, that of its training with ``final_model`` in it, or one of the two files.
    """
    places = [path.parent] if path.name in (CONFIG, WEIGHTS) else [path, path / _LAST]
    return next((place / WEIGHTS for place in places if _is_pythae(place)), None)


def model_name(path: Path) -> str:
    """What to call the model in `path`: the name of the file, or the folder of pythae that tells most."""
    weights = pythae_weights(path)
    if weights is None:
        return path.stem
    folder = weights.absolute().parent
    return folder.parent.name if folder.name == _LAST else folder.name


def _is_pythae(folder: Path) -> bool:
    try:
        return (folder / CONFIG).is_file() and (folder / WEIGHTS).is_file()
    except (OSError, ValueError):
        # A folder of somebody else, or no path at all.
        return False


def read_pythae(weights: Path) -> ModelSnapshot:
    """Read a model of pythae, whose encoder and decoder are fully connected, as the library's own are.

    Args:
        weights: what `pythae_weights` returned.

    Raises:
        CheckpointError: a file is damaged, the two do not belong together, or the model is of another kind.
    """
    config = _read_config(weights.with_name(CONFIG))
    kind = str(config.get("name", ""))
    if kind in _OTHER_SPACES:
        raise CheckpointError(
            "its latent space is not that of a VAE with a normal prior ({kind}).", kind=kind
        )
    # Only a file of PyTorch needs PyTorch.
    from vae_explorer.core.state_dicts import adopt_tensors, read_tensors_of

    tensors = read_tensors_of(read_content(weights))
    snapshot = adopt_tensors({name: value for name, value in tensors.items() if not name.startswith(_JUDGES)})
    _check_sizes(config, snapshot)
    return snapshot


def _read_config(file: Path) -> Mapping[str, Any]:
    try:
        config = json.loads(read_content(file))
    except (ValueError, RecursionError) as error:
        raise CheckpointError("{file} beside it is damaged.", file=CONFIG) from error
    if not isinstance(config, dict):
        raise CheckpointError("{file} beside it is damaged.", file=CONFIG)
    return config


def _check_sizes(config: Mapping[str, Any], snapshot: ModelSnapshot) -> None:
    """Whether both files speak of one model of gray images; other programs' files may leave the sizes out."""
    shape, latent = config.get("input_dim"), config.get("latent_dim")
    found = snapshot.config
    if isinstance(shape, list) and all(isinstance(size, int) for size in shape):
        if len(shape) == 3 and shape[0] != 1:
            raise CheckpointError(
                "it is for images with {count} channels; only gray images can be shown.", count=shape[0]
            )
        same = math.prod(shape) == found.input_size
    else:
        same = True
    if not same or (isinstance(latent, int) and latent != found.latent):
        raise CheckpointError(
            "{config} and {weights} do not belong together: one speaks of images of {shape} pixels and {latent} latent "
            "dimensions, the other is a {model} model.",
            config=CONFIG,
            weights=WEIGHTS,
            shape=" × ".join(map(str, shape)) if isinstance(shape, list) else "?",
            latent=latent,
            model=found.description,
        )
