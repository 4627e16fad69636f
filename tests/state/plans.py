"""Any directions and plans that a session may hold."""

import numpy as np
from hypothesis import strategies as st

from vae_explorer.core.direction_quality import Quality
from vae_explorer.core.direction_sources import Axis, ClassPair, Given, Source
from vae_explorer.core.directions import Direction
from vae_explorer.core.path_kinds import PATH_KINDS
from vae_explorer.state.edits import BASES, Entry
from vae_explorer.state.journey import ClassAnchor, DigitAnchor, PlaceAnchor, Plan
from vae_explorer.state.saved_edits import SavedEdits

_alphas = st.floats(-20, 20)
_qualities = st.none() | st.builds(Quality, st.sampled_from(["r2", "auc"]), st.floats(-1, 1), st.booleans())


def edits_of(latent: int) -> st.SearchStrategy[SavedEdits]:
    """Directions for a model of so many latent dimensions."""

    @st.composite
    def entries(draw: st.DrawFn) -> SavedEdits:
        names = draw(st.lists(st.sampled_from(["up", "8 not 3", "Δ", "ξ ⊥ up"]), unique=True, max_size=4))
        made = [draw(_entry(name, latent)) for name in names]
        current = draw(st.sampled_from(["", *names]))
        return SavedEdits.of(made, draw(st.sampled_from(BASES)), current)

    return entries()


@st.composite
def _entry(draw: st.DrawFn, name: str, latent: int) -> Entry:
    sources: list[Source] = [Axis(0), ClassPair(3, 8, "lda"), Given("arrow:1.0")]
    source = draw(st.sampled_from(sources))
    vector = np.eye(latent)[draw(st.integers(0, latent - 1))]
    plain = Direction(name, source, vector, draw(st.floats(0.01, 9)), draw(_qualities))
    found = plain if isinstance(source, Given) or draw(st.booleans()) else None
    still = draw(st.sampled_from([(), ("up",)]))
    return Entry(name, source, found, None, draw(_alphas), still)


def plans_of(latent: int) -> st.SearchStrategy[Plan]:
    """Plans, also with anchors of another model."""
    numbers = st.floats(-1e6, 1e6)
    places = st.lists(numbers, min_size=1, max_size=latent + 1).map(tuple)
    anchors = st.one_of(
        st.builds(DigitAnchor, st.integers(0, 9999)),
        st.builds(ClassAnchor, st.integers(0, 9)),
        st.builds(PlaceAnchor, places, st.sampled_from(["", "here"])),
    )
    return st.builds(
        Plan,
        anchors=st.lists(anchors, max_size=5).map(tuple),
        loop=st.booleans(),
        kinds=st.sets(st.sampled_from(PATH_KINDS)).map(
            lambda kinds: tuple(kind for kind in PATH_KINDS if kind in kinds)
        ),
        chosen=st.sampled_from(PATH_KINDS),
        steps=st.integers(5, 240),
        even=st.sampled_from([None, "latent", "decoder"]),
        near_data=st.floats(0, 10),
    )
