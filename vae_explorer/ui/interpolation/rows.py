"""The kinds of paths one below the other: which are shown, their film strips, and their figures."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import QCoreApplication, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QGridLayout,
    QLabel,
    QSizePolicy,
    QStackedWidget,
    QToolButton,
    QWidget,
)

from vae_explorer.core.data import ByteArray
from vae_explorer.core.path_kinds import PATH_KINDS, PathKind
from vae_explorer.core.path_report import PathReport
from vae_explorer.ui.curves.style import swatch, swatch_size
from vae_explorer.ui.decoder.trust_view import PENDING
from vae_explorer.ui.interpolation.figures import in_words, path_figures
from vae_explorer.ui.interpolation.styles import kind_name, kind_tip, line_style
from vae_explorer.ui.theme import GRID, ThemeSwitch, small_font
from vae_explorer.ui.widgets.elided_label import ElidedLabel
from vae_explorer.ui.widgets.figure import NONE, Figure
from vae_explorer.ui.widgets.film_strip import FilmStrip
from vae_explorer.ui.widgets.gestures import Holding

#: The columns: whether it is shown, its name, its film strip, and then its figures.
_SHOWN, _NAME, _STRIP, _FIRST_FIGURE = range(4)
_LEAST_STRIP = 26 * GRID
#: Of a film strip, pixels, where there is the width for it and the rows scroll anyway.
_GOOD_HEIGHT = 5 * GRID


class PathRows(QWidget):
    """A row for each kind, also for those that are not shown.

    Args:
        theme: colours.

    Attributes:
        rows: by kind.

    Signals:
        shown_asked: the user wants a kind to be shown, or not; carries the kind and which.
        kind_chosen: the user chooses the kind that is played and exported.
        frame_chosen: the user goes to a frame of a kind; carries the kind and the frame, from 0.
        hold_began, hold_ended: the user holds a film strip, with the mouse or a key.
    """

    shown_asked = Signal(str, bool)
    kind_chosen = Signal(str)
    frame_chosen = Signal(str, int)
    hold_began = Signal()
    hold_ended = Signal()

    def __init__(self, theme: ThemeSwitch, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._chosen: PathKind = "geodesic"
        self._group = QButtonGroup(self)
        self._figures_shown = True
        self._titles: list[QLabel] = []
        self._grid = grid = QGridLayout(self)
        grid.setContentsMargins(GRID // 2, 0, GRID // 2, 0)
        grid.setHorizontalSpacing(GRID)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(_STRIP, 1)
        self._add_titles()
        self.rows = {kind: PathRow(kind, theme) for kind in PATH_KINDS}
        for line, row in enumerate(self.rows.values(), 1):
            self._add(line, row)
        theme.changed.connect(self._draw_lines)
        self._draw_lines()

    def show_kinds(self, kinds: Collection[PathKind], chosen: PathKind) -> None:
        """Show which kinds are asked for, and which of them is chosen."""
        for line, (kind, row) in enumerate(self.rows.items(), 1):
            row.show_asked(kind in kinds, chosen=kind == chosen)
            # What is not asked for leaves its height to the others' pictures.
            self._grid.setRowStretch(line, int(kind in kinds))
        if chosen != self._chosen:
            self._chosen = chosen
            self._draw_lines()

    def show_frame(self, frame: int) -> None:
        """Frame a picture of each film strip, from 0."""
        for row in self.rows.values():
            row.strip.set_current(frame)

    def show_figures(self, shown: bool) -> None:
        """Show the figures, or leave their room to the film strips."""
        self._figures_shown = shown
        figures = [figure for row in self.rows.values() for figure in row.figures.values()]
        for widget in (*self._titles, *figures):
            widget.setVisible(shown)

    def fit_into(self, width: int, height: int) -> None:
        """Have so much room, pixels: where the rows have to scroll, their pictures can as well be of a good size."""
        beside = self._grid.minimumSize().width() - _LEAST_STRIP
        least = sum(row.least_height + self._grid.verticalSpacing() for row in self.rows.values())
        for row in self.rows.values():
            row.have_room(width - beside if least > height else 0)

    @property
    def figures_shown(self) -> bool:
        """Whether there are figures."""
        return self._figures_shown

    def _add_titles(self) -> None:
        for column, figure in enumerate(path_figures(), _FIRST_FIGURE):
            title = QLabel(figure.title)
            title.setFont(small_font(self.font()))
            title.setProperty("muted", True)
            title.setToolTip(figure.meaning)
            title.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom)
            self._grid.addWidget(title, 0, column)
            self._titles.append(title)

    def _add(self, line: int, row: PathRow) -> None:
        grid, kind = self._grid, row.kind
        grid.setRowStretch(line, 1)
        grid.addWidget(row.shown, line, _SHOWN)
        grid.addWidget(row.name, line, _NAME)
        grid.addWidget(row.pages, line, _STRIP)
        for column, figure in enumerate(row.figures.values(), _FIRST_FIGURE):
            grid.addWidget(figure, line, column)
        self._group.addButton(row.name)
        row.shown.clicked.connect(lambda on: self.shown_asked.emit(kind, on))
        row.name.clicked.connect(lambda: self.kind_chosen.emit(kind))
        row.strip.chosen.connect(lambda frame: self.frame_chosen.emit(kind, frame))
        holding = Holding(row.strip)
        holding.began.connect(self.hold_began)
        holding.ended.connect(self.hold_ended)

    def _draw_lines(self) -> None:
        for kind, row in self.rows.items():
            style = line_style(kind, self._theme.colors, chosen=kind == self._chosen)
            # As a toggle's it would be pale wherever it is off, but all of these are on the map.
            line = swatch(style, self.devicePixelRatioF())
            row.name.setIcon(QIcon(line.pixmap(swatch_size(), QIcon.Mode.Normal, QIcon.State.On)))


class PathRow:
    """The widgets of one kind, which stand in the grid of all.

    Attributes:
        kind: which.
        shown: whether it is.
        name: with a piece of its line; a click chooses it.
        strip: its pictures.
        figures: by their keys.
        pages: the strip, or words in its place.
    """

    def __init__(self, kind: PathKind, theme: ThemeSwitch) -> None:
        self.kind = kind
        name = kind_name(kind)
        self.shown, self.name = QCheckBox(), QToolButton()
        self.strip = FilmStrip(_tr("Pictures along the path: {kind}").format(kind=name), theme)
        self._words = ElidedLabel()
        self.pages = QStackedWidget()
        self._columns = path_figures()
        self.figures = {
            each.key: Figure(f"{name}: {each.title}", f"{each.widest} ") for each in self._columns
        }
        self._asked = True
        self._room = 0
        self._written: tuple[PathReport | None, str] | None = None
        self._set_up(name)
        self.show_report(None, current=True)

    @property
    def words(self) -> str:
        """What stands in place of the pictures; empty while these are there."""
        return self._words.text() if self.pages.currentWidget() is self._words else ""

    def show_asked(self, asked: bool, *, chosen: bool) -> None:
        """Show whether this kind is asked for, and whether it is the chosen one."""
        self._asked = asked
        for button, on in ((self.shown, asked), (self.name, chosen and asked)):
            with QSignalBlocker(button):
                button.setChecked(on)
        self.name.setEnabled(asked)
        self.pages.setVisible(asked)
        if not asked:
            self.say("")
            self.show_report(None, current=True)

    def show_path(self, frames: ByteArray, marked: tuple[int, ...]) -> None:
        """Show the pictures along the path, and mark those at anchors."""
        fewer_or_more = len(frames) != len(self.strip.frames)
        self.strip.show_frames(frames)
        self.strip.set_marked(marked)
        if fewer_or_more:
            self.have_room(self._room)
        self.pages.setCurrentWidget(self.strip)

    @property
    def least_height(self) -> int:
        """Below this the row cannot be, pixels."""
        return max(self.name.minimumSizeHint().height(), self.strip.minimumSizeHint().height())

    def have_room(self, width: int) -> None:
        """Be high enough for pictures of a good size, as far as this width allows it; 0: no higher than need be."""
        self._room = width
        usual = self.strip.minimumSizeHint().height()
        self.strip.setMinimumHeight(
            max(usual, min(self.strip.height_for(width), _GOOD_HEIGHT)) if width > 0 else usual
        )

    def say(self, text: str) -> None:
        """Show words, or nothing, in place of pictures."""
        self._words.setText(text)
        self.pages.setCurrentWidget(self._words)

    def show_report(self, report: PathReport | None, *, current: bool) -> None:
        """Show the figures of the path, None while there are none; paler if the path is another one by now."""
        missing = PENDING if self._asked and not self.words else NONE
        if (report, missing) != self._written:
            self._written = report, missing
            self._write_figures(report, missing)
        for figure in self.figures.values():
            figure.setEnabled(current)

    def _write_figures(self, report: PathReport | None, missing: str) -> None:
        for each in self._columns:
            figure = self.figures[each.key]
            figure.set_text(missing if report is None else each.text(report))
            detail = "" if report is None else each.detail(report)
            figure.setToolTip("\n\n".join(part for part in (detail, each.meaning) if part))
        self._say_figures("" if report is None else in_words(report))

    def _say_figures(self, figures: str) -> None:
        """Where the columns have no room, and for screen readers, the figures are with the name and the pictures."""
        choose = _tr("Click to have this one played, exported and drawn in front.")
        self.name.setToolTip("\n\n".join(part for part in (figures, kind_tip(self.kind), choose) if part))
        self.name.setAccessibleDescription(figures)
        self.strip.setToolTip(figures)
        pictures = _tr("Pictures along the path: {kind}").format(kind=kind_name(self.kind))
        self.strip.setAccessibleName(" · ".join(part for part in (pictures, figures) if part))

    def _set_up(self, name: str) -> None:
        tip = _tr("Show this kind of path: {kind}").format(kind=name)
        self.shown.setToolTip(tip)
        self.shown.setAccessibleName(tip)
        self.name.setText(name)
        self.name.setCheckable(True)
        self.name.setAutoRaise(True)
        self.name.setIconSize(swatch_size())
        self.name.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.name.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._words.setProperty("muted", True)
        self.strip.setMinimumWidth(_LEAST_STRIP)
        self.pages.addWidget(self.strip)
        self.pages.addWidget(self._words)
        for figure in self.figures.values():
            figure.setFont(small_font(figure.font()))
            figure.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)


def _tr(text: str) -> str:
    return QCoreApplication.translate("PathRows", text)
