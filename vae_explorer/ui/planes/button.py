"""The button that says which plane the map shows, and opens the choice of others."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QToolButton, QWidget

from vae_explorer.core.planes import PRINCIPAL
from vae_explorer.state.picks import Picks
from vae_explorer.state.plane_choice import LastPicked
from vae_explorer.state.session import OpenModel, Session
from vae_explorer.ui.planes.chooser import PlaneChooser
from vae_explorer.ui.planes.control import PlaneControl
from vae_explorer.ui.planes.texts import map_note, short_name
from vae_explorer.workers.jobs import Jobs


class PlaneButton(QToolButton):
    """Shown only where there is a choice: with more than two latent dimensions.

    Args:
        session: whose model is on the map.
        picks: digits that may span a plane.
        control: brings the chosen plane onto the map.
        jobs: where the dimensions are looked at.
    """

    def __init__(
        self, session: Session, picks: Picks, control: PlaneControl, jobs: Jobs, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._picked = LastPicked(picks)
        self._control = control
        self._jobs = jobs
        self._chooser: PlaneChooser | None = None
        self.setAutoRaise(True)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.clicked.connect(self.open)
        session.model_changed.connect(self._on_model_changed)
        self._on_model_changed(None)

    @property
    def chooser(self) -> PlaneChooser:
        """What opens below the button; made when it is first needed."""
        if self._chooser is None:
            self._chooser = PlaneChooser(self._session, self._picked, self._jobs, self)
            self._chooser.chosen.connect(self._control.choose)
        return self._chooser

    def open(self) -> None:
        """Open the choice below the button, within the screen."""
        chooser = self.chooser
        chooser.refresh()
        chooser.move(self.mapToGlobal(QPoint(0, self.height())))
        chooser.show()
        # Only what is shown knows how large it must be.
        chooser.fit()
        self._keep_on_screen(chooser)
        chooser.take_focus()

    def _keep_on_screen(self, chooser: PlaneChooser) -> None:
        place, room = chooser.pos(), self.screen().availableGeometry()
        place.setX(max(room.left(), min(place.x(), room.right() - chooser.width())))
        if place.y() + chooser.height() > room.bottom():
            place.setY(max(room.top(), self.mapToGlobal(QPoint(0, 0)).y() - chooser.height()))
        chooser.move(place)

    def _on_model_changed(self, before: OpenModel | None) -> None:
        model = self._session.model
        if model is not None and before is not None and model.projection is before.projection:
            return
        self.setVisible(model is not None and model.snapshot.config.latent > 2)
        name = short_name(PRINCIPAL if model is None else model.plane)
        note, explanation = ("", "") if model is None else map_note(model)
        self.setText(self.tr("{name}: {note} ▾").format(name=name, note=note))
        self.setAccessibleName(self.tr("Plane of the map: {name}, {note}").format(name=name, note=note))
        self.setToolTip(explanation)
        if self._chooser is not None and self._chooser.isVisible():
            self._chooser.refresh()
