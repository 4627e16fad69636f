"""Keeps the timeline under the map and the curves in step with the model on the map and with its run."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QObject

from vae_explorer.core.metrics import Metrics
from vae_explorer.core.statistics import EpochStats
from vae_explorer.core.training_config import TrainingConfig
from vae_explorer.state.runs import Run, Runs
from vae_explorer.state.session import OpenModel, Session
from vae_explorer.ui.curves.panel import CurvesPanel
from vae_explorer.ui.timeline.bar import TimelineBar
from vae_explorer.ui.training.control import TrainingControl


class RunDisplay(QObject):
    """Follows the session and the runs; asks nothing and changes nothing."""

    def __init__(
        self,
        session: Session,
        runs: Runs,
        training: TrainingControl,
        timeline: TimelineBar,
        curves: CurvesPanel,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._runs = runs
        self._training = training
        self._timeline = timeline
        self._curves = curves
        self._drawn: object = None
        session.model_changed.connect(self._on_model_changed)
        runs.grown.connect(self._on_grown)
        runs.changed.connect(self._on_changed)
        runs.added.connect(self._on_changed)
        runs.removed.connect(self._on_removed)
        training.running_changed.connect(lambda _running: self.refresh())

    @property
    def run(self) -> Run | None:
        """The run whose curves are drawn: that of the model on the map, or one that has no model yet."""
        model = self._session.model
        training = self._training.run
        if self._training.following and training is not None:
            return training
        return self._runs.find(model.run) if model is not None else None

    def refresh(self) -> None:
        """Draw what belongs to the model on the map."""
        self._draw_curves()
        self._draw_timeline()

    def _on_model_changed(self, _before: OpenModel | None) -> None:
        self.refresh()

    def _on_grown(self, run: Run) -> None:
        if run is self.run or run.overlaid:
            self._curves.grown()

    def _on_changed(self, run: Run) -> None:
        self._draw_overlays()
        if run is self.run:
            self.refresh()

    def _on_removed(self, _run: Run) -> None:
        self._draw_overlays()
        # It may be the one on the map, which belongs to no run from now on.
        self.refresh()

    # Curves

    def _draw_curves(self) -> None:
        run, model = self.run, self._session.model
        if run is not None:
            info = run.info
            # What others reach from random weights says nothing of a model that was trained on.
            model_name = "" if info.parent else info.config.description
            growing = run.writer != "nobody"
            self._show(
                (run.metrics, info.name, growing),
                info.name,
                run.metrics,
                model_name,
                info.settings,
                growing=growing,
            )
        elif model is not None:
            record = model.snapshot.record
            metrics = Metrics(epochs=_history(model), changes=record.changes)
            self._show(
                (record, model.name), model.name, metrics, model.snapshot.config.description, record.settings
            )
        self._draw_marker(run, model)

    def _show(
        self,
        key: object,
        name: str,
        metrics: Metrics,
        model: str,
        settings: TrainingConfig | None,
        *,
        growing: bool = False,
    ) -> None:
        """Draw the main curves anew, unless those of `key` are drawn already."""
        if key == self._drawn:
            return
        self._drawn = key
        self._curves.show_run(name, metrics, model, settings, growing=growing)
        self._draw_overlays()

    def _draw_marker(self, run: Run | None, model: OpenModel | None) -> None:
        looking_back = (
            run is not None and model is not None and model.run == run.id and not self._is_newest(run)
        )
        self._curves.set_marker(model.epoch if looking_back and model is not None else None)

    def _draw_overlays(self) -> None:
        main = self.run
        self._curves.set_overlays(
            [(run.info.name, run.metrics) for run in self._runs if run.overlaid and run is not main]
        )

    def _is_newest(self, run: Run) -> bool:
        model = self._session.model
        if self._training.following:
            return True
        return model is not None and (not run.epochs or model.epoch >= run.epochs[-1])

    # Timeline

    def _draw_timeline(self) -> None:
        run, model = self.run, self._session.model
        if run is None or model is None or model.run != run.id or not run.epochs:
            self._timeline.hide_run()
            return
        epochs = run.epochs
        current = max((epoch for epoch in epochs if epoch <= model.epoch), default=epochs[0])
        best = run.metrics.best
        stats = next((stats for stats in run.metrics.epochs if stats.epoch == current), None)
        self._timeline.show_run(
            epochs,
            current,
            latest=epochs[-1],
            stride=run.stride,
            budget=run.timeline.budget,
            elbo=stats.test.elbo if stats else None,
            best=best.epoch if best else 0,
            live=self._training.following or (run.writer != "nobody" and self._is_newest(run)),
        )


def _history(model: OpenModel) -> list[EpochStats]:
    """The epochs that the file of a model tells of."""
    history = list(model.snapshot.record.history)
    if history and not history[-1].mu_variance:
        # Older files do not say which dimensions are active, but the posterior on the map does.
        variance = model.posterior.mu.var(axis=0, dtype=np.float64)
        history[-1] = replace(history[-1], mu_variance=tuple(variance.tolist()))
    return history
