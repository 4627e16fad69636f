"""The decoder dock: the image at the cursor, the nearest real digit, the cursor's coordinates, and reconstructions."""

from __future__ import annotations

import time

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from vae_explorer.core.data import ByteArray
from vae_explorer.state.selection import Neighbour, Selection, nearest
from vae_explorer.state.session import OpenModel, Session
from vae_explorer.ui.actions import ActionTable
from vae_explorer.ui.decoder.coordinates import Coordinates
from vae_explorer.ui.decoder.reconstructions import Reconstructions
from vae_explorer.ui.theme import GRID, tabular
from vae_explorer.ui.widgets.image_view import ImageView
from vae_explorer.workers.decoding import Decoder

_IMAGE = 280
_NEAREST = 84


class DecoderPanel(QWidget):
    """Follows the session and the selection.

    Attributes:
        image: the decoded picture.
        nearest_image: the nearest real digit.
        coordinates: typed values and sliders.
        reconstructions: one test digit of each class and what comes out of the model again.
    """

    def __init__(
        self,
        session: Session,
        selection: Selection,
        decoder: Decoder,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._selection = selection
        self._decoder = decoder
        self._requested_at: float | None = None
        self.latency_ms: float | None = None
        self.image = ImageView(_IMAGE, self.tr("Decoded image at the cursor"))
        self.nearest_image = ImageView(_NEAREST, self.tr("Nearest test digit"))
        self.nearest_image.setFixedSize(_NEAREST, _NEAREST)
        self._nearest_text = QLabel()
        self._nearest_text.setFont(tabular(self.font()))
        self.coordinates = Coordinates()
        self.reconstructions = Reconstructions()
        self._copy, self._save = QToolButton(), QToolButton()
        self._lay_out()
        decoder.decoded.connect(self._on_decoded)
        self.image.painted.connect(self._on_painted)
        session.model_changed.connect(self._on_model_changed)
        selection.z_changed.connect(self._on_z_changed)
        selection.classes_changed.connect(self._find_nearest)
        self._show_nearest(None)

    @property
    def picture(self) -> ByteArray | None:
        """The decoded picture on the screen, shape (side, side); None before the first."""
        return self._picture

    def use_actions(self, actions: ActionTable) -> None:
        """Put the actions for the image on this panel's buttons."""
        self._copy.setDefaultAction(actions["copy_image"])
        self._save.setDefaultAction(actions["export_image"])

    def _lay_out(self) -> None:
        self._picture: ByteArray | None = None
        heading = QHBoxLayout()
        heading.addWidget(_heading(self.tr("Decoded at the cursor")), 1)
        for button in (self._copy, self._save):
            button.setAutoRaise(True)
            heading.addWidget(button)
        real = QHBoxLayout()
        real.setSpacing(2 * GRID)
        real.addWidget(self.nearest_image)
        real.addWidget(self._nearest_text, 1, Qt.AlignmentFlag.AlignVCenter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID, 0, GRID, GRID)
        layout.setSpacing(GRID)
        layout.addLayout(heading)
        layout.addWidget(self.image)
        layout.addWidget(_heading(self.tr("Nearest test digit")))
        layout.addLayout(real)
        layout.addWidget(_heading(self.tr("Latent coordinates of the cursor")))
        layout.addWidget(self.coordinates, 1)
        layout.addWidget(_heading(self.tr("Reconstructions")))
        layout.addWidget(self.reconstructions)
        layout.addStretch(0)

    def _on_model_changed(self, before: OpenModel | None) -> None:
        model, images = self._session.model, self._session.images
        if model is None or images is None:
            return
        self.reconstructions.show_model(images, model.snapshot)
        if before is not None and before.posterior is model.posterior:
            # Newer weights, several times a second while a model is trained: only what is decoded is another.
            self._request(model)
        else:
            self._on_z_changed()
            self._fit_coordinates()

    def _fit_coordinates(self) -> None:
        """Give few coordinates no more room than they need; many scroll in what is left."""
        rows = self.coordinates.widget()
        if rows is not None:
            self.coordinates.setMaximumHeight(rows.sizeHint().height())

    def _on_z_changed(self) -> None:
        model, z = self._session.model, self._selection.z
        if model is None or len(z) != model.snapshot.config.latent:
            return
        self.coordinates.show_point(z)
        self._find_nearest()
        self._request(model)

    def _request(self, model: OpenModel) -> None:
        # While the dock is hidden, nothing is drawn that could be timed.
        self._requested_at = time.perf_counter() if self.image.isVisible() else None
        self._decoder.request(model.snapshot, self._selection.z)

    def _on_decoded(self, picture: ByteArray) -> None:
        self._picture = picture
        self.image.show_picture(picture)

    def _on_painted(self, when: float) -> None:
        if self._requested_at is not None:
            self.latency_ms = (when - self._requested_at) * 1000

    def _find_nearest(self) -> None:
        """Show the nearest digit of the classes that are shown, which the map rings."""
        model, images, z = self._session.model, self._session.images, self._selection.z
        if model is None or images is None or len(z) != model.snapshot.config.latent:
            return
        self._show_nearest(nearest(model.posterior.mu, z, self._selection.shows(images.labels)))

    def _show_nearest(self, found: Neighbour | None) -> None:
        images = self._session.images
        if found is None or images is None:
            self.nearest_image.show_picture(None)
            self._nearest_text.setText("")
            return
        self.nearest_image.show_picture(images.picture(found.index))
        text = self.tr("Label {label}\n#{index:,}\ndistance {distance:.3f}")
        label = int(images.labels[found.index])
        self._nearest_text.setText(text.format(label=label, index=found.index, distance=found.distance))


def _heading(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("heading", True)
    return label
