"""The menu of all that can become an anchor: it says what there is at this moment."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from vae_explorer.state.journey import Anchor, ClassAnchor, DigitAnchor, PlaceAnchor
from vae_explorer.state.looks import Looks
from vae_explorer.state.selection import Selection
from vae_explorer.state.session import Session
from vae_explorer.ui.drawing.encoding import DrawingEncoding
from vae_explorer.ui.interpolation.anchor_texts import anchor_name, place_text


class AddMenu(QMenu):
    """Filled anew each time it opens.

    Args:
        session: the open model and its digits.
        selection: the cursor.
        looks: picked digits and bookmarks.
        encoding: where the model puts the drawing.
        clicks: the action that turns clicking on the map on and off.
        parent: owner.

    Signals:
        chosen: what to add, a tuple of anchors.
    """

    chosen = Signal(object)

    def __init__(
        self,
        session: Session,
        selection: Selection,
        looks: Looks,
        encoding: DrawingEncoding,
        clicks: QAction,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._selection = session, selection
        self._looks, self._encoding, self._clicks = looks, encoding, clicks
        self._bookmarks = QMenu(self.tr("Bookmark"), self)
        self._means = QMenu(self.tr("Mean of a class"), self)
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self.refresh)

    # What there is

    def at_cursor(self) -> tuple[Anchor, ...]:
        """The place of the cursor."""
        return () if self._session.model is None else (PlaceAnchor(tuple(self._selection.z.tolist())),)

    def of_selection(self) -> tuple[Anchor, ...]:
        """The picked digits, the one that is looked at first."""
        picks = self._looks.picks
        rest = [int(index) for index in picks.indices if index != picks.focus]
        return tuple(DigitAnchor(index) for index in ([] if picks.focus is None else [picks.focus]) + rest)

    def of_drawing(self) -> tuple[Anchor, ...]:
        """Where the model puts the drawing."""
        found = self._encoding.result
        if found is None:
            return ()
        return (PlaceAnchor(tuple(found.mu.astype(np.float64).tolist()), self.tr("Drawing")),)

    # Making

    def refresh(self) -> None:
        """List what there is now."""
        self.clear()
        cursor = self.tr("Cursor {place}").format(place=place_text(self._selection.z))
        self._offer(self, cursor, self.at_cursor(), self.tr("Open or train a model first."))
        self._offer(
            self,
            self._picked_text(),
            self.of_selection(),
            self.tr("Click a digit on the map, or draw a lasso around some with Shift, to select them."),
        )
        self._offer(
            self, self.tr("Drawing"), self.of_drawing(), self.tr("Draw a digit in the Draw dock first.")
        )
        self._fill_bookmarks()
        self._fill_means()
        self.addSeparator()
        self.addAction(self._clicks)

    def _picked_text(self) -> str:
        anchors, images = self.of_selection(), self._session.images
        if not anchors:
            return self.tr("Selected digits")
        if len(anchors) > 1:
            return self.tr("{count:,} selected digits").format(count=len(anchors))
        name = anchor_name(anchors[0], None if images is None else images.labels)
        return self.tr("Selection: {name}").format(name=name)

    def _fill_bookmarks(self) -> None:
        model = self._session.model
        latent = 0 if model is None else model.snapshot.config.latent
        fitting = [entry for entry in self._looks.bookmarks if entry.latent == latent]
        reason = self.tr("No bookmark is of the open model’s latent space.")
        self._fill(
            self._bookmarks, ((entry.name, PlaceAnchor(entry.z, entry.name)) for entry in fitting), reason
        )

    def _fill_means(self) -> None:
        images = self._session.images if self._session.model is not None else None
        labels = [] if images is None else np.unique(images.labels).tolist()
        means = (ClassAnchor(label) for label in labels)
        reason = self.tr("Open or train a model first.")
        self._fill(self._means, ((anchor_name(mean, None), mean) for mean in means), reason)

    def _fill(self, menu: QMenu, entries: Iterable[tuple[str, Anchor]], reason: str) -> None:
        menu.clear()
        for text, anchor in entries:
            self._offer(menu, text, (anchor,), "")
        menu.menuAction().setEnabled(not menu.isEmpty())
        menu.menuAction().setToolTip("" if not menu.isEmpty() else reason)
        self.addMenu(menu)

    def _offer(self, menu: QMenu, text: str, anchors: tuple[Anchor, ...], reason: str) -> None:
        # An ampersand would be taken for a mark of a key.
        action = menu.addAction(text.replace("&", "&&"))
        action.setEnabled(bool(anchors))
        action.setToolTip("" if anchors else reason)
        action.triggered.connect(_once(partial(self.chosen.emit, anchors)))


def _once(deed: Callable[[], object]) -> Callable[[bool], None]:
    """Without the state that an action hands over."""

    def do(_checked: bool) -> None:
        deed()

    return do
