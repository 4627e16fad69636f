"""The list of bookmarks as a model of Qt's, and how one of them is painted."""

from __future__ import annotations

from PySide6.QtCore import (
    QAbstractItemModel,
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFontMetrics, QImage, QPainter, QPalette
from PySide6.QtWidgets import QLineEdit, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from vae_explorer.state.bookmarks import LONGEST_NAME, Bookmark, Bookmarks, one_line
from vae_explorer.ui.numbers import signed
from vae_explorer.ui.theme import GRID, small_font, tabular

_THUMBNAIL = 5 * GRID
#: More coordinates than this do not fit into a line, and nobody would read them.
_COORDINATES = 8
_Index = QModelIndex | QPersistentModelIndex
_TOP = QModelIndex()

#: The line below the name.
DetailRole = Qt.ItemDataRole.UserRole
#: Whether the open model has this point.
FitsRole = Qt.ItemDataRole.UserRole + 1


class BookmarkTable(QAbstractListModel):
    """Bookmarks in their order, with what the open model draws at each.

    Signals:
        rename_requested: the row and what was typed.
    """

    rename_requested = Signal(int, str)

    def __init__(self, bookmarks: Bookmarks) -> None:
        super().__init__()
        self._bookmarks = bookmarks
        self._latent = 0
        self._images: dict[Bookmark, QImage] = {}
        self._shown = bookmarks.entries
        bookmarks.changed.connect(self._on_changed)

    def show_model(self, latent: int) -> None:
        """For a model of this latent size; its pictures come later. 0 for none."""
        if latent != self._latent:
            self._latent = latent
            self._images.clear()
            self._update()

    def show_images(self, images: dict[Bookmark, QImage]) -> None:
        """What the open model draws at each bookmark that it has."""
        self._images = images
        self._update()

    def fits(self, row: int) -> bool:
        """Whether the open model has this point."""
        return self._shown[row].latent == self._latent

    def rowCount(self, parent: _Index = _TOP) -> int:
        return 0 if parent.isValid() else len(self._shown)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        entry = self._shown[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.EditRole:
                return entry.name
            case Qt.ItemDataRole.DecorationRole:
                return self._images.get(entry)
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{entry.name}, {self._detail(entry)}"
            case Qt.ItemDataRole.ToolTipRole:
                return f"{entry.name}\n{coordinates(entry, 24)}\n{self._detail(entry)}"
        if role == DetailRole:
            return self._detail(entry)
        return self.fits(index.row()) if role == FitsRole else None

    def setData(self, index: _Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.EditRole or not one_line(str(value)):
            return False
        self.rename_requested.emit(index.row(), str(value))
        return True

    def flags(self, index: _Index) -> Qt.ItemFlag:
        # One of another latent size cannot be gone to, but it can be renamed or deleted.
        return super().flags(index) | Qt.ItemFlag.ItemIsEditable

    def _detail(self, entry: Bookmark) -> str:
        if entry.latent == self._latent or not self._latent:
            return coordinates(entry, _COORDINATES)
        text: str = self.tr("has {size} latent dimensions, the open model {latent}")
        if entry.latent == 1:
            text = self.tr("has 1 latent dimension, the open model {latent}")
        return text.format(size=entry.latent, latent=self._latent)

    def _on_changed(self) -> None:
        self.beginResetModel()
        self._shown = self._bookmarks.entries
        self.endResetModel()

    def _update(self) -> None:
        if self._shown:
            self.dataChanged.emit(self.index(0), self.index(len(self._shown) - 1))


class BookmarkDelegate(QStyledItemDelegate):
    """A thumbnail, the name beside it, and a smaller line below the name."""

    def sizeHint(self, option: QStyleOptionViewItem, _index: _Index) -> QSize:
        lines = _line(option) + QFontMetrics(small_font(option.font)).height()  # type: ignore[attr-defined]
        return QSize(30 * GRID, max(_THUMBNAIL, lines) + GRID)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        self.initStyleOption(option, index)
        whole: QRect = option.rect  # type: ignore[attr-defined]
        selected = bool(option.state & QStyle.StateFlag.State_Selected)  # type: ignore[attr-defined]
        palette: QPalette = option.palette  # type: ignore[attr-defined]
        fits = bool(index.data(FitsRole))
        painter.save()
        if selected:
            painter.fillRect(whole, palette.highlight())
        self._paint_picture(
            painter, _picture_rect(whole), index.data(Qt.ItemDataRole.DecorationRole), palette
        )
        role = QPalette.ColorRole.HighlightedText if selected else QPalette.ColorRole.Text
        muted = QPalette.ColorRole.HighlightedText if selected else QPalette.ColorRole.PlaceholderText
        name = _name_rect(option)
        painter.setFont(option.font)  # type: ignore[attr-defined]
        painter.setPen(palette.color(role if fits else muted))
        _draw_elided(painter, name, str(index.data()))
        painter.setFont(tabular(small_font(option.font)))  # type: ignore[attr-defined]
        painter.setPen(palette.color(muted))
        _draw_elided(painter, name.translated(0, name.height()), str(index.data(DetailRole)))
        painter.restore()

    def createEditor(self, parent: QWidget, _option: QStyleOptionViewItem, _index: _Index) -> QWidget:
        field = QLineEdit(parent)
        field.setMaxLength(LONGEST_NAME)
        field.setAccessibleName(self.tr("Name of the bookmark"))
        return field

    def setEditorData(self, editor: QWidget, index: _Index) -> None:
        # A thumbnail that comes while a name is typed must not take the text away.
        typed = isinstance(editor, QLineEdit) and editor.isModified()
        same = isinstance(editor, QLineEdit) and editor.text() == index.data(Qt.ItemDataRole.EditRole)
        if not typed and not same:
            super().setEditorData(editor, index)

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: _Index) -> None:
        if isinstance(editor, QLineEdit):
            model.setData(index, editor.text())

    def updateEditorGeometry(  # noqa: N802 (Qt's name)
        self, editor: QWidget, option: QStyleOptionViewItem, _index: _Index
    ) -> None:
        place = _name_rect(option)
        spare = editor.sizeHint().height() - place.height()
        editor.setGeometry(place.adjusted(-GRID // 2, -spare // 2, 0, spare // 2))

    def _paint_picture(
        self, painter: QPainter, place: QRect, image: QImage | None, palette: QPalette
    ) -> None:
        if image is None:
            painter.setPen(palette.color(QPalette.ColorRole.Mid))
            painter.drawRect(place.adjusted(0, 0, -1, -1))
        else:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(place, image)


def coordinates(entry: Bookmark, most: int) -> str:
    """The point as text, with at most so many coordinates."""
    numbers = [signed(value) for value in entry.z[:most]]
    if entry.latent > most:
        numbers.append("…")
    return f"z = ({', '.join(numbers)})"


def _line(option: QStyleOptionViewItem) -> int:
    return QFontMetrics(option.font).height()  # type: ignore[attr-defined]


def _picture_rect(whole: QRect) -> QRect:
    return QRect(whole.left() + GRID // 2, whole.center().y() - _THUMBNAIL // 2, _THUMBNAIL, _THUMBNAIL)


def _name_rect(option: QStyleOptionViewItem) -> QRect:
    whole: QRect = option.rect  # type: ignore[attr-defined]
    left = _picture_rect(whole).right() + GRID
    height = _line(option)
    return QRect(left, whole.center().y() - height, whole.right() - GRID // 2 - left, height)


def _draw_elided(painter: QPainter, place: QRect, text: str) -> None:
    elided = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, place.width())
    painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, elided)
