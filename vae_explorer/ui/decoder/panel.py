"""The decoder dock: the image at the cursor, how far to trust it, the cursor's coordinates, and reconstructions."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from vae_explorer.core.data import ByteArray
from vae_explorer.core.map_plane import off_plane
from vae_explorer.state.selection import Neighbour, Selection
from vae_explorer.state.session import OpenModel, Session
from vae_explorer.ui.actions import ActionTable
from vae_explorer.ui.decoder.coordinates import Coordinates
from vae_explorer.ui.decoder.latency import Latency
from vae_explorer.ui.decoder.reconstructions import Reconstructions
from vae_explorer.ui.decoder.trust_view import TrustView
from vae_explorer.ui.theme import GRID
from vae_explorer.ui.widgets.figure import number
from vae_explorer.ui.widgets.flow_layout import FlowLayout
from vae_explorer.ui.widgets.image_view import ImageView
from vae_explorer.workers.decoding import Decoder
from vae_explorer.workers.trust import TrustMeter

_IMAGE = 280
#: Some five rows.
_LEAST_COORDINATES = 14 * GRID


class DecoderPanel(QWidget):
    """Follows the session and the selection.

    Attributes:
        image: the decoded picture.
        latency: how long a move of the cursor waits for it.
        trust: the nearest real digit, and how far to trust the picture.
        meter: measures the latter.
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
        self.image = ImageView(_IMAGE, self.tr("Decoded image at the cursor"))
        self.latency = Latency(selection, decoder, self.image, self)
        self.trust = TrustView()
        self.meter = TrustMeter(self)
        self._soon = QTimer(self, singleShot=True, interval=0)
        self.coordinates = Coordinates()
        # Its rows may be hundreds: the room that they would like is no measure.
        self.coordinates.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Ignored)
        self.reconstructions = Reconstructions()
        self._copy, self._save = QToolButton(), QToolButton()
        self._lay_out()
        decoder.decoded.connect(self._on_decoded)
        session.model_changed.connect(self._on_model_changed)
        selection.z_changed.connect(self._on_z_changed)
        selection.classes_changed.connect(self._find_nearest)
        self._soon.timeout.connect(self._measure)
        self.meter.prepared.connect(self._measure)
        self.meter.measured.connect(self.trust.show_trust)

    @property
    def picture(self) -> ByteArray | None:
        """The decoded picture on the screen, shape (side, side); None before the first."""
        return self._picture

    def use_actions(self, actions: ActionTable) -> None:
        """Put the actions for the image on this panel's buttons."""
        self._copy.setDefaultAction(actions["copy_image"])
        self._save.setDefaultAction(actions["export_image"])

    def add_coordinate_tools(self, tools: QWidget) -> None:
        """Put buttons beside the heading of the coordinates."""
        self._coordinates_heading.addWidget(tools)

    def _lay_out(self) -> None:
        self._picture: ByteArray | None = None
        heading = QHBoxLayout()
        heading.addWidget(_heading(self.tr("Decoded at the cursor")), 1)
        for button in (self._copy, self._save):
            button.setAutoRaise(True)
            heading.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID, 0, GRID, GRID)
        layout.setSpacing(GRID)
        layout.addLayout(heading)
        layout.addWidget(self.image)
        layout.addWidget(self.trust)
        # With large letters the buttons stand below the words.
        coordinates_line = QWidget()
        self._coordinates_heading = FlowLayout(coordinates_line, spacing=GRID)
        self._coordinates_heading.addWidget(_heading(self.tr("Cursor coordinates")))
        layout.addWidget(coordinates_line)
        layout.addWidget(self.coordinates, 1)
        layout.addWidget(_heading(self.tr("Reconstructions")))
        layout.addWidget(self.reconstructions)
        layout.addStretch(0)

    def _on_model_changed(self, before: OpenModel | None) -> None:
        model, images = self._session.model, self._session.images
        if model is None or images is None:
            return
        same_run = model.shares_run(before)
        if not same_run:
            self.latency.forget()
        self.reconstructions.show_model(images, model.snapshot)
        self.meter.follow(model.snapshot, model.posterior, same_run=same_run, in_run=model.run is not None)
        if before is not None and before.posterior is model.posterior:
            # Newer weights, several times a second while a model is trained, or another plane of the map.
            self._show_off_plane(model)
            self._request(model)
        else:
            self._on_z_changed()
            self._fit_coordinates()

    def _fit_coordinates(self) -> None:
        """Give few coordinates no more room than they need; many scroll in what is left."""
        rows = self.coordinates.widget()
        if rows is not None:
            height = rows.sizeHint().height()
            self.coordinates.setMaximumHeight(height)
            self.coordinates.setMinimumHeight(min(height, _LEAST_COORDINATES))

    def _on_z_changed(self) -> None:
        model, z = self._session.model, self._selection.z
        if model is None or len(z) != model.snapshot.config.latent:
            return
        self.coordinates.show_point(z)
        self._show_off_plane(model)
        self._find_nearest()
        self._request(model)
        # After the picture is painted: that is what the eye follows in a drag.
        self._soon.start()

    def _show_off_plane(self, model: OpenModel) -> None:
        if len(self._selection.z) == model.snapshot.config.latent:
            self.trust.show_off_plane(off_plane(model.projection, self._selection.z))

    def _measure(self) -> None:
        """Show how far to trust the picture, as soon as that is known."""
        model = self._session.model
        if model is None or not self.isVisible():
            return
        if self.meter.gauge is None:
            self.trust.show_trust(None)
        self.trust.show_age(current=self.meter.current or self.meter.gauge is None)
        self.meter.request(self._selection.z)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.meter.resume()
        self._measure()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.meter.pause()

    def _request(self, model: OpenModel) -> None:
        self._decoder.request(model.snapshot, self._selection.z)

    def _on_decoded(self, picture: ByteArray) -> None:
        self._picture = picture
        self.image.show_picture(picture)

    def _find_nearest(self) -> None:
        """Show the nearest digit of the classes that are shown, which the map rings."""
        model, images, z = self._session.model, self._session.images, self._selection.z
        if model is None or images is None or len(z) != model.snapshot.config.latent:
            return
        self._show_nearest(self._selection.nearest(model.posterior.mu, images.labels))

    def _show_nearest(self, found: Neighbour | None) -> None:
        images = self._session.images
        if found is None or images is None:
            self.trust.show_nearest(None, "", "")
            return
        digit = f"{int(images.labels[found.index])} (#{found.index:,})"
        self.trust.show_nearest(images.picture(found.index), digit, number(found.distance, 3))


def _heading(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("heading", True)
    return label
