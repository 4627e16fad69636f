"""Says of which epoch the colours of the points are, while the points themselves are those of another."""

from __future__ import annotations

import math

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent

from vae_explorer.ui.theme import GRID, small_font, tabular
from vae_explorer.ui.widgets.elided_label import ElidedLabel


class ColorAge(ElidedLabel):
    """Empty while the colours are up to date; keeps room for what it may have to say, so that nothing moves then."""

    def __init__(self) -> None:
        super().__init__()
        self._forms = ("", "")
        self._longest = ""
        self.setFont(tabular(small_font(self.font())))
        self.explain(
            self.tr(
                "The colours of the points are computed after each move of the map. While a model learns, that happens "
                "every few seconds, because it takes time from the training; when it pauses or ends, at once."
            )
        )

    def say_behind(self, name: str, colored: float, shown: float) -> None:
        """The colours are older (or newer) than the places.

        Args:
            name: what they stand for.
            colored: how many epochs the model was trained whose terms are shown, with fractions.
            shown: the same of the model that put the points where they are.
        """
        self._say(self._said(name, colored, shown), name, shown)

    def say_current(self, name: str, shown: float) -> None:
        """The colours are those of the places."""
        self._say(("", ""), name, shown)

    def sizeHint(self) -> QSize:
        widths = map(self.fontMetrics().horizontalAdvance, (self._forms[0], self._longest))
        return QSize(max(widths) + GRID, super().sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _say(self, forms: tuple[str, str], name: str, shown: float) -> None:
        # An epoch before has as many figures at most, and it is the other text where both are in the same epoch.
        either = self._said(name, shown + 1, shown)[0], self._said(name, shown, shown)[0]
        self._forms, self._longest = forms, max(either, key=len)
        self._fit()
        self.updateGeometry()
        self.show()

    def _fit(self) -> None:
        """The long form, or the short one where a narrow map has no room for it."""
        whole, short = self._forms
        fits = self.fontMetrics().horizontalAdvance(whole) <= self.width()
        self.setText(whole if fits else short)

    def _said(self, name: str, colored: float, shown: float) -> tuple[str, str]:
        """Long and short."""
        # Whole epochs, as below the map; a live model stands between two.
        before, now = math.floor(colored), math.floor(shown)
        if before == now:
            forms = (
                self.tr("{name} of a moment ago (the map has moved on)"),
                self.tr("{name} of a moment ago"),
            )
        else:
            forms = (
                self.tr("{name} of epoch {before} (the map shows epoch {now})"),
                self.tr("{name} of epoch {before} (map: {now})"),
            )
        whole, short = (form.format(name=name, before=before, now=now) for form in forms)
        return whole, short
