import copy
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.state.plans import edits_of, plans_of
from vae_explorer.core.direction_quality import Quality
from vae_explorer.core.direction_sources import Axis, ClassPair
from vae_explorer.core.directions import Direction
from vae_explorer.core.errors import ConfigError
from vae_explorer.core.planes import PRINCIPAL, AxesPlane, DigitsPlane
from vae_explorer.state.bookmarks import Bookmark
from vae_explorer.state.journey import ClassAnchor, DigitAnchor, PlaceAnchor, Plan
from vae_explorer.state.looks import Looks
from vae_explorer.state.saved_session import SavedLook, SavedModel, SavedSession, taken
from vae_explorer.state.selection import Selection
from vae_explorer.state.session import Session
from vae_explorer.state.training_form import TrainingForm

numbers = st.floats(-1e6, 1e6)
shares = st.floats(0, 1)
indices = st.integers(0, 9999)
texts = st.text(max_size=20)
origins = st.sampled_from(["bundled", "file", "training"])
models = st.builds(SavedModel, texts, origins, texts, texts, texts, st.floats(0, 1e6))
looks_ = st.builds(
    SavedLook,
    st.sampled_from(["none", "tiles", "density", "entropy"]),
    shares,
    st.sampled_from(["label", "elbo", "kl"]),
    st.floats(2, 7),
    shares,
)
forms = st.builds(
    TrainingForm,
    hidden=st.sampled_from(["400", "", "512, 256"]),
    latent=st.integers(1, 512),
    beta=st.floats(0, 10),
    annealing=st.sampled_from(["none", "linear", "cyclical"]),
    activation=st.sampled_from(["relu", "silu", "gelu", "tanh"]),
    folded=st.sampled_from([[], ["model"], ["objective", "optimiser"]]),
)
planes = st.just(PRINCIPAL) | st.builds(AxesPlane, indices, indices) | st.builds(DigitsPlane, *[indices] * 3)


@st.composite
def sessions(draw: st.DrawFn) -> SavedSession:
    latent = draw(st.integers(1, 4))
    point = st.tuples(*[numbers] * latent)
    picked = tuple(sorted(draw(st.sets(indices, max_size=5))))
    left, bottom = draw(numbers), draw(numbers)
    return SavedSession(
        model=draw(models),
        cursor=draw(point),
        classes=tuple(sorted(draw(st.sets(st.integers(0, 9))))),
        plane=draw(planes),
        look=draw(looks_),
        picked=picked,
        focus=draw(st.sampled_from(picked)) if picked else None,
        bookmarks=tuple(draw(st.lists(st.builds(Bookmark, st.just("a name"), point), max_size=3))),
        places=tuple(draw(st.lists(point, max_size=4))),
        drawing=draw(st.sampled_from([b"", bytes(range(196)) * 4])),
        as_mnist=draw(st.booleans()),
        view=draw(st.sampled_from([None, (left, bottom, left + 1, bottom + 2)]))
        if max(abs(left), abs(bottom)) < 1e5
        else None,
        layout=draw(texts),
        form=draw(st.none() | forms),
        edits=draw(edits_of(latent)),
        plan=draw(plans_of(latent)),
    )


@given(sessions())
def test_a_session_survives_json(saved: SavedSession) -> None:
    values = json.loads(json.dumps(saved.to_dict()))
    assert SavedSession.from_dict(values, len(saved.cursor)) == saved


def some_looks() -> tuple[Session, Selection, Looks]:
    session, selection, looks = Session(), Selection(3), Looks()
    session.plane_choice.choose(AxesPlane(0, 2))
    selection.move_to(np.array([0.5, -1.0, 2.0]))
    selection.show_class(4, shown=False)
    looks.look.set_layer("tiles")
    looks.look.set_layer_opacity(0.4)
    looks.look.set_color_by("kl")
    looks.look.set_points(3.0, 0.5)
    looks.picks.pick([3, 9, 27], focus=9)
    looks.bookmarks.add("here", np.zeros(3))
    for place in (np.zeros(3), np.ones(3), np.full(3, 2.0)):
        looks.history.visit(place)
    looks.history.back()
    looks.drawing.set_pixels(np.arange(784, dtype=np.uint8).reshape(28, 28))
    looks.drawing.set_as_mnist(False)
    looks.edits.add(
        "up", Axis(1), Direction("z2", Axis(1), np.eye(3)[1], 0.9, Quality("variance", 0.3, False))
    )
    looks.edits.add("8 not 3", ClassPair(3, 8))
    looks.edits.update("8 not 3", still=("up",))
    looks.edits.set_alpha("up", -1.5)
    looks.edits.set_base("drawing")
    looks.edits.choose("up")
    anchors = (DigitAnchor(7), ClassAnchor(4), PlaceAnchor((0.5, 0.0, 1.0), "here"))
    looks.journey.set(Plan(anchors, loop=True, kinds=("linear",), chosen="linear", steps=24, even="decoder"))
    return session, selection, looks


