"""The button at the legend that opens how points look: what their colours stand for, their size and opacity."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeySequence, QShortcut, QUndoStack
from PySide6.QtWidgets import QComboBox, QFormLayout, QFrame, QLabel, QSlider, QToolButton, QWidget

from vae_explorer.state.map_look import LARGEST_POINT, SMALLEST_POINT, MapLook
from vae_explorer.ui.map.commands import PointEdits
from vae_explorer.ui.theme import GRID
from vae_explorer.ui.widgets.gestures import Gesture

#: Steps of the slider to a pixel.
_STEPS = 2
_LEAST_OPACITY = 5
_WIDTH = 18 * GRID


class PointsMenu(QToolButton):
    """Says what the colours stand for, and opens the choices below itself.

    Args:
        look: what is set here.
        undo_stack: takes what the user sets.
    """

    def __init__(self, look: MapLook, undo_stack: QUndoStack, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText(self.tr("Points"))
        self.setToolTip(self.tr("What the colours of the points stand for, their size and opacity"))
        self.setAutoRaise(True)
        self.setArrowType(Qt.ArrowType.DownArrow)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.choices = _Choices(look, undo_stack, self)
        self.clicked.connect(self.open)

    def open(self) -> None:
        """Open the choices below the button, within the screen."""
        self.choices.adjustSize()
        place = self.mapToGlobal(QPoint(0, self.height()))
        room = self.screen().availableGeometry()
        place.setX(max(room.left(), min(place.x(), room.right() - self.choices.width())))
        if place.y() + self.choices.height() > room.bottom():
            place.setY(self.mapToGlobal(QPoint(0, 0)).y() - self.choices.height())
        self.choices.move(place)
        self.choices.show()
        self.choices.color_by.setFocus()


class _Choices(QFrame):
    """What opens. It closes with Escape, or with a click beside it.

    Attributes:
        color_by, diameter, opacity: the fields.
    """

    def __init__(self, look: MapLook, undo_stack: QUndoStack, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._look, self._edits = look, PointEdits(look, undo_stack)
        # The window's own keys rest while this is open.
        QShortcut(QKeySequence.StandardKey.Undo, self, undo_stack.undo)
        QShortcut(QKeySequence.StandardKey.Redo, self, undo_stack.redo)
        self.setProperty("panel", True)
        self.setAccessibleName(self.tr("Points"))
        self.color_by = QComboBox()
        self.diameter, self.opacity = (QSlider(Qt.Orientation.Horizontal) for _ in range(2))
        self._fill()
        self._lay_out()
        self._follow()
        self._connect()

    def _connect(self) -> None:
        self._look.points_changed.connect(self._follow)
        edits = self._edits
        coloring, sizing, fading = (Gesture(each) for each in (self.color_by, self.diameter, self.opacity))
        self.color_by.currentIndexChanged.connect(
            lambda _row: edits.set_color_by(self.color_by.currentData(), coloring.number)
        )
        self.diameter.valueChanged.connect(lambda steps: edits.set_size(steps / _STEPS, sizing.number))
        self.opacity.valueChanged.connect(lambda percent: edits.set_opacity(percent / 100, fading.number))

    def _fill(self) -> None:
        for value, text, meaning in (
            ("label", self.tr("Label"), self.tr("The class that the digit belongs to")),
            (
                "predicted",
                self.tr("Predicted class"),
                self.tr("The commonest class among the 15 nearest other digits in the latent space"),
            ),
            ("elbo", self.tr("ELBO"), self.tr("How well the model explains the digit, in nats")),
            (
                "reconstruction",
                self.tr("Reconstruction error"),
                self.tr("How far the decoded image is from the digit, in nats"),
            ),
            ("kl", self.tr("KL"), self.tr("How far the digit's posterior is from the prior, in nats")),
        ):
            self.color_by.addItem(text, value)
            self.color_by.setItemData(self.color_by.count() - 1, meaning, Qt.ItemDataRole.ToolTipRole)
        self.diameter.setRange(round(SMALLEST_POINT * _STEPS), round(LARGEST_POINT * _STEPS))
        self.opacity.setRange(_LEAST_OPACITY, 100)
        self.opacity.setPageStep(10)

    def _lay_out(self) -> None:
        form = QFormLayout(self)
        form.setContentsMargins(2 * GRID, GRID, 2 * GRID, GRID)
        form.setSpacing(GRID)
        self._diameter_text, self._opacity_text = QLabel(), QLabel()
        label = QLabel(self.tr("Colour by"))
        for text, field in (
            (label, self.color_by),
            (self._diameter_text, self.diameter),
            (self._opacity_text, self.opacity),
        ):
            text.setBuddy(field)
            field.setMinimumWidth(_WIDTH)
            form.addRow(text, field)
        self.color_by.setAccessibleName(self.tr("Colour by"))
        self.diameter.setAccessibleName(self.tr("Size of points"))
        self.opacity.setAccessibleName(self.tr("Opacity of points"))
        # The popup keeps its width while the numbers change.
        widest = self.fontMetrics().horizontalAdvance(self.tr("Opacity {percent} %").format(percent=100))
        self._opacity_text.setMinimumWidth(widest)

    def _follow(self) -> None:
        look = self._look
        for field in (self.color_by, self.diameter, self.opacity):
            field.blockSignals(True)
        self.color_by.setCurrentIndex(self.color_by.findData(look.color_by))
        self.diameter.setValue(round(look.point_size * _STEPS))
        self.opacity.setValue(round(100 * look.point_opacity))
        for field in (self.color_by, self.diameter, self.opacity):
            field.blockSignals(False)
        self._diameter_text.setText(self.tr("Size {pixels:.1f} px").format(pixels=look.point_size))
        percent = round(100 * look.point_opacity)
        self._opacity_text.setText(self.tr("Opacity {percent} %").format(percent=percent))
