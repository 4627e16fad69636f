"""The centre of the window: the latent map and what goes with it.

Its legend, what lies behind it, its timeline, the digit under the pointer, and messages.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from vae_explorer.core.data import CLASS_COUNT, ByteArray, ImageSet
from vae_explorer.state.selection import Selection
from vae_explorer.state.session import OpenModel, Session
from vae_explorer.ui.layers.bar import LayerBar
from vae_explorer.ui.map.latent_map import LatentMap
from vae_explorer.ui.map.legend import Legend
from vae_explorer.ui.planes.texts import map_note
from vae_explorer.ui.theme import GRID, ThemeSwitch
from vae_explorer.ui.timeline.bar import TimelineBar
from vae_explorer.ui.widgets.image_view import ImageView
from vae_explorer.ui.widgets.message_bar import MessageBar
from vae_explorer.ui.widgets.overlay import Overlay

_THUMBNAIL = 56
_HINTS_WIDTH = 70 * GRID
_LEAST_MAP = 45 * GRID
_LEAST_MAP_HEIGHT = 15 * GRID


class MapPanel(QWidget):
    """The map and what lies around it; follows the session and the selection.

    Attributes:
        map: the latent map.
        legend: chooses which classes are shown, for others to connect.
        background: chooses what lies behind the points, for others to connect.
        timeline: the snapshots of the run on the map, for others to fill.
        messages, hints: lie on the map.
    """

    def __init__(
        self, session: Session, selection: Selection, theme: ThemeSwitch, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._selection = selection
        self._drawn: OpenModel | None = None
        self.legend = Legend()
        self.map = LatentMap(theme)
        self.map.setMinimumSize(_LEAST_MAP, _LEAST_MAP_HEIGHT)
        self.background = LayerBar(theme)
        self.timeline = TimelineBar(theme)
        self.messages = MessageBar(theme, self.map)
        self._caption = self.legend.caption
        self._empty = _EmptyState(self.map)
        self._thumbnail = _DigitThumbnail(self.map)
        self.hints = _Hints(self.map)
        self._lay_out()
        selection.classes_changed.connect(self._on_classes_changed)
        self.map.digit_hovered.connect(self._on_digit_hovered)
        session.model_changed.connect(self._on_model_changed)
        selection.z_changed.connect(self._on_z_changed)

    def add_tool(self, widget: QWidget) -> None:
        """Put a control below the map, before the background."""
        self.background.add(widget)

    def show_empty(self, text: str) -> None:
        """Say in the middle of the map why it is empty; nothing for an empty text."""
        self._empty.say(text)

    def event(self, event: QEvent) -> bool:
        handled = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self._keep_room()
        return handled

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._keep_room()

    def _keep_room(self) -> None:
        """The lines that the tools need at this width must not come out of the map's least height."""
        least = self._column.minimumHeightForWidth(self.width())
        if least != self.minimumHeight():
            self.setMinimumHeight(least)

    def _lay_out(self) -> None:
        self._column = layout = QVBoxLayout(self)
        layout.setContentsMargins(0, GRID // 2, 0, 0)
        layout.setSpacing(GRID // 2)
        layout.addWidget(self.legend)
        layout.addWidget(self.map, 1)
        layout.addWidget(self.background)
        layout.addWidget(self.timeline)

    def _on_model_changed(self, before: OpenModel | None) -> None:
        model, images = self._session.model, self._session.images
        if model is None or images is None:
            return
        drawn, self._drawn = self._drawn, model
        if drawn is not None and drawn is before and _same_points(drawn, model):
            # Newer weights, but no newer places of the digits: several times a second while a model is trained.
            return
        plane = model.projection
        self.map.set_points(
            plane.project(model.posterior.mu), images.labels, plane.names, glide=model.shares_run(before)
        )
        self._describe(model, images)
        self._empty.say("")
        self._on_z_changed()

    def _describe(self, model: OpenModel, images: ImageSet) -> None:
        shown, count = int(self._selection.shows(images.labels).sum()), len(images)
        everything, some = self.tr("{count:,} test digits"), self.tr("{shown:,} of {count:,} digits")
        text = (everything if shown == count else some).format(shown=shown, count=count)
        longest = some.format(shown=count, count=count)
        if model.snapshot.config.latent == 1:
            # With more than two, the button below the map says what it shows of them.
            note, _explanation = map_note(model)
            text, longest = f"{text} · {note}", f"{longest} · {note}"
        self._caption.say(text, longest)

    def _on_z_changed(self) -> None:
        model = self._session.model
        # The cursor of a model with another latent size moves before its points are drawn.
        if model is None or model is not self._drawn:
            return
        self.map.set_cursor(model.projection.project(self._selection.z))
        self._mark_nearest(model)

    def _mark_nearest(self, model: OpenModel) -> None:
        images = self._session.images
        found = None if images is None else self._selection.nearest(model.posterior.mu, images.labels)
        self.map.set_nearest(-1 if found is None else found.index)

    def _on_classes_changed(self) -> None:
        for digit in range(CLASS_COUNT):
            shown = digit in self._selection.classes
            self.map.set_class_shown(digit, shown)
            self.legend.button(digit).setChecked(shown)
        if self._drawn is not None and self._session.images is not None:
            self._describe(self._drawn, self._session.images)
        self._on_z_changed()

    def _on_digit_hovered(self, index: int, pixel: QPoint) -> None:
        images = self._session.images
        if index < 0 or images is None:
            self._thumbnail.hide()
            return
        text = self.tr("Digit {label}\n#{index:,}").format(label=int(images.labels[index]), index=index)
        self._thumbnail.show_digit(images.picture(index), text, pixel)


def _same_points(one: OpenModel, other: OpenModel) -> bool:
    return one.posterior is other.posterior and one.projection is other.projection


class _DigitThumbnail(QFrame):
    """The real digit under the pointer, beside the pointer."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._room = parent
        self.setProperty("panel", True)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._view = ImageView(_THUMBNAIL, self.tr("Digit under the pointer"))
        self._view.setFixedSize(_THUMBNAIL, _THUMBNAIL)
        self._text = QLabel()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(GRID // 2, GRID // 2, GRID, GRID // 2)
        layout.addWidget(self._view)
        layout.addWidget(self._text)
        self.hide()

    def show_digit(self, picture: ByteArray, text: str, pixel: QPoint) -> None:
        """Show `picture` near `pixel`, wherever there is room."""
        self._view.show_picture(picture)
        self._text.setText(text)
        self.adjustSize()
        room = self._room.rect()
        x = pixel.x() + 2 * GRID
        y = pixel.y() + 2 * GRID
        if x + self.width() > room.right():
            x = pixel.x() - 2 * GRID - self.width()
        if y + self.height() > room.bottom():
            y = pixel.y() - 2 * GRID - self.height()
        self.move(max(x, 0), max(y, 0))
        self.show()


class _EmptyState(Overlay):
    """What to read while there is no map."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._text = QLabel()
        self._text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._text.setProperty("muted", True)
        layout = QVBoxLayout(self)
        layout.addWidget(self._text)

    def say(self, text: str) -> None:
        """Show `text`, or nothing."""
        self._text.setText(text)
        self.setVisible(bool(text))
        self.place()

    def place(self) -> None:
        self.adjustSize()
        room = self._room.rect()
        self.move(room.center() - self.rect().center())


class _Hints(Overlay):
    """Three things to try, on the map itself, until they are dismissed."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("panel", True)
        self._rows = layout = QGridLayout(self)
        layout.setColumnStretch(1, 1)
        layout.setContentsMargins(2 * GRID, GRID, 2 * GRID, GRID)
        layout.setHorizontalSpacing(2 * GRID)
        hints = (
            (self.tr("Click"), self.tr("any point of the map to see what the decoder draws there")),
            (self.tr("Drag"), self.tr("across the map and watch one digit turn into another")),
            (self.tr("Train"), self.tr("a model of your own with the button on the left")),
        )
        for row, (word, text) in enumerate(hints):
            heading = QLabel(word)
            heading.setProperty("heading", True)
            layout.addWidget(heading, row, 0)
            label = QLabel(text)
            label.setWordWrap(True)
            layout.addWidget(label, row, 1)
        button = QPushButton(self.tr("Got it"))
        button.clicked.connect(self.hide)
        layout.addWidget(button, 0, 2, len(hints), 1, Qt.AlignmentFlag.AlignVCenter)
        self.hide()

    def place(self) -> None:
        if self.isHidden():
            return
        room = self._room.rect()
        width = min(room.width() - 2 * GRID, _HINTS_WIDTH)
        self.setFixedSize(width, self._rows.totalHeightForWidth(width))
        # Above the axis, unless large letters need all the room.
        self.move((room.width() - width) // 2, max(0, room.bottom() - self.height() - 7 * GRID))

    def showEvent(self, event: object) -> None:
        super().showEvent(event)  # type: ignore[arg-type]
        self.place()
