from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.ui.drawing.conftest import Dock
from tests.ui.driving import LEFT, NONE, RIGHT, SHORT, drag
from vae_explorer.core.digit_scan import like_mnist
from vae_explorer.core.image_terms import explain_image
from vae_explorer.ui.widgets.image_view import to_image

DOWN = [(14.0, 5.0), (14.0, 12.0), (14.0, 23.0)]


def draw_a_one(dock: Dock) -> None:
    drag(dock.panel.pad, [dock.at(*place) for place in DOWN])


def assert_shows_what_the_model_makes_of_it(dock: Dock) -> None:
    model, found = dock.session.model, dock.encoding.result
    assert model is not None
    assert found is not None
    image = like_mnist(dock.drawing.pixels, inverted=False) if dock.drawing.as_mnist else dock.drawing.pixels
    posterior = model.snapshot.encode(image.reshape(1, -1))
    np.testing.assert_array_equal(found.mu, posterior.mu[0])
    expected = explain_image(
        model.snapshot, image.reshape(-1), posterior.mu[0], posterior.logvar[0], np.zeros(len(found.mu))
    )
    assert dock.panel.seen.image == to_image(image)
    assert dock.panel.reconstruction.image == to_image(expected.from_mu)
    assert f"KL\N{NO-BREAK SPACE}{expected.kl:.2f}" in dock.panel.text.text()


def test_before_anything_is_drawn_it_says_what_to_do(empty_dock: Dock) -> None:
    dock = empty_dock
    assert "28×28" in dock.panel.text.text()
    dock.show_model()
    assert dock.panel.text.text().startswith("Draw a digit.")
    draw_a_one(dock)
    dock.panel.clear.click()
    assert dock.panel.text.text().startswith("Draw a digit.")
    assert not dock.panel.go.isEnabled()
    assert dock.panel.seen.image is None


def test_a_stroke_is_encoded_as_it_is_drawn(dock: Dock) -> None:
    told = []
    dock.encoding.changed.connect(lambda: told.append(dock.drawing.pixels.sum()))
    draw_a_one(dock)
    assert len(told) >= 3, "at each move of the mouse, not at the end only"
    assert dock.drawing.pixels[14, 14] > 200
    assert not dock.drawing.pixels[:, :10].any()
    assert_shows_what_the_model_makes_of_it(dock)


@pytest.mark.parametrize("latent", [1, 2, 20, 512])
def test_any_latent_size_works(dock: Dock, latent: int) -> None:
    draw_a_one(dock)
    dock.show_model(latent)
    assert_shows_what_the_model_makes_of_it(dock)


def test_a_model_of_other_pictures_makes_nothing_of_it(dock: Dock) -> None:
    draw_a_one(dock)
    dock.show_model(pixels=400)
    assert dock.encoding.result is None
    assert dock.panel.text.text() == "Drawing needs a model of pictures of 28×28 pixels."


def test_each_stroke_is_one_step_to_undo(dock: Dock) -> None:
    draw_a_one(dock)
    one = dock.drawing.pixels
    drag(dock.panel.pad, [dock.at(6, 20), dock.at(22, 20)])
    two = dock.drawing.pixels
    assert (one != two).any()
    dock.panel.clear.click()
    assert dock.drawing.empty
    assert [dock.stack.text(step) for step in range(dock.stack.count())] == [
        "stroke",
        "stroke",
        "clear the drawing",
    ]
    for expected in (two, one, np.zeros_like(one)):
        dock.stack.undo()
        np.testing.assert_array_equal(dock.drawing.pixels, expected)
    dock.stack.redo()
    np.testing.assert_array_equal(dock.drawing.pixels, one)


@pytest.mark.parametrize("how", ["right button", "eraser"])
def test_ink_is_taken_away_again(dock: Dock, how: str, qtbot: QtBot) -> None:
    draw_a_one(dock)
    if how == "eraser":
        qtbot.mouseClick(dock.panel.eraser, LEFT)
    dock.panel.brush_size.setValue(dock.panel.brush_size.maximum())
    drag(dock.panel.pad, [dock.at(*place) for place in DOWN], RIGHT if how == "right button" else LEFT)
    assert dock.drawing.empty
    dock.stack.undo()
    assert not dock.drawing.empty


def test_a_larger_brush_leaves_more_ink(dock: Dock) -> None:
    draw_a_one(dock)
    thin = int(dock.drawing.pixels.sum())
    dock.panel.clear.click()
    dock.panel.brush_size.setValue(dock.panel.brush_size.maximum())
    draw_a_one(dock)
    assert dock.drawing.pixels.sum() > 2 * thin


def test_the_keyboard_draws(dock: Dock, qtbot: QtBot) -> None:
    pad = dock.panel.pad
    pad.setFocus()
    for key in [Qt.Key.Key_Up] * 5 + [Qt.Key.Key_Space] + [Qt.Key.Key_Down] * 9 + [Qt.Key.Key_Space]:
        qtbot.keyClick(pad, key)
    qtbot.keyClick(pad, Qt.Key.Key_Right)  # the pen is up
    rows, columns = np.nonzero(dock.drawing.pixels)
    assert (rows.min(), rows.max()) == (8, 18)
    assert set(columns) == {13, 14}
    assert dock.stack.count() == 1
    assert_shows_what_the_model_makes_of_it(dock)


