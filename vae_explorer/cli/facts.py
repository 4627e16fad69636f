"""What `vae-explorer info` says of a model file and of the folder of a run, for a person and for a program."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from vae_explorer.core.errors import UserError
from vae_explorer.core.training_config import TrainingConfig

if TYPE_CHECKING:
    from vae_explorer.core.run_folder import FoundRun
    from vae_explorer.core.snapshot import ModelSnapshot

#: At most so many snapshots are listed one by one.
_MOST_LISTED = 20

#: What can be changed while it trains, in words.
_STEERED = {"beta": "β", "learning_rate": "learning rate"}

Facts = dict[str, Any]


def model_facts(path: Path, model: ModelSnapshot) -> Facts:
    """What a model file holds; every value fits into JSON, None is what it does not say."""
    record = model.record
    return {
        "file": str(path),
        "model": model.config.description,
        "likelihood": model.likelihood.name,
        "config": model.config.to_dict(),
        "parameters": model.config.parameter_count,
        "data_set": record.data_set or None,
        "seed": record.settings.seed if record.settings else None,
        "training": record.settings.to_dict() if record.settings else None,
        "changes": [change.to_dict() for change in record.changes],
        "last": record.history[-1].summary() if record.history else None,
    }


def run_facts(folder: Path) -> Facts:
    """What the folder of a run holds; every value fits into JSON. ELBOs are in nats an image.

    Raises:
        UserError: it is no run, or one that cannot be read.
    """
    from vae_explorer.core.run_folder import is_busy, is_run_folder, read_run

    if not is_run_folder(folder):
        raise UserError("{path} is a folder, but not that of a run.", path=folder)
    found = read_run(folder)
    info, epochs, best = found.info, found.metrics.epochs, found.metrics.best
    return {
        "run": str(folder),
        "name": info.name,
        "created": info.created.isoformat(),
        "model": info.config.description,
        "config": info.config.to_dict(),
        "parameters": info.config.parameter_count,
        "data_set": info.data_set or None,
        "training": info.settings.to_dict(),
        "changes": [change.to_dict() for change in found.metrics.changes],
        "parent": info.parent or None,
        "status": _status(found, busy=is_busy(folder)),
        "problem": info.problem or None,
        "epochs_done": epochs[-1].epoch if epochs else 0,
        "best": best.summary() if best is not None else None,
        "last": epochs[-1].summary() if epochs else None,
        "snapshots": list(found.saved_epochs),
        "can_resume": found.can_resume,
        "problems": list(found.problems),
    }


def _status(found: FoundRun, *, busy: bool) -> str:
    """A run that nobody writes and that does not say how it ended was killed."""
    return "interrupted" if found.info.status == "running" and not busy else found.info.status


def model_lines(facts: Facts) -> list[tuple[str, str]]:
    """`model_facts` for a person: names and values."""
    lines = []
    for name, value in facts.items():
        lines += _changed(value) if name == "changes" else [(name, _readable(value))]
    return lines


def run_lines(facts: Facts) -> list[tuple[str, str]]:
    """`run_facts` for a person: names and values."""
    status = facts["status"]
    lines = [
        ("run", facts["run"]),
        ("name", facts["name"]),
        ("model", f"{facts['model']}, {facts['parameters']:,} parameters"),
        ("data set", facts["data_set"] or "not known"),
        ("settings", _own_settings(facts["training"])),
        *_changed(facts["changes"]),
        ("status", f"{status}: {facts['problem']}" if facts["problem"] else status),
        ("epochs", f"{facts['epochs_done']} of {facts['training']['epochs']} done"),
        ("best", _epoch(facts["best"])),
        ("last", _epoch(facts["last"])),
        ("snapshots", _listed(facts["snapshots"])),
        *[("problem", problem) for problem in facts["problems"]],
    ]
    if facts["parent"]:
        lines.insert(2, ("from", facts["parent"]))
    return lines


def _own_settings(settings: Facts) -> str:
    """Those that are not the default."""
    usual = TrainingConfig().to_dict()
    own = {name: value for name, value in settings.items() if value != usual[name]}
    return _readable(own) if own else "all as by default"


def _changed(changes: list[Facts]) -> list[tuple[str, str]]:
    """A line on what the user changed while it was trained; none where that is nothing."""
    parts = [
        f"{_STEERED[change['name']]} {change['before']:g} → {change['after']:g} (epoch {int(change['epoch']) + 1})"
        for change in changes
    ]
    return [("steered", ", ".join(parts))] if parts else []


def _epoch(stats: Facts | None) -> str:
    if stats is None:
        return "no epoch is over yet"
    test = stats["test"]
    text = (
        f"epoch {stats['epoch']}: test ELBO {test['elbo']:.2f} "
        f"= -({test['reconstruction']:.2f} + KL {test['kl']:.2f}) nats an image"
    )
    return text + (f", validation {stats['validation']['elbo']:.2f}" if "validation" in stats else "")


def _listed(epochs: list[int]) -> str:
    if not epochs:
        return "none"
    if len(epochs) > _MOST_LISTED:
        return f"{len(epochs)}, of epochs {epochs[0]} to {epochs[-1]}"
    return f"of epoch{'s' if len(epochs) > 1 else ''} {', '.join(map(str, epochs))}"


def _readable(value: object) -> str:
    if value is None:
        return "not known"
    if isinstance(value, dict):
        return ", ".join(f"{key} {_readable_inner(inner)}" for key, inner in value.items())
    return str(value)


def _readable_inner(value: object) -> str:
    if isinstance(value, dict):
        return f"({_readable(value)})"
    return f"{value:.6g}" if isinstance(value, float) else str(value)
