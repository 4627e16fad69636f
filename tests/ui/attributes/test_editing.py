"""The edited point and its pictures: from each base, along several directions, in small and large models."""

from dataclasses import dataclass

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from tests.samples import random_model
from tests.waiting import SHORT
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.data import ImageSet
from vae_explorer.core.direction_sources import Axis, Component
from vae_explorer.core.directions import DigitSet, Direction, find
from vae_explorer.core.snapshot import ModelSnapshot
from vae_explorer.core.strips import decoded_frames
from vae_explorer.state.looks import Looks
from vae_explorer.state.selection import Selection
from vae_explorer.state.session import OpenModel, Session, open_model
from vae_explorer.ui.attributes.editing import ALPHAS, Editing, decoder_weights
from vae_explorer.ui.drawing.encoding import DrawingEncoding
from vae_explorer.workers.jobs import Jobs


@dataclass
class Bench:
    session: Session
    selection: Selection
    looks: Looks
    jobs: Jobs
    editing: Editing

    @property
    def model(self) -> OpenModel:
        assert self.session.model is not None
        return self.session.model

    def open(self, snapshot: ModelSnapshot) -> None:
        assert self.session.images is not None
        self.session.show(open_model(snapshot, self.session.images, "m", "file"))

    def add(self, name: str, source: Axis | Component) -> Direction:
        """A direction, found at once."""
        assert self.session.images is not None
        digits = DigitSet(self.model.posterior.mu, self.session.images.labels)
        direction = find(source, digits)
        self.looks.edits.add(name, source, direction)
        return direction


@pytest.fixture
def bench(qapp: object, sixty: ImageSet, deep_model: ModelSnapshot) -> Bench:
    session, selection, looks, jobs = Session(), Selection(), Looks(), Jobs()
    session.set_images(sixty)
    editing = Editing(session, selection, looks, DrawingEncoding(session, looks.drawing), jobs)
    bench = Bench(session, selection, looks, jobs, editing)
    bench.open(deep_model)
    editing.watch(True)
    return bench


def close(one: np.ndarray, other: np.ndarray) -> bool:
    """Equal but for rounding: many points at once may be summed in another order."""
    return one.shape == other.shape and int(np.abs(one.astype(int) - other).max(initial=0)) <= 1


def test_alpha_moves_the_point_along_the_direction(bench: Bench) -> None:
    direction = bench.add("pc", Component(0))
    bench.selection.move_to(np.array([0.4, -0.7]))
    bench.looks.edits.set_alpha("pc", 1.5)
    assert bench.editing.point == pytest.approx(
        np.array([0.4, -0.7]) + 1.5 * direction.sigma * direction.vector
    )
    assert bench.editing.moved


def test_the_pictures_are_what_the_decoder_draws(bench: Bench) -> None:
    one, other = bench.add("one", Axis(0)), bench.add("other", Axis(1))
    bench.selection.move_to(np.array([-0.3, 0.2]))
    bench.looks.edits.set_alphas({"one": -1.0, "other": 0.8})
    bench.editing.set_current("one")
    pictures, base = bench.editing.pictures, bench.editing.base
    assert pictures is not None
    assert base is not None
    kept = base + 0.8 * other.sigma * other.vector
    track = kept + np.outer(ALPHAS, one.sigma * one.vector)
    snapshot = bench.model.snapshot
    assert close(pictures.base, decoded_frames(snapshot, base[None])[0])
    assert close(pictures.edited, decoded_frames(snapshot, track[4:5])[0])
    assert close(pictures.strip, decoded_frames(snapshot, track))
    assert bench.editing.track == pytest.approx(track)
    assert bench.editing.frame_of(-1.0) == 4


def test_without_alpha_nothing_is_changed(bench: Bench) -> None:
    bench.add("one", Axis(0))
    bench.editing.set_current("one")
    assert bench.editing.pictures is not None
    assert bench.editing.pictures.edited is bench.editing.pictures.base
    assert not bench.editing.moved
    np.testing.assert_array_equal(bench.editing.point, bench.editing.base)


def test_the_strip_is_decoded_only_for_what_changes_it(bench: Bench) -> None:
    bench.add("one", Axis(0))
    bench.add("other", Axis(1))
    bench.editing.set_current("one")

    def strip() -> np.ndarray:
        assert bench.editing.pictures is not None
        return bench.editing.pictures.strip

    first = strip()
    bench.looks.edits.set_alpha("one", 2.0)
    assert strip() is first
    bench.looks.edits.set_alpha("other", 1.0)
    second = strip()
    assert not np.array_equal(first, second)
    bench.selection.move_to(np.array([1.0, 1.0]))
    assert not np.array_equal(second, strip())


