"""The dock with the traversal grid: what each latent dimension does at the cursor."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from vae_explorer.core.data import ByteArray
from vae_explorer.core.dimensions import Dimensions, dimensions_of
from vae_explorer.core.errors import UserError
from vae_explorer.core.snapshot import ModelSnapshot
from vae_explorer.core.traversal import traversal
from vae_explorer.state.selection import Point, Selection
from vae_explorer.state.session import OpenModel, Session
from vae_explorer.ui.file_dialogs import ask_where_to_save
from vae_explorer.ui.icons import icon
from vae_explorer.ui.theme import GRID, ThemeSwitch
from vae_explorer.ui.traversal.export import save_sheet
from vae_explorer.ui.traversal.grid import TraversalGrid
from vae_explorer.ui.widgets.elided_label import ElidedLabel
from vae_explorer.ui.widgets.in_sight import InSight
from vae_explorer.ui.widgets.message_bar import translated
from vae_explorer.workers.jobs import Jobs
from vae_explorer.workers.newest import Cancelled, Newest

#: Between two refreshes of the pictures while the cursor moves: the decoded image goes first.
_PAUSE_MS = 30

_Rows = tuple[tuple[int, ...], ByteArray]


class TraversalPanel(QWidget):
    """Follows the cursor while it is in sight, and does nothing while it is hidden.

    Args:
        session: whose model decodes.
        selection: the cursor, whose other coordinates stay in each row.
        theme: colours.
        jobs: where pictures are decoded.

    Attributes:
        grid: the rows of pictures.
        save_button: writes all rows as a PNG.

    Signals:
        point_chosen: the user wants the cursor there; carries a latent point of shape (latent,).
        message: what to tell the user.
    """

    point_chosen = Signal(object)
    message = Signal(object)

    def __init__(
        self,
        session: Session,
        selection: Selection,
        theme: ThemeSwitch,
        jobs: Jobs,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._selection = session, selection
        self._theme, self._jobs = theme, jobs
        self._facts: Newest[Dimensions] = Newest(jobs, parent=self)
        self._pictures: Newest[_Rows] = Newest(jobs, parent=self)
        #: The model whose dimensions are listed; its posterior is what these are of.
        self._listed: OpenModel | None = None
        #: The model and the cursor that each row was decoded with.
        self._drawn: dict[int, tuple[ModelSnapshot, Point]] = {}
        self.folder = Path.home()
        self.grid = TraversalGrid(theme)
        self.save_button = QToolButton()
        self._caption = ElidedLabel()
        self._pages = QStackedWidget()
        self._sight = InSight(self)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._lay_out()
        self._connect()

    @property
    def up_to_date(self) -> bool:
        """Whether all rows in sight are those of the model and the cursor."""
        return not self._pictures.busy and not self._facts.busy and not self._stale()

    def _lay_out(self) -> None:
        empty = QLabel(self.tr("Train a model or open one to see what each latent dimension does"))
        empty.setWordWrap(True)
        empty.setProperty("muted", True)
        empty.setMargin(2 * GRID)
        self._pages.addWidget(empty)
        self._pages.addWidget(self.grid)
        self._caption.setProperty("muted", True)
        self._say("")
        self._caption.setToolTip(
            self.tr(
                "Each row changes one coordinate of the cursor from −3 to 3 and leaves the others as they are. "
                "Active dimensions come first, then those with more KL (nats an image). Click a picture to put the "
                "cursor there; the framed one in each row is nearest to the cursor."
            )
        )
        self.save_button.setAutoRaise(True)
        self.save_button.setToolTip(self.tr("Save all rows as a picture (PNG)"))
        self.save_button.setAccessibleName(self.tr("Save the traversal grid as a picture"))
        self.save_button.setEnabled(False)
        top = QHBoxLayout()
        top.setContentsMargins(GRID // 2, 0, 0, 0)
        top.addWidget(self._caption, 1)
        top.addWidget(self.save_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID // 2, 0, 0, 0)
        layout.setSpacing(GRID // 2)
        layout.addLayout(top)
        layout.addWidget(self._pages, 1)
        self._on_theme_changed()

    def _connect(self) -> None:
        self._sight.changed.connect(self._refresh)
        self._session.model_changed.connect(self._on_model_changed)
        self._selection.z_changed.connect(self._on_z_changed)
        self.grid.scrolled.connect(self._draw)
        self.grid.chosen.connect(self._on_chosen)
        self.grid.pointed.connect(self._say)
        self._pause.timeout.connect(self._draw)
        self.save_button.clicked.connect(self.ask_and_save)
        self._theme.changed.connect(self._on_theme_changed)

    # Following

    def _on_model_changed(self, before: OpenModel | None) -> None:
        model = self._session.model
        newer_weights = (
            model is not None
            and before is not None
            and model.shares_run(before)
            and before.posterior is model.posterior
        )
        # While it trains, the rows move on with the map, and not with each of its steps.
        if not newer_weights:
            self._refresh()

    def _on_z_changed(self) -> None:
        model = self._fitting_model()
        # Pictures of another latent size come when their dimensions are known.
        if model is not None and self._sight.on and len(self.grid.order) == len(self._selection.z):
            self._draw()

    def _refresh(self) -> None:
        model = self._fitting_model()
        self._pages.setCurrentIndex(0 if model is None else 1)
        self.save_button.setEnabled(model is not None)
        if model is None or not self._sight.on:
            return
        if self._listed is None or self._listed.posterior is not model.posterior:
            posterior = model.posterior
            self._facts.want(lambda _cancelled: dimensions_of(posterior), partial(self._list, model))
        else:
            self._listed = model
            self._on_z_changed()

    def _fitting_model(self) -> OpenModel | None:
        """The open model, once the cursor is a point of it."""
        model = self._session.model
        if model is None or len(self._selection.z) != model.snapshot.config.latent:
            return None
        return model

    def _list(self, model: OpenModel, facts: Dimensions) -> None:
        newest = self._fitting_model()
        if newest is None or newest.posterior is not model.posterior:
            return
        listed, self._listed = self._listed, model
        order = facts.order.tolist()
        if listed is not None and model.shares_run(listed):
            # Rows change places only when there is a reason to, or one could not watch them while it learns.
            kept = list(self.grid.order)
            if facts.active[kept].tolist() == sorted(facts.active.tolist(), reverse=True):
                order = kept
        self.grid.show_cursor(self._selection.z)
        self.grid.show_dimensions(order, facts)
        self._draw()

    def _draw(self) -> None:
        """Decode what is in sight and not as it should be."""
        model, rows = self._session.model, self._stale()
        if model is None or not rows or self._pictures.busy or self._pause.isActive():
            # What is missing then is looked for again after what is under way.
            return
        snapshot, z = model.snapshot, self._selection.z

        def work(cancelled: Cancelled) -> _Rows | None:
            levels = traversal(snapshot, z, rows, cancelled=cancelled)
            return None if levels is None else (rows, levels)

        self._pictures.want(work, partial(self._show, snapshot, z))

    def _stale(self) -> tuple[int, ...]:
        model = self._fitting_model()
        if model is None or not self._sight.on or len(self.grid.order) != len(self._selection.z):
            return ()
        now = (model.snapshot, self._selection.z)
        return tuple(row for row in self.grid.in_sight if not _same(self._drawn.get(row), now))

    def _show(self, snapshot: ModelSnapshot, z: Point, found: _Rows) -> None:
        rows, levels = found
        self._pause.start()
        if self._fitting_model() is None or len(z) != len(self.grid.order):
            return
        # The marks move with the pictures: painting all rows at each move of the mouse would slow it down.
        self.grid.show_cursor(z)
        self.grid.show_pictures(rows, levels)
        # Rows that scroll into sight later are decoded then.
        self._drawn = {row: drawn for row, drawn in self._drawn.items() if _same(drawn, (snapshot, z))}
        self._drawn.update(dict.fromkeys(rows, (snapshot, z)))

    # What the user does

    def _on_chosen(self, dimension: int, value: float) -> None:
        z = self._selection.z.copy()
        if dimension < len(z):
            z[dimension] = value
            self.point_chosen.emit(z)

    def ask_and_save(self) -> None:
        """Ask for a file and write all rows as a picture."""
        if self._fitting_model() is None:
            return
        start = self.folder / "traversal.png"
        path = ask_where_to_save(self, self.tr("Save the traversal grid"), start, self.tr("Images (*.png)"))
        if path is not None:
            self._save(path)

    def _save(self, path: Path) -> None:
        self.folder = path.parent
        model, z, grid = self._fitting_model(), self._selection.z, self.grid
        if model is None or len(grid.order) != len(z):
            return
        titles = [grid.title(dimension) for dimension in grid.order]
        self._jobs.start(
            lambda: save_sheet(path, model.snapshot, z, grid.order, titles),
            lambda _result: self.message.emit(self.tr("Saved as {path}").format(path=path)),
            self._on_failed,
        )

    def _on_failed(self, error: UserError) -> None:
        self.message.emit(translated(error))

    def _say(self, text: str) -> None:
        self._caption.setText(text or self.tr("−3 to 3 in each dimension, the others as at the cursor"))

    def _on_theme_changed(self) -> None:
        self.save_button.setIcon(icon("download-simple", self._theme.colors))


def _same(one: tuple[ModelSnapshot, Point] | None, other: tuple[ModelSnapshot, Point]) -> bool:
    return one is not None and one[0] is other[0] and np.array_equal(one[1], other[1])
