"""A line that is there while the test digits are measured, and says how far that is."""

from __future__ import annotations

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
        self.text.setFont(tabular(self.font()))
        self.setToolTip(
            self.tr(
                "All test digits are being measured. That takes some seconds, and is done only once: it is kept."
            )
        )
        layout = QHBoxLayout(self)
        layout.setContentsMargins(GRID, 0, GRID, 0)
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
        self.text.setText(self.tr("Measuring digits… {percent} %").format(percent=f"{100 * share:.0f}"))
