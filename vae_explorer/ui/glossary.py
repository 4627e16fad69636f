"""The words of the field that the window uses, in plain sentences: for whoever meets a VAE here for the first time.

In an order in which each entry needs only those before it, so that it can also be read from top to bottom.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from vae_explorer.core.statistics import ACTIVE_VARIANCE
from vae_explorer.ui.dialogs import ReadingText, finish, sheet
from vae_explorer.ui.theme import GRID

_NAME = "glossary"


def _tr(text: str) -> str:
    return QCoreApplication.translate("glossary", text)


def show(parent: QWidget) -> QDialog:
    """Show the window with the words, which may stay open beside the work; there is at most one for `parent`."""
    dialog = parent.findChild(QDialog, _NAME) or _build(parent)
    dialog.show()
    dialog.raise_()
    dialog.activateWindow()
    return dialog


def entries() -> list[tuple[str, str]]:
    """Words and what they mean, in a bit of HTML."""
    return [*_model_words(), *_objective_words(), *_training_words(), *_map_words(), *_path_words()]


def _model_words() -> list[tuple[str, str]]:
    return [
        (
            _tr("Encoder"),
            _tr(
                "The half of the network that reads an image x and says where it belongs in the latent space: as a "
                "blurred spot, not as a sharp point."
            ),
        ),
        (
            _tr("Decoder"),
            _tr(
                "The other half, which goes the way back: it draws an image for any point z of the latent space."
            ),
        ),
        (
            _tr("Latent space"),
            _tr(
                "The space of the short codes z that stand for images, here often of just two numbers. Similar images "
                "tend to lie close together; the map shows this space."
            ),
        ),
        (
            _tr("Prior p(z)"),
            _tr(
                "How codes are expected to be spread before any image is seen: a round cloud around 0, the standard "
                "normal distribution. Decode draws from it, and you get new images."
            ),
        ),
        (
            _tr("Posterior q(z|x)"),
            _tr(
                "The spot that the encoder gives for one image x: which codes z may stand for it, and how likely each "
                "one is."
            ),
        ),
        (
            _tr("μ and σ"),
            _tr(
                "Centre and width of that spot, one of each for every latent dimension. The map puts each digit at its "
                "μ; in training, z is drawn at random around μ, as far away as σ says."
            ),
        ),
    ]


def _objective_words() -> list[tuple[str, str]]:
    return [
        (
            _tr("Nat"),
            _tr(
                "The unit of all these figures: information measured with the natural logarithm. One nat is about "
                "1.44 bits."
            ),
        ),
        (
            _tr("Reconstruction"),
            _tr(
                "How badly the decoder redraws an image from its own code, in nats summed over the pixels. Lower is "
                "better."
            ),
        ),
        (
            _tr("KL"),
            _tr(
                "The Kullback–Leibler divergence: how far the posterior of an image is from the prior, in nats summed "
                "over the latent dimensions. It is the price of saying where the image lies, and 0 if nothing is said."
            ),
        ),
        (
            _tr("ELBO"),
            _tr(
                "−(reconstruction + KL), averaged over the images: the score of the model, higher is better. It is a "
                "lower bound (“evidence lower bound”) on how likely the model finds the images, as a logarithm."
            ),
        ),
        (
            _tr("Gray-level Bernoulli pseudo-likelihood"),
            _tr(
                "Reconstruction takes each gray level from 0 to 1 as if it were the chance of a white pixel. That is "
                "usual but not quite a probability, so compare ELBOs only with others that are computed like this."
            ),
        ),
        (
            _tr("Mismatch"),
            _tr(
                "What the model fails to recognise of a picture that it drew itself, in nats and never below 0: what "
                "the ELBO of that picture lacks besides the price of gray pixels, which is its entropy. Along a path "
                "it is large where the pictures are no digits that the model knows."
            ),
        ),
    ]


def _training_words() -> list[tuple[str, str]]:
    return [
        (
            _tr("β"),
            _tr(
                "How much the KL counts in training. 1 is the ELBO itself; more makes the map tidier and the images "
                "blurrier, less does the opposite."
            ),
        ),
        (
            _tr("Free bits"),
            _tr(
                "Some KL that each latent dimension may have at no cost, in nats in spite of the name. It keeps "
                "dimensions from being given up early."
            ),
        ),
        (
            _tr("Optimised objective"),
            _tr(
                "What training really makes as large as it can: the ELBO with β and free bits counted in. With β = 1 "
                "and no free bits it is the ELBO of the training images."
            ),
        ),
        (
            _tr("Active dimension"),
            _tr(
                "A latent dimension that the model uses: its μ differs from image to image, with a variance "
                "<nobr>Var μ ≥ {least}</nobr> over the test images."
            ).format(least=ACTIVE_VARIANCE),
        ),
        (
            _tr("Posterior collapse"),
            _tr(
                "The encoder says the same of every image, so the KL falls to about 0 and the decoder ignores z. A "
                "smaller β, KL annealing or free bits help."
            ),
        ),
    ]


def _map_words() -> list[tuple[str, str]]:
    return [
        (
            _tr("PC (principal component)"),
            _tr(
                "A direction in which the digits spread most. Above two latent dimensions, the map shows the plane of "
                "the first two, PC\u00a01 and PC\u00a02, unless you choose another plane."
            ),
        )
    ]


def _path_words() -> list[tuple[str, str]]:
    return [
        (
            _tr("Direction, α"),
            _tr(
                "A line through the latent space along which one thing about the digits changes. α says how far to go "
                "along it, in σ: the spread of the digits along that line."
            ),
        ),
        (
            _tr("R², AUC"),
            _tr(
                "How well a place along a direction tells the attribute of a digit (R², 1 at best), or its class (AUC, "
                "1 at best, 0.5 by chance). Both are measured on digits that the direction was not found with."
            ),
        ),
        (
            _tr("Leakage"),
            _tr(
                "How much of everything else changes with a direction, beside what its name says. At 0.4 × width, the "
                "width changes 0.4 times as much, each in its own spread over the digits."
            ),
        ),
        (
            _tr("Decoder space"),
            _tr(
                "Distances between decoded images in place of distances on the map (Fisher–Rao), in radians. A pixel "
                "that goes from black to white is π, and two digits are some 20 apart."
            ),
        ),
        (
            _tr("Geodesic"),
            _tr(
                "The path between two latent points along which the image changes least in all. Unlike a straight line "
                "it goes around places where the decoder jumps."
            ),
        ),
    ]


def _build(parent: QWidget) -> QDialog:
    dialog = sheet(parent, _tr("Words"))
    dialog.setObjectName(_NAME)
    layout = QVBoxLayout()
    rows = [
        f"<p style='margin:0 0 {GRID + GRID // 2}px; line-height:115%'><b>{word}</b><br>{text}</p>"
        for word, text in entries()
    ]
    text = ReadingText("".join(rows))
    text.setAccessibleName(_tr("Words"))
    layout.addWidget(text)
    return finish(dialog, layout)
