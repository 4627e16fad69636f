import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, Qt
from pytestqt.qtbot import QtBot

from tests.samples import random_model
from tests.waiting import SHORT
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.data import ImageSet
from vae_explorer.core.layers import LayerImage, LayerKind, fine_grid
from vae_explorer.core.map_plane import overlap
from vae_explorer.core.projection import plane_for
from vae_explorer.core.tiles import Rect, TileGrid
from vae_explorer.workers.layer_stages import LayerRequest, Stages
from vae_explorer.workers.layers import Layers

VIEW: Rect = (-3.0, -2.0, 3.0, 2.0)
KINDS: tuple[LayerKind, ...] = get_args(LayerKind)


@pytest.fixture
def layers(qtbot: QtBot) -> Iterator[Layers]:
    layers = Layers()
    yield layers
    layers.stop()
    assert layers._thread is None or layers._thread.isFinished()


def request_for(digits: ImageSet, kind: LayerKind, latent: int = 2, seed: int = 0) -> LayerRequest:
    snapshot = random_model(VAEConfig(hidden=(24,), latent=latent), seed)
    posterior = snapshot.encode(digits.images)
    z0 = posterior.mu[3].astype(np.float64)
    return LayerRequest(kind, snapshot, posterior, digits.labels, plane_for(posterior.mu), z0, VIEW)


def fine(qtbot: QtBot, layers: Layers, request: LayerRequest) -> list[LayerImage]:
    """All pictures of `request`, until the fine one."""
    seen: list[LayerImage] = []
    layers.drawn.connect(seen.append)
    layers.request(request)
    qtbot.waitUntil(lambda: not layers.busy, timeout=SHORT)
    layers.drawn.disconnect(seen.append)
    return seen


def never(*_arguments: object) -> bool:
    return False


# Stages


@pytest.mark.parametrize("latent", [1, 2, 20])
@pytest.mark.parametrize("kind", KINDS)
def test_each_layer_ends_with_a_fine_picture_of_the_view(
    few_digits: ImageSet, kind: LayerKind, latent: int
) -> None:
    request = request_for(few_digits, kind, latent)
    images = list(Stages().draw(request, never, never))
    assert [image.is_fine for image in images] == [False] * (len(images) - 1) + [True]
    assert images[-1].grid == fine_grid(kind, request.plane, VIEW)
    assert all(image.kind == kind and overlap(image.rect, VIEW) > 0.999 for image in images)
    if latent == 1 and kind != "tiles":
        # Only the first coordinate of the map means something.
        assert (images[-1].levels == images[-1].levels[0]).all()


def test_the_rough_picture_is_left_out_where_nobody_needs_it(few_digits: ImageSet) -> None:
    for kind in KINDS:
        stages = Stages()
        list(stages.draw(request_for(few_digits, kind), never, never))
        again = replace(request_for(few_digits, kind), coarse_first=False)
        assert [image.is_fine for image in stages.draw(again, never, never)][-1:] == [True]


@pytest.mark.parametrize("kind", ["density", "sensitivity", "classes", "entropy"])
def test_a_pan_gives_the_picture_that_is_drawn_anew(few_digits: ImageSet, kind: LayerKind) -> None:
    request = request_for(few_digits, kind)
    stages = Stages()
    list(stages.draw(request, never, never))
    moved = replace(request, view=(-2.0, -1.0, 4.0, 3.0))
    after_pan = list(stages.draw(moved, never, never))[-1]
    anew = list(Stages().draw(moved, never, never))[-1]
    assert after_pan.grid == anew.grid
    assert np.abs(after_pan.levels.astype(int) - anew.levels).max() <= 1
    assert after_pan.span == anew.span


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "prior"])  # which takes no time at all
def test_nothing_comes_of_what_is_stale(few_digits: ImageSet, kind: LayerKind) -> None:
    assert not list(Stages().draw(request_for(few_digits, kind, 20), lambda: True, never))


def test_what_is_overtaken_ends_with_the_rough_picture(few_digits: ImageSet) -> None:
    wanted: list[TileGrid] = []

    def overtaken(grid: TileGrid) -> bool:
        wanted.append(grid)
        return True

    request = request_for(few_digits, "sensitivity")
    images = list(Stages().draw(request, never, overtaken))
    assert [image.is_fine for image in images] == [False]
    assert wanted[0] == fine_grid("sensitivity", request.plane, VIEW)