def test_frames_of_alphas(bench: Bench) -> None:
    assert [bench.editing.frame_of(alpha) for alpha in ALPHAS] == list(range(13))
    assert bench.editing.frame_of(0.2) == 6
    assert bench.editing.frame_of(3.2) == 12
    assert bench.editing.frame_of(8.0) == -1
    assert bench.editing.frame_of(-3.3) == -1


def test_a_picked_digit_as_the_base(bench: Bench) -> None:
    bench.looks.edits.set_base("digit")
    assert bench.editing.base is None
    assert bench.editing.pictures is None
    assert bench.editing.why == "Click a digit on the map: it is edited then."
    bench.looks.picks.pick([7, 3], focus=7)
    assert bench.editing.base == pytest.approx(bench.model.posterior.mu[7])
    assert bench.editing.why == ""
    before = bench.editing.pictures
    bench.selection.move_to(np.array([2.0, 2.0]))  # not the base
    assert bench.editing.pictures is before


def test_a_drawing_as_the_base(bench: Bench) -> None:
    bench.looks.edits.set_base("drawing")
    assert bench.editing.base is None
    assert bench.editing.why == "Draw a digit in the Draw dock: it is edited then."
    pixels = np.zeros((28, 28), np.uint8)
    pixels[4:24, 13:16] = 255
    bench.looks.drawing.set_as_mnist(False)
    bench.looks.drawing.set_pixels(pixels)
    expected = bench.model.snapshot.encode(pixels.reshape(1, -1)).mu[0]
    assert bench.editing.base == pytest.approx(expected)
    assert bench.editing.pictures is not None
    bench.looks.drawing.set_pixels(np.zeros_like(pixels))
    assert bench.editing.pictures is None


def test_without_a_model(qapp: object, sixty: ImageSet) -> None:
    session, looks = Session(), Looks()
    editing = Editing(session, Selection(), looks, DrawingEncoding(session, looks.drawing), Jobs())
    editing.watch(True)
    assert (editing.base, editing.point, editing.pictures) == (None, None, None)
    assert editing.why == "Train a model or open one first."


def test_it_rests_while_nobody_looks(bench: Bench) -> None:
    bench.add("one", Axis(0))
    bench.editing.set_current("one")
    before = bench.editing.pictures
    bench.editing.watch(False)
    bench.looks.edits.set_alpha("one", 2.0)
    bench.selection.move_to(np.array([2.0, 2.0]))
    assert bench.editing.pictures is before
    bench.editing.watch(True)
    assert bench.editing.base == pytest.approx([2.0, 2.0])
    assert bench.editing.pictures is not before


def test_directions_of_another_latent_size_wait(bench: Bench) -> None:
    bench.add("one", Axis(0))
    bench.editing.set_current("one")
    bench.looks.edits.set_alpha("one", 2.0)
    bench.selection.move_to(np.full(5, 0.1))
    bench.open(random_model(VAEConfig(hidden=(8,), latent=5)))
    assert bench.editing.current is None
    assert bench.editing.terms == ()
    assert not bench.editing.moved
    assert bench.editing.pictures is not None
    assert len(bench.editing.pictures.strip) == 0


def test_a_large_decoder_draws_on_another_thread(bench: Bench, qtbot: QtBot) -> None:
    large = random_model(VAEConfig(hidden=(2600,), latent=2))
    assert decoder_weights(large) > 2_000_000
    bench.open(large)
    bench.add("one", Axis(0))
    bench.editing.set_current("one")
    bench.looks.edits.set_alpha("one", 1.0)
    qtbot.waitUntil(lambda: not bench.editing.busy, timeout=SHORT)
    assert bench.editing.pictures is not None
    assert bench.editing.point is not None
    assert close(bench.editing.pictures.edited, decoded_frames(large, bench.editing.point[None])[0])
    assert len(bench.editing.pictures.strip) == 13


def test_where_the_decoder_gives_no_numbers(bench: Bench) -> None:
    weights = dict(random_model(VAEConfig(hidden=(8,), latent=2)).weights)
    weights["decoder.0.weight"] = np.full((8, 2), 1e33, np.float32)
    bench.open(ModelSnapshot(VAEConfig(hidden=(8,), latent=2), weights))
    bench.selection.move_to(np.array([1e6, 1e6]))
    assert bench.editing.pictures is None
    assert "no longer numbers" in bench.editing.why
    bench.selection.move_to(np.zeros(2))
    assert bench.editing.pictures is not None
    assert bench.editing.why == ""


def test_a_direction_that_goes_is_current_no_longer(bench: Bench) -> None:
    bench.add("one", Axis(0))
    bench.editing.set_current("one")
    bench.looks.edits.set_alpha("one", 1.0)
    assert bench.editing.current is not None
    bench.looks.edits.remove("one")
    assert bench.editing.current is None
    assert not bench.editing.moved
    assert bench.editing.pictures is not None
    assert len(bench.editing.pictures.strip) == 0
