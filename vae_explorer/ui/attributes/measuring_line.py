"""A line that is there while the test digits are measured, and says how far that is."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QSizePolicy, QWidget

from vae_explorer.ui.attributes.finding import DirectionFinder
from vae_explorer.ui.theme import GRID, tabular

_HEIGHT = 6


class MeasuringLine(QWidget):
    """Follows a finder.

    Attributes:
        bar: the share that is done, in thousandths.
        text: the same in words.
    """

    def __init__(self, finder: DirectionFinder, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._finder = finder
        self.bar, self.text = QProgressBar(), QLabel()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(_HEIGHT)
        self.bar.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.bar.setAccessibleName(self.tr("Measuring digits"))
        self.text.setProperty("muted", True)
        self._keep_room()
        self.setToolTip(
            self.tr(
                "All test digits are being measured. That takes some seconds, and is done only once: it is kept."
            )
        )
        layout = QHBoxLayout(self)
        layout.setContentsMargins(GRID, 0, GRID, 0)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        layout.setSpacing(GRID)
        layout.addWidget(self.text)
        layout.addWidget(self.bar, 1)
        finder.progress.connect(self._follow)
        finder.measures_changed.connect(self._follow)
        self._follow()

    def _follow(self) -> None:
        share = self._finder.share
        self.setVisible(self._finder.measuring)
        self.bar.setValue(round(1000 * share))
        self.text.setText(self._said(share))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._keep_room()

    def _said(self, share: float) -> str:
        # The space does not break, so that the sign stays with its number.
        return self.tr("Measuring digits… {percent}\u00a0%").format(percent=f"{100 * share:.0f}")

    def _keep_room(self) -> None:
        """Neither the bar nor the line changes its size with the number."""
        font = tabular(self.font())
        self.text.setFont(font)
        self.text.setMinimumWidth(QFontMetrics(font).horizontalAdvance(self._said(1.0)) + 1)
        self.text.setFixedHeight(QFontMetrics(font).height())
