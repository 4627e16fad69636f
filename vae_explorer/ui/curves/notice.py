"""The line below the curves: what others reach with this architecture, or a warning when the posterior collapses."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy

from vae_explorer.core.diagnosis import Diagnosis, Sentence, diagnose
from vae_explorer.core.metrics import Metrics
from vae_explorer.core.training_config import TrainingConfig
from vae_explorer.ui.curves.hint import expected_values
from vae_explorer.ui.icons import icon
from vae_explorer.ui.theme import GRID, ThemeSwitch, small_font
from vae_explorer.ui.widgets.elided_label import ElidedLabel

_SIGN = 2 * GRID


class CurvesNotice(QFrame):
    """One line of text; hidden while there is nothing to say."""

    def __init__(self, theme: ThemeSwitch) -> None:
        super().__init__()
        self._theme = theme
        self._metrics: Metrics | None = None
        self._settings: TrainingConfig | None = None
        self._model = ""
        self._judged: tuple[int, int] | None = None
        self.diagnosis: Diagnosis | None = None
        self._sign = QLabel()
        self._text = ElidedLabel()
        self._text.setFont(small_font(self.font()))
        self._text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(GRID // 2, 1, GRID // 2, 1)
        layout.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignVCenter)
        layout.addWidget(self._text, 1)
        theme.changed.connect(self._paint)
        self.hide()

    @property
    def text(self) -> str:
        """What it says; empty while it is hidden."""
        return "" if self.isHidden() else self._text.text()

    def set_run(self, metrics: Metrics | None, model: str, settings: TrainingConfig | None) -> None:
        """Judge this run from now on; `refresh` does so."""
        self._metrics, self._settings = metrics, settings
        self._model = model
        self._judged = None

    def refresh(self) -> None:
        """Judge the run anew if it has more epochs or changes than the last time."""
        metrics = self._metrics
        state = (0, 0) if metrics is None else (len(metrics.epochs), len(metrics.changes))
        if state == self._judged:
            return
        self._judged = state
        self.diagnosis = None if metrics is None else diagnose(metrics, self._settings)
        self._paint()

    def _hint(self) -> str:
        # With another β from some step on, it is not the same training any more.
        steered = self._metrics is not None and bool(self._metrics.changes)
        return "" if steered else expected_values(self._model, self._settings)

    def _paint(self) -> None:
        found = self.diagnosis
        text = self._hint() if found is None else f"{_translated(found.seen)} {_translated(found.remedy)}"
        self._text.setText(text)
        self._text.setProperty("muted", found is None)
        self.setProperty("notice", None if found is None else "warning")
        self._sign.setVisible(found is not None)
        if found is not None:
            self._sign.setPixmap(icon("warning", self._theme.colors).pixmap(_SIGN, _SIGN))
        for widget in (self, self._text):
            widget.style().unpolish(widget)
            widget.style().polish(widget)
        self.setAccessibleName(text)
        self.setVisible(bool(text))


def _translated(sentence: Sentence) -> str:
    return QCoreApplication.translate("diagnosis", sentence.template).format(**sentence.values)
