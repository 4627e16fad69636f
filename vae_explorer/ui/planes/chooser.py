"""The choice of a plane of the map: the principal one, two axes, or through three digits."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from vae_explorer.core.dimensions import Dimensions, dimensions_of
from vae_explorer.core.planes import PRINCIPAL, AxesPlane, DigitsPlane, Plane, PrincipalPlane, misfit
from vae_explorer.state.plane_choice import LastPicked
from vae_explorer.state.session import OpenModel, Session
from vae_explorer.ui.numbers import signed
from vae_explorer.ui.planes.texts import short_name
from vae_explorer.ui.theme import GRID
from vae_explorer.ui.widgets.message_bar import translated
from vae_explorer.ui.widgets.number_field import NumberField, steps_of
from vae_explorer.workers.jobs import Jobs

_WIDTH = 46 * GRID
_ITEMS_IN_SIGHT = 14


class PlaneChooser(QFrame):
    """A popup; what is chosen in it holds at once. Esc or a click elsewhere closes it.

    Args:
        session: whose model is on the map.
        picked: digits that may span a plane.
        jobs: where the dimensions are looked at.

    Attributes:
        principal, axes, digits: the three kinds of planes.
        axis_fields: the axes to the right and upwards.
        digit_fields: indices of three digits.
        use_picked: puts the last picked digits into these.

    Signals:
        chosen: carries a `Plane` that the open model has.
    """

    chosen = Signal(object)

    def __init__(self, session: Session, picked: LastPicked, jobs: Jobs, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._session = session
        self._picked = picked
        self._jobs = jobs
        #: The model whose dimensions are listed.
        self._listed: OpenModel | None = None
        self.setProperty("panel", True)
        # A click on the button that opened it shall close it, and not open it again.
        self.setAttribute(Qt.WidgetAttribute.WA_NoMouseReplay)
        self.setAccessibleName(self.tr("Plane of the map"))
        self.principal = QRadioButton(self.tr("Principal components"))
        self.axes = QRadioButton(self.tr("Two axes"))
        self.digits = QRadioButton(self.tr("Through three digits"))
        self._kinds = QButtonGroup(self)
        self.axis_fields = [self._new_axis(name) for name in (self.tr("To the right"), self.tr("Upwards"))]
        self.digit_fields = [self._new_digit(name) for name in "ABC"]
        self.use_picked = QPushButton(self.tr("Use the last picked"))
        self._share = QLabel()
        self._problem = QLabel()
        self._lay_out()
        self._connect()

    @property
    def problem(self) -> str:
        """Why what stands there is no plane; empty if it is one."""
        return self._problem.text()

    @property
    def share_text(self) -> str:
        """How much the plane on the map holds."""
        return self._share.text()

    def refresh(self) -> None:
        """Show the plane on the map."""
        model = self._session.model
        if model is None:
            return
        self._list_axes(model)
        plane = model.plane
        kind = {AxesPlane: self.axes, DigitsPlane: self.digits}.get(type(plane), self.principal)
        with QSignalBlocker(self._kinds):
            kind.setChecked(True)
        self._show_parts(plane)
        share = f"{model.projection.variance:.0%}"
        text = self.tr("The plane of {plane} holds <b>{share}</b> of the variance of the digits’ means.")
        self._share.setText(text.format(plane=short_name(plane), share=share))
        self._say("")
        self._on_picked_changed()

    def fit(self) -> None:
        """As high as it must be."""
        layout = self.layout()
        assert layout is not None
        width = layout.contentsRect().width()
        for label in (self._share, self._problem):
            label.setFixedHeight(max(label.heightForWidth(width), 0))
            # Beside text that wraps, Qt would press the other fields flat.
            policy = label.sizePolicy()
            policy.setHeightForWidth(False)
            label.setSizePolicy(policy)
        layout.activate()
        self.resize(self.width(), layout.minimumSize().height())

    def take_focus(self) -> None:
        """The keyboard begins at the kind of plane that is shown."""
        button = self._kinds.checkedButton()
        if button is not None:
            button.setFocus(Qt.FocusReason.PopupFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
            return
        super().keyPressEvent(event)

    # Making

    def _new_axis(self, name: str) -> QComboBox:
        box = QComboBox()
        box.setAccessibleName(name)
        box.setToolTip(
            self.tr("{name}. Active dimensions come first, with their KL in nats an image.").format(name=name)
        )
        box.setMaxVisibleItems(_ITEMS_IN_SIGHT)
        # As wide as its items only at first sight: 512 of them need not be measured.
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(14)
        return box

    def _new_digit(self, name: str) -> NumberField:
        images = self._session.images
        last = max(len(images) - 1, 0) if images is not None else 0
        field = NumberField(0, last, steps_of(1), whole=True, widest=last)
        field.setAccessibleName(self.tr("Digit {name}").format(name=name))
        return field

    def _lay_out(self) -> None:
        axes = QHBoxLayout()
        axes.setContentsMargins(3 * GRID, 0, 0, 0)
        axes.setSpacing(GRID // 2)
        for box in self.axis_fields:
            column = QVBoxLayout()
            column.addWidget(_muted(box.accessibleName()))
            column.addWidget(box)
            axes.addLayout(column)
        row = QHBoxLayout()
        row.setContentsMargins(3 * GRID, 0, 0, 0)
        row.setSpacing(GRID // 2)
        for name, field in zip("ABC", self.digit_fields, strict=True):
            row.addWidget(_muted(f"{name} #"))
            row.addWidget(field, 1)
        heading = QLabel(self.tr("Plane of the map"))
        heading.setProperty("heading", True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * GRID, GRID + GRID // 2, 2 * GRID, GRID + GRID // 2)
        layout.setSpacing(GRID)
        for part in (heading, self.principal, self.axes):
            layout.addWidget(part)
        layout.addLayout(axes)
        layout.addWidget(self.digits)
        layout.addLayout(row)
        picked = QHBoxLayout()
        picked.setContentsMargins(3 * GRID, 0, 0, 0)
        picked.addWidget(self.use_picked)
        picked.addStretch()
        layout.addLayout(picked)
        for label in (self._share, self._problem):
            label.setWordWrap(True)
            layout.addWidget(label)
        self.setFixedWidth(max(_WIDTH, layout.minimumSize().width()))

    def _connect(self) -> None:
        for button in (self.principal, self.axes, self.digits):
            self._kinds.addButton(button)
        self.principal.setToolTip(self.tr("The plane on which the means of the test digits spread most"))
        self.axes.setToolTip(self.tr("Two latent dimensions themselves: what single ones do"))
        self.digits.setToolTip(
            self.tr("Through the means of three test digits: A is its origin, B to the right, C above")
        )
        self._kinds.buttonClicked.connect(lambda _button: self._choose())
        for box in self.axis_fields:
            box.activated.connect(partial(self._choose_kind, self.axes))
        for field in self.digit_fields:
            field.committed.connect(self._on_digit_committed)
        self.use_picked.clicked.connect(self._on_use_picked)
        self._picked.changed.connect(self._on_picked_changed)

    # What the user does

    def _choose_kind(self, kind: QRadioButton, _index: int = 0) -> None:
        kind.setChecked(True)
        self._choose()

    def _choose(self) -> None:
        model, plane = self._session.model, self._plane()
        if model is None:
            return
        if isinstance(plane, str):
            self._say(plane)
            return
        problem = misfit(plane, model.posterior.mu)
        self._say("" if problem is None else translated(problem))
        if problem is None:
            self.chosen.emit(plane)

    def _plane(self) -> Plane | str:
        """What stands there, or what is wrong with it."""
        if self.axes.isChecked():
            i, j = (box.currentData() for box in self.axis_fields)
            return AxesPlane(i, j)
        if self.digits.isChecked():
            entries = [field.entry() for field in self.digit_fields]
            if not all(isinstance(entry, int) for entry in entries):
                return self.tr("Type the number of a test digit in each of the three fields.")
            a, b, c = (int(entry) for entry in entries)
            return DigitsPlane(a, b, c)
        return PRINCIPAL

    def _on_digit_committed(self) -> None:
        # Leaving a field with what stood in it before chooses nothing.
        model = self._session.model
        if model is not None and self.isVisible() and self._digits_differ(model.plane):
            self._choose_kind(self.digits)

    def _digits_differ(self, plane: Plane) -> bool:
        entries = [field.entry() for field in self.digit_fields]
        shown = [plane.a, plane.b, plane.c] if isinstance(plane, DigitsPlane) else self._offered
        return entries != shown

    def _on_use_picked(self) -> None:
        if len(self._picked.digits) == 3:
            self._fill_digits(list(self._picked.digits))
            self._choose_kind(self.digits)

    def _on_picked_changed(self) -> None:
        three = len(self._picked.digits) == 3
        self.use_picked.setEnabled(three)
        text = self.tr("The three digits that you picked last on the map")
        if not three:
            text = self.tr("Pick three digits on the map first, one after the other")
        self.use_picked.setToolTip(text)

    # What is shown

    def _show_parts(self, plane: Plane) -> None:
        match plane:
            case AxesPlane(i, j):
                self._select_axes(i, j)
            case DigitsPlane(a, b, c):
                self._fill_digits([a, b, c])
            case PrincipalPlane():
                pass
        if not isinstance(plane, DigitsPlane):
            picked = self._picked.digits
            self._fill_digits(list(picked) if len(picked) == 3 else [0, 1, 2])

    def _fill_digits(self, digits: list[int]) -> None:
        self._offered = digits
        for field, digit in zip(self.digit_fields, digits, strict=True):
            field.setValue(digit)

    def _select_axes(self, *axes: int) -> None:
        for box, axis in zip(self.axis_fields, axes, strict=True):
            box.setCurrentIndex(box.findData(axis))

    def _list_axes(self, model: OpenModel) -> None:
        """The axes as they are at once, and in their order as soon as that is known."""
        listed, self._listed = self._listed, model
        if listed is not None and listed.posterior is model.posterior:
            return
        latent = model.snapshot.config.latent
        if self.axis_fields[0].count() != latent:
            self._fill_axes(list(range(latent)), [f"z{axis + 1}" for axis in range(latent)], start=(0, 1))

        def fill(found: Dimensions) -> None:
            if self._listed is not None and self._listed.posterior is model.posterior:
                order = found.order.tolist()
                first = isinstance(model.plane, AxesPlane)
                self._fill_axes(
                    order,
                    [self._axis_text(axis, found) for axis in order],
                    start=None if first or listed is not None else (order[0], order[1]),
                )

        self._jobs.start(lambda: dimensions_of(model.posterior), fill, lambda _error: None)

    def _fill_axes(self, axes: list[int], texts: list[str], start: tuple[int, int] | None) -> None:
        """List the axes anew; those that are selected stay so, unless others shall be."""
        selected = start or tuple(box.currentData() for box in self.axis_fields)
        for box in self.axis_fields:
            box.clear()
            for axis, text in zip(axes, texts, strict=True):
                box.addItem(text, axis)
        self._select_axes(*selected)

    def _axis_text(self, axis: int, found: Dimensions) -> str:
        kl = self.tr("{kl} nats").format(kl=signed(found.kl[axis]))
        return f"z{axis + 1} · {kl}" if found.active[axis] else f"z{axis + 1} · " + self.tr("not active")

    def _say(self, problem: str) -> None:
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))
        self.fit()


def _muted(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("muted", True)
    return label
