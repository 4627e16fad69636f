from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vae_explorer.ui.map.lasso import Lasso, inside

COORDINATES = st.integers(-6, 6)
POLYGONS = st.lists(st.tuples(COORDINATES, COORDINATES), max_size=12)


def reference(corners: list[tuple[int, int]], x: Fraction, y: Fraction) -> bool:
    """The even-odd rule, point by point, without rounding."""
    odd = False
    for (x0, y0), (x1, y1) in zip(corners, corners[1:] + corners[:1], strict=True):
        if (y < y0) != (y < y1) and x < x0 + (y - y0) * Fraction(x1 - x0, y1 - y0):
            odd = not odd
    return odd


@given(corners=POLYGONS, places=st.lists(st.tuples(st.integers(-60, 60), st.integers(-60, 60)), max_size=40))
def test_it_is_the_even_odd_rule(corners: list[tuple[int, int]], places: list[tuple[int, int]]) -> None:
    # Off the lines by more than rounding, and exact as binary fractions.
    exact = [(Fraction(x, 8) + Fraction(1, 1024), Fraction(y, 8) + Fraction(1, 512)) for x, y in places]
    points = np.array([(float(x), float(y)) for x, y in exact]).reshape(-1, 2)
    expected = [len(corners) >= 3 and reference(corners, x, y) for x, y in exact]
    assert inside(np.array(corners, np.float64).reshape(-1, 2), points).tolist() == expected


@given(st.integers(0, 2**32 - 1), st.integers(3, 40))
def test_many_points_and_long_lines(seed: int, count: int) -> None:
    random = np.random.default_rng(seed)
    corners, points = random.normal(size=(count, 2)), random.normal(size=(500, 2))
    x, y = points.T
    odd = np.zeros(len(points), bool)
    for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, 0), strict=True):
        odd ^= ((y < y0) != (y < y1)) & (x < x0 + (y - y0) * ((x1 - x0) / (y1 - y0)))
    np.testing.assert_array_equal(inside(corners, points), odd)


def test_places_that_are_no_numbers_are_outside() -> None:
    square = np.array([[-1.0, -1], [1, -1], [1, 1], [-1, 1]])
    points = np.array([[0.0, 0], [np.nan, 0], [0, np.inf], [2, 0]])
    assert inside(square, points).tolist() == [True, False, False, False]


def test_the_line_grows_and_goes(qapp: object) -> None:
    lasso = Lasso()
    assert not lasso.isVisible()
    lasso.begin(np.array([0.0, 0.0]))
    for place in ((1.0, 0.0), (1.0, 0.0), (1.0, 2.0)):
        lasso.extend(np.array(place))
    assert lasso.isVisible()
    assert lasso.boundingRect().width() >= 1
    assert lasso.end().tolist() == [[0, 0], [1, 0], [1, 2]]
    assert not lasso.isVisible()
    assert len(lasso.corners) == 0
