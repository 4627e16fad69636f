"""The columns of the list of runs: what stands in them, and what they are sorted by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from PySide6.QtCore import QCoreApplication

from vae_explorer.state.runs import Run
from vae_explorer.ui.numbers import duration, signed
from vae_explorer.ui.runs.texts import epochs_done, short_settings, status_text


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        name: how the code calls it.
        title: what stands above it, translated.
        tip: what it is, translated.
        text: what stands in a row.
        key: what it is sorted by.
        number: whether figures stand there, to the right.
        least: a text that it always has room for.
    """

    name: str
    title: str
    tip: str
    text: Callable[[Run], str]
    key: Callable[[Run], Any]
    number: bool = False
    least: str = ""


def _tr(text: str) -> str:
    return QCoreApplication.translate("runs", text)


def run_columns() -> list[Column]:
    """All columns, from left to right."""
    return [
        Column(
            "overlaid",
            "",
            _tr("Draw its curves beside those of the model on the map"),
            lambda _run: "",
            lambda run: run.overlaid,
        ),
        Column(
            "name",
            _tr("Name"),
            _tr("What the run is called"),
            lambda run: run.info.name,
            lambda run: run.info.name.casefold(),
            least="Run 12: 784-400-2",
        ),
        Column(
            "model",
            _tr("Model"),
            _tr("Widths of the encoder, from pixels to latent dimensions"),
            lambda run: run.info.config.description,
            lambda run: run.info.config.parameter_count,
            least="784-400-20",
        ),
        Column(
            "settings",
            _tr("Settings"),
            _tr("Where they differ from the defaults"),
            short_settings,
            short_settings,
            least="β 4, linear 5",
        ),
        Column("status", _tr("Status"), _tr("How it stands"), status_text, status_text, least="interrupted"),
        Column(
            "best",
            _tr("Best test ELBO"),
            _tr("Best test ELBO of all epochs, in nats an image; higher is better"),
            _best_text,
            _best_key,
            number=True,
            least="−1234.56 nats",
        ),
        Column(
            "epochs",
            _tr("Epochs"),
            _tr("Epochs done, of those asked for"),
            lambda run: f"{epochs_done(run)} / {run.info.settings.epochs}",
            epochs_done,
            number=True,
            least="100 / 100",
        ),
        Column(
            "time",
            _tr("Time"),
            _tr("Time that its epochs took"),
            lambda run: duration(run.seconds) if run.metrics.epochs else "–",
            lambda run: run.seconds,
            number=True,
            least="12 min 34 s",
        ),
        Column(
            "created",
            _tr("Created"),
            _tr("When it began"),
            lambda run: _date_text(run.info.created),
            lambda run: run.info.created.timestamp(),
            number=True,
            least="2026-12-28 12:34",
        ),
    ]


def _best_text(run: Run) -> str:
    best = run.metrics.best
    return "–" if best is None else _tr("{elbo} nats").format(elbo=signed(best.test.elbo))


def _best_key(run: Run) -> float:
    best = run.metrics.best
    return float("-inf") if best is None else best.test.elbo


def _date_text(created: datetime) -> str:
    local = created.astimezone()
    if local.date() == datetime.now(local.tzinfo).date():
        return _tr("today {time}").format(time=f"{local:%H:%M}")
    return f"{local:%Y-%m-%d %H:%M}"
