import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vae_explorer.core.brush import stroke

BLANK = np.zeros((28, 28), np.uint8)
places = st.tuples(st.floats(-5, 33), st.floats(-5, 33))
radii = st.floats(0.5, 3)


def test_a_dot_is_round_and_as_large_as_the_brush() -> None:
    dot = stroke(BLANK, (14, 14), (14, 14), 3)
    np.testing.assert_array_equal(dot, dot.T)
    np.testing.assert_array_equal(dot, dot[::-1])
    assert dot[14, 14] == 255
    assert abs(dot.sum() / 255 - np.pi * 9) < 1.5
    assert not BLANK.any()


@given(places, places, radii)
def test_a_stroke_has_ink_near_its_line_only(
    start: tuple[float, float], end: tuple[float, float], radius: float
) -> None:
    drawn = stroke(BLANK, start, end, radius)
    steps = np.linspace(start, end, 400)
    y, x = np.mgrid[:28, :28] + 0.5
    nearest = np.hypot(x[..., None] - steps[:, 0], y[..., None] - steps[:, 1]).min(-1)
    assert (drawn[nearest <= radius - 0.6] == 255).all()
    assert (drawn[nearest >= radius + 0.6] == 0).all()


@given(places, places, radii)
def test_going_over_it_again_adds_nothing_and_erasing_takes_it_away(
    start: tuple[float, float], end: tuple[float, float], radius: float
) -> None:
    once = stroke(BLANK, start, end, radius)
    np.testing.assert_array_equal(stroke(once, end, start, radius).astype(int), once, strict=False)
    assert not stroke(once, start, end, radius + 1, erase=True).any()
