import io
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from PIL import Image
from pytestqt.qtbot import QtBot

from vae_explorer.core.data import ByteArray
from vae_explorer.ui.widgets.image_view import ImageView, png_bytes, to_image

pictures = npst.arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40)))


@pytest.fixture
def view(qtbot: QtBot) -> Iterator[ImageView]:
    view = ImageView(280, "picture")
    qtbot.addWidget(view)
    return view


@given(pictures)
def test_a_picture_of_qt_has_the_same_gray_levels(picture: ByteArray) -> None:
    image = to_image(picture)
    assert (image.height(), image.width()) == picture.shape
    for y, x in ((0, 0), (picture.shape[0] - 1, picture.shape[1] - 1)):
        assert image.pixelColor(x, y).red() == picture[y, x]
    np.testing.assert_array_equal(np.array(Image.open(io.BytesIO(png_bytes(image)))), picture)


def test_it_does_not_follow_the_array_that_it_was_made_from() -> None:
    picture = np.zeros((3, 3), np.uint8)
    image = to_image(picture)
    picture[:] = 255
    assert image.pixelColor(1, 1).red() == 0


def test_every_pixel_of_the_picture_gets_as_many_of_the_screen(view: ImageView, qtbot: QtBot) -> None:
    random = np.random.default_rng(1)
    picture = random.integers(0, 256, (28, 28), np.uint8)
    view.resize(300, 290)
    view.show_picture(picture)
    rect = view.picture_rect()
    assert rect.width() == rect.height() == 280
    screen = view.grab().toImage()
    ratio = view.devicePixelRatioF()
    for row, column in ((0, 0), (13, 7), (27, 27)):
        for dx, dy in ((0, 0), (9, 0), (0, 9), (9, 9), (5, 5)):
            x, y = rect.x() + column * 10 + dx, rect.y() + row * 10 + dy
            color = screen.pixelColor(int(x * ratio), int(y * ratio))
            assert color.red() == color.green() == picture[row, column]


def test_it_says_when_a_new_picture_is_on_the_screen_and_only_then(view: ImageView, qtbot: QtBot) -> None:
    painted: list[float] = []
    view.painted.connect(painted.append)
    view.grab()
    assert not painted
    view.show_picture(np.full((4, 4), 200, np.uint8))
    view.grab()
    view.grab()
    assert len(painted) == 1


def test_without_a_picture_a_frame_stands_there(view: ImageView) -> None:
    view.resize(200, 200)
    colors = {view.grab().toImage().pixelColor(x, 100).name() for x in range(200)}
    assert len(colors) == 2
    assert view.image is None
    assert view.picture_rect().isEmpty()


def test_a_picture_can_be_taken_away(view: ImageView) -> None:
    view.show_picture(np.full((4, 4), 200, np.uint8))
    assert view.image is not None
    view.show_picture(None)
    assert view.image is None


def test_it_asks_for_a_square(view: ImageView) -> None:
    assert view.hasHeightForWidth()
    assert view.heightForWidth(300) == 300
    assert view.sizeHint().width() == view.sizeHint().height()
    assert view.accessibleName() == "picture"
