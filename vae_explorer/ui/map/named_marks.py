"""Small marks at latent points that have a name: the bookmarks, and the three digits that span a plane."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QPointF, QRectF
from PySide6.QtGui import QFont, QPainter, QPainterPath, QPolygonF

from vae_explorer.core.planes import DigitsPlane
from vae_explorer.state.bookmarks import Bookmarks
from vae_explorer.state.session import OpenModel, Session
from vae_explorer.ui.map.items import Mark
from vae_explorer.ui.map.point_plot import PointPlot
from vae_explorer.ui.theme import ThemeSwitch

#: On the class labels and below the rings and the cursor.
_FLAG_Z, _LETTER_Z = 70, 85
_FLAG_HEIGHT = 12.0
#: Of the largest box around a mark, in pixels.
_REACH = 14

_Place = NDArray[np.floating]
_AnyMark = TypeVar("_AnyMark", bound=Mark)


class FlagMark(Mark):
    """A flag whose pole stands on the place of a bookmark."""

    def __init__(self) -> None:
        super().__init__(_REACH, _FLAG_Z)

    def boundingRect(self) -> QRectF:
        return QRectF(-4, -_FLAG_HEIGHT - 4, 17, _FLAG_HEIGHT + 8)

    def draw(self, painter: QPainter) -> None:
        top = -_FLAG_HEIGHT
        cloth = QPolygonF([QPointF(0, top), QPointF(8, top + 3), QPointF(0, top + 6)])
        painter.drawLine(QPointF(0, 0), QPointF(0, top))
        painter.drawPolygon(cloth)


class LetterMark(Mark):
    """A letter to the upper right of a digit, where the rings around that leave it alone."""

    def __init__(self, letter: str, font: QFont) -> None:
        super().__init__(_REACH, _LETTER_Z)
        bold = QFont(font)
        bold.setBold(True)
        self._outline = QPainterPath()
        self._outline.addText(7, -7, bold, letter)

    def boundingRect(self) -> QRectF:
        return self._outline.boundingRect().adjusted(-4, -4, 4, 4)

    def draw(self, painter: QPainter) -> None:
        # First the halo, then the letter itself, which has no outline.
        pen = painter.pen()
        if pen.color() == self._halo:
            painter.drawPath(self._outline)
        else:
            painter.fillPath(self._outline, pen.color())


class NamedMarks(QObject):
    """Follows the bookmarks, the model and its plane.

    Args:
        plot: the map.
        session: whose model says where a latent point is on the map.
        bookmarks: those of the model's latent size get a flag.
        theme: for the colours.

    Attributes:
        flags: one for each such bookmark, in their order.
        letters: A, B and C; shown on a plane through three digits.
    """

    def __init__(self, plot: PointPlot, session: Session, bookmarks: Bookmarks, theme: ThemeSwitch) -> None:
        super().__init__(plot)
        self._plot, self._session, self._bookmarks, self._theme = plot, session, bookmarks, theme
        self.flags: list[FlagMark] = []
        self.letters = [LetterMark(letter, plot.font()) for letter in "ABC"]
        for mark in self.letters:
            plot.addItem(mark, ignoreBounds=True)
        bookmarks.changed.connect(self._place_flags)
        session.model_changed.connect(self._on_model_changed)
        theme.changed.connect(self._color)
        self._follow()

    def _on_model_changed(self, before: OpenModel | None) -> None:
        model = self._session.model
        same = (
            before is not None
            and model is not None
            and (before.posterior is model.posterior and before.projection is model.projection)
        )
        if not same:
            self._follow()

    def _follow(self) -> None:
        self._place_flags()
        model = self._session.model
        spanned = model.plane if model is not None and isinstance(model.plane, DigitsPlane) else None
        for mark in self.letters:
            mark.setVisible(spanned is not None)
        if model is not None and spanned is not None:
            corners = (spanned.a, spanned.b, spanned.c)
            self._place(self.letters, [model.posterior.mu[index] for index in corners], model)

    def _place_flags(self) -> None:
        model = self._session.model
        latent = 0 if model is None else model.snapshot.config.latent
        fitting = [bookmark for bookmark in self._bookmarks if bookmark.latent == latent]
        while len(self.flags) > len(fitting):
            self._plot.removeItem(self.flags.pop())
        while len(self.flags) < len(fitting):
            self.flags.append(FlagMark())
            self._plot.addItem(self.flags[-1], ignoreBounds=True)
        for flag, bookmark in zip(self.flags, fitting, strict=True):
            flag.setToolTip(bookmark.name)
        if model is not None:
            self._place(self.flags, [bookmark.point for bookmark in fitting], model)
        self._color()

    def _place(self, marks: Sequence[_AnyMark], points: Sequence[_Place], model: OpenModel) -> None:
        for mark, point in zip(marks, points, strict=True):
            x, y = model.projection.project(point.astype(np.float64)).tolist()
            mark.setPos(x, y)

    def _color(self) -> None:
        colors = self._theme.colors
        for flag in self.flags:
            flag.set_colors(colors.muted, colors.canvas)
        for letter in self.letters:
            letter.set_colors(colors.text, colors.canvas)
