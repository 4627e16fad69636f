"""The legend of the map: one toggle a class, with its digit and colour, and what the colours stand for."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QSizePolicy, QToolButton, QWidget

from vae_explorer.core.data import CLASS_COUNT
from vae_explorer.ui.map.color_age import ColorAge
from vae_explorer.ui.map.point_scale import Scale, ScaleBar
from vae_explorer.ui.theme import CLASS_COLORS, GRID, icon_side
from vae_explorer.ui.widgets.elided_label import ElidedLabel
from vae_explorer.ui.widgets.flow_layout import FlowLayout


class Legend(QWidget):
    """Ten toggles and one for all of them, and beside them what else the colours of the points stand for.

    What has no room in the first line stands in the next.

    Attributes:
        caption: what the points are, for others to fill.
        scale: the colours of numbers; hidden while they stand for classes.
        note: what else is to be said of the points; mostly empty.
        age: of which epoch the colours are, where that is not the one on the map; for others to fill.

    Signals:
        toggled: class and whether it is shown.
        chosen: the user wants to see these classes and no others; a frozenset.
    """

    toggled = Signal(int, bool)
    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._flow = layout = FlowLayout(self)
        layout.setContentsMargins(GRID, 0, GRID, 0)
        self.caption = Caption()
        layout.add_filler(self.caption)
        self._buttons = [self._new_button(digit) for digit in range(CLASS_COUNT)]
        for button in self._buttons:
            layout.addWidget(button)
        self._all = _AllButton((self.tr("Show all"), self.tr("Hide all")))
        self._all.clicked.connect(self._on_all_clicked)
        layout.addWidget(self._all)
        self.scale, self.note, self._density = ScaleBar(), ElidedLabel(), ElidedLabel()
        self._density.setText(self.tr("drawn as density"))
        self._density.explain(
            self.tr(
                "So many digits are in view that an image of their density is drawn. Zoom in to see single ones."
            )
        )
        for part in (self.scale, self.note, self._density):
            part.setProperty("muted", True)
            part.hide()
            layout.addWidget(part)
        self.age = ColorAge()
        self.age.hide()
        layout.addWidget(self.age)
        # Not fixed: Qt would hold it at the height of one line.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self._name_all()

    def button(self, digit: int) -> QToolButton:
        """The toggle of one class."""
        return self._buttons[digit]

    def add(self, widget: QWidget) -> None:
        """Put something else at the end of the legend, before what comes and goes there."""
        self._flow.removeWidget(self.age)
        self._flow.addWidget(widget)
        self._flow.addWidget(self.age)

    def show_labels(self) -> None:
        """The colours of the points are those of their labels."""
        self._color_toggles(True)
        for part in (self.scale, self.note, self.age):
            part.hide()

    def show_waiting(self) -> None:
        """What they are to stand for is being computed."""
        self.scale.hide()
        self.age.hide()
        self.note.setText(self.tr("computing…"))
        self.note.explain("")
        self.note.show()

    def show_predicted(self, wrong: int, count: int) -> None:
        """They are those of the predicted classes, of which `wrong` are not the labels."""
        self._color_toggles(True)
        self.scale.hide()
        self.note.setText(self.tr("{wrong:,} predicted wrongly").format(wrong=wrong))
        self.note.explain(
            self.tr(
                "Colours stand for the commonest class among the 15 nearest other digits. For {wrong:,} of {count:,} "
                "digits ({share:.1%}) that is not their label: these have the strong colours, and lie on the others. "
                "The buttons still show and hide digits by their labels."
            ).format(wrong=wrong, count=count, share=wrong / max(count, 1))
        )
        self.note.show()

    def show_scale(self, name: str, scale: Scale, palette: tuple[str, ...], meaning: str) -> None:
        """They stand for numbers in nats, called `name`."""
        self._color_toggles(False)
        self.scale.show_scale(name, scale, palette, self.tr("nats"))
        self.scale.setToolTip(meaning)
        self.scale.show()
        self.note.hide()

    def show_density(self, on: bool) -> None:
        """Say whether an image of the density is drawn, and not single points."""
        self._density.setVisible(on)

    def _color_toggles(self, colored: bool) -> None:
        """With the colours of the classes, or without: then they say nothing about the points."""
        for digit, button in enumerate(self._buttons):
            button.setIcon(_swatch(CLASS_COLORS[digit]) if colored else QIcon())

    def _new_button(self, digit: int) -> QToolButton:
        button = _ClassToggle()
        button.setText(str(digit))
        button.setCheckable(True)
        button.setChecked(True)
        button.setAutoRaise(True)
        button.setToolButtonStyle(button.toolButtonStyle().ToolButtonTextBesideIcon)
        button.setIcon(_swatch(CLASS_COLORS[digit]))
        side = max(10, icon_side() // 2)
        button.setIconSize(QSize(side, side))
        button.setToolTip(self.tr("Show or hide digit {digit}").format(digit=digit))
        button.setAccessibleName(self.tr("Digit {digit}").format(digit=digit))
        button.toggled.connect(lambda shown: self._on_toggled(digit, shown))
        button.clicked.connect(self._on_clicked)
        return button

    def _on_toggled(self, digit: int, shown: bool) -> None:
        self._name_all()
        self.toggled.emit(digit, shown)

    def _on_all_clicked(self) -> None:
        show = not all(button.isChecked() for button in self._buttons)
        for button in self._buttons:
            button.setChecked(show)
        self._on_clicked()

    def _on_clicked(self) -> None:
        self.chosen.emit(frozenset(digit for digit, button in enumerate(self._buttons) if button.isChecked()))

    def _name_all(self) -> None:
        complete = all(button.isChecked() for button in self._buttons)
        self._all.setText(self.tr("Hide all") if complete else self.tr("Show all"))
        self._all.setToolTip(self.tr("Hide all digits") if complete else self.tr("Show all digits"))


class Caption(ElidedLabel):
    """Text at the right that has room for its longest form from the beginning: nothing jumps when that is shown."""

    def __init__(self) -> None:
        super().__init__()
        self._longest = ""
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setProperty("muted", True)

    def say(self, text: str, longest: str) -> None:
        """Show `text`, and keep room for `longest`."""
        self._longest = longest
        self.setText(text)
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        widths = (self.fontMetrics().horizontalAdvance(text) for text in (self.text(), self._longest))
        return QSize(max(widths) + GRID, super().sizeHint().height())


class _ClassToggle(QToolButton):
    """Ten of them stand in a row: as narrow as a figure with its colour can be."""

    def sizeHint(self) -> QSize:
        # Qt puts two blanks around the text, besides its margins.
        return super().sizeHint() - QSize(2 * self.fontMetrics().horizontalAdvance(" "), 0)


class _AllButton(QToolButton):
    """As wide as the longest of its texts."""

    def __init__(self, texts: tuple[str, ...]) -> None:
        super().__init__()
        self._texts = texts

    def sizeHint(self) -> QSize:
        advance = self.fontMetrics().horizontalAdvance
        more = max(map(advance, self._texts)) - advance(self.text())
        return super().sizeHint() + QSize(more, 0)


def _swatch(color: str) -> QIcon:
    icon = QIcon()
    for state, alpha in ((QIcon.State.On, 1.0), (QIcon.State.Off, 0.15)):
        pixmap = QPixmap(20, 20)
        pixmap.fill(QColor(0, 0, 0, 0))
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        fill = QColor(color)
        fill.setAlphaF(alpha)
        painter.setBrush(fill)
        painter.setPen(QColor(color))
        painter.drawEllipse(2, 2, 16, 16)
        painter.end()
        icon.addPixmap(pixmap, QIcon.Mode.Normal, state)
    return icon
