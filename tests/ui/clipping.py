"""Finds texts on the screen of which a part is cut off: too long for their widget, or in a widget that sticks out.

What ends in an ellipsis and stands whole in a tool tip is not cut off, nor is what can be scrolled to.
"""

from collections.abc import Iterator

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QDockWidget,
    QGroupBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QStyle,
    QStyleOptionButton,
    QStyleOptionComboBox,
    QTabBar,
    QToolButton,
    QWidget,
)

from vae_explorer.ui.widgets.elided_label import ElidedLabel
from vae_explorer.ui.widgets.figure import Figure

#: Letters end in a fraction of a pixel.
_SLACK = 1


def cut_off(root: QWidget) -> list[str]:
    """What of the visible texts in `root`, and of itself, cannot be read; a line for each."""
    found = []
    for widget in (root, *root.findChildren(QWidget)):
        if widget.isVisible() and widget.window() is root.window() and not _behind_another(widget):
            problems = [*_problems(widget)]
            if _says_something(widget):
                problems += _sticks_out(widget, root)
            found += [f"{_described(widget)}: {problem}" for problem in problems]
    return found


def _behind_another(widget: QWidget) -> bool:
    """Whether it is in a dock behind another one; Qt has moved that out of the window."""
    parent: QWidget | None = widget
    while parent is not None and not isinstance(parent, QDockWidget):
        parent = parent.parentWidget()
    return parent is not None and parent.visibleRegion().isEmpty()


def _described(widget: QWidget) -> str:
    parents = []
    parent = widget.parentWidget()
    while parent is not None and len(parents) < 3:
        parents.append(parent.objectName() or type(parent).__name__)
        parent = parent.parentWidget()
    said = getattr(widget, "text", None)
    text = said() if callable(said) else ""
    return f"{type(widget).__name__} {text!r} in {' < '.join(parents)}"


def _problems(widget: QWidget) -> Iterator[str]:
    match widget:
        case ElidedLabel() if widget.text():
            yield from _elided(widget, widget.text(), widget.contentsRect().width())
            yield from _too_low(widget)
        case QLabel() if widget.text():
            yield from _label(widget)
        case QAbstractButton() if widget.text():
            yield from _button(widget)
        case QComboBox():
            yield from _list(widget)
        case QLineEdit():
            yield from _field(widget)
        case QTabBar():
            yield from _tabs(widget)
        case QHeaderView():
            yield from _header(widget)
        case QGroupBox() if widget.title():
            yield from _compare("title", _width(widget, widget.title()), widget.width())
        case Figure():
            yield from _compare("figure", _width(widget, widget.text), widget.width())


def _says_something(widget: QWidget) -> bool:
    if isinstance(widget, QLabel | QAbstractButton):
        icon = not widget.icon().isNull() if isinstance(widget, QAbstractButton) else False
        return bool(widget.text()) or icon
    return isinstance(widget, QComboBox | QAbstractSpinBox | QLineEdit | QTabBar | Figure)


# Texts in their widgets


def _compare(what: str, needed: float, room: float) -> Iterator[str]:
    if needed > room + _SLACK:
        yield f"{what} needs {needed:.0f} pixels and has {room:.0f}"


def _width(widget: QWidget, text: str) -> int:
    flags = int(Qt.TextFlag.TextShowMnemonic)
    return int(widget.fontMetrics().size(flags, text).width())


def _too_low(widget: QWidget) -> Iterator[str]:
    yield from _compare("height", widget.fontMetrics().height(), widget.contentsRect().height())


def _elided(widget: QWidget, text: str, room: int) -> Iterator[str]:
    if _width(widget, text) > room + _SLACK and text not in widget.toolTip():
        yield f"ends in an ellipsis, and no tool tip has the whole text ({widget.toolTip()!r})"


def _label(label: QLabel) -> Iterator[str]:
    room = label.contentsRect()
    if Qt.mightBeRichText(label.text()) or "\n" in label.text() or label.wordWrap():
        width = label.minimumSizeHint().width() if label.wordWrap() else label.sizeHint().width()
        yield from _compare("width", width, label.width())
        if label.wordWrap():
            yield from _compare("height", _wrapped_height(label), room.height())
        else:
            yield from _compare("height", label.sizeHint().height(), label.height())
        return
    yield from _compare("width", _width(label, label.text()), room.width())
    yield from _too_low(label)


def _wrapped_height(label: QLabel) -> float:
    """How high the text is in lines of the label's width."""
    document = QTextDocument()
    document.setDocumentMargin(0)
    document.setDefaultFont(label.font())
    if Qt.mightBeRichText(label.text()):
        document.setHtml(label.text())
    else:
        document.setPlainText(label.text())
    document.setTextWidth(label.contentsRect().width())
    return float(document.size().height())


