"""The list of anchors as a model of Qt's, and how one of them is painted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractListModel,
    QByteArray,
    QMimeData,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter, QPalette
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from vae_explorer.ui.interpolation.anchor_texts import Problem
from vae_explorer.ui.theme import GRID, ThemeSwitch, small_font, tabular

_THUMBNAIL = 4 * GRID
#: A row that is dragged within the list.
_MIME = "application/x-vae-explorer-anchor"
_Index = QModelIndex | QPersistentModelIndex
_TOP = QModelIndex()

#: The line below the name.
DetailRole = Qt.ItemDataRole.UserRole
#: Whether that line says what is wrong.
ProblemRole = Qt.ItemDataRole.UserRole + 1


@dataclass(frozen=True, slots=True)
class AnchorRow:
    """What the list says of an anchor.

    Attributes:
        name: what it is called.
        detail: where it is; empty where the name says that.
        problem: what is wrong with it, if anything.
        image: the real digit, or what the decoder draws there; None while that is not known.
    """

    name: str
    detail: str = ""
    problem: Problem | None = None
    image: QImage | None = None


class AnchorTable(QAbstractListModel):
    """Anchors in their order. A row can be dragged elsewhere, which is asked for and not done.

    Signals:
        move_requested: a row, and the row that it is to be.
    """

    move_requested = Signal(int, int)

    def __init__(self) -> None:
        super().__init__()
        self._rows: tuple[AnchorRow, ...] = ()

    @property
    def rows(self) -> tuple[AnchorRow, ...]:
        """What is listed."""
        return self._rows

    def show_rows(self, rows: Sequence[AnchorRow]) -> None:
        """List these from now on."""
        if len(rows) != len(self._rows):
            self.beginResetModel()
            self._rows = tuple(rows)
            self.endResetModel()
            return
        # To paint a row takes a millisecond, and while an anchor is dragged it is one that changes.
        before, self._rows = self._rows, tuple(rows)
        for number, (old, new) in enumerate(zip(before, self._rows, strict=True)):
            if old != new:
                self.dataChanged.emit(self.index(number), self.index(number))

    def rowCount(self, parent: _Index = _TOP) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        detail = _detail_of(row)
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return row.name
            case Qt.ItemDataRole.DecorationRole:
                return row.image
            case Qt.ItemDataRole.AccessibleTextRole:
                return ", ".join(part for part in (f"{index.row() + 1}: {row.name}", detail) if part)
            case Qt.ItemDataRole.ToolTipRole:
                wrong = (row.problem.sentence, row.problem.more) if row.problem is not None else ()
                return "\n".join(part for part in (row.name, row.detail, *wrong) if part)
        if role == DetailRole:
            return detail
        return row.problem is not None if role == ProblemRole else None

    # Dragging a row

    def flags(self, index: _Index) -> Qt.ItemFlag:
        # Only between the rows is there anything to drop one on.
        usual = super().flags(index)
        return usual | (Qt.ItemFlag.ItemIsDragEnabled if index.isValid() else Qt.ItemFlag.ItemIsDropEnabled)

    def supportedDropActions(self) -> Qt.DropAction:  # noqa: N802 (Qt's name)
        return Qt.DropAction.MoveAction

    def mimeTypes(self) -> list[str]:  # noqa: N802 (Qt's name)
        return [_MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:  # noqa: N802 (Qt's name)
        data = QMimeData()
        data.setData(_MIME, QByteArray(str(indexes[0].row()).encode()))
        return data

    def dropMimeData(  # noqa: N802 (Qt's name)
        self, data: QMimeData, _action: Qt.DropAction, row: int, _column: int, parent: _Index
    ) -> bool:
        if not data.hasFormat(_MIME) or parent.isValid():
            return False
        from_, gap = int(data.data(_MIME).data()), len(self._rows) if row < 0 else row
        to = gap - 1 if gap > from_ else gap
        if to != from_ and 0 <= from_ < len(self._rows):
            self.move_requested.emit(from_, to)
        return True


class AnchorDelegate(QStyledItemDelegate):
    """Number, thumbnail, the name beside it, and a smaller line below the name.

    Args:
        theme: for the colour of what is wrong.
        parent: the list.
    """

    def __init__(self, theme: ThemeSwitch, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, _index: _Index) -> QSize:
        lines = _line(option) + QFontMetrics(small_font(option.font)).height()  # type: ignore[attr-defined]
        return QSize(20 * GRID, max(_THUMBNAIL, lines) + GRID // 2)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        self.initStyleOption(option, index)
        whole: QRect = option.rect  # type: ignore[attr-defined]
        selected = bool(option.state & QStyle.StateFlag.State_Selected)  # type: ignore[attr-defined]
        palette: QPalette = option.palette  # type: ignore[attr-defined]
        painter.save()
        if selected:
            painter.fillRect(whole, palette.highlight())
        picture = _picture_rect(option)
        self._paint_picture(painter, picture, index.data(Qt.ItemDataRole.DecorationRole), palette)
        text, muted = palette.text().color(), palette.placeholderText().color()
        if selected:
            text = muted = palette.highlightedText().color()
        small = tabular(small_font(option.font))  # type: ignore[attr-defined]
        painter.setFont(small)
        painter.setPen(muted)
        number = QRect(whole.left(), whole.top(), picture.left() - whole.left() - GRID // 2, whole.height())
        painter.drawText(
            number, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), str(index.row() + 1)
        )
        if index.data(ProblemRole) and not selected:
            muted = QColor(self._theme.colors.warning)
        self._paint_lines(painter, option, index, text, muted)
        painter.restore()

    def _paint_lines(
        self, painter: QPainter, option: QStyleOptionViewItem, index: _Index, text: QColor, muted: QColor
    ) -> None:
        whole: QRect = option.rect  # type: ignore[attr-defined]
        left = _picture_rect(option).right() + GRID
        detail, height = str(index.data(DetailRole)), _line(option)
        top = whole.center().y() - (height if detail else height // 2)
        place = QRect(left, top, whole.right() - GRID // 2 - left, height)
        painter.setFont(tabular(option.font))  # type: ignore[attr-defined]
        painter.setPen(text)
        _draw_elided(painter, place, str(index.data()))
        painter.setFont(tabular(small_font(option.font)))  # type: ignore[attr-defined]
        painter.setPen(muted)
        _draw_elided(painter, place.translated(0, height), detail)

    def _paint_picture(
        self, painter: QPainter, place: QRect, image: QImage | None, palette: QPalette
    ) -> None:
        if image is None:
            painter.setPen(palette.color(QPalette.ColorRole.Mid))
            painter.drawRect(place.adjusted(0, 0, -1, -1))
        else:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(place, image)


def _line(option: QStyleOptionViewItem) -> int:
    return QFontMetrics(option.font).height()  # type: ignore[attr-defined]


def width_of(rows: Sequence[AnchorRow], font: QFont) -> int:
    """How wide a list with this font has to be for the texts of these rows to be read as a whole, pixels."""
    names, details = QFontMetrics(tabular(font)), QFontMetrics(tabular(small_font(font)))
    texts = [
        max(names.horizontalAdvance(row.name), details.horizontalAdvance(_detail_of(row))) for row in rows
    ]
    return _picture_left(font) + _THUMBNAIL + 2 * GRID + max(texts, default=0)


def _detail_of(row: AnchorRow) -> str:
    return row.problem.short if row.problem is not None else row.detail


def _picture_left(font: QFont) -> int:
    return GRID + QFontMetrics(tabular(small_font(font))).horizontalAdvance("88")


def _picture_rect(option: QStyleOptionViewItem) -> QRect:
    whole: QRect = option.rect  # type: ignore[attr-defined]
    left = whole.left() + _picture_left(option.font)  # type: ignore[attr-defined]
    return QRect(left, whole.center().y() - _THUMBNAIL // 2 + 1, _THUMBNAIL, _THUMBNAIL)


def _draw_elided(painter: QPainter, place: QRect, text: str) -> None:
    elided = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, place.width())
    painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, elided)
