"""The verified effect of a direction in words: what it moves, what leaks, and how sure one may be."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from PySide6.QtCore import QCoreApplication

from vae_explorer.core.direction_quality import Quality
from vae_explorer.core.morphometry import ATTRIBUTES, Attribute
from vae_explorer.ui.attributes.effects import Found
from vae_explorer.ui.attributes.texts import quality_text
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
        text = _tr("{attribute} rises at {share} of {count} digits")
        return text.format(
            attribute=attribute_name(own).capitalize(),
            share=percent(float(effect.rising[row])),
            count=int(effect.counted[row]),
        )
    slopes = np.nan_to_num(effect.slopes)
    row = int(np.abs(slopes).argmax())
    if not slopes[row]:
        return _tr("It changes none of the measured attributes")
    text = _tr("Changes {attribute} most: {slope} σ a step")
    return text.format(attribute=attribute_name(ATTRIBUTES[row]), slope=_plus(float(slopes[row])))


def details(
    found: Found, own: Attribute | None, quality: Quality | None, angles: Mapping[str, float]
) -> list[str]:
    """How good it is, what leaks, and the other direction that it is most like: a few words each."""
    parts = [] if quality is None else [quality_text(quality)]
    if own is not None:
        parts.append(_leaks(found, own))
    if angles:
        name = max(angles, key=lambda each: abs(90 - angles[each]))
        parts.append(_tr("{angle}° to {name}").format(angle=signed(angles[name], 0), name=name))
    return parts


def at_curve(found: Found, attribute: Attribute, at: int) -> str:
    """What a curve says at one α."""
    row, effect = ATTRIBUTES.index(attribute), found.effect
    scale = found.scales[row]
    mean = float(effect.mean[row, at])
    text = _tr("α {alpha}: {attribute} {change} {unit} = {sigmas} σ; middle half {low} … {high} σ")
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
        "middle half of the digits. “Rises” means from each of α = −2, −1, 0, 1, 2 to the next."
    ).format(count=found.bases)
    lines = [text, *(_row_text(found, attribute, own) for attribute in ATTRIBUTES)]
    if angles:
        each = ", ".join(f"{signed(value, 0)}° {_tr('to')} {name}" for name, value in angles.items())
        lines.append(_tr("Angles to the other directions: {angles}").format(angles=each))
    return "\n".join(lines)


def percent(share: float) -> str:
    """A share of 1 in whole percents; a dash where it is not known."""
    return f"{100 * share:.0f} %" if math.isfinite(share) else NONE


def _row_text(found: Found, attribute: Attribute, own: Attribute | None) -> str:
    row, effect = ATTRIBUTES.index(attribute), found.effect
    text = _tr("{attribute}: {slope} σ a step, rises at {up}, falls at {down}")
    line = text.format(
        attribute=attribute_name(attribute),
        slope=_plus(float(effect.slopes[row])),
        up=percent(float(effect.rising[row])),
        down=percent(float(effect.falling[row])),
    )
    if own is None or attribute == own:
        return line
    leakage = float(effect.leakage(own)[row])
    return f"{line}; {_tr('leakage')} {_factor(leakage)}"


def _leaks(found: Found, own: Attribute) -> str:
    leakage = np.nan_to_num(found.effect.leakage(own), posinf=np.inf)
    order = [row for row in np.argsort(-leakage, kind="stable") if ATTRIBUTES[row] != own]
    strong = [row for row in order if leakage[row] >= _LEAST_LEAKAGE][:_MOST_LEAKS]
    if not strong:
        return _tr("hardly any leakage")
    leaks = ", ".join(f"{attribute_name(ATTRIBUTES[row])} {_factor(float(leakage[row]))}" for row in strong)
    return _tr("leaks: {leaks}").format(leaks=leaks)


def _factor(value: float) -> str:
    return f"{value:.1f}×" if math.isfinite(value) else NONE


def _plus(value: float) -> str:
    return _with_plus(signed(value, 2)) if math.isfinite(value) else NONE


def _with_plus(text: str) -> str:
    """With its sign also where that is a plus."""
    return text if not text[0].isdigit() or not text.strip("0.") else f"+{text}"
