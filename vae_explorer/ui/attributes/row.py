"""One direction of the list: its name, how good it is, and how far to go along it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QFocusEvent, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QLabel,
    QSizePolicy,
    QStackedWidget,
    QToolButton,
    QToolTip,
    QWidget,
)

from vae_explorer.state.edits import FARTHEST_ALPHA
from vae_explorer.ui.attributes.row_parts import STEPS, AlphaSlider, NameField, new_field
from vae_explorer.ui.icons import icon
from vae_explorer.ui.theme import GRID, Colors, small_font, tabular
from vae_explorer.ui.widgets.elided_label import ElidedLabel
from vae_explorer.ui.widgets.gestures import Gesture, UndoOfWindow

_NAME_LETTERS = 12
#: Of an α in its field: whoever typed more keeps it, but sees no more.
_MOST_DECIMALS = 3
_SLIDER_WIDTH = 10 * GRID
_BAR = 3
_TINT = 0.12
#: For so long the reason stays after the text it is about is gone.
_REASON_MS = 6000
#: The keyboard comes back to where it was: the user has gone nowhere.
_BACK = (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason)


class DirectionRow(QWidget):
    """What the user does with it is asked for, and done by others.

    Args:
        colors: of the theme.

    Attributes:
        slider: −3 to 3 σ; left and right change it, up and down go to the row above or below.
        field: the same, typed, up to ±20 σ.
        reset, more: buttons.
        name_field: where another name is typed.

    Signals:
        entered: the user is at this row.
        alpha_wanted: how far to go, in σ, and the number of the gesture.
        renamed: what was typed as its name.
        menu_wanted: what can be done with it, at this place of the screen.
        left: with an arrow key, to the row so many below.
        tip_wanted: the pointer rests on the name; carries the place on the screen.
        refused: what was typed is no α; the row says so, and the text stays as long as the field has the keyboard.
    """

    entered = Signal()
    alpha_wanted = Signal(float, int)
    renamed = Signal(str)
    menu_wanted = Signal(QPoint)
    left = Signal(int)
    tip_wanted = Signal(QPoint)
    refused = Signal()

    def __init__(self, colors: Colors, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colors = colors
        self._alpha = 0.0
        self._current = False
        self._wide: bool | None = None
        self._warns = False
        self._weak = False
        #: What is wrong with what was typed, and what else there is to say below.
        self._refusal, self._remark = "", ""
        self._forgetting = QTimer(self)
        self._forgetting.setSingleShot(True)
        self._forgetting.setInterval(_REASON_MS)
        self.slider, self.field = AlphaSlider(), new_field()
        self.reset, self.more = QToolButton(), QToolButton()
        self.name_field = NameField()
        self._name, self._quality, self._note = ElidedLabel(), QLabel(), QLabel()
        self._names = QStackedWidget()
        self._grid = QGridLayout(self)
        self._set_up()
        self._connect()
        self.arrange(wide=True)
        self.paint(colors)

    # What it says

    @property
    def name(self) -> str:
        """What it is called."""
        return self._name.text()

    @property
    def quality(self) -> str:
        """What it says of how good it is, or of what it waits for."""
        return self._quality.text()

    @property
    def note(self) -> str:
        """What stands below: what is wrong with a typed α, a problem, or what it took to keep others still."""
        return self._note.text()

    @property
    def alpha(self) -> float:
        """How far it shows that one goes, in σ."""
        return self._alpha

    def show_name(self, name: str) -> None:
        """Call it so."""
        self._name.setText(name)
        self.setAccessibleName(name)
        for widget, text in (
            (self.slider, self.tr("α of {name}, in σ")),
            (self.field, self.tr("α of {name}, in σ")),
            (self.reset, self.tr("Reset {name}")),
            (self.more, self.tr("What can be done with {name}")),
        ):
            widget.setAccessibleName(text.format(name=name))

    def show_quality(self, text: str, tip: str) -> None:
        """Say how good it is, and in the tool tip what that means."""
        self._quality.setText(text)
        self._quality.setToolTip(tip)
        self.slider.setAccessibleDescription(text)

    def show_note(self, text: str, *, warns: bool = False) -> None:
        """Say something below, or nothing."""
        self._remark, self._warns = text, warns
        self._say()

    def set_weak(self, weak: bool) -> None:
        """Whether the direction is hardly of use, which is not to look like a good one."""
        self._weak = weak
        self._color_quality()

    def show_alpha(self, alpha: float) -> None:
        """Show how far one goes along it; what is being typed stays as long as that is the same."""
        new, self._alpha = alpha != self._alpha, alpha
        if new:
            self._refuse("")
        with QSignalBlocker(self.slider):
            self.slider.setValue(round(alpha * STEPS))
        if new or not (self.field.hasFocus() or self._refusal):
            self._show_in_field()
        self._offer_reset()

    def give_up_typed(self) -> None:
        """Show α again in place of what is typed, with nothing to say against that."""
        self._refuse("")
        self._show_in_field()

    def set_usable(self, usable: bool) -> None:
        """Whether there is a direction to go along."""
        self.slider.setEnabled(usable)
        self.field.setEnabled(usable)
        if not usable:
            self._refuse("")
        self._offer_reset()

    def set_current(self, current: bool) -> None:
        """Whether it is the row that the pictures beside the list are of."""
        if current != self._current:
            self._current = current
            self.update()

    def take_keyboard(self, reason: Qt.FocusReason) -> None:
        """Have the keys go to this row: to its slider, or to the button of its menu where that one rests."""
        (self.slider if self.slider.isEnabled() else self.more).setFocus(reason)

    def rename(self) -> None:
        """Let the user type another name."""
        self.name_field.begin(self.name)
        self._names.setCurrentWidget(self.name_field)
        self.name_field.setFocus(Qt.FocusReason.OtherFocusReason)

    # How it looks

    @property
    def wide_width(self) -> int:
        """What it needs to have all in one line."""
        letters = self.fontMetrics().horizontalAdvance("x") * _NAME_LETTERS
        fixed = sum(part.minimumSizeHint().width() for part in (self.field, self.reset, self.more))
        return letters + self._quality.minimumWidth() + _SLIDER_WIDTH + fixed + 5 * GRID

    @property
    def least_width(self) -> int:
        """What it needs in two lines; the name ends in an ellipsis then."""
        middle = max(self._quality.minimumWidth(), self.field.minimumSizeHint().width())
        end = max(part.minimumSizeHint().width() for part in (self.reset, self.more))
        return self.slider.minimumWidth() + middle + end + 3 * GRID

    def arrange(self, *, wide: bool) -> None:
        """Have everything in one line, or in two."""
        if wide == self._wide:
            return
        self._wide = wide
        grid = self._grid
        line, span = (0, 6) if wide else (1, 3)
        places = {
            self._names: (0, 0),
            self._quality: (0, 1),
            self.slider: (line, 2 if wide else 0),
            self.field: (line, 3 if wide else 1),
            self.reset: (line, 4 if wide else 2),
            self.more: (0, 5 if wide else 2),
        }
        for part, (row, column) in places.items():
            grid.removeWidget(part)
            grid.addWidget(part, row, column)
        grid.removeWidget(self._note)
        grid.addWidget(self._note, 2, 0, 1, span)
        for column in range(6):
            grid.setColumnStretch(column, 0)
        grid.setColumnStretch(0, 3 if wide else 1)
        if wide:
            grid.setColumnStretch(2, 4)

    def paint(self, colors: Colors) -> None:
        """Take the colours of the theme."""
        self._colors = colors
        self.reset.setIcon(icon("arrow-counter-clockwise", colors))
        self.more.setIcon(icon("dots-three", colors))
        self._color_note()
        self._color_quality()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._current:
            painter = QPainter(self)
            accent = QColor(self._colors.accent)
            tint = QColor(accent)
            tint.setAlphaF(_TINT)
            painter.fillRect(self.rect(), tint)
            painter.fillRect(QRect(0, 0, _BAR, self.height()), accent)
            painter.end()

    # What the user does

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.entered.emit()
        self.menu_wanted.emit(event.globalPos())
        event.accept()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.MouseButtonPress or _comes_here(event):
            self.entered.emit()
        if watched is self._name and kind == QEvent.Type.MouseButtonDblClick:
            self.rename()
            return True
        if watched is self._name and kind == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            self.tip_wanted.emit(event.globalPos())
            return True
        return super().eventFilter(watched, event)

    def mousePressEvent(self, event: object) -> None:
        """Also of a click on its name and figures, which take no keyboard themselves."""
        self.entered.emit()
        self.take_keyboard(Qt.FocusReason.MouseFocusReason)
        super().mousePressEvent(event)  # type: ignore[arg-type]

    def show_tip(self, place: QPoint, text: str) -> None:
        """Show a tool tip of the name; it is made when it is asked for."""
        QToolTip.showText(place, text, self._name)

    def _on_slider_changed(self, value: int) -> None:
        self.alpha_wanted.emit(value / STEPS, self._sliding.number)

    def _on_field_changed(self) -> None:
        entry = self.field.entry()
        if isinstance(entry, str) and entry:
            self._refuse(
                self.tr("α is a number from −{most} to {most} σ.").format(most=f"{FARTHEST_ALPHA:g}")
            )
        elif not isinstance(entry, str) and not abs(entry) <= FARTHEST_ALPHA:
            self._refuse(self.tr("α goes from −{most} to {most} σ.").format(most=f"{FARTHEST_ALPHA:g}"))
        else:
            self._refuse("")
            shown = round(self._alpha, _MOST_DECIMALS)
            if not isinstance(entry, str) and entry != shown:
                self.alpha_wanted.emit(float(entry), self._stepping.number)
            self._show_in_field()

    def _on_field_edited(self) -> None:
        entry = self.field.entry()
        if self._refusal and not isinstance(entry, str) and abs(entry) <= FARTHEST_ALPHA:
            self._refuse("")

    def _refuse(self, text: str) -> None:
        """Say what is wrong with what was typed, which stays to be mended; nothing with an empty text."""
        self._forgetting.stop()
        if text != self._refusal:
            self._refusal = text
            self.field.setAccessibleDescription(text)
            self.field.setToolTip(f"{text}\n\n{self.slider.toolTip()}" if text else self.slider.toolTip())
            self._say()
            self._offer_reset()
        if text:
            self.refused.emit()

    def _say(self) -> None:
        text = self._refusal or self._remark
        self._note.setText(text)
        self._note.setVisible(bool(text))
        self._color_note()
        self.setAccessibleDescription(text)

    def _offer_reset(self) -> None:
        self.reset.setEnabled(self.slider.isEnabled() and (self._alpha != 0 or bool(self._refusal)))

    def _show_in_field(self) -> None:
        shown = round(self._alpha, _MOST_DECIMALS)
        if self.field.entry() != shown:
            with QSignalBlocker(self.field):
                self.field.setValue(shown)

    def _on_committed(self) -> None:
        self._on_field_changed()
        self._stepping.end()
        if self._refusal and not self.field.hasFocus():
            # Nobody is there to mend it; the reason is still to be read.
            self._show_in_field()
            self._forgetting.start()

    def _on_reset(self) -> None:
        self._sliding.end()
        self._refuse("")
        self.alpha_wanted.emit(0.0, self._sliding.number)
        self._show_in_field()
        self._sliding.end()

    def _on_name_typed(self, name: str) -> None:
        self._end_renaming()
        if name.strip() and name != self.name:
            self.renamed.emit(name)

    def _end_renaming(self) -> None:
        had_focus = self.name_field.hasFocus()
        self._names.setCurrentWidget(self._name)
        if had_focus:
            self.take_keyboard(Qt.FocusReason.OtherFocusReason)

    # Making

    def _set_up(self) -> None:
        self._grid.setContentsMargins(GRID, GRID // 4, GRID // 2, GRID // 4)
        self._grid.setHorizontalSpacing(GRID // 2)
        self._grid.setVerticalSpacing(GRID // 4)
        self._names.addWidget(self._name)
        self._names.addWidget(self.name_field)
        self._names.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._quality.setProperty("muted", True)
        self._quality.setFont(tabular(self.font()))
        # As wide in each row.
        widest = (self.tr("100 % of variance"), self.tr("measuring… 100 %"), self.tr("weak: AUC −0.55"))
        self._quality.setMinimumWidth(max(map(self.fontMetrics().horizontalAdvance, widest)) + GRID // 2)
        self._note.setWordWrap(True)
        self._note.setFont(tabular(small_font(self.font())))
        self._note.setToolTip(
            self.tr(
                "What is wrong here, or what it costs to leave other directions unchanged: how good this one is "
                "without and with that, and by how many degrees it is turned."
            )
        )
        self._note.hide()
        self.slider.setMinimumWidth(8 * GRID)
        tip = self.tr(
            "α: how far to go along the direction, in σ. Left and right change it, with the wheel too; "
            "type farther ones beside it."
        )
        for part in (self.slider, self.field):
            part.setToolTip(tip)
        self.reset.setToolTip(self.tr("Back to α = 0"))
        self.more.setToolTip(self.tr("Move without changing others, rename (F2), delete (Del)"))
        for button in (self.reset, self.more):
            button.setAutoRaise(True)

    def _connect(self) -> None:
        self._sliding, self._stepping = Gesture(self.slider), Gesture(self.field)
        self._undo_keys = UndoOfWindow(self)
        self._undo_keys.leave(self.field)
        for part in (self._name, self._quality, self._note, *self._parts()):
            part.installEventFilter(self)
        self.slider.valueChanged.connect(self._on_slider_changed)
        self.slider.left.connect(self.left)
        self.field.stepped.connect(self._on_field_changed)
        self.field.committed.connect(self._on_committed)
        self.field.edited.connect(self._on_field_edited)
        self.reset.clicked.connect(self._on_reset)
        self.more.clicked.connect(
            lambda: self.menu_wanted.emit(self.more.mapToGlobal(QPoint(0, self.more.height())))
        )
        self.name_field.typed.connect(self._on_name_typed)
        self.name_field.given_up.connect(self._end_renaming)
        self._forgetting.timeout.connect(lambda: self._refuse(""))

    def _parts(self) -> tuple[QWidget, ...]:
        return self.slider, self.field, self.reset, self.more, self.name_field

    def _color_note(self) -> None:
        warns = self._warns or bool(self._refusal)
        style = f"color: {self._colors.warning if warns else self._colors.muted};"
        # To set the same again would have the label laid out anew.
        if style != self._note.styleSheet():
            self._note.setStyleSheet(style)

    def _color_quality(self) -> None:
        style = f"color: {self._colors.warning};" if self._weak else ""
        if style != self._quality.styleSheet():
            self._quality.setStyleSheet(style)


def _comes_here(event: QEvent) -> bool:
    """Whether the keyboard goes to another place than before."""
    return isinstance(event, QFocusEvent) and event.gotFocus() and event.reason() not in _BACK
