"""Film strips with their figures or a plot beside them, as the room and the user will have it."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QScrollArea, QStyle, QVBoxLayout, QWidget

from vae_explorer.core.path_kinds import PathKind
from vae_explorer.core.path_report import PathReport
from vae_explorer.ui.decoder.trust_view import PENDING
from vae_explorer.ui.interpolation.figures import in_words, path_figures
from vae_explorer.ui.interpolation.plot import QUANTITIES, PathPlot, Quantity
from vae_explorer.ui.interpolation.rows import PathRows
from vae_explorer.ui.interpolation.styles import kind_name
from vae_explorer.ui.theme import GRID, ThemeSwitch, small_font, tabular
from vae_explorer.ui.widgets.elided_label import ElidedLabel

#: What the list offers beside the quantities.
_FIGURES, _LINE, _STRIPS_ONLY = "figures", "line", "strips"
#: In ems: below this width strips need all the room beside them, and the figures of one path stand below, unless the
#: user says otherwise; above it, figures and the plot both have room.
_NARROW, _WIDE = 50, 88
_PLOT_SHARE = 0.3


class StripsView(QWidget):
    """The strips scroll where there is no room for them.

    Args:
        theme: colours.

    Attributes:
        rows: the kinds.
        plot: beside them, or hidden.
        line: the figures of the chosen kind in one line, or hidden.
        choice: what stands beside the film strips; for the tools of the dock.
    """

    def __init__(self, theme: ThemeSwitch, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._quantity: Quantity = "changes"
        self._reports: dict[PathKind, PathReport] = {}
        self._kind: PathKind = "geodesic"
        self.rows, self.plot, self.choice = PathRows(theme), PathPlot(theme), QComboBox()
        self.line = ElidedLabel()
        self._lay_out()
        self._set_up_choice()
        self._asked: str | None = None
        self._arrange()

    def _lay_out(self) -> None:
        self.line.setFont(tabular(small_font(self.font())))
        self.line.setProperty("muted", True)
        self.line.setContentsMargins(GRID // 2, 0, GRID // 2, 0)
        content, self._scroll = QWidget(), QScrollArea()
        scroll = self._scroll
        both = QHBoxLayout(content)
        both.setContentsMargins(0, 0, 0, 0)
        both.setSpacing(GRID)
        both.addWidget(self.rows, 1)
        both.addWidget(self.plot)
        scroll.setWidget(content)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setMinimumSize(30 * GRID, 8 * GRID)
        scroll.verticalScrollBar().rangeChanged.connect(self._scroll_to_chosen)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(scroll, 1)
        layout.addWidget(self.line)

    def _set_up_choice(self) -> None:
        for name, text in (
            (_FIGURES, self.tr("Figures")),
            (_LINE, self.tr("Figures in a line")),
            ("changes", self.tr("Plot: change")),
            ("log_density", self.tr("Plot: density")),
            ("shortfall", self.tr("Plot: mismatch")),
            ("elbo", self.tr("Plot: ELBO")),
            (_STRIPS_ONLY, self.tr("Strips only")),
        ):
            self.choice.addItem(text, name)
        self.choice.setToolTip(
            self.tr(
                "What stands beside the film strips: figures of all paths, those of the chosen one in a line below, "
                "or curves along the paths: the change of the picture with each step (radians over all pixels), the "
                "log density of the data (nats), what the model does not recognise of its picture (nats), or the ELBO "
                "of the picture (nats)"
            )
        )
        self.choice.setAccessibleName(self.tr("What is shown beside the film strips"))
        self.choice.activated.connect(self._on_chosen)

    def show_reports(self, reports: Mapping[PathKind, PathReport], chosen: PathKind) -> None:
        """Draw what was measured, once the plot is seen."""
        another = chosen != self._kind
        self._reports, self._kind = dict(reports), chosen
        self._write_line()
        self._draw()
        if another:
            self._scroll_to_chosen()

    def sizeHint(self) -> QSize:
        return QSize(60 * GRID, 20 * GRID)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _scroll_to_chosen(self) -> None:
        """Have the kind in sight that is played, and whose figures stand in the line."""
        row = self.rows.rows[self._kind].name.geometry()
        self._scroll.ensureVisible(0, row.center().y(), 0, row.height() // 2 + 2)

    def _on_chosen(self, row: int) -> None:
        self._asked = str(self.choice.itemData(row))
        self._arrange()

    def _arrange(self) -> None:
        em = self.fontMetrics().horizontalAdvance("m")
        narrow, wide = self.width() < _NARROW * em, self.width() > _WIDE * em
        shown = self._asked or (_LINE if narrow else _FIGURES)
        self.choice.setCurrentIndex(self.choice.findData(shown))
        if shown in QUANTITIES:
            self._quantity = next(each for each in QUANTITIES if each == shown)
        self.line.setVisible(shown == _LINE)
        only = shown in (_STRIPS_ONLY, _LINE)
        self.rows.show_figures(not only and (wide or shown == _FIGURES))
        plotted = not only and (wide or shown in QUANTITIES)
        self.plot.setFixedWidth(max(self.plot.minimumSizeHint().width(), round(_PLOT_SHARE * self.width())))
        self.plot.setVisible(plotted)
        self._fit_rows(plotted=plotted)
        self._draw()

    def _fit_rows(self, *, plotted: bool) -> None:
        # As if there were a bar: what the rows ask for may not depend on whether it is there.
        bar = self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent)
        plot = self.plot.minimumWidth() + GRID if plotted else 0
        line = self.line.sizeHint().height() if not self.line.isHidden() else 0
        self.rows.fit_into(self.width() - bar - plot, self.height() - line)

    def _write_line(self) -> None:
        report = self._reports.get(self._kind)
        text = PENDING if report is None else in_words(report)
        self.line.setText(text)
        self.line.setAccessibleName(f"{kind_name(self._kind)}: {text}")
        meanings = "\n".join(f"{each.title}: {each.meaning}" for each in path_figures())
        self.line.explain(meanings)

    def _draw(self) -> None:
        if not self.plot.isHidden():
            self.plot.show_reports(self._quantity, self._reports, self._kind)
