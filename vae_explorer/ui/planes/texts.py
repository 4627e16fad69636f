"""What planes are called, and what the map says of the one it shows."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from vae_explorer.core.planes import AxesPlane, DigitsPlane, Plane
from vae_explorer.state.session import OpenModel


def _tr(text: str) -> str:
    return QCoreApplication.translate("planes", text)


def short_name(plane: Plane) -> str:
    """What a plane is called on a button."""
    match plane:
        case AxesPlane(i, j):
            return f"z{i + 1}, z{j + 1}"
        case DigitsPlane():
            # Which ones are said where there is more room.
            return _tr("3 digits")
        case _:
            return "PC 1, PC 2"


def map_note(model: OpenModel) -> tuple[str, str]:
    """What is shown of the latent space, in some words and in some sentences; both empty for two dimensions."""
    latent = model.snapshot.config.latent
    if latent == 1:
        return _tr("z1 along x"), _tr(
            "This model has one latent dimension: the digits lie on a line, with z1 from left to right. Up and down "
            "means nothing."
        )
    if latent == 2:
        return "", ""
    share = f"{model.projection.variance:.0%}"
    parts = (
        _tr("The map is a plane through a latent space of {latent} dimensions: {which}."),
        _tr("It holds {share} of the variance of the digits' means; what lies off it cannot be seen here."),
        _tr("A click keeps the cursor's coordinates off the plane."),
        _tr(
            "So a click on a digit's dot does not decode that digit: the dot is drawn where the digit is nearest to "
            "the plane. The decoder dock says how far the cursor is off it."
        ),
        _which_moves(model.plane),
    )
    text = " ".join(part for part in parts if part)
    text = text.format(latent=latent, share=share, which=_which(model.plane))
    return _tr("{share} of variance").format(share=share), text


def _which(plane: Plane) -> str:
    match plane:
        case AxesPlane(i, j):
            return _tr("its axes z{i} and z{j}").format(i=i + 1, j=j + 1)
        case DigitsPlane(a, b, c):
            return _tr("the one through the means of the digits #{a:,}, #{b:,} and #{c:,}").format(
                a=a, b=b, c=c
            )
        case _:
            return _tr("the one on which the digits spread most (principal components, PC)")


def _which_moves(plane: Plane) -> str:
    match plane:
        case AxesPlane():
            return ""
        case DigitsPlane():
            return _tr("While a model learns, the plane follows these three digits.")
        case _:
            return _tr(
                "While a model learns, the plane is turned so that the digits stay as near as possible to where they "
                "were."
            )
