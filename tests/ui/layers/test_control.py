from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from tests.samples import random_model
from tests.ui.driving import SHORT
from tests.ui.layers.conftest import Desk
from vae_explorer.core.images import gray_levels, square
from vae_explorer.core.layers import NEIGHBOURS, LayerImage, LayerKind, fine_grid
from vae_explorer.core.map_plane import overlap, plane_through
from vae_explorer.core.neighbours import Neighbours
from vae_explorer.core.snapshot import Posterior
from vae_explorer.core.tiles import Rect
from vae_explorer.state.session import OpenModel
from vae_explorer.ui.theme import CLASS_COLORS, ThemeSwitch

KINDS: tuple[LayerKind, ...] = get_args(LayerKind)


def view_of(desk: Desk) -> Rect:
    (x0, x1), (y0, y1) = desk.panel.map.getViewBox().viewRange()
    return x0, y0, x1, y1


def look_at(desk: Desk, view: Rect) -> None:
    x0, y0, x1, y1 = view
    desk.panel.map.getViewBox().setRange(QRectF(QPointF(x0, y0), QPointF(x1, y1)), padding=0)


def drawn_after(desk: Desk, before: LayerImage) -> LayerImage:
    desk.qtbot.waitUntil(lambda: desk.panel.map.layer.image is not before, timeout=SHORT)
    return desk.settled()


@pytest.mark.parametrize("latent", [1, 2, 20])
def test_every_layer_fills_the_view(desk: Desk, latent: int) -> None:
    desk.open(latent)
    for kind in KINDS:
        image = desk.choose(kind)
        assert image.kind == kind
        assert overlap(image.rect, view_of(desk)) == pytest.approx(1)


