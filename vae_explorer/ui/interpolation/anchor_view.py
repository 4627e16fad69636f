"""The list of anchors on the screen, whose rows are dragged to another place in it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle

from vae_explorer.ui.bookmarks.view import BookmarkView
from vae_explorer.ui.interpolation.anchor_table import AnchorDelegate, AnchorTable, width_of
from vae_explorer.ui.theme import ThemeSwitch


class AnchorView(BookmarkView):
    """Shows a table of anchors.

    Args:
        table: what it lists.
        theme: colours.
    """

    def __init__(self, table: AnchorTable, theme: ThemeSwitch) -> None:
        super().__init__()
        self._table = table
        self.setModel(table)
        self.setItemDelegate(AnchorDelegate(theme, self))
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setUniformItemSizes(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragDrop)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setDragDropOverwriteMode(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.setAccessibleName(self.tr("Anchors"))
        self.setAccessibleDescription(
            self.tr(
                "Insert adds the cursor, Enter puts the cursor on an anchor, Del removes it, Alt + up or down moves "
                "it, R reverses the order, L makes the path return."
            )
        )

    def wanted_width(self) -> int:
        """So wide that all its texts can be read, pixels."""
        bar = self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent)
        return width_of(self._table.rows, self.font()) + bar

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # A note below the list takes room, and it is about this row.
        if self.currentIndex().isValid():
            self.scrollTo(self.currentIndex())
