"""The menu from which directions are added: everything that one can be found from."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QUndoStack
from PySide6.QtWidgets import QMenu, QWidget

from vae_explorer.core.direction_sources import Around, Arrow, Axis, Component, DigitPair, Measured, Source
from vae_explorer.core.morphometry import ATTRIBUTES, Attribute
from vae_explorer.state.edits import Edits
from vae_explorer.state.picks import Picks
from vae_explorer.state.plane_choice import LastPicked
from vae_explorer.state.session import Session
from vae_explorer.ui.attributes.arrow_tool import ArrowTool
from vae_explorer.ui.attributes.bars import ArrowBar, Bar, ClassBar, NumberBar
from vae_explorer.ui.attributes.commands import change
from vae_explorer.ui.attributes.groups_bar import GroupsBar
from vae_explorer.ui.attributes.list import DirectionList
from vae_explorer.ui.attributes.texts import explained, first_name

#: More axes or components than these are asked for by their number.
_MOST_LISTED = 10


class AddMenu(QMenu):
    """What needs no question is added at once; what needs one asks in a bar above the list. Each can be undone.

    Args:
        session: the open model and the digits.
        picks: what is selected on the map.
        edits: where directions are added.
        undo_stack: takes what is added.
        arrow_tool: draws an arrow on the map.
        list_: has the bars above it, and opens this menu while it is empty.

    Attributes:
        sources: the actions that add a direction at once, by its source.
        around: those that add a local direction of an attribute.
        others: those that ask for the number of an axis or component, where there are many.
        draw: lets an arrow be drawn on the map; checked as long as that lasts.
        classes, groups, number, arrow: the bars.
        pair: adds the difference of two digits.
        base_point: gives the point that is edited, shape (latent,), around which local directions are found; None
            where there is none.

    Signals:
        message: why something cannot be added.
        asked: a bar was opened.
    """

    message = Signal(object)
    asked = Signal()

    def __init__(
        self,
        session: Session,
        picks: Picks,
        edits: Edits,
        undo_stack: QUndoStack,
        arrow_tool: ArrowTool,
        list_: DirectionList,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._picks, self._picked = session, picks, LastPicked(picks)
        theme = list_.theme
        self._edits, self._stack, self._tool = edits, undo_stack, arrow_tool
        self.base_point: Callable[[], NDArray[np.floating] | None] = _nowhere
        self.sources: dict[Source, QAction] = {}
        self.around: dict[Attribute, QAction] = {}
        self.others: dict[type[Axis] | type[Component], QAction] = {}
        self.classes, self.groups = ClassBar(session, theme), GroupsBar(session, picks, theme)
        self.number, self.arrow = NumberBar(theme), ArrowBar(theme)
        self._bars: tuple[Bar, ...] = (self.classes, self.groups, self.number, self.arrow)
        self.setToolTipsVisible(True)
        self._make()
        for bar in self._bars:
            list_.put_above(bar)
            bar.wanted.connect(self.add)
            bar.refused.connect(self.message)
        list_.offer(self)
        self.asked.connect(list_.show_top)
        self.aboutToShow.connect(self.refresh)
        self.arrow.closed.connect(arrow_tool.cancel)
        arrow_tool.active_changed.connect(self._on_arrow_active)
        arrow_tool.drawn.connect(lambda vector: self.add(Arrow(vector)))
        self.refresh()

    def add(self, source: Source) -> None:
        """Add a direction, as a step to undo; it becomes the current one."""
        name = self._edits.free_name(first_name(source))
        text = self.tr("add direction “{name}”").format(name=name)
        change(self._edits, self._stack, text, lambda: self._edits.add(name, source))

    def refresh(self) -> None:
        """Offer what the open model has."""
        model = self._session.model
        latent = 0 if model is None else model.snapshot.config.latent
        for action in self.actions():
            action.setEnabled(model is not None)
        self._list(self._components, Component, latent)
        self._list(self._axes, Axis, latent)
        digits = self._two_digits()
        text = self.tr("Difference of two selected digits")
        self.pair.setText(f"{text}: #{digits[0]} → #{digits[1]}" if digits else text)

    def _make(self) -> None:
        measured = self.addMenu(self.tr("Measured attribute"))
        measured.setToolTipsVisible(True)
        for attribute in ATTRIBUTES:
            self._offer(measured, Measured(attribute))
        around = self.addMenu(self.tr("Measured attribute, around the base"))
        around.setToolTipsVisible(True)
        for attribute in ATTRIBUTES:
            text = first_name(Around(attribute))
            action = self.around[attribute] = around.addAction(text, partial(self._on_around, attribute))
            action.setToolTip(
                self.tr(
                    "Looked for with the decoder around the point that is edited, where it holds better than one "
                    "direction for the whole latent space. Takes a second or more"
                )
            )
        tip = self.tr("From the digits of one class towards those of another, such as from the 3s to the 8s")
        self._ask(self.tr("From one class to another…"), tip, self.classes)
        tip = self.tr("From digits that you draw a lasso around on the map towards another such group")
        self._ask(self.tr("Between two groups of digits…"), tip, self.groups)
        self.pair = self.addAction("", self._on_pair)
        self.pair.setToolTip(self.tr("Select two digits on the map: Ctrl+click adds one to the selection"))
        self.draw = self.addAction(self.tr("Draw an arrow on the map"))
        self.draw.setCheckable(True)
        self.draw.setToolTip(self.tr("Drag on the map from where the direction begins to where it points"))
        self.draw.triggered.connect(self._on_draw)
        self._components = self.addMenu(self.tr("Principal component"))
        self._axes = self.addMenu(self.tr("Latent axis"))
        for menu, tip in (
            (
                measured,
                self.tr(
                    "Towards thicker, more slanted, wider … digits: found from the test digits, measured"
                ),
            ),
            (around, self.tr("The same near one point only, where it holds better")),
            (self._components, self.tr("Along which the places of the digits are spread most")),
            (self._axes, self.tr("One number of the latent vector alone, such as z1")),
        ):
            menu.menuAction().setToolTip(tip)

    def _ask(self, text: str, tip: str, bar: Bar) -> None:
        self.addAction(text, partial(self._open, bar)).setToolTip(tip)

    def _open(self, bar: Bar) -> None:
        self._close_others(bar)
        bar.open()
        self.asked.emit()

    def _on_draw(self, wanted: bool) -> None:
        (self._tool.start if wanted else self._tool.cancel)()
        # Without a model, nothing began.
        self.draw.setChecked(self._tool.active)

    def _close_others(self, bar: Bar) -> None:
        for other in self._bars:
            if other is not bar and not other.isHidden():
                other.close_bar()

    def _offer(self, menu: QMenu, source: Source) -> None:
        action = menu.addAction(first_name(source), partial(self.add, source))
        action.setToolTip(explained(source))
        self.sources[source] = action

    def _list(self, menu: QMenu, kind: type[Axis] | type[Component], latent: int) -> None:
        self.sources = {
            source: action for source, action in self.sources.items() if not isinstance(source, kind)
        }
        menu.clear()
        menu.setToolTipsVisible(True)
        for number in range(min(latent, _MOST_LISTED)):
            self._offer(menu, kind(number))
        if latent > _MOST_LISTED:
            action = self.others[kind] = menu.addAction(
                self.tr("Another one…"), partial(self._ask_number, kind)
            )
            action.setToolTip(self.tr("Type its number"))

    def _ask_number(self, kind: type[Axis] | type[Component]) -> None:
        if self._session.model is not None:
            self._close_others(self.number)
            self.asked.emit()
            self.number.ask(kind, self._session.model.snapshot.config.latent)

    def _on_around(self, attribute: Attribute) -> None:
        base = self.base_point()
        if base is None:
            self.message.emit(
                self.tr("There is nothing to edit yet: choose a base, such as the cursor, first.")
            )
        else:
            self.add(Around(attribute, tuple(base.tolist())))

    def _two_digits(self) -> tuple[int, int] | None:
        """The two selected digits, in the order in which they were."""
        selected = set(self._picks.indices.tolist())
        if len(selected) != 2:
            return None
        ordered = [digit for digit in self._picked.digits if digit in selected]
        a, b = ordered if len(ordered) == 2 else sorted(selected)
        return a, b

    def _on_pair(self) -> None:
        digits = self._two_digits()
        if digits is None:
            count = len(self._picks.indices)
            self.message.emit(
                self.tr(
                    "This takes exactly two selected digits, and {count:,} are. Click one on the map, then another "
                    "one with Ctrl."
                ).format(count=count)
            )
        else:
            self.add(DigitPair(*digits))

    def _on_arrow_active(self, active: bool) -> None:
        self.draw.setChecked(active)
        if active:
            self._close_others(self.arrow)
            self.arrow.open()
            self.asked.emit()
        else:
            self.arrow.hide()


def _nowhere() -> None:
    return None