@pytest.mark.parametrize("latent", [1, 2, 20])
def test_a_tile_is_what_the_decoder_draws_at_its_middle(desk: Desk, latent: int) -> None:
    model = desk.open(latent)
    desk.choose("tiles")
    for view in ((-3.0, -2.0, 3.0, 2.0), (0.3, 0.1, 1.1, 0.9), (-20.0, -8.0, 9.0, 30.0)):
        look_at(desk, view)
        desk.qtbot.waitUntil(desk.quiet, timeout=SHORT)
        image = desk.settled()
        layer, grid = desk.panel.map.layer, image.grid
        for x, y in grid.centres()[:: max(1, grid.rows * grid.columns // 9)]:
            z = model.projection.lift(np.array([x, y]), desk.selection.z)
            picture = square(gray_levels(model.snapshot.decode(z[None])[0])).astype(int)
            side = len(picture)
            for row, column in ((4, 9), (14, 14), (20, 7)):
                at_x = x + ((column + 0.5) / side - 0.5) * grid.spacing
                at_y = y - ((row + 0.5) / side - 0.5) * grid.spacing
                assert layer.color_at(at_x, at_y).red() == pytest.approx(picture[row, column], abs=1)


def test_what_is_on_the_screen_is_the_tile_of_that_place(desk: Desk) -> None:
    desk.open()
    desk.look.set_layer_opacity(1.0)
    image = desk.choose("tiles")
    map_, layer = desk.panel.map, desk.panel.map.layer
    for digit in range(10):
        desk.selection.show_class(digit, False)
    map_._cursor.setVisible(False)
    grabbed = map_.grab().toImage()
    same = total = 0
    for x, y in image.grid.centres()[::7]:
        pixel = map_.pixel_at(np.array([x, y])).toPoint()
        if map_.is_in_view(np.array([x, y])) and grabbed.rect().contains(pixel):
            place = map_.place_at(QPointF(pixel))
            around = [
                layer.color_at(place[0] + dx, place[1] + dy).red()
                for dx in np.array([-1, 0, 1]) * image.grid.spacing / 28
                for dy in np.array([-1, 0, 1]) * image.grid.spacing / 28
            ]
            total += 1
            same += min(around) - 3 <= grabbed.pixelColor(pixel).red() <= max(around) + 3
    assert total > 20
    assert same == total


def test_the_class_of_a_place_is_that_of_its_neighbours(desk: Desk) -> None:
    model = desk.open()
    desk.look.set_layer_opacity(1.0)
    image = desk.choose("classes")
    assert desk.session.images is not None
    neighbours = Neighbours(model.posterior.mu, desk.session.images.labels)
    places = image.grid.centres()[::97]
    shares = neighbours.class_probabilities(places, NEIGHBOURS)
    for (x, y), digit in zip(places, shares.argmax(1), strict=True):
        color = desk.panel.map.layer.color_at(x, y)
        expected = np.array([int(CLASS_COLORS[digit][k : k + 2], 16) for k in (1, 3, 5)])
        # What is drawn faintly keeps few levels of its colour.
        tolerance = 2 + 300 / max(color.alpha(), 1)
        assert np.abs(np.array([color.red(), color.green(), color.blue()]) - expected).max() <= tolerance


@pytest.mark.parametrize("kind", KINDS)
def test_layers_follow_pan_and_zoom(desk: Desk, kind: LayerKind) -> None:
    desk.open()
    before = desk.choose(kind)
    x0, y0, x1, y1 = view_of(desk)
    width = x1 - x0
    look_at(desk, (x0 + 0.8 * width, y0, x1 + 0.8 * width, y1))
    after_pan = drawn_after(desk, before)
    assert overlap(after_pan.rect, view_of(desk)) == pytest.approx(1)
    assert after_pan.grid.spacing == before.grid.spacing
    desk.panel.map.zoom(5)
    after_zoom = drawn_after(desk, after_pan)
    assert overlap(after_zoom.rect, view_of(desk)) == pytest.approx(1)
    assert after_zoom.grid.spacing < before.grid.spacing


def test_a_small_pan_asks_for_nothing(desk: Desk) -> None:
    desk.open()
    before = desk.choose("density")
    x0, y0, x1, y1 = view_of(desk)
    look_at(desk, (x0 + 0.01, y0, x1 + 0.01, y1))
    desk.qtbot.waitUntil(desk.quiet, timeout=SHORT)
    assert desk.panel.map.layer.image is before


def test_a_pan_within_what_is_being_drawn_asks_for_nothing_either(desk: Desk) -> None:
    desk.open()
    desk.look.set_layer("sensitivity")
    desk.qtbot.waitUntil(lambda: desk.worker.busy, timeout=SHORT)
    asked = desk.control._asked
    x0, y0, x1, y1 = view_of(desk)
    look_at(desk, (x0 + 0.01, y0, x1 + 0.01, y1))
    image = desk.settled()
    assert desk.control._asked is asked
    assert overlap(image.rect, view_of(desk)) == pytest.approx(1)


def test_the_old_picture_stays_until_the_new_one_is_there(desk: Desk) -> None:
    desk.open()
    before = desk.choose("sensitivity")
    x0, y0, x1, y1 = view_of(desk)
    look_at(desk, (x0 + 2, y0, x1 + 2, y1))
    QApplication.sendPostedEvents()
    assert desk.panel.map.layer.image is before


def test_another_layer_or_none_takes_the_old_one_away_at_once(desk: Desk) -> None:
    desk.open()
    desk.choose("density")
    desk.look.set_layer("entropy")
    assert desk.panel.map.layer.image is None
    desk.settled()
    desk.look.set_layer("none")
    assert desk.panel.map.layer.image is None
    desk.qtbot.waitUntil(desk.quiet, timeout=SHORT)
    assert desk.panel.map.layer.image is None


def test_without_a_model_nothing_is_drawn(desk: Desk) -> None:
    desk.look.set_layer("density")
    desk.qtbot.waitUntil(desk.quiet, timeout=SHORT)
    assert desk.worker._thread is None
    desk.open()
    assert desk.settled().kind == "density"


def test_without_a_layer_no_thread_is_started(desk: Desk) -> None:
    desk.open()
    desk.panel.map.zoom(3)
    desk.qtbot.waitUntil(desk.quiet, timeout=SHORT)
    assert desk.worker._thread is None


def test_a_hidden_map_computes_nothing(desk: Desk) -> None:
    desk.open()
    desk.choose("tiles")
    asked: list[object] = []
    desk.worker.drawn.connect(asked.append)
    desk.panel.hide()
    desk.open(2, seed=4)
    desk.panel.map.zoom(4)
    desk.look.set_layer("entropy")
    desk.qtbot.waitUntil(desk.quiet, timeout=SHORT)
    assert not asked
    desk.panel.show()
    assert desk.settled().kind == "entropy"


def test_another_theme_has_other_colours_without_drawing_anew(desk: Desk, switch: ThemeSwitch) -> None:
    desk.open()
    image = desk.choose("prior")
    x, y = image.grid.centres()[0]
    light = desk.panel.map.layer.color_at(x, y)
    switch.set_theme("dark")
    assert desk.panel.map.layer.image is image
    assert desk.panel.map.layer.color_at(x, y).lightness() < light.lightness() - 100
    switch.set_theme("light")


# Other models


def test_another_model_is_drawn(desk: Desk) -> None:
    desk.open()
    for number, kind in enumerate(KINDS):
        before = desk.choose(kind)
        desk.open(2, seed=1 + number)
        after = drawn_after(desk, before)
        assert after.kind == kind
        if kind != "prior":
            assert after.levels.shape != before.levels.shape or (after.levels != before.levels).any()


def in_run(model: OpenModel, **changes: object) -> OpenModel:
    return replace(model, run="run", origin="training", **changes)  # type: ignore[arg-type]


def test_newer_weights_alone_leave_densities_and_classes(desk: Desk) -> None:
    model = in_run(desk.open())
    desk.session.show(model)
    newer = in_run(model, snapshot=random_model(model.snapshot.config, 9))
    for kind in ("density", "prior", "classes"):
        before = desk.choose(kind)  # type: ignore[arg-type]
        desk.session.show(newer if desk.session.model is model else model)
        desk.qtbot.waitUntil(desk.quiet, timeout=SHORT)
        assert desk.panel.map.layer.image is before


def test_a_model_in_training_is_drawn_about_once_a_second(desk: Desk) -> None:
    first = in_run(desk.open())
    desk.session.show(first)
    desk.choose("entropy")
    seen: list[LayerImage] = []
    desk.worker.drawn.connect(seen.append)
    newest = first
    for seed in range(20):
        mu = first.posterior.mu + np.float32(0.01 * seed)
        newest = in_run(
            first,
            snapshot=random_model(first.snapshot.config, seed),
            posterior=Posterior(mu, first.posterior.logvar),
        )
        desk.session.show(newest)
        QApplication.processEvents()
    desk.qtbot.waitUntil(lambda: bool(seen) and desk.quiet(), timeout=SHORT)
    # Twenty models, of which one is drawn: the newest. The one before stays meanwhile.
    assert len([image for image in seen if image.is_fine]) <= 2
    assert desk.control._model is newest


def test_the_cursor_off_the_plane_is_another_layer(desk: Desk) -> None:
    model = desk.open(20)
    before = desk.choose("prior")
    desk.selection.move_to(desk.selection.z + model.projection.axes[0])
    desk.qtbot.waitUntil(desk.quiet, timeout=SHORT)
    assert desk.panel.map.layer.image is before
    desk.selection.move_to(desk.selection.z + 2.0)
    after = drawn_after(desk, before)
    assert after.span[1] < before.span[1]
    plane = plane_through(model.projection, desk.selection.z)
    assert after.grid == fine_grid("prior", plane, view_of(desk))


# The bar


def test_the_bar_and_the_state_say_the_same(desk: Desk) -> None:
    desk.open()
    bar = desk.panel.background
    bar.layers.setCurrentIndex(bar.layers.findData("density"))
    assert desk.look.layer == "density"
    desk.settled()
    bar.opacity.setValue(30)
    assert desk.look.layer_opacity == 0.3
    desk.look.set_layer("classes")
    assert bar.layers.currentData() == "classes"
    desk.look.set_layer_opacity(0.5)
    assert bar.opacity.value() == 50


def test_the_legend_has_the_ends_of_the_picture(desk: Desk) -> None:
    desk.open()
    image = desk.choose("density")
    low, high = desk.panel.background.scale.ends
    assert float(low.replace("−", "-")) == pytest.approx(image.span[0], abs=0.06)
    assert float(high.split()[0].replace("−", "-")) == pytest.approx(image.span[1], abs=0.06)
    assert high.endswith("nats (log)")


def test_cycling_comes_round(desk: Desk) -> None:
    seen = []
    for _ in range(7):
        desk.control.cycle()
        seen.append(desk.look.layer)
    assert seen == ["tiles", "density", "prior", "sensitivity", "classes", "entropy", "none"]


def test_the_opacity_is_that_of_the_screen_and_not_of_what_the_colours_mean(desk: Desk) -> None:
    desk.open()
    desk.choose("prior")
    map_, layer = desk.panel.map, desk.panel.map.layer
    for digit in range(10):
        desk.selection.show_class(digit, False)
    map_._cursor.setVisible(False)
    x0, y0, x1, y1 = view_of(desk)
    place = np.array([x0 + 0.63 * (x1 - x0), y0 + 0.37 * (y1 - y0)])
    pixel = map_.pixel_at(place).toPoint()
    color = layer.color_at(*place)
    canvas = map_.backgroundBrush().color()
    for opacity in (1.0, 0.4, 0.0):
        desk.look.set_layer_opacity(opacity)
        assert layer.color_at(*place) == color
        seen = map_.grab().toImage().pixelColor(pixel)
        for part in (QColor.red, QColor.green, QColor.blue):
            mixed = opacity * part(color) + (1 - opacity) * part(canvas)
            assert part(seen) == pytest.approx(mixed, abs=6)


def test_a_frame_waits_only_for_what_is_drawn_quickly(desk: Desk) -> None:
    desk.open()
    asked = {}
    for kind in KINDS:
        desk.choose(kind)
        request = desk.control._request()
        assert request is not None
        asked[kind] = request
        assert desk.control._is_quick(request) == (kind in ("tiles", "prior"))
    desk.choose("tiles")
    tiles = asked["tiles"]
    x0, y0, x1, y1 = tiles.view
    width = x1 - x0
    quick = desk.control._is_quick
    assert quick(replace(tiles, view=(x0 + 0.05 * width, y0, x1 + 0.05 * width, y1), coarse_first=False))
    # Nearly a new screen, finer ones, and those of other weights.
    assert not quick(replace(tiles, view=(x0 + 0.9 * width, y0, x1 + 0.9 * width, y1), coarse_first=False))
    assert not quick(replace(tiles, view=(x0, y0, x0 + 0.3 * width, y1), coarse_first=False))
    other = random_model(tiles.snapshot.config, 5)
    assert not quick(replace(tiles, snapshot=other, coarse_first=False))
    assert quick(replace(tiles, snapshot=other, coarse_first=True))
