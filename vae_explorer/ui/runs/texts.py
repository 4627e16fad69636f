"""What there is to say about a run, in words and figures: the list of runs and the comparison share it."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from vae_explorer.core.run_info import RunStatus
from vae_explorer.core.statistics import EpochStats
from vae_explorer.core.training_config import TrainingConfig
from vae_explorer.state.runs import Run
from vae_explorer.ui.numbers import signed
from vae_explorer.ui.widgets.number_field import plain

#: Of more changes of one setting than this, only the last is written.
_MOST_CHANGES = 3


def _tr(text: str) -> str:
    return QCoreApplication.translate("runs", text)


def status_text(run: Run) -> str:
    """How a run stands, in words."""
    text = _status_word(run.info.status, run.writer)
    if run.info.status == "failed" and run.info.problem:
        text = _tr("failed: {problem}").format(problem=run.info.problem)
    return _tr("{status}, damaged").format(status=text) if run.problems else text


def _status_word(status: RunStatus, writer: str) -> str:
    elsewhere = writer == "elsewhere"
    match status:
        case "running" if writer == "nobody":
            return _tr("interrupted")
        case "running":
            return _tr("training elsewhere") if elsewhere else _tr("training here")
        case "paused":
            return _tr("paused elsewhere") if elsewhere else _tr("paused")
        case "finished":
            return _tr("finished")
        case "stopped":
            return _tr("stopped")
        case "failed":
            return _tr("failed")


def needs_attention(run: Run) -> bool:
    """Whether something went wrong with it."""
    cut_off = run.info.status == "running" and run.writer == "nobody"
    return cut_off or run.info.status == "failed" or bool(run.problems)


def epochs_done(run: Run) -> int:
    """How many epochs of a run are over."""
    return run.metrics.epochs[-1].epoch if run.metrics.epochs else 0


def best_tip(run: Run) -> str:
    """Where the best test ELBO of a run comes from."""
    best = run.metrics.best
    if best is None:
        return ""
    text = _tr(
        "Epoch {epoch} of {done}: test ELBO {elbo} = −(reconstruction {reconstruction} + KL {kl}) nats an image"
    ).format(
        epoch=best.epoch,
        done=epochs_done(run),
        elbo=signed(best.test.elbo),
        reconstruction=signed(best.test.reconstruction),
        kl=signed(best.test.kl),
    )
    return text if best.validation is None else text + _tr(", chosen by the validation ELBO")


def short_settings(run: Run) -> str:
    """The settings that differ from the defaults, and what was changed while it ran; epochs stand elsewhere."""
    own, usual = run.info.settings, TrainingConfig()
    parts = [
        text
        for name, text in _short_parts(own).items()
        if getattr(own, name) != getattr(usual, name) or name in _changed(run)
    ]
    texts = [*parts, *([_tr("from {parent}").format(parent=run.info.parent)] if run.info.parent else [])]
    for name, values in _changed(run).items():
        start = _short_parts(own)[name]
        later = [short_number(value) for value in values]
        if len(later) > _MOST_CHANGES:
            later = ["…", later[-1]]
        texts[texts.index(start)] = " → ".join([start, *later])
    return ", ".join(texts) or _tr("defaults")


def _short_parts(own: TrainingConfig) -> dict[str, str]:
    annealing = {
        "none": "",
        "linear": _tr("linear {epochs}").format(epochs=own.annealing_epochs),
        "cyclical": _tr("cyclical {cycles}").format(cycles=own.annealing_cycles),
    }
    return {
        "beta": f"β {plain(own.beta)}",
        "annealing": annealing[own.annealing],
        "free_bits": _tr("free bits {nats}").format(nats=plain(own.free_bits)),
        "learning_rate": _tr("lr {rate}").format(rate=short_number(own.learning_rate)),
        "schedule": _tr("cosine"),
        "batch_size": _tr("batch {size}").format(size=own.batch_size),
        "max_norm": _tr("clip {norm}").format(norm=plain(own.max_norm)),
        "patience": _tr("patience {epochs}").format(epochs=own.patience),
        "validation": _tr("validation {share} %").format(share=plain(100 * own.validation)),
        "seed": _tr("seed {seed}").format(seed=own.seed),
    }


def _changed(run: Run) -> dict[str, list[float]]:
    """Where β and the learning rate were changed while it ran: their values since, in order."""
    values: dict[str, list[float]] = {}
    for change in run.metrics.changes:
        values.setdefault(change.name, []).append(change.after)
    return values


def short_number(value: float) -> str:
    """A number as short as people write it: ``3e-4`` rather than ``0.0003``."""
    mantissa, exponent = f"{value:.3e}".split("e")
    scientific = f"{plain(float(mantissa))}e{int(exponent)}"
    return min(plain(value), scientific, key=len)


def all_facts(run: Run) -> list[tuple[str, str]]:
    """Everything about a run as names and values: where it comes from, its settings, and what came out."""
    info = run.info
    return [
        (_tr("Model"), info.config.description),
        (_tr("Data"), info.data_set or "–"),
        (_tr("Begins with"), info.parent or _tr("random weights")),
        *setting_texts(info.settings),
        (_tr("Changed while it ran"), changes_text(run)),
        *result_texts(run),
        (_tr("Trained on"), info.device.upper() or "–"),
        (_tr("Status"), status_text(run)),
    ]


def setting_texts(settings: TrainingConfig) -> list[tuple[str, str]]:
    """Every setting as a name and a value in words."""
    off, s = _tr("off"), settings
    annealing = {
        "none": _tr("none"),
        "linear": _tr("linear over {epochs} epochs").format(epochs=s.annealing_epochs),
        "cyclical": _tr("{cycles} cycles").format(cycles=s.annealing_cycles),
    }
    schedule = {"constant": _tr("constant"), "cosine": _tr("falls to 0 (cosine)")}
    return [
        (_tr("β"), plain(s.beta)),
        (_tr("KL annealing"), annealing[s.annealing]),
        (_tr("Free bits"), _tr("{n} nats a dimension").format(n=plain(s.free_bits)) if s.free_bits else off),
        (_tr("Epochs asked for"), str(s.epochs)),
        (_tr("Batch size"), _tr("{n} images").format(n=s.batch_size)),
        (_tr("Learning rate"), plain(s.learning_rate)),
        (_tr("Schedule"), schedule[s.schedule]),
        (_tr("Clip gradient"), _tr("at norm {n}").format(n=plain(s.max_norm)) if s.max_norm else off),
        (_tr("Stop early"), _tr("after {n} epochs").format(n=s.patience) if s.patience else off),
        (_tr("Validation share"), f"{plain(100 * s.validation)} %" if s.validation else off),
        (_tr("Seed"), str(s.seed)),
        (_tr("Device"), _tr("automatic") if s.device == "auto" else s.device.upper()),
    ]


def changes_text(run: Run) -> str:
    """What was changed while it ran."""
    names = {"beta": _tr("β"), "learning_rate": _tr("learning rate")}
    parts = [
        _tr("{name} {before} → {after} after epoch {epoch}").format(
            name=names[change.name],
            before=short_number(change.before),
            after=short_number(change.after),
            epoch=f"{change.epoch:.1f}",
        )
        for change in run.metrics.changes
    ]
    return "; ".join(parts) or _tr("none")


def result_texts(run: Run) -> list[tuple[str, str]]:
    """What came out, as names with units and values; a dash where nothing did."""
    best, done = run.metrics.best, epochs_done(run)
    pace = f"{run.seconds / len(run.metrics.epochs):.2f} s" if run.metrics.epochs else "–"
    return [
        (_tr("Best test ELBO (nats)"), _figure(best, "elbo")),
        (_tr("Reconstruction (nats)"), _figure(best, "reconstruction")),
        (_tr("KL (nats)"), _figure(best, "kl")),
        (_tr("Best epoch"), str(best.epoch) if best else "–"),
        (_tr("Epochs done"), str(done)),
        (_tr("Time an epoch"), pace),
    ]


def _figure(stats: EpochStats | None, name: str) -> str:
    return "–" if stats is None else signed(getattr(stats.test, name))
