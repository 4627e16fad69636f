"""Tells that something of what a session file holds is another: when there is something new to keep."""

from __future__ import annotations

from psygnal import Signal

from vae_explorer.state.looks import Looks
from vae_explorer.state.selection import Selection
from vae_explorer.state.session import OpenModel, Session


class SessionChanges:
    """Watches what the user opens, sets and picks.

    A model that learns on is nothing new: its run is kept by itself.

    Args:
        session, selection, looks: what is watched.

    Signals:
        changed: something is another, or may be.
    """

    changed = Signal()

    def __init__(self, session: Session, selection: Selection, looks: Looks) -> None:
        self._session = session
        session.model_changed.connect(self._on_model_changed)
        for signal in (
            session.plane_choice.changed,
            selection.z_changed,
            selection.classes_changed,
            looks.look.layer_changed,
            looks.look.points_changed,
            looks.picks.changed,
            looks.bookmarks.changed,
            looks.history.changed,
            looks.drawing.changed,
            looks.edits.changed,
            looks.edits.alphas_changed,
            looks.edits.base_changed,
            looks.edits.current_changed,
            looks.journey.changed,
        ):
            signal.connect(self._tell)

    def _on_model_changed(self, before: OpenModel | None) -> None:
        model = self._session.model
        if model is not None and not model.shares_run(before):
            self._tell()

    def _tell(self) -> None:
        self.changed.emit()
