"""The status line: which data, which model, which device, how good, how quick."""

from __future__ import annotations

from PySide6.QtWidgets import QStatusBar, QWidget

from vae_explorer.core.config import Likelihood
from vae_explorer.state.runs import Runs
from vae_explorer.state.session import OpenModel, Session
from vae_explorer.ui.decoder.latency import LATENCY_MOVES
from vae_explorer.ui.numbers import signed
from vae_explorer.ui.runs.texts import short_settings
from vae_explorer.ui.theme import GRID, tabular
from vae_explorer.ui.widgets.elided_label import ElidedLabel


class StatusLine(QStatusBar):
    """Five figures, always in the same places."""

    def __init__(self, session: Session, runs: Runs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._runs = runs
        self._data = self._new_label(self.tr("The images on the map"))
        self._model = self._new_label(
            self.tr(
                "The open model, its encoder's widths, and the settings of its run that are not the usual ones"
            )
        )
        self._score = self._new_label(
            self.tr(
                "ELBO of the test images, summed over pixels, averaged over images. Gray levels under a Bernoulli are "
                "a pseudo-likelihood: compare only with figures of the same likelihood."
            )
        )
        self._device = self._new_label(self.tr("Where the training runs; decoding runs on the CPU"))
        self._latency = self._new_label(
            self.tr(
                "From a move of the cursor to its image on the screen, over the newest {count} moves since the start: "
                "half of them took no longer than p50, and 95% of them no longer than p95."
            ).format(count=LATENCY_MOVES)
        )
        self.setSizeGripEnabled(False)
        session.model_changed.connect(self._on_model_changed)

    def show_device(self, device: str) -> None:
        """Where a training runs; empty once it is over."""
        self._device.setText(self.tr("training on {device}").format(device=device.upper()) if device else "")

    def show_latency(self, half: float, most: float) -> None:
        """Within how many milliseconds half of the moves, and 95% of them, had their image."""
        text = self.tr("image p50 {half:.1f} ms · p95 {most:.1f} ms")
        self._latency.setText(text.format(half=half, most=most))

    def _on_model_changed(self, _before: OpenModel | None) -> None:
        model, images = self._session.model, self._session.images
        if model is None or images is None:
            return
        self._data.setText(
            self.tr("{name}, {count:,} test images").format(name=images.name, count=len(images))
        )
        widths = model.snapshot.config.description
        text = model.name if widths in model.name else f"{model.name} ({widths})"
        run = self._runs.find(model.run)
        self._model.setText(text if run is None else f"{text} · {short_settings(run)}")
        last = model.last_epoch
        if last is None:
            self._score.setText(self.tr("test ELBO not known"))
        else:
            text = self.tr("test ELBO {elbo} nats/image ({likelihood}), epoch {epoch}")
            likelihood = self._likelihood_name(model.snapshot.config.likelihood)
            self._score.setText(
                text.format(elbo=signed(last.test.elbo), likelihood=likelihood, epoch=last.epoch)
            )

    def _likelihood_name(self, likelihood: Likelihood) -> str:
        return {
            "bernoulli": self.tr("gray-level Bernoulli"),
            "continuous_bernoulli": self.tr("continuous Bernoulli"),
            "gaussian": self.tr("Gaussian"),
            "gaussian_learned": self.tr("Gaussian, σ learned"),
        }[likelihood]

    def _new_label(self, tip: str) -> ElidedLabel:
        # Large letters must not make the window wider than the screen.
        label = ElidedLabel()
        label.setProperty("muted", True)
        label.explain(tip)
        label.setFont(tabular(self.font()))
        label.setContentsMargins(GRID, 0, GRID, 0)
        self.addWidget(label)
        return label
