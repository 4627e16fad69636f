"""Which digit the drawing is, as the latent space sees it: where it lies, the nearest test digits vote.

The model has never seen a label, so that it cannot say; its neighbours can.
"""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QWidget

from vae_explorer.core.neighbours import ClassVotes
from vae_explorer.ui.theme import GRID, tabular
from vae_explorer.ui.widgets.flow_layout import FlowLayout


class LooksLike(QWidget):
    """The class with the most votes and how many they are, with the next one where that is close.

    Its room is kept while it says nothing, so that the pad does not move under the hand that begins to draw.

    Attributes:
        verdict: which class.
        votes: how many.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.verdict, self.votes = QLabel(), QLabel()
        self.verdict.setProperty("heading", True)
        self.votes.setProperty("muted", True)
        # Large letters take two lines.
        layout = FlowLayout(self, spacing=GRID)
        for label in (self.verdict, self.votes):
            label.setFont(tabular(label.font()))
            layout.addWidget(label)
        self.setToolTip(
            self.tr(
                "A vote, not a classifier: the model learnt without labels. It puts the drawing at a point of the "
                "latent space, and these are the labels of the test digits whose means μ lie nearest to that point. "
                "They vote on anything, also on a scribble: the reconstruction shows whether the model knows it."
            )
        )
        self.show_votes(None)

    def show_votes(self, votes: ClassVotes | None) -> None:
        """Show the vote; nothing for None."""
        if votes is None:
            self.verdict.clear()
            self.votes.clear()
        elif votes.second is None:
            self.verdict.setText(self.tr("Looks like {digit}").format(digit=votes.first))
            text = self.tr("{votes} of {count} nearest digits")
            self.votes.setText(text.format(votes=votes.votes, count=votes.count))
        else:
            text = self.tr("Looks like {digit} or {second}")
            self.verdict.setText(text.format(digit=votes.first, second=votes.second))
            text = self.tr("{votes} and {second} of {count} nearest digits")
            self.votes.setText(text.format(votes=votes.votes, second=votes.second_votes, count=votes.count))
