"""Two groups of digits, each taken from what is selected on the map, and the direction from one to the other."""

from __future__ import annotations

import numpy as np
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QWidget

from vae_explorer.core.data import CLASS_COUNT
from vae_explorer.core.direction_sources import Groups
from vae_explorer.state.picks import Picks
from vae_explorer.state.session import Session
from vae_explorer.ui.attributes.bars import Bar, method_of, new_method
from vae_explorer.ui.theme import GRID, ThemeSwitch
from vae_explorer.ui.widgets.elided_label import ElidedLabel

#: Of a group, so many classes are named.
_NAMED_CLASSES = 3


class GroupsBar(Bar):
    """From one group of digits towards another one; each is taken from what is selected on the map.

    Attributes:
        take: the buttons that make the selection group A or B.
        method: how the groups are told apart.
        add_button: adds the direction.
        groups: rows of the digits in A and in B.
    """

    def __init__(self, session: Session, picks: Picks, theme: ThemeSwitch) -> None:
        super().__init__(theme)
        self.setAccessibleName(self.tr("Direction from one group of digits to another"))
        self._session, self._picks = session, picks
        self.groups: list[tuple[int, ...]] = [(), ()]
        self.take: list[QPushButton] = []
        self._says: list[ElidedLabel] = []
        for number, letter in enumerate("AB"):
            self._add_group(number, letter)
        self.method = new_method()
        self.add_button = QPushButton(self.tr("Add A → B"))
        self.add_button.setToolTip(self.tr("Add the direction from group A towards group B to the list"))
        self.add_button.clicked.connect(self._on_add)
        self._flow(self.method, self.add_button)

    def says(self, number: int) -> str:
        """What it says of group A (0) or B (1)."""
        return self._says[number].text()

    def _first(self) -> QWidget:
        return self.take[0] if not self.groups[0] else self.take[1]

    def _add_group(self, number: int, letter: str) -> None:
        button = QPushButton(self.tr("Selection as {letter}").format(letter=letter))
        button.setToolTip(
            self.tr("Group {letter} is what is selected on the map now. Draw a lasso there (L).").format(
                letter=letter
            )
        )
        button.clicked.connect(lambda: self._on_take(number))
        says = ElidedLabel(self.tr("no digits yet"))
        says.explain(
            self.tr("How many digits group {letter} has, and of which classes most").format(letter=letter)
        )
        says.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        line = QHBoxLayout()
        line.setSpacing(GRID)
        line.addWidget(button)
        line.addWidget(says, 1)
        self._lines.addLayout(line)
        self.take.append(button)
        self._says.append(says)

    def _on_take(self, number: int) -> None:
        rows = tuple(self._picks.indices.tolist())
        if not rows:
            self.refused.emit(
                self.tr(
                    "No digits are selected. Draw a lasso around some on the map (L), then press this again."
                )
            )
            return
        self.groups[number] = rows
        self._says[number].setText(self._described(rows))

    def _described(self, rows: tuple[int, ...]) -> str:
        images = self._session.images
        text = self.tr("1 digit") if len(rows) == 1 else self.tr("{count:,} digits").format(count=len(rows))
        if images is None:
            return text
        counts = np.bincount(images.labels[list(rows)], minlength=CLASS_COUNT)
        order = [label for label in np.argsort(-counts, kind="stable").tolist() if counts[label]]
        parts = [f"{counts[label]:,} × {label}" for label in order[:_NAMED_CLASSES]]
        if len(order) > _NAMED_CLASSES:
            parts.append("…")
        return f"{text}: {', '.join(parts)}"

    def _on_add(self) -> None:
        a, b = self.groups
        if not a or not b:
            text = self.tr(
                "Group {letter} is empty. Select digits on the map, and press “Selection as {letter}”."
            )
            self.refused.emit(text.format(letter="A" if not a else "B"))
        elif a == b:
            self.refused.emit(
                self.tr("A and B are the same digits, so no direction leads from one to the other.")
            )
        else:
            self.wanted.emit(Groups(a, b, method_of(self.method)))
