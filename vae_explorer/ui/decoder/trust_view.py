"""How far to trust the decoded image, in the decoder dock: a light with a word, the nearest real digit, and figures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette, QPen, QPolygonF
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from vae_explorer.core.data import ByteArray
from vae_explorer.core.trust import RULE, Trust, Verdict
from vae_explorer.ui.numbers import signed
from vae_explorer.ui.theme import GRID
from vae_explorer.ui.widgets.figure import NONE, Figure, number
from vae_explorer.ui.widgets.image_view import ImageView

_NEAREST = 84
_LIGHT = 12
#: What stands for a figure that is not there yet.
PENDING = "…"
#: On light and on dark panels.
_LIGHT_COLORS: dict[Verdict, tuple[str, str]] = {
    "on": ("#2b8a3e", "#69db7c"),
    "between": ("#b35c00", "#ffc561"),
    "off": ("#c92a2a", "#ff8787"),
}
_HALF_LIGHTNESS = 128


def _tr(text: str) -> str:
    return QCoreApplication.translate("TrustView", text)


@dataclass(frozen=True, slots=True)
class _Row:
    """One figure: its name, its widest text, what it means, and how to write it."""

    key: str
    name: str
    widest: str
    meaning: str
    text: Callable[[Trust], str]


class TrustView(QWidget):
    """Shows what a `Trust` says, and the nearest digit, which is known before that.

    Attributes:
        light: the summary.
        nearest_image: the nearest real digit.
        figures: the text of each row, by its name; the row “off_plane” is hidden where it has nothing to say.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.light = TrustLight()
        self.nearest_image = ImageView(_NEAREST, self.tr("Nearest test digit"))
        self.nearest_image.setFixedSize(_NEAREST, _NEAREST)
        self._rows = _rows()
        self.figures: dict[str, Figure] = {}
        self._off_plane: tuple[QWidget, ...] = ()
        self._note = QLabel()
        self._note.setProperty("muted", True)
        self._note.setToolTip(
            self.tr(
                "The model has learned since these figures were measured. They are measured anew every few seconds."
            )
        )
        self._lay_out()
        self.show_nearest(None, "", "")
        self.show_off_plane(0.0)
        self.show_trust(None)

    def show_nearest(self, picture: ByteArray | None, digit: str, distance: str) -> None:
        """Show the nearest digit: its picture, which one it is, and how far away; nothing for None."""
        self.nearest_image.show_picture(picture)
        self.figures["nearest"].set_text(digit or NONE)
        self.figures["distance"].set_text(distance or NONE)

    def show_off_plane(self, distance: float) -> None:
        """Show how far from the plane of the map the cursor is, latent units; no row where that is nothing."""
        text = number(distance, 3)
        seen = text != number(0.0, 3)
        self.figures["off_plane"].set_text(text)
        for widget in self._off_plane:
            if widget.isHidden() == seen:
                widget.setVisible(seen)

    def show_trust(self, trust: Trust | None) -> None:
        """Show the figures; None while they are being prepared."""
        self.light.show_verdict(None if trust is None else trust.verdict)
        for row in self._rows:
            self.figures[row.key].set_text(PENDING if trust is None else row.text(trust))

    def show_age(self, *, current: bool) -> None:
        """Say whether the figures are for the model as it is, or as it was a moment ago."""
        text = "" if current else self.tr("a moment ago")
        if text != self._note.text():
            self._note.setText(text)

    def _lay_out(self) -> None:
        heading = QLabel(self.tr("Trust"))
        heading.setProperty("heading", True)
        top = QHBoxLayout()
        top.setSpacing(GRID)
        top.addWidget(heading)
        top.addWidget(self._note, 1)
        top.addWidget(self.light)
        body = QHBoxLayout()
        body.setSpacing(GRID + GRID // 2)
        body.addWidget(self.nearest_image, 0, Qt.AlignmentFlag.AlignTop)
        body.addLayout(self._table(), 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID // 2)
        layout.addLayout(top)
        layout.addLayout(body)

    def _table(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(GRID)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(1, 1)
        for line, row in enumerate((*_place_rows(), *self._rows)):
            name = QLabel(row.name)
            name.setProperty("muted", True)
            self.figures[row.key] = figure = Figure(row.name, row.widest)
            for widget in (name, figure):
                widget.setToolTip(row.meaning)
                grid.addWidget(widget, line, 0 if widget is name else 1)
            if row.key == "off_plane":
                self._off_plane = name, figure
        return grid


class TrustLight(QWidget):
    """A traffic light that needs no colours: a disc, a triangle or a square, and the words beside it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._verdict: Verdict | None = None
        self._words: dict[Verdict, str] = {
            "on": self.tr("On the data"),
            "between": self.tr("Between"),
            "off": self.tr("Off the data"),
        }
        font = self.font()
        font.setBold(True)
        self.setFont(font)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setToolTip(_tr(RULE))
        self.show_verdict(None)

    @property
    def verdict(self) -> Verdict | None:
        """What it shows; None while it shows nothing."""
        return self._verdict

    @property
    def text(self) -> str:
        """The words."""
        return PENDING if self._verdict is None else self._words[self._verdict]

    def show_verdict(self, verdict: Verdict | None) -> None:
        """Show the summary, or that there is none yet."""
        if verdict == self._verdict and self.accessibleName():
            # At each move of a drag; it changes seldom.
            return
        self._verdict = verdict
        self.setAccessibleName(self.tr("Trust in the decoded image: {word}").format(word=self.text))
        self.update()

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        widest = max(metrics.horizontalAdvance(word) for word in self._words.values())
        return QSize(_LIGHT + GRID + widest + 2, max(metrics.height(), _LIGHT + 2))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        words = self.fontMetrics().horizontalAdvance(self.text)
        left = self.width() - words - 1
        lamp = QRectF(left - GRID - _LIGHT, (self.height() - _LIGHT) / 2, _LIGHT, _LIGHT)
        self._paint_lamp(painter, lamp)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        room = QRectF(left, 0, words + 1, self.height())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, self.text)
        painter.end()

    def _paint_lamp(self, painter: QPainter, lamp: QRectF) -> None:
        if self._verdict is None:
            painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Mid), 1.5))
            painter.drawEllipse(lamp.adjusted(1, 1, -1, -1))
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._color(self._verdict))
        if self._verdict == "on":
            painter.drawEllipse(lamp)
        elif self._verdict == "between":
            top = QPointF(lamp.center().x(), lamp.top())
            painter.drawPolygon(QPolygonF([top, lamp.bottomRight(), lamp.bottomLeft()]))
        else:
            painter.drawRect(lamp.adjusted(0.5, 0.5, -0.5, -0.5))

    def _color(self, verdict: Verdict) -> QColor:
        panel = self.palette().color(QPalette.ColorRole.Window)
        return QColor(_LIGHT_COLORS[verdict][panel.lightness() < _HALF_LIGHTNESS])


# The rows


def _place_rows() -> list[_Row]:
    """What is known without a gauge."""
    return [
        _Row(
            "nearest",
            _tr("Nearest digit"),
            "9 (#9,999)",
            _tr(
                "The test digit whose mean μ is nearest to the cursor, of the classes that are shown: its label and "
                "its number."
            ),
            lambda _trust: "",
        ),
        _Row(
            "distance",
            _tr("Distance"),
            "000.000",
            _tr("From the cursor to that digit's mean μ, in latent units."),
            lambda _trust: "",
        ),
        _Row(
            "off_plane",
            _tr("Off the plane"),
            "000.000",
            _tr(
                "How far the cursor, which is what is decoded, lies above or below the plane of the map, in latent "
                "units. The map shows only where it is along the plane: the decoded image is not that of a digit "
                "whose point lies at the same place of the map, but at another distance from the plane."
            ),
            lambda _trust: "",
        ),
    ]


def _rows() -> list[_Row]:
    return [
        _Row(
            "prior",
            _tr("Log prior"),
            signed(-99.99) + " " + _tr("nats"),
            _tr(
                "log N(z; 0, I): how likely the prior is to draw a code here, as the logarithm of its density in "
                "nats. It is highest at the origin."
            ),
            lambda trust: _tr("{value} nats").format(value=number(trust.prior_log_density, 2)),
        ),
        _Row(
            "outside",
            _tr("Prior beyond"),
            "100.0 %",
            _tr(
                "How much of the prior lies farther from the origin than the cursor. Near 100 % the cursor is in the "
                "middle of the prior, near 0 % it is where the prior hardly ever draws a code."
            ),
            lambda trust: _percent(100 * trust.prior_outside),
        ),
        _Row(
            "density",
            _tr("Data percentile"),
            "100.0 %",
            _tr(
                "The aggregate posterior q(z) is the sum of the spots of all test digits: how densely the data lie. "
                "So many of the digits lie less densely at their own μ than the data do here; under 3 % is thin."
            ),
            lambda trust: _percent(trust.data_percentile),
        ),
        _Row(
            "within",
            _tr("Digits in 1 σ"),
            "10,000",
            _tr(
                "How many test digits have the cursor within one σ of their own μ: their spots cover this place."
            ),
            lambda trust: f"{trust.within_sigma:,}",
        ),
        _Row(
            "drift",
            _tr("Re-encode drift"),
            "000.000",
            _tr(
                "|μ(decode(z)) − z|, in latent units: the decoded image is put into the encoder again, and its μ is so "
                "far from the cursor. "
                "A model that knows this image brings it back to nearly the same place."
            ),
            lambda trust: number(trust.drift, 3),
        ),
    ]


def _percent(value: float) -> str:
    """A share that is small but not nothing, or nearly all, is not rounded to that."""
    if 0 < value < 0.1:
        return "< 0.1 %"
    if 99.9 < value < 100:
        return "> 99.9 %"
    return f"{value:.1f} %"
