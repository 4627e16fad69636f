"""Keeps the list of anchors right: names, thumbnails, and what is wrong with each, for the open model."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage

from vae_explorer.core.errors import UserError
from vae_explorer.core.images import gray_levels, square
from vae_explorer.core.snapshot import ModelSnapshot
from vae_explorer.state.journey import Anchor, DigitAnchor, Journey, PlaceAnchor, Plan, anchor_place
from vae_explorer.state.session import OpenModel, Session
from vae_explorer.ui.interpolation.anchor_density import AnchorDensity
from vae_explorer.ui.interpolation.anchor_table import AnchorRow, AnchorTable
from vae_explorer.ui.interpolation.anchor_texts import Place, Problem, anchor_name, place_text, problems
from vae_explorer.ui.widgets.image_view import to_image
from vae_explorer.ui.widgets.message_bar import translated
from vae_explorer.workers.jobs import Jobs
from vae_explorer.workers.newest import Newest

#: Between two refreshes of the list while an anchor is dragged: map and film strips go first.
_PAUSE_MS = 60

_Point = tuple[float, ...]
_Pictures = dict[_Point, QImage]


class AnchorRows(QObject):
    """Follows the plan and the model while somebody looks, and does nothing else.

    Args:
        session: the model and the digits.
        journey: whose anchors.
        table: is told what to list.
        jobs: where thumbnails are decoded.
        parent: owner.

    Signals:
        changed: something else is listed.
    """

    changed = Signal()

    def __init__(
        self,
        session: Session,
        journey: Journey,
        table: AnchorTable,
        jobs: Jobs,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._journey, self._table = session, journey, table
        self._following = False
        self._decoding: Newest[_Pictures] = Newest(jobs, parent=self)
        self.density = AnchorDensity(session, jobs, self)
        self._places: list[Place | None] = []
        self._errors: list[str] = []
        #: What the decoder draws, and the model that has drawn it.
        self._pictures: _Pictures = {}
        self._drawn_by: ModelSnapshot | None = None
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self._catch_up)
        self.density.found.connect(self._list)
        journey.changed.connect(self._on_plan_changed)
        session.model_changed.connect(self._on_model_changed)
        session.images_changed.connect(self._refresh)
        self._refresh()

    @property
    def busy(self) -> bool:
        """Whether anything of what is listed is still to come."""
        return self._pause.isActive() or self._decoding.busy or self.density.busy

    def follow(self, following: bool) -> None:
        """Somebody looks at the list, or nobody does any more."""
        self._following = following
        if following:
            self._refresh()
            return
        self._pause.stop()
        self._decoding.drop()
        self.density.drop()

    def place(self, row: int) -> Place | None:
        """The latent point of an anchor, shape (latent,); None where the model has no such place."""
        return self._places[row] if 0 <= row < len(self._places) else None

    def sentence(self, row: int) -> str:
        """What is wrong with an anchor; empty if nothing is."""
        rows = self._table.rows
        problem = rows[row].problem if 0 <= row < len(rows) else None
        return "" if problem is None else problem.sentence

    # Following

    def _on_plan_changed(self, before: Plan) -> None:
        plan = self._journey.plan
        if self._pause.isActive() and _is_one_moved(before, plan):
            self._locate()
        elif (plan.anchors, plan.loop) != (before.anchors, before.loop):
            self._refresh()

    def _on_model_changed(self, before: OpenModel | None) -> None:
        model = self._session.model
        in_training = before is not None and model is not None and before.posterior is model.posterior
        # While it trains, all this moves on with the map, and not with each of its steps.
        if self._following and not in_training:
            self._refresh()

    def _refresh(self) -> None:
        self._locate()
        self._list()
        if self._following:
            self._judge()
            if not self._pause.isActive():
                self._pause.start()

    def _catch_up(self) -> None:
        self._list()
        self._judge()
        self._decode()

    def _judge(self) -> None:
        """Ask how dense the data are at the anchors."""
        self.density.want([tuple(place.tolist()) for place in self._places if place is not None])

    def _locate(self) -> None:
        self._places, self._errors = [], []
        model, images = self._session.model, self._session.images
        for anchor in self._journey.plan.anchors:
            place, error = None, ""
            if model is not None and images is not None:
                try:
                    place = anchor_place(anchor, model.posterior.mu, images.labels)
                except UserError as problem:
                    error = translated(problem)
            self._places.append(place)
            self._errors.append(error)

    def _list(self) -> None:
        plan = self._journey.plan
        percentiles = [
            None if place is None else self.density.percentile(tuple(place.tolist()))
            for place in self._places
        ]
        found = problems(self._places, percentiles, loop=plan.loop)
        self._table.show_rows([self._row(row, found[row]) for row in range(len(plan.anchors))])
        self.changed.emit()

    def _row(self, row: int, problem: Problem | None) -> AnchorRow:
        anchor, place, images = self._journey.plan.anchors[row], self._places[row], self._session.images
        name = anchor_name(anchor, None if images is None else images.labels)
        nameless = isinstance(anchor, PlaceAnchor) and not anchor.name
        detail = "" if place is None or nameless else place_text(place)
        if self._errors[row]:
            problem = Problem(self.tr("not in this model"), self._errors[row])
        return AnchorRow(name, detail, problem, self._picture(row, anchor, place))

    def _picture(self, row: int, anchor: Anchor, place: Place | None) -> QImage | None:
        images = self._session.images
        if place is None or images is None:
            return None
        if isinstance(anchor, DigitAnchor):
            return to_image(square(images.images[anchor.index]))
        listed = self._table.rows
        # While an anchor is dragged, its last picture stays until the next one is there.
        before = listed[row].image if len(listed) == len(self._places) else None
        return self._pictures.get(tuple(place.tolist()), before)

    # Thumbnails

    def _decode(self) -> None:
        model, anchors = self._session.model, self._journey.plan.anchors
        if model is None or not self._following:
            return
        snapshot = model.snapshot
        wanted = frozenset(
            tuple(place.tolist())
            for anchor, place in zip(anchors, self._places, strict=True)
            if place is not None and not isinstance(anchor, DigitAnchor)
        )
        if not wanted or (snapshot is self._drawn_by and wanted <= self._pictures.keys()):
            return

        def show(pictures: _Pictures) -> None:
            self._pictures, self._drawn_by = pictures, snapshot
            self._list()

        self._decoding.want(lambda _cancelled: _decoded(snapshot, wanted), show)


def _is_one_moved(before: Plan, plan: Plan) -> bool:
    """Whether one anchor is another, and all else about the list is as it was."""
    if len(before.anchors) != len(plan.anchors) or before.loop != plan.loop:
        return False
    return sum(old != new for old, new in zip(before.anchors, plan.anchors, strict=True)) == 1


def _decoded(snapshot: ModelSnapshot, points: frozenset[_Point]) -> _Pictures:
    ordered = list(points)
    with np.errstate(over="ignore", invalid="ignore"):
        means = snapshot.decode(np.array(ordered))
    levels = gray_levels(np.nan_to_num(means, copy=False))
    return {point: to_image(square(row)) for point, row in zip(ordered, levels, strict=True)}