def test_newer_weights_alone_are_another_subject_only_where_they_are_looked_at(few_digits: ImageSet) -> None:
    newer = random_model(VAEConfig(hidden=(24,)), 5)
    same = {kind: request_for(few_digits, kind).same_subject(request_for(few_digits, kind)) for kind in KINDS}
    assert not any(same.values())  # other posteriors
    for kind in KINDS:
        request = request_for(few_digits, kind)
        assert request.same_subject(replace(request, view=(0, 0, 1, 1), coarse_first=False))
        assert request.same_subject(replace(request, snapshot=newer)) == (
            kind in ("density", "prior", "classes")
        )


def test_the_cursor_counts_only_off_the_plane(few_digits: ImageSet) -> None:
    request = request_for(few_digits, "tiles", 20)
    within = request.z0 + 2 * request.projection.axes[0]
    assert request.same_subject(replace(request, z0=within))
    assert not request.same_subject(replace(request, z0=request.z0 + 0.1))


# The thread


def test_pictures_come_from_another_thread_the_fine_one_last(
    layers: Layers, few_digits: ImageSet, qtbot: QtBot
) -> None:
    threads: list[int] = []
    layers.drawn.connect(lambda _image: threads.append(threading.get_ident()))
    images = fine(qtbot, layers, request_for(few_digits, "density"))
    assert [image.is_fine for image in images] == [False] * (len(images) - 1) + [True]
    assert len(images) >= 2
    assert set(threads) == {threading.get_ident()}
    assert layers._worker.thread() is not layers.thread()


def test_of_many_views_the_last_is_drawn_and_most_are_not(
    layers: Layers, few_digits: ImageSet, qtbot: QtBot
) -> None:
    request = request_for(few_digits, "tiles")
    views: list[Rect] = [(x, 0.0, x + 6, 4.0) for x in np.linspace(0, 200, 60).tolist()]
    seen: list[LayerImage] = []
    layers.drawn.connect(seen.append)
    for view in views:
        layers.request(replace(request, view=view))
    qtbot.waitUntil(lambda: not layers.busy, timeout=SHORT)
    assert seen[-1].grid == fine_grid("tiles", request.plane, views[-1])
    assert len(seen) < 12


def test_a_picture_of_another_layer_or_model_never_arrives(
    layers: Layers, few_digits: ImageSet, qtbot: QtBot
) -> None:
    seen: list[LayerImage] = []
    layers.drawn.connect(seen.append)
    for seed in range(5):
        layers.request(request_for(few_digits, "sensitivity", 20, seed))
    last = request_for(few_digits, "entropy")
    layers.request(last)
    qtbot.waitUntil(lambda: not layers.busy, timeout=SHORT)
    assert {image.kind for image in seen} == {"entropy"}
    expected = list(Stages().draw(last, never, never))[-1]
    np.testing.assert_array_equal(seen[-1].levels, expected.levels)


def test_after_cancel_nothing_arrives_and_a_new_request_is_drawn(
    layers: Layers, few_digits: ImageSet, qtbot: QtBot
) -> None:
    seen: list[LayerImage] = []
    layers.drawn.connect(seen.append)
    layers.request(request_for(few_digits, "sensitivity", 20))
    layers.cancel()
    assert not layers.busy
    images = fine(qtbot, layers, request_for(few_digits, "prior"))
    assert {image.kind for image in seen} == {"prior"}
    assert images[-1].is_fine


def test_stop_without_a_thread(qtbot: QtBot) -> None:
    Layers().stop()


def test_a_fault_is_raised_where_the_window_sees_it(
    layers: Layers, few_digits: ImageSet, qtbot: QtBot
) -> None:
    bad = replace(request_for(few_digits, "tiles"), view=(0.0, 0.0, float("inf"), 1.0))
    with qtbot.captureExceptions() as errors:
        layers.request(bad)
        qtbot.waitUntil(lambda: bool(errors), timeout=SHORT)
    assert errors[0][0] is ValueError
    assert not layers.busy
    # The thread goes on.
    assert fine(qtbot, layers, request_for(few_digits, "prior"))[-1].is_fine


