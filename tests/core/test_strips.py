import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.conftest import random_model
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.decoder_space import CancelledError
from vae_explorer.core.errors import ConfigError, UserError
from vae_explorer.core.images import gray_levels
from vae_explorer.core.snapshot import ModelSnapshot
from vae_explorer.core.strips import decoded_frames, enlarged, film_strip, film_strips, playing_order


def film(count: int, side: int = 3, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(1, 256, (count, side, side), np.uint8)


def test_frames_are_the_decoded_mean_images(small_model: ModelSnapshot) -> None:
    z = np.random.default_rng(0).standard_normal((7, 3))
    frames = decoded_frames(small_model, z)
    np.testing.assert_array_equal(frames, gray_levels(small_model.decode(z)).reshape(7, 4, 4))


def test_many_frames_are_those_that_each_point_has_alone() -> None:
    model = random_model(VAEConfig(64 * 64, (4,), 1))
    z = np.linspace(-2, 2, 200)[:, None]
    frames = decoded_frames(model, z)
    alone = np.concatenate([gray_levels(model.decode(place[None])) for place in z]).reshape(200, 64, 64)
    # A product of many rows may round otherwise than one of one row.
    assert np.abs(frames.astype(int) - alone).max() <= 1


def test_a_cancelled_decoding_has_no_frames(small_model: ModelSnapshot) -> None:
    with pytest.raises(CancelledError):
        decoded_frames(small_model, np.zeros((3, 3)), lambda: True)


def test_no_points_have_no_frames(small_model: ModelSnapshot) -> None:
    frames = decoded_frames(small_model, np.zeros((0, 3)))
    assert frames.shape == (0, 4, 4)


def test_points_too_far_out_are_said(small_model: ModelSnapshot) -> None:
    with pytest.raises(UserError, match="no longer numbers"):
        decoded_frames(small_model, np.full((1, 3), 1e39))


def test_a_strip_has_its_frames_from_left_to_right() -> None:
    frames = film(4)
    strip = film_strip(frames)
    assert strip.shape == (3 + 4, 4 * 5 + 2)
    for k, frame in enumerate(frames):
        np.testing.assert_array_equal(strip[2:5, 2 + 5 * k : 5 + 5 * k], frame)
    assert np.count_nonzero(strip) == frames.size


def test_a_long_strip_is_broken_into_rows() -> None:
    frames = film(150)
    strip = film_strip(frames)
    assert strip.shape == (2 + 2 * 5, 100 * 5 + 2)
    np.testing.assert_array_equal(strip[7:10, 2:5], frames[100])


def test_films_lie_one_below_the_other() -> None:
    films = [film(2), film(0), film(5, seed=1)]
    picture = film_strips(films)
    assert picture.shape == (2 * 7, 5 * 5 + 2)
    np.testing.assert_array_equal(picture[:7, :12], film_strip(films[0]))
    assert not picture[:7, 12:].any()
    np.testing.assert_array_equal(picture[7:], film_strip(films[2]))


@given(st.integers(0, 30))
def test_there_and_back_no_frame_stands_still(count: int) -> None:
    order = playing_order(count, ping_pong=True)
    again = np.concatenate((order, order))
    if count > 1:
        assert (np.abs(np.diff(again)) == 1).all()
    assert set(order.tolist()) == set(range(count))
    assert playing_order(count, ping_pong=False).tolist() == list(range(count))


def test_pixels_are_repeated() -> None:
    frame = film(1)[0]
    large = enlarged(frame, 4)
    assert large.shape == (12, 12)
    for row in range(4):
        np.testing.assert_array_equal(large[row::4, row::4], frame)


@pytest.mark.parametrize("scale", [0, -1, 6667])
def test_a_scale_that_makes_no_picture_is_said(scale: int) -> None:
    with pytest.raises(ConfigError, match=f"from 1 to 6666, not {scale}"):
        enlarged(film(1)[0], scale)


def test_a_picture_too_large_at_any_scale_is_said() -> None:
    with pytest.raises(ConfigError, match="more than 20000 pixels"):
        enlarged(np.zeros((1, 20_001), np.uint8), 1)