def _button(button: QAbstractButton) -> Iterator[str]:
    room, needed = button.rect(), _width(button, button.text())
    icon = 0 if button.icon().isNull() else button.iconSize().width() + 4
    if isinstance(button, QToolButton):
        style = button.toolButtonStyle()
        if style == Qt.ToolButtonStyle.ToolButtonIconOnly and (icon or button.arrowType().value):
            return
        beside = style == Qt.ToolButtonStyle.ToolButtonTextBesideIcon
        needed += icon if beside else 0
    elif isinstance(button, QCheckBox | QRadioButton):
        option = QStyleOptionButton()
        button.initStyleOption(option)
        element = QStyle.SubElement
        part = (
            element.SE_CheckBoxContents if isinstance(button, QCheckBox) else element.SE_RadioButtonContents
        )
        room = button.style().subElementRect(part, option, button)
    elif isinstance(button, QPushButton):
        needed += icon
    yield from _compare("width", needed, room.width())
    yield from _compare("height", button.fontMetrics().height(), room.height())


def _list(box: QComboBox) -> Iterator[str]:
    option = QStyleOptionComboBox()
    box.initStyleOption(option)
    control, part = QStyle.ComplexControl.CC_ComboBox, QStyle.SubControl.SC_ComboBoxEditField
    room = box.style().subControlRect(control, option, part, box)
    # Any of them may be chosen.
    for row in range(box.count()):
        if box.itemText(row) not in box.toolTip():
            yield from _compare(f"entry {box.itemText(row)!r}", _width(box, box.itemText(row)), room.width())
    yield from _compare("height", box.fontMetrics().height(), box.height())


def _field(field: QLineEdit) -> Iterator[str]:
    # Longer texts can be scrolled with the arrow keys, but figures have to be read at one glance.
    parent = field.parentWidget()
    margins = 4
    if isinstance(parent, QAbstractSpinBox):
        yield from _compare("figure", _width(field, field.text()) + margins, field.width())
    elif not field.text():
        yield from _compare("hint", _width(field, field.placeholderText()) + margins, field.width())
    yield from _compare("height", field.fontMetrics().height(), field.height())


def _tabs(bar: QTabBar) -> Iterator[str]:
    for index in range(bar.count()):
        rect, text = bar.tabRect(index), bar.tabText(index)
        if text not in bar.tabToolTip(index):
            yield from _compare(f"tab {text!r}", _width(bar, text), rect.width())
        if not bar.usesScrollButtons() and not bar.rect().contains(rect):
            yield f"tab {text!r} is out of the bar"
        yield from _compare(f"tab {text!r}, height", bar.fontMetrics().height(), rect.height())


def _header(header: QHeaderView) -> Iterator[str]:
    model = header.model()
    for section in range(header.count()):
        text = model.headerData(section, header.orientation(), Qt.ItemDataRole.DisplayRole)
        if not header.isSectionHidden(section) and text:
            yield from _compare(f"title {text!r}", _width(header, text), header.sectionSize(section))
    yield from _compare("height", header.fontMetrics().height(), header.height())


# Widgets in others


def _sticks_out(widget: QWidget, root: QWidget) -> Iterator[str]:
    """Whether something between `root` and the widget cuts it; what scrolls does not."""
    place, inner = widget.rect(), widget
    while inner is not root:
        outer = inner.parentWidget()
        place = QRect(inner.mapTo(outer, place.topLeft()), place.size())
        scroll = outer.parentWidget()
        if isinstance(scroll, QAbstractScrollArea) and scroll.viewport() is outer:
            room, place = _scrolled(scroll, place)
        else:
            room = outer.rect()
        out = [
            side
            for side, beyond in (
                ("left", room.left() - place.left()),
                ("right", place.right() - room.right()),
                ("top", room.top() - place.top()),
                ("bottom", place.bottom() - room.bottom()),
            )
            if beyond > _SLACK
        ]
        if out:
            yield f"sticks out of {type(outer).__name__} at the {' and '.join(out)}"
            return
        inner = outer


def _scrolled(scroll: QAbstractScrollArea, place: QRect) -> tuple[QRect, QRect]:
    """The room in which something in `scroll` can be seen, and where it is when it was scrolled to."""
    room = scroll.viewport().rect()
    across, down = scroll.horizontalScrollBar(), scroll.verticalScrollBar()
    never = Qt.ScrollBarPolicy.ScrollBarAlwaysOff
    if scroll.horizontalScrollBarPolicy() != never and across.maximum() > across.minimum():
        place = QRect(QPoint(room.left(), place.top()), place.size().boundedTo(room.size()))
    if scroll.verticalScrollBarPolicy() != never and down.maximum() > down.minimum():
        place = QRect(QPoint(place.left(), room.top()), place.size().boundedTo(room.size()))
    return room, place
