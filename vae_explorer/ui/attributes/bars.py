"""What is asked before a direction can be added, in place above the list: which classes, which groups, which number.

Groups are made of what is selected on the map, so what asks for them must stay while the user draws there: no popup
and no dialog could.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from vae_explorer.core.data import CLASS_COUNT
from vae_explorer.core.direction_sources import Axis, ClassPair, Component, Method
from vae_explorer.state.session import Session
from vae_explorer.ui.icons import icon
from vae_explorer.ui.theme import GRID, ThemeSwitch
from vae_explorer.ui.widgets.flow_layout import FlowLayout
from vae_explorer.ui.widgets.form_row import Choice
from vae_explorer.ui.widgets.number_field import NumberField, steps_of


class Bar(QFrame):
    """A few fields and a button that adds; Escape or the cross closes it.

    Args:
        theme: colours.

    Signals:
        wanted: what to add, a `Source`.
        refused: why nothing can be added yet.
        closed: the user does not want it any more.
    """

    wanted = Signal(object)
    refused = Signal(object)
    closed = Signal()

    def __init__(self, theme: ThemeSwitch, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setProperty("notice", "info")
        self.close_button = QToolButton()
        self.close_button.setAutoRaise(True)
        self.close_button.setToolTip(self.tr("Close (Esc)"))
        self.close_button.setAccessibleName(self.tr("Close"))
        self.close_button.clicked.connect(self.close_bar)
        self._lines = QVBoxLayout()
        self._lines.setSpacing(GRID // 2)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(GRID, GRID // 2, GRID // 2, GRID // 2)
        layout.setSpacing(GRID // 2)
        layout.addLayout(self._lines, 1)
        layout.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()
        self.hide()

    def open(self) -> None:
        """Show it, with the keyboard in its first field."""
        self.show()
        self._first().setFocus(Qt.FocusReason.OtherFocusReason)

    def close_bar(self) -> None:
        """Take it away."""
        self.hide()
        self.closed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_bar()
            return
        super().keyPressEvent(event)

    def _first(self) -> QWidget:
        """Where the keyboard begins."""
        return self.close_button

    def _flow(self, *parts: QWidget) -> None:
        line = QWidget()
        flow = FlowLayout(line, spacing=GRID // 2)
        for part in parts:
            flow.addWidget(part)
        self._lines.addWidget(line)

    def _on_theme_changed(self) -> None:
        self.close_button.setIcon(icon("x", self._theme.colors))


class ArrowBar(Bar):
    """Says what to do while an arrow is drawn."""

    def __init__(self, theme: ThemeSwitch) -> None:
        super().__init__(theme)
        text = QLabel(
            self.tr(
                "Drag on the map to draw the direction, from where it begins to where it points. Esc cancels."
            )
        )
        text.setWordWrap(True)
        self.setAccessibleName(text.text())
        self._lines.addWidget(text)

    def open(self) -> None:
        """Show it; the keyboard stays on the map."""
        self.show()


class ClassBar(Bar):
    """From one class to another one.

    Attributes:
        first, second: the classes.
        method: how they are told apart.
        add_button: adds the direction.
    """

    def __init__(self, session: Session, theme: ThemeSwitch) -> None:
        super().__init__(theme)
        self.setAccessibleName(self.tr("Direction from one class to another"))
        self._session = session
        classes = {str(label): str(label) for label in range(CLASS_COUNT)}
        self.first, self.second, self.method = Choice(classes), Choice(classes), new_method()
        self.first.choose("3")
        self.second.choose("8")
        self.first.setAccessibleName(self.tr("From class"))
        self.second.setAccessibleName(self.tr("Towards class"))
        self.first.setToolTip(self.tr("The class that the direction leads away from"))
        self.second.setToolTip(self.tr("The class that the direction leads to"))
        self.add_button = _add_button(self.tr("Add"))
        self.add_button.clicked.connect(self._on_add)
        names = [QLabel(self.tr("From")), QLabel(self.tr("towards"))]
        for name, field in zip(names, (self.first, self.second), strict=True):
            name.setBuddy(field)
            name.setToolTip(field.toolTip())
        self._flow(names[0], self.first, names[1], self.second, self.method, self.add_button)

    def _first(self) -> QWidget:
        return self.first

    def _on_add(self) -> None:
        a, b = int(self.first.entry()), int(self.second.entry())
        if a == b:
            self.refused.emit(self.tr("Choose two different classes: a direction leads from one to another."))
            return
        for label in (a, b):
            images = self._session.images
            if images is None or not (images.labels == label).any():
                text = self.tr(
                    "None of the digits is a {label}, so no direction leads from or to that class."
                )
                self.refused.emit(text.format(label=label))
                return
        self.wanted.emit(ClassPair(a, b, method_of(self.method)))


class NumberBar(Bar):
    """One of many latent axes or principal components.

    Attributes:
        field: which one, counted from 1.
        add_button: adds the direction.
    """

    def __init__(self, theme: ThemeSwitch) -> None:
        super().__init__(theme)
        self._kind: type[Axis] | type[Component] = Axis
        self._latent = 1
        self._name, self._count = QLabel(), QLabel()
        self.field = NumberField(1, 512, steps_of(1), whole=True, widest=512)
        self.add_button = _add_button(self.tr("Add"))
        self.add_button.clicked.connect(self._on_add)
        self._name.setBuddy(self.field)
        self._flow(self._name, self.field, self._count, self.add_button)

    def ask(self, kind: type[Axis] | type[Component], latent: int) -> None:
        """Ask for one of so many."""
        self._kind, self._latent = kind, latent
        name = self.tr("Latent axis") if kind is Axis else self.tr("Principal component")
        self._name.setText(name)
        self.field.setAccessibleName(name)
        self.setAccessibleName(name)
        self._count.setText(self.tr("of {count}").format(count=latent))
        tip = self.tr("Which one, from 1 to {count}").format(count=latent)
        if kind is Component:
            tip += self.tr(". The digits are spread most along the first, and less along each next one")
        for part in (self._name, self.field, self._count):
            part.setToolTip(tip)
        self.open()

    def _first(self) -> QWidget:
        return self.field

    def _on_add(self) -> None:
        entry = self.field.entry()
        if not isinstance(entry, int) or not 1 <= entry <= self._latent:
            self.refused.emit(self.tr("Type a number from 1 to {count}.").format(count=self._latent))
            return
        self.wanted.emit(self._kind(entry - 1))


def _add_button(text: str) -> QPushButton:
    button = QPushButton(text)
    button.setToolTip(_tr("Add this direction to the list"))
    return button


def new_method() -> Choice:
    """How two classes or groups are told apart."""
    box = Choice({"means": _tr("by means"), "lda": _tr("by LDA")})
    box.setAccessibleName(_tr("How they are told apart"))
    box.setToolTip(
        _tr(
            "by means: from the mean of the one to the mean of the other\n"
            "by LDA: where they overlap least (Fisher’s linear discriminant)"
        )
    )
    return box


def method_of(box: Choice) -> Method:
    """What was chosen in it."""
    return "lda" if box.entry() == "lda" else "means"


def _tr(text: str) -> str:
    return QCoreApplication.translate("attributes", text)
