"""Film strips with their figures or a plot beside them, as the room and the user will have it."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QScrollArea, QWidget

from vae_explorer.core.path_kinds import PathKind
from vae_explorer.core.path_report import PathReport
from vae_explorer.ui.interpolation.plot import QUANTITIES, PathPlot, Quantity
from vae_explorer.ui.interpolation.rows import PathRows
from vae_explorer.ui.theme import GRID, ThemeSwitch

#: What the list offers beside the quantities.
_FIGURES, _STRIPS_ONLY = "figures", "strips"
#: In ems: below this width strips need all the room, unless the user says otherwise; above it, figures and the plot
#: both have room.
_NARROW, _WIDE = 50, 88
_PLOT_SHARE = 0.3


class StripsView(QScrollArea):
    """Scrolls where not even that has room.

    Args:
        theme: colours.

    Attributes:
        rows: the kinds.
        plot: beside them, or hidden.
        choice: what stands beside the film strips; for the tools of the dock.
    """

    def __init__(self, theme: ThemeSwitch, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._quantity: Quantity = "changes"
        self._reports: dict[PathKind, PathReport] = {}
        self._kind: PathKind = "geodesic"
        self.rows, self.plot, self.choice = PathRows(theme), PathPlot(theme), QComboBox()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        content = QWidget()
        layout = QHBoxLayout(content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addWidget(self.rows, 1)
        layout.addWidget(self.plot)
        self.setWidget(content)
        for name, text in (
            (_FIGURES, self.tr("Figures")),
            ("changes", self.tr("Plot: change")),
            ("log_density", self.tr("Plot: density")),
            ("elbo", self.tr("Plot: ELBO")),
            (_STRIPS_ONLY, self.tr("Strips only")),
        ):
            self.choice.addItem(text, name)
        self.choice.setToolTip(
            self.tr(
                "What stands beside the film strips: figures of each path, or curves along the paths: the change "
                "of the picture with each step (radians over all pixels), the log density of the data (nats), or the "
                "ELBO of the picture (nats)"
            )
        )
        self.choice.setAccessibleName(self.tr("What is shown beside the film strips"))
        self.choice.activated.connect(self._on_chosen)
        self._asked: str | None = None
        self._arrange()

    def show_reports(self, reports: Mapping[PathKind, PathReport], chosen: PathKind) -> None:
        """Draw what was measured, once the plot is seen."""
        self._reports, self._kind = dict(reports), chosen
        self._draw()

    def sizeHint(self) -> QSize:
        return QSize(60 * GRID, 20 * GRID)

    def minimumSizeHint(self) -> QSize:
        return QSize(30 * GRID, 8 * GRID)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _on_chosen(self, row: int) -> None:
        self._asked = str(self.choice.itemData(row))
        self._arrange()

    def _arrange(self) -> None:
        em = self.fontMetrics().horizontalAdvance("m")
        narrow, wide = self.width() < _NARROW * em, self.width() > _WIDE * em
        shown = self._asked or (_STRIPS_ONLY if narrow else _FIGURES)
        self.choice.setCurrentIndex(self.choice.findData(shown))
        if shown in QUANTITIES:
            self._quantity = next(each for each in QUANTITIES if each == shown)
        only = shown == _STRIPS_ONLY
        self.rows.show_figures(not only and (wide or shown == _FIGURES))
        plotted = not only and (wide or shown in QUANTITIES)
        self.plot.setFixedWidth(max(self.plot.minimumSizeHint().width(), round(_PLOT_SHARE * self.width())))
        self.plot.setVisible(plotted)
        self._draw()

    def _draw(self) -> None:
        if not self.plot.isHidden():
            self.plot.show_reports(self._quantity, self._reports, self._kind)