def test_without_centring_the_model_gets_it_as_it_is(dock: Dock, qtbot: QtBot) -> None:
    drag(dock.panel.pad, [dock.at(4, 4), dock.at(4, 10)])
    centred = dock.encoding.result
    dock.panel.as_mnist.click()
    assert dock.encoding.result is not None
    assert centred is not None
    np.testing.assert_array_equal(dock.encoding.result.image, dock.drawing.pixels)
    assert (centred.image != dock.drawing.pixels).any()
    assert_shows_what_the_model_makes_of_it(dock)


def test_the_switch_for_it_can_be_undone(dock: Dock, qtbot: QtBot) -> None:
    box = dock.panel.as_mnist
    qtbot.keyClick(box, Qt.Key.Key_Space)
    assert not dock.drawing.as_mnist
    assert dock.stack.undoText() == "scaling of the drawing"
    dock.stack.undo()
    assert dock.drawing.as_mnist
    assert box.isChecked()
    dock.stack.redo()
    assert not dock.drawing.as_mnist
    assert not box.isChecked()
    dock.drawing.set_as_mnist(True)  # a session is opened
    assert box.isChecked()
    assert dock.stack.count() == 1


def test_the_cursor_can_be_put_there(dock: Dock, qtbot: QtBot) -> None:
    draw_a_one(dock)
    with qtbot.waitSignal(dock.panel.point_chosen) as chosen:
        qtbot.mouseClick(dock.panel.go, LEFT)
    assert dock.encoding.result is not None
    np.testing.assert_array_equal(chosen.args[0], dock.encoding.result.mu)


# Pictures from elsewhere


def a_picture(dock: Dock) -> np.ndarray:
    """A real digit, dark on light, large and off the middle."""
    images = dock.session.images
    assert images is not None
    large = 255 - np.kron(images.picture(0), np.ones((6, 6), np.uint8))
    return np.pad(large, ((40, 5), (5, 60)), constant_values=255)


def test_a_pasted_picture_is_made_to_look_like_mnist(dock: Dock, qtbot: QtBot) -> None:
    picture = a_picture(dock)
    QGuiApplication.clipboard().setImage(to_image(picture))
    with qtbot.waitSignal(dock.encoding.changed, timeout=SHORT):
        qtbot.mouseClick(dock.panel.paste, LEFT)
    np.testing.assert_array_equal(dock.drawing.pixels, like_mnist(picture))
    dock.stack.undo()
    assert dock.drawing.empty


def test_a_copied_file_is_pasted(dock: Dock, tmp_path: Path, qtbot: QtBot) -> None:
    picture, path = a_picture(dock), tmp_path / "digit.png"
    Image.fromarray(picture).save(path)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    QGuiApplication.clipboard().setMimeData(data)
    with qtbot.waitSignal(dock.encoding.changed, timeout=SHORT):
        qtbot.mouseClick(dock.panel.paste, LEFT)
    np.testing.assert_array_equal(dock.drawing.pixels, like_mnist(picture))


def test_a_dropped_file_is_taken(dock: Dock, tmp_path: Path, qtbot: QtBot) -> None:
    picture, path, pad = a_picture(dock), tmp_path / "digit.png", dock.panel.pad
    Image.fromarray(picture).save(path)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    action = Qt.DropAction.CopyAction
    middle = pad.rect().center()
    entered = QDragEnterEvent(QPoint(middle), action, data, NONE, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(pad, entered)
    assert entered.isAccepted()
    with qtbot.waitSignal(dock.encoding.changed, timeout=SHORT):
        dropped = QDropEvent(middle.toPointF(), action, data, NONE, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(pad, dropped)
    np.testing.assert_array_equal(dock.drawing.pixels, like_mnist(picture))


@pytest.mark.parametrize("what", ["text", "web page", "white", "huge", "no picture"])
def test_what_is_no_digit_is_refused_and_the_drawing_stays(
    dock: Dock, what: str, tmp_path: Path, qtbot: QtBot
) -> None:
    draw_a_one(dock)
    before = dock.drawing.pixels
    with qtbot.waitSignal(dock.panel.message, timeout=SHORT):
        if what == "text":
            QGuiApplication.clipboard().setText("seven")
            dock.panel.take_clipboard()
        elif what == "web page":
            page = QMimeData()
            page.setUrls([QUrl("https://example.org/seven.png")])
            QGuiApplication.clipboard().setMimeData(page)
            dock.panel.take_clipboard()
        elif what == "huge":
            QGuiApplication.clipboard().setImage(to_image(np.full((3, 20_001), 255, np.uint8)))
            dock.panel.take_clipboard()
        elif what == "white":
            QGuiApplication.clipboard().setImage(to_image(np.full((50, 50), 255, np.uint8)))
            dock.panel.take_clipboard()
        else:
            (tmp_path / "bad.png").write_bytes(b"no picture at all")
            dock.panel.take_file(tmp_path / "bad.png")
    assert dock.said[0]
    np.testing.assert_array_equal(dock.drawing.pixels, before)
