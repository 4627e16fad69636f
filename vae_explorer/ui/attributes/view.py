"""What an edit does to the picture: before, after, how far to trust it, the strip over α, and what is measured."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent, QUndoStack
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from vae_explorer.core.data import ByteArray
from vae_explorer.state.edits import Base, Edits
from vae_explorer.ui.attributes.commands import set_alpha
from vae_explorer.ui.attributes.editing import ALPHAS, Editing
from vae_explorer.ui.attributes.measures import MeasuresTable
from vae_explorer.ui.attributes.measuring import Measuring
from vae_explorer.ui.attributes.units import own_attribute
from vae_explorer.ui.attributes.verdict import EditVerdict
from vae_explorer.ui.decoder.trust_view import TrustLight
from vae_explorer.ui.icons import icon
from vae_explorer.ui.numbers import signed
from vae_explorer.ui.theme import GRID, ThemeSwitch, small_font
from vae_explorer.ui.widgets.elided_label import ElidedLabel
from vae_explorer.ui.widgets.film_strip import FilmStrip
from vae_explorer.ui.widgets.gestures import Gesture
from vae_explorer.ui.widgets.image_view import ImageView
from vae_explorer.ui.widgets.message_bar import translated
from vae_explorer.workers.jobs import Jobs

#: Of a digit, and its pictures: two to eight screen pixels for each of them.
_PIXELS = 28
_LEAST_SIDE, _SIDE, _LARGEST_SIDE = 2 * _PIXELS, 3 * _PIXELS, 8 * _PIXELS
#: The strip may be so much smaller than it could be, for larger pictures.
_LEAST_SHARE = 0.75


class _Picture(ImageView):
    """As large as the room is, in both directions: the room for this one does not grow with its width."""

    def __init__(self, side: int, name: str) -> None:
        super().__init__(side, name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(_LEAST_SIDE, _LEAST_SIDE)

    def sizeHint(self) -> QSize:
        # Below the hints of all, Qt shares the height in a way of its own.
        return QSize(_LEAST_SIDE, _LEAST_SIDE)

    def hasHeightForWidth(self) -> bool:
        return False

    def picture_rect(self) -> QRect:
        """Below its heading also where the figures beside it are higher, as with large letters."""
        place = super().picture_rect()
        place.moveTop(min(place.top(), GRID // 2))
        return place


class EditView(QWidget):
    """Follows an `Editing` while it is in sight.

    Args:
        editing: what is edited.
        verdict: on the edited point.
        edits: the directions; the strip sets the α of the current one.
        undo_stack: takes what is set here.
        theme: colours.
        jobs: where pictures are measured.

    Attributes:
        base, edited: the pictures before and after.
        strip: over α, along the current direction.
        light: how far to trust the picture after.
        measures: of both pictures.
        go_button: asks for the cursor at the edited point.

    Signals:
        go_asked: the user wants the cursor at the edited point.
    """

    go_asked = Signal()

    def __init__(
        self,
        editing: Editing,
        verdict: EditVerdict,
        edits: Edits,
        undo_stack: QUndoStack,
        theme: ThemeSwitch,
        jobs: Jobs,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._editing, self._edits, self._stack, self._theme = editing, edits, undo_stack, theme
        self._verdict = verdict
        self.measuring = Measuring(jobs, self)
        self.base = _Picture(_SIDE, self.tr("The picture before the edit"))
        self.edited = _Picture(_SIDE, self.tr("The edited picture"))
        self.strip = FilmStrip(self.tr("Pictures over α, from −3 to 3 σ of the direction"), theme)
        self.light, self.measures = TrustLight(), MeasuresTable(theme)
        self.go_button = QToolButton()
        self._before, self._after, self._no_strip = ElidedLabel(), ElidedLabel(), QLabel()
        self._gesture = Gesture(self.strip)
        self._shown: tuple[ByteArray, ByteArray] | None = None
        self._lay_out()
        self._connect()
        self._on_theme_changed()
        self._on_changed()
        self._on_drawn()
        self._on_judged()

    # Building

    def _lay_out(self) -> None:
        self.strip.set_captions(tuple(_caption(alpha) for alpha in ALPHAS))
        self.strip.setToolTip(
            self.tr(
                "What the decoder draws at α = −3 … 3 σ along the current direction, all other directions as they are "
                "set. Click or drag, or use the left and right arrow keys, to set its α."
            )
        )
        self.go_button.setToolTip(
            self.tr("Put the cursor at the edited point. If it is the base itself, all α go back to 0 then.")
        )
        self.go_button.setAccessibleName(self.tr("Put the cursor at the edited point"))
        self.go_button.setAutoRaise(True)
        self._before.setText(self.tr("before"))
        self._after.setText(self.tr("after"))
        self._after.explain(self.tr("What the decoder draws at the edited point"))
        self._choose_fonts()
        for label in (self._before, self._after, self._no_strip):
            label.setProperty("muted", True)
        self._no_strip.setWordWrap(True)
        self._no_strip.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._film = QWidget()
        self._film_pages = QStackedLayout(self._film)
        self._film_pages.addWidget(self._no_strip)
        self._film_pages.addWidget(self.strip)
        self._hint = QLabel()
        self._hint.setWordWrap(True)
        self._hint.setProperty("muted", True)
        self._hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._hint.setMargin(2 * GRID)
        content = QWidget(self)
        self._fill(content)
        pages = QWidget(self)
        self._pages = QStackedLayout(pages)
        self._pages.addWidget(self._hint)
        self._pages.addWidget(content)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(pages)

    def _fill(self, content: QWidget) -> None:
        self._figures = QWidget()
        figures = QVBoxLayout(self._figures)
        figures.setContentsMargins(0, 0, 0, 0)
        figures.setSpacing(0)
        # Not above the picture: the room there is the picture's.
        place = QHBoxLayout()
        place.addWidget(self.go_button)
        place.addWidget(self.light, 1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        figures.addLayout(place)
        figures.addWidget(self.measures, 1)
        grid = QGridLayout(content)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(GRID)
        grid.setVerticalSpacing(GRID // 2)
        grid.addWidget(self._before, 0, 0)
        grid.addWidget(self._after, 0, 1)
        grid.addWidget(self.base, 1, 0)
        grid.addWidget(self.edited, 1, 1)
        grid.addWidget(self._film, 3, 0, 1, 3)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        self._grid = grid
        self._stacked = True
        self._stack_figures(False)

    def _stack_figures(self, on: bool) -> None:
        """The figures stand beside the pictures, or below them where those become larger by that."""
        if on != self._stacked:
            self._stacked = on
            self._grid.removeWidget(self._figures)
            if on:
                self._grid.addWidget(self._figures, 2, 0, 1, 3, Qt.AlignmentFlag.AlignHCenter)
            else:
                self._grid.addWidget(self._figures, 0, 2, 2, 1)

    def _connect(self) -> None:
        self._editing.changed.connect(self._on_changed)
        self._editing.drawn.connect(self._on_drawn)
        self._edits.base_changed.connect(self._on_changed)
        self._verdict.judged.connect(self._on_judged)
        self.measuring.measured.connect(lambda: self.measures.show_values(self.measuring.values))
        self.strip.chosen.connect(self._on_chosen)
        self.go_button.clicked.connect(self.go_asked)
        self._theme.changed.connect(self._on_theme_changed)

    def _choose_fonts(self) -> None:
        for label in (self._before, self._after):
            label.setFont(small_font(self.font()))
            label.setMinimumWidth(label.fontMetrics().horizontalAdvance(label.text()) + 2)
        # Their line must not be higher than its words: the strip needs the room.
        self.go_button.setFixedHeight(
            max(self.light.sizeHint().height(), self.go_button.iconSize().height() + 2)
        )

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._choose_fonts()
            self._share_height()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_height()

    def minimumSizeHint(self) -> QSize:
        """As if the figures stood beside the pictures: they do again where there is less height."""
        gaps = 2 * self._grid.horizontalSpacing()
        beside = 2 * _LEAST_SIDE + gaps + self._figures.minimumSizeHint().width()
        return super().minimumSizeHint().expandedTo(QSize(beside, 0))

    def _share_height(self) -> None:
        """Pictures grow by whole screen pixels for each of theirs; what is left is the strip's, then nobody's."""
        gap = self._grid.verticalSpacing()
        room = self.height() - self._after.sizeHint().height() - 2 * gap
        below = room - self._figures.sizeHint().height() - gap
        wanted = self.strip.height_for(self.width())
        width = self.width() - self._grid.horizontalSpacing()
        width_beside = width - self._figures.sizeHint().width() - self._grid.horizontalSpacing()
        side = _side_within(min(room - _LEAST_SHARE * wanted, width_beside / 2))
        stacked = _side_within(min(below - _LEAST_SHARE * wanted, width / 2))
        self._stack_figures(stacked > side)
        if self._stacked:
            room, side = below, stacked
        strip = max(min(wanted, room - side), 1)
        tall = min(side + 2 * GRID, room - strip)
        for row, stretch in ((1, tall), (3, strip), (4, room - strip - tall)):
            self._grid.setRowStretch(row, max(stretch, 0 if row == 4 else 1))

    # Following

    @property
    def hint(self) -> str:
        """Why there is no picture; empty where there is one."""
        return "" if self._pages.currentIndex() else self._hint.text()

    def _on_changed(self) -> None:
        current = self._editing.current
        self._name_base(self._base_name(self._edits.base))
        self.measures.mark(own_attribute(current))
        self.go_button.setEnabled(self._editing.moved)
        self.strip.set_current(-1 if current is None else self._editing.frame_of(current.alpha))
        self._no_strip.setText(self._why_no_strip())

    def _why_no_strip(self) -> str:
        if not len(self._edits):
            return self.tr("Add a direction to see where it leads.")
        chosen = self._edits.find(self._edits.current)
        if chosen is None:
            return self.tr("Choose a direction in the list to see where it leads.")
        if chosen.problem is not None:
            return translated(chosen.problem)
        return self.tr("Finding the direction…")

    def _on_drawn(self) -> None:
        pictures = self._editing.pictures
        self._pages.setCurrentIndex(0 if pictures is None else 1)
        self._hint.setText(self._editing.why)
        if pictures is None:
            self._shown = None
            self.base.show_picture(None)
            self.edited.show_picture(None)
            self.measuring.drop()
            return
        self._film_pages.setCurrentIndex(1 if len(pictures.strip) else 0)
        self.strip.show_frames(pictures.strip)
        current = self._editing.current
        self.strip.set_current(-1 if current is None else self._editing.frame_of(current.alpha))
        self.base.show_picture(pictures.base)
        self.edited.show_picture(pictures.edited)
        self.measuring.want(pictures.base, pictures.edited)

    def _on_judged(self) -> None:
        self.light.show_verdict(self._verdict.verdict)
        self.edited.setAccessibleDescription(self.light.accessibleName())

    def _name_base(self, name: str) -> None:
        self._before.explain(name)
        # At each move of α; it changes seldom.
        if name != self.base.accessibleDescription():
            self.base.setAccessibleDescription(name)

    def _base_name(self, base: Base) -> str:
        return {
            "cursor": self.tr("What the decoder draws at the cursor"),
            "digit": self.tr("What the decoder draws at the mean of the picked digit"),
            "drawing": self.tr("What the decoder draws at the mean of your drawing"),
        }[base]

    # What the user does

    def _on_chosen(self, frame: int) -> None:
        current = self._editing.current
        if current is not None:
            set_alpha(self._edits, self._stack, current.name, ALPHAS[frame], self._gesture.number)

    def _on_theme_changed(self) -> None:
        self.go_button.setIcon(icon("crosshair", self._theme.colors))


def _side_within(highest: float) -> int:
    """Of the largest picture with a whole number of screen pixels for each of its own."""
    sides = range(_LARGEST_SIDE, _LEAST_SIDE, -_PIXELS)
    return next((side for side in sides if side <= highest), _LEAST_SIDE)


def _caption(alpha: float) -> str:
    """Whole α stand below their pictures; those between are clear from them."""
    return signed(alpha, 0) if alpha.is_integer() else ""
