"""Latent coordinates as a CSV table, for any other tool."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from vae_explorer.core.data import ByteArray
from vae_explorer.core.files import write_atomically
from vae_explorer.core.snapshot import Posterior


def save_coordinates(path: Path, labels: ByteArray, posterior: Posterior) -> None:
    """Write columns index, label, mu_1…mu_d, logvar_1…logvar_d, one row an image, in order.

    Numbers have the digits that a float32 needs to be read back exactly.

    Raises:
        UserError: the file cannot be written.
    """
    dimensions = range(1, posterior.mu.shape[1] + 1)
    text = io.StringIO(newline="")
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["index", "label", *(f"mu_{j}" for j in dimensions), *(f"logvar_{j}" for j in dimensions)])
    for index, (label, mu, logvar) in enumerate(zip(labels, posterior.mu, posterior.logvar, strict=True)):
        table.writerow([index, int(label), *map(str, mu), *map(str, logvar)])
    write_atomically(path, text.getvalue().encode())
