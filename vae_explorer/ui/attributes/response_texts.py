"""The verified effect of a direction in words: what it moves, what leaks, and how sure one may be."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from PySide6.QtCore import QCoreApplication

from vae_explorer.core.morphometry import ATTRIBUTES, Attribute
from vae_explorer.ui.attributes.effects import Found
from vae_explorer.ui.attributes.units import attribute_name, attribute_unit, value_text
from vae_explorer.ui.numbers import signed
from vae_explorer.ui.widgets.figure import NONE

#: Leakage below this share of the attribute that is meant is not worth a word.
_LEAST_LEAKAGE = 0.1
#: So many leaks are named in the line; all are in the tool tip.
_MOST_LEAKS = 2


def _tr(text: str) -> str:
    return QCoreApplication.translate("attributes", text)


def headline(found: Found, own: Attribute | None) -> str:
    """What the direction does, in a line."""
    effect = found.effect
    if own is not None:
        row = ATTRIBUTES.index(own)
        text = _tr("{attribute} grows steadily for {share} of {count} test digits")
        return text.format(
            attribute=attribute_name(own).capitalize(),
            share=percent(float(effect.rising[row])),
            count=int(effect.counted[row]),
        )
    slopes = np.nan_to_num(effect.slopes)
    row = int(np.abs(slopes).argmax())
    if not slopes[row]:
        return _tr("It changes none of the measured attributes")
    text = _tr("Changes {attribute} most: {slope} σ for each step of α")
    return text.format(attribute=attribute_name(ATTRIBUTES[row]), slope=_plus(float(slopes[row])))


def details(found: Found, own: Attribute | None, angles: Mapping[str, float]) -> str:
    """What leaks; of a direction that is meant for no attribute, which other direction it is most like."""
    if own is not None:
        return _leaks(found, own)
    if not angles:
        return ""
    name = max(angles, key=lambda each: abs(90 - angles[each]))
    return _tr("{angle}° from {name}").format(angle=signed(angles[name], 0), name=name)


def refining(share: float) -> str:
    """What is said while the first estimate is made exact."""
    return _tr("First estimate; measuring exactly… {share}").format(share=percent(share))


def in_words(found: Found) -> str:
    """What each curve shows at its ends, for those who do not see it."""
    effect = found.effect
    parts = [
        _tr("{attribute} {low} σ to {high} σ").format(
            attribute=attribute_name(attribute),
            low=_plus(float(effect.mean[row, 0]) / found.scales[row]),
            high=_plus(float(effect.mean[row, -1]) / found.scales[row]),
        )
        for row, attribute in enumerate(ATTRIBUTES)
    ]
    text = _tr("Mean change from α = {first} to α = {last}: {parts}")
    first, last = (signed(float(effect.alphas[at]), 0) for at in (0, -1))
    return text.format(first=first, last=last, parts=", ".join(parts))


def at_curve(found: Found, attribute: Attribute, at: int) -> str:
    """What a curve says at one α."""
    row, effect = ATTRIBUTES.index(attribute), found.effect
    scale = found.scales[row]
    mean = float(effect.mean[row, at])
    text = _tr("α {alpha}: {attribute} {change} {unit}, {sigmas} σ (half of the digits {low} … {high} σ)")
    return text.format(
        alpha=signed(float(effect.alphas[at]), 1),
        attribute=attribute_name(attribute),
        change=_with_plus(value_text(attribute, mean)),
        unit=attribute_unit(attribute),
        sigmas=_plus(mean / scale),
        low=_plus(float(effect.lower[row, at]) / scale),
        high=_plus(float(effect.upper[row, at]) / scale),
    )


def explanation(found: Found, own: Attribute | None, angles: Mapping[str, float]) -> str:
    """Everything that is known, with what it means."""
    text = _tr(
        "Pictures are decoded from {count} held-out digits moved by α = −3 … 3 and measured. The curves are the mean "
        "change against α = 0, in standard deviations (σ) of each attribute over the test digits; the band has the "
        "middle half of the digits.\n“Grows steadily”: of one digit, the attribute is larger at each of α = −1, 0, 1, "
        "2 than at the one before.\n“Also changes”: how fast another attribute changes, against the one that is meant."
    ).format(count=found.bases)
    lines = [text, *(_row_text(found, attribute, own) for attribute in ATTRIBUTES)]
    if angles:
        each = ", ".join(f"{signed(value, 0)}° {_tr('to')} {name}" for name, value in angles.items())
        lines.append(_tr("Angles to the other directions: {angles}").format(angles=each))
    return "\n".join(lines)


def percent(share: float) -> str:
    """A share of 1 in whole percents; a dash where it is not known."""
    # The space does not break: a sign in a line of its own would have everything below jump.
    return f"{100 * share:.0f}\u00a0%" if math.isfinite(share) else NONE


def _row_text(found: Found, attribute: Attribute, own: Attribute | None) -> str:
    row, effect = ATTRIBUTES.index(attribute), found.effect
    text = _tr(
        "{attribute}: {slope} σ for each step of α, grows steadily for {up}, shrinks steadily for {down}"
    )
    line = text.format(
        attribute=attribute_name(attribute),
        slope=_plus(float(effect.slopes[row])),
        up=percent(float(effect.rising[row])),
        down=percent(float(effect.falling[row])),
    )
    if own is None or attribute == own:
        return line
    leakage = float(effect.leakage(own)[row])
    return (
        f"{line}; {_tr('{factor} as fast as {own}').format(factor=_factor(leakage), own=attribute_name(own))}"
    )


def _leaks(found: Found, own: Attribute) -> str:
    leakage = np.nan_to_num(found.effect.leakage(own), posinf=np.inf)
    order = [row for row in np.argsort(-leakage, kind="stable") if ATTRIBUTES[row] != own]
    strong = [row for row in order if leakage[row] >= _LEAST_LEAKAGE][:_MOST_LEAKS]
    if not strong:
        return _tr("Hardly changes any other attribute")
    leaks = ", ".join(f"{attribute_name(ATTRIBUTES[row])} {_factor(float(leakage[row]))}" for row in strong)
    return _tr("Also changes {leaks} as fast").format(leaks=leaks)


def _factor(value: float) -> str:
    return f"{value:.1f}×" if math.isfinite(value) else NONE


def _plus(value: float) -> str:
    return _with_plus(signed(value, 2)) if math.isfinite(value) else NONE


def _with_plus(text: str) -> str:
    """With its sign also where that is a plus."""
    return text if not text[0].isdigit() or not text.strip("0.") else f"+{text}"
