"""Brings the plane that the user chose onto the map, and says so where a model does not have it."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject
from PySide6.QtGui import QUndoStack

from vae_explorer.core.planes import Plane, fitting, misfit
from vae_explorer.core.projection import Projection
from vae_explorer.state.session import OpenModel, Session, show_on
from vae_explorer.ui.planes.commands import ChoosePlane
from vae_explorer.ui.widgets.message_bar import MessageBar, translated
from vae_explorer.workers.jobs import Jobs
from vae_explorer.workers.newest import Newest

_Shown = tuple[Plane, Projection]


class PlaneControl(QObject):
    """Follows the choice and the models.

    A model from a training comes on the plane already; another one, or one that was shown before the choice, is
    brought onto it from here, off the window's thread.

    Args:
        session: whose model the map shows, and whose choice this is.
        jobs: where planes are found.
        stack: takes what can be undone.
        messages: where to say that a model has no such plane.
        parent: owner.
    """

    def __init__(
        self, session: Session, jobs: Jobs, stack: QUndoStack, messages: MessageBar, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._stack = stack
        self._messages = messages
        self._newest: Newest[_Shown] = Newest(jobs, hurry=True, parent=self)
        #: What was said not to fit, so that the snapshots of a training do not say it again and again.
        self._told: Plane | None = None
        session.model_changed.connect(self._on_model_changed)
        session.plane_choice.changed.connect(self._on_choice_changed)

    def choose(self, plane: Plane) -> None:
        """Show the map on `plane`; can be undone."""
        if plane != self._session.plane_choice.plane:
            self._stack.push(ChoosePlane(self._session.plane_choice, plane))

    def _on_choice_changed(self) -> None:
        self._told = None
        self._bring()

    def _on_model_changed(self, before: OpenModel | None) -> None:
        model = self._session.model
        if model is not None and (before is None or not _one_model(before, model)):
            self._told = None
        self._bring()

    def _bring(self) -> None:
        model, wished = self._session.model, self._session.plane_choice.plane
        if model is None or model.snapshot.config.latent <= 2:
            return
        mu = model.posterior.mu
        self._tell(model, wished)
        if model.plane == fitting(wished, mu):
            self._newest.drop()
            return
        self._newest.want(
            lambda _cancelled: show_on(wished, mu), lambda found: self._show(model, wished, found)
        )

    def _show(self, model: OpenModel, wished: Plane, found: _Shown) -> None:
        newest = self._session.model
        if newest is None or self._session.plane_choice.plane != wished:
            return
        # Newer weights with the same places may have come meanwhile.
        if newest.posterior is model.posterior:
            plane, projection = found
            self._session.show(replace(newest, plane=plane, projection=projection))

    def _tell(self, model: OpenModel, wished: Plane) -> None:
        problem = misfit(wished, model.posterior.mu)
        if problem is None:
            self._told = None
        elif wished != self._told:
            self._told = wished
            text = self.tr(
                "The map shows PC 1, PC 2: “{name}” does not have the plane that you chose. {problem}"
            )
            self._messages.inform(text.format(name=model.name, problem=translated(problem)))


def _one_model(one: OpenModel, other: OpenModel) -> bool:
    """Whether what was said of one holds for the other: the same weights, or other ones of the same run."""
    return one.snapshot is other.snapshot or one.shares_run(other)