def test_who_waits_gets_the_first_picture_without_the_event_loop(
    few_digits: ImageSet, layers: Layers, qtbot: QtBot
) -> None:
    seen: list[LayerImage] = []
    layers.drawn.connect(seen.append)
    for seed in (0, 1):
        request = request_for(few_digits, "tiles", seed=seed)
        layers.request(request)
        layers.wait_for_picture(SHORT / 1000)
        assert seen
        assert all(image.kind == "tiles" for image in seen)
        qtbot.waitUntil(lambda: not layers.busy, timeout=SHORT)
        assert seen[-1].is_fine
        seen.clear()


def test_who_waits_too_short_a_time_gets_it_later(few_digits: ImageSet, layers: Layers, qtbot: QtBot) -> None:
    seen: list[LayerImage] = []
    layers.drawn.connect(seen.append)
    layers.request(request_for(few_digits, "classes"))
    layers.wait_for_picture(0.0)
    qtbot.waitUntil(lambda: not layers.busy, timeout=SHORT)
    assert seen[-1].is_fine


def test_of_pictures_that_are_there_at_once_only_the_best_is_handed_over(
    layers: Layers, few_digits: ImageSet, qtbot: QtBot
) -> None:
    over = threading.Event()
    layers._worker.finished.connect(over.set, Qt.ConnectionType.DirectConnection)
    said: list[object] = []
    layers.drawn.connect(said.append)
    layers.idle.connect(lambda: said.append("idle"))
    layers.request(request_for(few_digits, "classes"))
    assert over.wait(SHORT / 1000)
    qtbot.waitUntil(lambda: not layers.busy, timeout=SHORT)
    assert len(said) == 2
    assert isinstance(said[0], LayerImage)
    assert said[0].is_fine
    assert said[1] == "idle"


def test_a_picture_waits_for_what_else_is_due(layers: Layers, few_digits: ImageSet, qtbot: QtBot) -> None:
    over = threading.Event()
    layers._worker.finished.connect(over.set, Qt.ConnectionType.DirectConnection)
    said: list[str] = []
    layers.drawn.connect(lambda _image: said.append("drawn"))
    layers.request(request_for(few_digits, "prior"))
    assert over.wait(SHORT / 1000)
    QCoreApplication.sendPostedEvents()
    assert layers.busy
    assert not said
    qtbot.waitUntil(lambda: not layers.busy, timeout=SHORT)
    assert said == ["drawn"]


def test_a_picture_that_was_not_handed_over_goes_with_its_subject(
    layers: Layers, few_digits: ImageSet, qtbot: QtBot
) -> None:
    over = threading.Event()
    layers._worker.finished.connect(over.set, Qt.ConnectionType.DirectConnection)
    seen: list[LayerImage] = []
    layers.drawn.connect(seen.append)
    layers.request(request_for(few_digits, "classes"))
    assert over.wait(SHORT / 1000)
    QCoreApplication.sendPostedEvents()
    assert {image.kind for image in fine(qtbot, layers, request_for(few_digits, "prior"))} == {"prior"}
    assert {image.kind for image in seen} == {"prior"}


def test_the_prior_needs_no_rough_picture(few_digits: ImageSet) -> None:
    assert [image.is_fine for image in Stages().draw(request_for(few_digits, "prior"), never, never)] == [
        True
    ]


def test_rough_tiles_are_few_and_large_and_of_the_same_lattice(few_digits: ImageSet) -> None:
    for view in (VIEW, (-9.0, -9.0, 9.0, 9.0), (0.0, 0.0, 39.0, 26.0)):
        request = replace(request_for(few_digits, "tiles"), view=view)
        rough, last = Stages().draw(request, never, never)
        assert not rough.is_fine
        assert rough.grid.rows * rough.grid.columns <= 150
        assert rough.grid.spacing in (2 * last.grid.spacing, 4 * last.grid.spacing)
        assert overlap(rough.rect, view) == pytest.approx(1)


def test_the_weights_are_taken_once_however_the_plane_moves(few_digits: ImageSet) -> None:
    request = request_for(few_digits, "tiles", 20)
    stages = Stages()
    list(stages.draw(request, never, never))
    weights = stages._decoder
    moved = replace(request, z0=request.z0 + 0.5)
    image = list(stages.draw(moved, never, never))[-1]
    assert stages._decoder is weights
    np.testing.assert_array_equal(image.levels, list(Stages().draw(moved, never, never))[-1].levels)
    other = replace(request, snapshot=random_model(VAEConfig(hidden=(24,), latent=20), 7))
    image = list(stages.draw(other, never, never))[-1]
    np.testing.assert_array_equal(image.levels, list(Stages().draw(other, never, never))[-1].levels)
