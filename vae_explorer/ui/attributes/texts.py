"""What the window says about a direction: its first name, where it comes from, how good it is, in plain words."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QCoreApplication

from vae_explorer.core.direction_sources import (
    Around,
    Arrow,
    Axis,
    ClassPair,
    Component,
    DigitPair,
    Given,
    Groups,
    Measured,
    Source,
)
from vae_explorer.core.directions import Cost, Direction, Quality
from vae_explorer.ui.attributes.units import attribute_name
from vae_explorer.ui.numbers import signed

#: More angles than these nobody reads in a tool tip.
_MOST_ANGLES = 8
_MOST_COORDINATES = 4
#: Below this, a direction hardly tells anything of the attribute, or one side from the other.
_WEAK_R2, _WEAK_AUC = 0.1, 0.7
#: Degrees from which less than half of a direction is left.
_FAR_TURNED = 45


def _tr(text: str) -> str:
    return QCoreApplication.translate("attributes", text)


def first_name(source: Source) -> str:
    """What a direction is called until the user calls it otherwise."""
    match source:
        case ClassPair(a, b, method):
            text = _tr("{a} → {b} (LDA)") if method == "lda" else _tr("{a} → {b}")
            return text.format(a=a, b=b)
        case Groups(_, _, method):
            return _tr("A → B (LDA)") if method == "lda" else _tr("A → B")
        case Measured(attribute):
            return _capitalised(attribute_name(attribute))
        case Around(attribute):
            return _tr("{attribute} here").format(attribute=_capitalised(attribute_name(attribute)))
        case Component(k):
            return _tr("PC {number}").format(number=k + 1)
        case Axis(j):
            return f"z{j + 1}"
        case DigitPair(a, b):
            return f"#{a} → #{b}"
        case Arrow():
            return _tr("Arrow")
        case Given():
            return source.text


def explained(source: Source) -> str:
    """Where a direction comes from."""
    match source:
        case ClassPair(a, b, method):
            return _between(method).format(
                a=_tr("class {name}").format(name=a), b=_tr("class {name}").format(name=b)
            )
        case Groups(a, b, method):
            return _between(method).format(a=_group("A", len(a)), b=_group("B", len(b)))
        case Measured(attribute):
            text = _tr("Towards more {attribute}, as it was measured on the test digits (ridge regression)")
            return text.format(attribute=attribute_name(attribute))
        case Around(attribute, place):
            text = _tr(
                "Towards more {attribute} around one place, {place}: the line along which it rises most steadily in "
                "the decoded images. Elsewhere it may do something else"
            )
            return text.format(attribute=attribute_name(attribute), place=_place(place))
        case Component(k):
            text = _tr(
                "Principal component {number}: of all directions, the digits spread most along the first"
            )
            return text.format(number=k + 1)
        case Axis(j):
            return _tr("The latent axis z{number} itself").format(number=j + 1)
        case DigitPair(a, b):
            return _tr("From the test digit #{a} towards #{b}").format(a=a, b=b)
        case Arrow():
            return _tr("Drawn by hand on the map")
        case Given(text):
            return _tr("Loaded from a file, where it came from “{source}”").format(source=text)


def quality_text(quality: Quality) -> str:
    """How good it is, in a few letters."""
    match quality.kind:
        case "r2":
            return _tr("R² {value}").format(value=signed(quality.value))
        case "auc":
            return _tr("AUC {value}").format(value=signed(quality.value))
        case "variance":
            return _tr("{percent} % of variance").format(percent=signed(100 * quality.value, 0))


def is_weak(quality: Quality) -> bool:
    """Whether it says that the direction is hardly of use for what it was found for."""
    if quality.kind == "variance":
        return False
    return quality.value < (_WEAK_AUC if quality.kind == "auc" else _WEAK_R2)


def judgement(quality: Quality) -> str:
    """How good it is, in a few letters, with a word where that is little."""
    text = quality_text(quality)
    return _tr("weak: {quality}").format(quality=text) if is_weak(quality) else text


def quality_tip(quality: Quality, source: Source) -> str:
    """What that means in plain words, and on which digits it was measured."""
    if quality.kind == "variance":
        return _tr(
            "How much of all that the places of the digits differ by lies along this direction. It says nothing of "
            "what the direction means."
        )
    if quality.kind == "auc":
        a, b = _sides(source)
        text = _tr(
            "Of each 100 pairs, {share} times a digit of {b} lies farther along this direction than one of {a}; by "
            "chance it were 50. That is the AUC: 1 is always, 0.5 is chance."
        ).format(a=a, b=b, share=f"{100 * quality.value:.0f}")
        if is_weak(quality):
            text = _tr("Weak: it hardly tells one from the other.") + " " + text
    else:
        attribute = attribute_name(source.attribute) if isinstance(source, Measured) else _tr("attribute")
        text = _tr(
            "Where a digit lies along this direction explains {share} % of how digits differ in {attribute}. That is "
            "R²: 1 is all of it, 0 or less is nothing."
        ).format(attribute=attribute, share=f"{100 * max(quality.value, 0):.0f}")
        if is_weak(quality):
            text = (
                _tr("Weak.")
                + " "
                + text
                + " "
                + _tr(
                    "With so little, no one direction serves all digits: try “Measured attribute, around the base”."
                )
            )
    return f"{text}\n\n{_judged(quality)}"


def is_far(cost: Cost) -> bool:
    """Whether keeping others still made quite another direction of it."""
    return cost.turned > _FAR_TURNED


def cost_text(cost: Cost, names: Iterable[str]) -> str:
    """What it took to keep others still, with a word where that is much."""
    text = _tr("Without changing {names}: {before} → {after}, turned by {degrees}°")
    if is_far(cost):
        text = _tr("Without changing {names}: {before} → {after}, turned far, by {degrees}°")
    return text.format(
        names=", ".join(names),
        before=quality_text(cost.before),
        after=_value(cost.after),
        degrees=f"{cost.turned:.0f}",
    )


def direction_tip(source: Source, direction: Direction | None, angles: dict[str, float]) -> str:
    """Where a direction comes from, how long a step is, and how it lies to others."""
    lines = [explained(source)]
    if direction is not None:
        text = _tr("1 σ is {sigma} long in the latent space: how far the digits spread along it.")
        lines.append(text.format(sigma=f"{direction.sigma:.3g}"))
    if angles:
        shown = [f"{name} {degrees:.0f}°" for name, degrees in list(angles.items())[:_MOST_ANGLES]]
        if len(angles) > _MOST_ANGLES:
            shown.append("…")
        lines.append(_tr("Angle to {angles} (90° is independent)").format(angles=", ".join(shown)))
    return "\n\n".join(lines)


def _capitalised(name: str) -> str:
    return name[:1].upper() + name[1:]


def _place(place: tuple[float, ...]) -> str:
    shown = [signed(value) for value in place[:_MOST_COORDINATES]]
    return f"({', '.join([*shown, '…'] if len(place) > _MOST_COORDINATES else shown)})"


def _between(method: str) -> str:
    if method == "lda":
        return _tr("From {a} to {b}, where they are told apart best (Fisher’s linear discriminant)")
    return _tr("From the mean of {a} to the mean of {b}")


def _group(letter: str, count: int) -> str:
    return _tr("group {letter} ({count:,} digits)").format(letter=letter, count=count)


def _sides(source: Source) -> tuple[str, str]:
    if isinstance(source, ClassPair):
        return _tr("class {name}").format(name=source.a), _tr("class {name}").format(name=source.b)
    return _tr("group {name}").format(name="A"), _tr("group {name}").format(name="B")


def _judged(quality: Quality) -> str:
    if quality.held_out:
        return _tr("Measured on test digits that the direction was not fitted to (a fifth of them).")
    return _tr("Measured on the digits it was fitted to, for want of others: the true figure may be lower.")


def _value(quality: Quality) -> str:
    if quality.kind == "variance":
        return _tr("{percent} %").format(percent=signed(100 * quality.value, 0))
    return signed(quality.value)
