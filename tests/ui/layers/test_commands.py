"""What the user sets for the background, taken back and done again."""

from PySide6.QtCore import Qt

from tests.ui.driving import choose, slide
from tests.ui.layers.conftest import Desk
from vae_explorer.state.map_look import DEFAULT_LAYER_OPACITY
from vae_explorer.ui.layers.texts import layer_texts


def test_each_layer_is_a_step(desk: Desk) -> None:
    desk.open()
    look, bar, names = desk.look, desk.panel.background, list(layer_texts())
    choose(bar.layers, names.index("density"), desk.qtbot)
    desk.settled()
    choose(bar.layers, names.index("prior"), desk.qtbot)
    desk.control.choose("entropy")
    desk.control.choose("entropy")
    assert [desk.stack.text(index) for index in range(3)] == 3 * ["background of the map"]
    assert desk.stack.count() == 3
    for layer in ("prior", "density"):
        desk.stack.undo()
        assert desk.settled().kind == look.layer == bar.layer == layer
        assert bar.layers.currentData() == layer
    desk.stack.undo()
    assert look.layer == "none"
    desk.stack.redo()
    assert look.layer == "density"


def test_the_key_for_the_next_layer_makes_steps(desk: Desk) -> None:
    desk.control.cycle()
    desk.control.cycle()
    desk.stack.undo()
    assert desk.look.layer == list(layer_texts())[1]


def test_a_drag_of_the_opacity_is_one_step(desk: Desk) -> None:
    desk.open()
    desk.choose("density")
    slider, reached = desk.panel.background.opacity, []
    for share in (-0.4, -0.2):
        slide(slider, share)
        reached.append(desk.look.layer_opacity)
    assert desk.stack.count() == 2
    desk.stack.undo()
    assert desk.look.layer_opacity == reached[0] < DEFAULT_LAYER_OPACITY
    assert slider.value() == round(100 * reached[0])
    desk.stack.undo()
    assert desk.look.layer_opacity == DEFAULT_LAYER_OPACITY
    desk.stack.setIndex(2)
    assert desk.look.layer_opacity == reached[1]


def test_keys_in_a_row_are_one_step(desk: Desk) -> None:
    desk.open()
    desk.choose("density")
    slider = desk.panel.background.opacity
    slider.setFocus()
    for _ in range(4):
        desk.qtbot.keyClick(slider, Qt.Key.Key_Left)
    assert desk.look.layer_opacity == 0.76
    assert desk.stack.count() == 1
    desk.stack.undo()
    assert desk.look.layer_opacity == DEFAULT_LAYER_OPACITY


def test_what_is_set_elsewhere_is_no_step(desk: Desk) -> None:
    desk.look.set_layer("density")
    desk.look.set_layer_opacity(0.3)
    assert not desk.stack.count()
