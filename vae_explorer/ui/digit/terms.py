"""The ELBO of one digit on the screen, split into what it is made of."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from vae_explorer.core.image_terms import ImageExplanation
from vae_explorer.ui.theme import GRID, tabular
from vae_explorer.ui.widgets.figure import NONE, Figure, number

#: Up to so many latent dimensions the KL of each is written out, of more that of the largest few.
_ALL = 8
_LARGEST = 5


def _tr(text: str) -> str:
    return QCoreApplication.translate("TermsTable", text)


class TermsTable(QWidget):
    """Four figures in nats, and the KL of each latent dimension.

    Attributes:
        figures: the text of each row, by its name.
        dimensions: the KL of each dimension.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.figures: dict[str, Figure] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(GRID)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(1, 1)
        for line, (key, name, meaning) in enumerate(_rows()):
            label = QLabel(name)
            label.setProperty("muted", True)
            self.figures[key] = figure = Figure(name, _nats(-999.99))
            for column, widget in enumerate((label, figure)):
                widget.setToolTip(meaning)
                grid.addWidget(widget, line, column)
        self.dimensions = QLabel()
        self.dimensions.setWordWrap(True)
        self.dimensions.setFont(tabular(self.font()))
        self.dimensions.setProperty("muted", True)
        self.dimensions.setToolTip(
            _tr("What each latent dimension says about this digit; one near 0 says nothing.")
        )
        grid.addWidget(self.dimensions, len(self.figures), 0, 1, 2)

    def show_terms(self, terms: ImageExplanation) -> None:
        """Show what was found for one digit and one draw."""
        values = {
            "elbo": terms.elbo,
            "reconstruction": terms.reconstruction,
            "at_mu": terms.reconstruction_at_mu,
            "kl": terms.kl,
        }
        for key, value in values.items():
            self.figures[key].set_text(_nats(value))
        self.dimensions.setText(describe_dimensions(terms.kl_per_dimension))


def describe_dimensions(kl: NDArray[np.float64]) -> str:
    """The KL of each dimension in words, or of the largest few where there are many; nothing for a single one."""
    if len(kl) == 1:
        return ""
    shown = range(len(kl)) if len(kl) <= _ALL else np.argsort(-kl, kind="stable")[:_LARGEST]
    parts = ", ".join(f"z{k + 1} {number(float(kl[k]), 2)}" for k in shown)
    if len(kl) <= _ALL:
        return _tr("KL by dimension: {parts} nats").format(parts=parts)
    return _tr("Largest of {count} dimensions: {parts} nats").format(count=len(kl), parts=parts)


def _nats(value: float) -> str:
    text = number(value, 2)
    return text if text == NONE else _tr("{value} nats").format(value=text)


def _rows() -> tuple[tuple[str, str, str], ...]:
    return (
        (
            "elbo",
            _tr("ELBO"),
            _tr(
                "−(reconstruction + KL) for this digit and this draw of ε, in nats: higher is better. Under a "
                "Bernoulli the gray levels are taken for chances of a white pixel (pseudo-likelihood)."
            ),
        ),
        (
            "reconstruction",
            _tr("Reconstruction"),
            _tr(
                "−log p(x|z), summed over the pixels, for the z that was drawn: how badly it redraws the input."
            ),
        ),
        (
            "at_mu",
            _tr("Reconstruction at μ"),
            _tr("The same without the draw, for z = μ. It is not part of the ELBO, and usually less."),
        ),
        (
            "kl",
            _tr("KL"),
            _tr(
                "KL(q(z|x) ‖ p(z)): how far this digit's posterior is from the prior, summed over the dimensions. The "
                "price of saying where the digit lies."
            ),
        ),
    )
