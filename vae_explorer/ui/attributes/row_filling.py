"""What a row says of its direction: how good it is, what it waits for, what is wrong with it, what it leaves alone."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from vae_explorer.state.edits import Entry
from vae_explorer.ui.attributes.finding import DirectionFinder
from vae_explorer.ui.attributes.row import DirectionRow
from vae_explorer.ui.attributes.texts import cost_text, is_far, is_weak, judgement, quality_tip
from vae_explorer.ui.widgets.message_bar import translated


def _tr(text: str) -> str:
    return QCoreApplication.translate("attributes", text)


def fill(row: DirectionRow, entry: Entry, finder: DirectionFinder) -> None:
    """Show `entry` in `row`, as far as `finder` knows of it."""
    row.show_name(entry.name)
    row.set_usable(entry.used is not None)
    row.show_alpha(entry.alpha)
    row.show_quality(*_quality(entry, finder))
    quality = None if entry.used is None or entry.problem is not None else entry.used.quality
    row.set_weak(quality is not None and is_weak(quality))
    cost = finder.cost(entry.name)
    if entry.problem is not None:
        row.show_note(translated(entry.problem), warns=True)
    elif cost is None:
        row.show_note("")
    else:
        row.show_note(cost_text(cost, entry.still), warns=is_far(cost))


def _quality(entry: Entry, finder: DirectionFinder) -> tuple[str, str]:
    """A few letters, and what they mean."""
    if entry.problem is not None:
        return "", ""
    if entry.used is None:
        return _waiting(entry, finder)
    quality = entry.used.quality
    if quality is None:
        tip = _tr("It holds around one place, and no digits were fitted: its effect tells what it does.")
        return _tr("local"), tip
    return judgement(quality), quality_tip(quality, entry.source)


def _waiting(entry: Entry, finder: DirectionFinder) -> tuple[str, str]:
    if finder.is_waiting(entry.name):
        text = _tr("measuring… {percent} %").format(percent=f"{100 * finder.share:.0f}")
        return text, _tr("All test digits are being measured first, which is done only once.")
    return "…", _tr("It is being looked for.")
