"""Anchors beside their paths, each with the width that it can use: names want to be read, and pictures to be large."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QWidget

from vae_explorer.ui.interpolation.anchors import AnchorList
from vae_explorer.ui.theme import GRID

_LEAST = 20 * GRID
#: Of the whole width, for the list.
_MOST_SHARE = 0.3


class AnchorSplit(QSplitter):
    """The list is as wide as its texts, within bounds, until the user pulls at the handle.

    While texts change, as they do while an anchor is dragged, it only becomes wider: pictures would tremble.

    Args:
        anchors: the list.
        body: what stands beside it.
    """

    def __init__(self, anchors: AnchorList, body: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._anchors = anchors
        self._pulled = False
        self.setChildrenCollapsible(False)
        self.addWidget(anchors)
        self.addWidget(body)
        self.setStretchFactor(0, 0)
        self.setStretchFactor(1, 1)
        anchors.table.modelReset.connect(self._fit)
        anchors.table.dataChanged.connect(self._widen)
        self.splitterMoved.connect(self._on_pulled)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    @property
    def wanted(self) -> int:
        """How wide the list is to be, pixels."""
        most = max(_LEAST, round(_MOST_SHARE * self.width()))
        return min(max(self._anchors.wanted_width, _LEAST), most)

    def _on_pulled(self) -> None:
        self._pulled = True

    def _widen(self) -> None:
        if self.wanted > self.sizes()[0]:
            self._fit()

    def _fit(self) -> None:
        if not self._pulled:
            wanted = self.wanted
            self.setSizes((wanted, max(self.width() - self.handleWidth() - wanted, 0)))