def test_what_was_taken_is_given_back() -> None:
    model = SavedModel("m", "file", "/models/m.safetensors")
    saved = taken(model, *some_looks(), view=(0.0, 0.0, 1.0, 1.0), layout="AAAA")
    session, selection, looks = Session(), Selection(3), Looks()
    saved.give(session, selection, looks)
    assert taken(model, session, selection, looks, view=saved.view, layout="AAAA") == saved
    up, other = looks.edits.entries
    assert up.used is up.plain
    assert up.used is not None
    assert up.used.vector.tolist() == [0, 1, 0]
    assert other.plain is None
    assert other.still == ("up",)
    assert looks.history.current is not None
    assert looks.history.current.tolist() == [1, 1, 1]
    assert looks.history.can_go_back
    assert not looks.history.can_go_forward


def test_what_was_there_before_is_gone() -> None:
    empty = taken(SavedModel("m", "file"), Session(), Selection(3), Looks())
    session, selection, looks = some_looks()
    empty.give(session, selection, looks)
    assert taken(SavedModel("m", "file"), session, selection, looks) == empty
    assert looks.drawing.empty
    assert len(looks.bookmarks) == 0


@pytest.mark.parametrize("latent", [1, 2, 512])
def test_what_lies_far_out_can_be_read_again(latent: int) -> None:
    session, selection, looks = Session(), Selection(latent), Looks()
    far = np.full(latent, 1e12)
    selection.move_to(far)
    looks.history.visit(selection.z)
    looks.bookmarks.add("far", far)
    saved = taken(SavedModel("m", "file"), session, selection, looks, view=(-1e12, -1.0, 1.0, 1.0))
    assert SavedSession.from_dict(json.loads(json.dumps(saved.to_dict())), latent) == saved
    assert saved.view is None


def values_of_some() -> dict[str, Any]:
    values = taken(SavedModel("m", "file"), *some_looks(), form=TrainingForm(latent=3)).to_dict()
    return copy.deepcopy(values)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("model",), None),
        (("model", "origin"), "stolen"),
        (("model", "epoch"), float("nan")),
        (("cursor",), [0.0, 1.0]),
        (("cursor",), [0.0, 1.0, float("inf")]),
        (("cursor",), 3),
        (("classes",), [11]),
        (("classes",), ["1"]),
        (("plane",), [1]),
        (("plane",), [-1, 2]),
        (("look", "layer"), "secret"),
        (("look", "layer_opacity"), 1.5),
        (("look", "point_size"), 1e9),
        (("picked",), [-1]),
        (("picked",), [1.5]),
        (("focus",), 28),
        (("bookmarks",), [{"name": "", "z": [1.0]}]),
        (("places",), [[1.0]]),
        (("drawing",), "!!"),
        (("drawing",), "AAAA"),
        (("view",), [0, 0, 0, 1]),
        (("view",), [0, 0, 1]),
        (("form",), 3),
        (("form", "latent"), 0),
        (("form", "beta"), "much"),
        (("form", "beta"), float("nan")),
        (("form", "folded"), ["all"]),
    ],
)
def test_a_bad_value_is_refused_with_a_reason(path: tuple[str, ...], value: object) -> None:
    values = values_of_some()
    target = values
    for name in path[:-1]:
        target = target[name]
    target[path[-1]] = value
    with pytest.raises(ConfigError) as refused:
        SavedSession.from_dict(values, 3)
    assert len(str(refused.value)) > 20


def test_a_file_from_before_the_form_was_kept_is_read() -> None:
    values = values_of_some()
    del values["form"]
    assert SavedSession.from_dict(values, 3).form is None


def test_a_form_of_another_version_is_read_as_far_as_it_is_known() -> None:
    values = values_of_some()
    values["form"] = {"latent": 7, "warm_restarts": True}
    assert SavedSession.from_dict(values, 3).form == TrainingForm(latent=7)


@pytest.mark.parametrize("name", sorted(values_of_some().keys() - {"form", "free_view", "edits", "journey"}))
def test_a_missing_value_is_refused(name: str) -> None:
    values = values_of_some()
    del values[name]
    with pytest.raises(ConfigError, match=name):
        SavedSession.from_dict(values, 3)
