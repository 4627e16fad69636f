"""Session files: one ``.vaesession`` file with a copy of the model, and what was done with it as JSON.

The model lies in the file itself, not only its path: files are moved, trained anew and deleted, and a session that
cannot be opened for that is worth nothing. What the JSON means is for `state.saved_session` to say; here it is only
kept whole.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.errors import CheckpointError
from vae_explorer.core.files import write_atomically
from vae_explorer.core.snapshot import ModelSnapshot
from vae_explorer.core.tensor_file import (
    describe,
    description_explained,
    encode_tensors,
    is_safetensors,
    opening,
    parse_description,
    parse_table,
    read_content,
    read_table,
    read_tensors,
)

SESSION_SUFFIX = ".vaesession"
#: The metadata key that marks a session file; its value is JSON.
SESSION_KEY = "vae_explorer_session"
#: The metadata key of the SHA-256 of all the rest: a bit that turned over in a weight would not be noticed otherwise.
CHECKSUM_KEY = "vae_explorer_checksum"
#: Where the values stand beside the description of the model.
_VALUES = "session"
_NO_SESSION = "it is not a saved session."


@dataclass(frozen=True, slots=True, eq=False)
class SessionContent:
    """What a session file holds.

    Attributes:
        snapshot: the model that was open.
        values: everything else, as plain values of JSON; not checked yet.
    """

    snapshot: ModelSnapshot
    values: Mapping[str, Any]


def save_session(content: SessionContent, path: Path) -> None:
    """Write a session atomically; an older file is replaced only by a whole new one.

    Raises:
        UserError: the folder is missing, not writable or full.
    """
    about = describe(content.snapshot.config, content.snapshot.record) | {_VALUES: dict(content.values)}
    text, weights = json.dumps(about), content.snapshot.weights
    metadata = {SESSION_KEY: text, CHECKSUM_KEY: _checksum(text, weights)}
    write_atomically(path, encode_tensors(weights, metadata))


def load_session(path: Path) -> SessionContent:
    """Read a session.

    Raises:
        CheckpointError: the file cannot be read, is no session, is damaged, or a newer version wrote it.
    """
    with opening(path):
        content = read_content(path)
        if not is_safetensors(content):
            raise CheckpointError(_NO_SESSION)
        return parse_session(content)


def parse_session(content: bytes) -> SessionContent:
    """The session in these bytes of a safetensors file.

    Raises:
        CheckpointError: it has none, is damaged, or was written by a newer version.
    """
    metadata = parse_table(content).metadata
    if SESSION_KEY not in metadata:
        raise CheckpointError(_NO_SESSION)
    config, record, about = parse_description(metadata[SESSION_KEY])
    with description_explained():
        values = dict(about[_VALUES])
    weights = read_tensors(content, {"F32"})
    # Files from before it was written have none.
    if metadata.get(CHECKSUM_KEY, "") not in ("", _checksum(metadata[SESSION_KEY], weights)):
        raise CheckpointError("it is damaged: what it holds is not what was written.")
    return SessionContent(ModelSnapshot(config, weights, record), values)


def _checksum(text: str, weights: Mapping[str, NDArray[Any]]) -> str:
    found = hashlib.sha256(text.encode(errors="surrogatepass"))
    for name in sorted(weights):
        found.update(name.encode())
        found.update(np.ascontiguousarray(weights[name], "<f4").data)
    return found.hexdigest()


def is_session_file(path: Path) -> bool:
    """Whether a file says of itself that it is a session; only its table is read, and a damaged one has none."""
    try:
        return SESSION_KEY in read_table(path).metadata
    except CheckpointError:
        return path.suffix == SESSION_SUFFIX
