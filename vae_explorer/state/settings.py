"""What the application remembers between two starts.

A bad settings file never blocks the start: each key is checked on its own, a bad one falls back to its default, and the
rest survives.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
from functools import partial
from pathlib import Path
from typing import Any, Literal, get_args

import platformdirs

from vae_explorer.core.files import unwritable, write_atomically
from vae_explorer.state.training_form import TrainingForm, field_problem

__all__ = ["Settings", "Theme", "TrainingForm", "load_settings", "save_settings", "settings_path"]

_log = logging.getLogger(__name__)

Theme = Literal["system", "light", "dark"]

#: How many files the menu remembers.
RECENT_COUNT = 10
_VERSION = 1


@dataclass(slots=True)
class Settings:
    """All that is remembered.

    Attributes:
        theme: light, dark, or as the system is set.
        recent_files: model files, newest first.
        last_folder: where the file dialogs open; empty for the home folder.
        window_geometry: place and size of the window, base64 of Qt's own format.
        window_layout: where docks and toolbar are, base64 of Qt's own format.
        hints_seen: whether the three hints on the map were shown once.
        training: the fields of the training dock.
    """

    theme: Theme = "system"
    recent_files: list[str] = field(default_factory=list)
    last_folder: str = ""
    window_geometry: str = ""
    window_layout: str = ""
    hints_seen: bool = False
    training: TrainingForm = field(default_factory=TrainingForm)

    def add_recent(self, path: Path) -> None:
        """Put `path` at the top of the recent files."""
        name = str(path.resolve())
        self.recent_files = [name, *(other for other in self.recent_files if other != name)][:RECENT_COUNT]


def settings_path() -> Path:
    """The settings file of this user."""
    return Path(platformdirs.user_config_dir("vae-explorer", appauthor=False)) / "settings.json"


def load_settings(path: Path | None = None) -> tuple[Settings, list[str]]:
    """Read the settings, and say in plain words what could not be used."""
    path = path or settings_path()
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Settings(), []
    except (OSError, ValueError, RecursionError):
        return Settings(), [
            f"The settings file {path} cannot be read. The settings are back to their defaults."
        ]
    if not isinstance(stored, dict):
        return Settings(), [f"The settings file {path} holds no settings. They are back to their defaults."]
    settings = Settings()
    bad: list[str] = []
    _take(settings, stored, _CHECKS, bad)
    form = stored.get("training", {})
    if isinstance(form, dict):
        _take(settings.training, form, _FORM_CHECKS, bad)
    else:
        bad.append("training")
    if not bad:
        return settings, []
    _log.warning("bad settings in %s: %s", path, ", ".join(bad))
    return settings, [f"These settings could not be used and are back to their defaults: {', '.join(bad)}."]


def save_settings(settings: Settings, path: Path | None = None) -> None:
    """Write the settings atomically.

    Raises:
        UserError: the file cannot be written.
    """
    path = path or settings_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(path, error) from error
    content = json.dumps({"version": _VERSION, **asdict(settings)}, indent=2)
    write_atomically(path, content.encode())


def _take(
    target: Settings | TrainingForm, stored: dict[str, Any], checks: dict[str, Any], bad: list[str]
) -> None:
    for entry in fields(target):
        if entry.name not in stored or entry.name not in checks:
            continue
        if checks[entry.name](stored[entry.name]):
            setattr(target, entry.name, stored[entry.name])
        else:
            bad.append(entry.name)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_sound(name: str, value: object) -> bool:
    return field_problem(name, value) is None


_CHECKS: dict[str, Callable[[Any], bool]] = {
    "theme": lambda value: value in get_args(Theme),
    "recent_files": lambda value: isinstance(value, list) and all(map(_is_text, value)),
    "last_folder": _is_text,
    "window_geometry": _is_text,
    "window_layout": _is_text,
    "hints_seen": lambda value: isinstance(value, bool),
}
_FORM_CHECKS: dict[str, Callable[[Any], bool]] = {
    entry.name: partial(_is_sound, entry.name) for entry in fields(TrainingForm)
}
