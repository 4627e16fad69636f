"""The log file in the platform's own log folder, with rotation; where faults are written."""

from __future__ import annotations

import logging
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path

import platformdirs

_BYTES = 1_000_000
_FILES = 3


def log_path() -> Path:
    """The log file of this user."""
    return Path(platformdirs.user_log_dir("vae-explorer", appauthor=False)) / "vae-explorer.log"


def start_logging() -> None:
    """Write warnings and above to the log file; where that cannot be, to stderr."""
    handler: logging.Handler
    try:
        log_path().parent.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(
            log_path(), maxBytes=_BYTES, backupCount=_FILES - 1, encoding="utf-8", delay=True
        )
    except OSError:
        handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
