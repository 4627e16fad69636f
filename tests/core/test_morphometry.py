import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vae_explorer.core import morphometry
from vae_explorer.core.data import ImageSet
from vae_explorer.core.morphometry import ATTRIBUTES, Values, measure

#: Places a side at which a drawn shape is looked at for each pixel: fine enough for smooth edges.
FINE = 8


def drawn(inside: "np.ndarray") -> np.ndarray:
    """Coverage of each pixel, 0 to 1, from whether fine places are inside; shape (side, side)."""
    side = len(inside) // FINE
    return inside.reshape(side, FINE, side, FINE).mean((1, 3))


def bar(width: float, height: float, slant: float = 0.0, side: int = 28, middle: float = 0.0) -> np.ndarray:
    """A bar whose rows are `width` wide, leaning to the right by `slant` radians, anti-aliased."""
    places = (np.arange(side * FINE) + 0.5) / FINE - side / 2 - middle
    x, y = places[None, :], places[:, None]
    return drawn((np.abs(x + math.tan(slant) * y) <= width / 2) & (np.abs(y) <= height / 2))


def ring(radius: float, thickness: float) -> np.ndarray:
    places = (np.arange(28 * FINE) + 0.5) / FINE - 14
    distance = np.hypot(places[None, :], places[:, None])
    return drawn(np.abs(distance - radius) <= thickness / 2)


def measured(image: np.ndarray, grids: int = 1) -> dict[str, float]:
    return dict(zip(ATTRIBUTES, measure(image[None], grids=grids)[0], strict=True))


def column(measures: Values, attribute: str) -> np.ndarray:
    return measures[:, ATTRIBUTES.index(attribute)]  # type: ignore[arg-type]


# Shapes of known size -----------------------------------------------------------------------------------


@settings(max_examples=20)
@given(
    thickness=st.floats(1.5, 5),
    slant=st.floats(-0.6, 0.6),
    height=st.floats(14, 22),
    middle=st.floats(-0.5, 0.5),
)
def test_bars_measure_what_they_were_drawn_with(
    thickness: float, slant: float, height: float, middle: float
) -> None:
    across = thickness / math.cos(slant)
    found = measured(bar(across, height, slant, middle=middle))
    assert found["slant"] == pytest.approx(slant, abs=0.012)
    # The medial axis of a rectangle forks at its ends: over all of it, the mean is t·h / (h + t). Smoothing rounds the
    # corners off, the more the thinner the bar; and pixels are a quarter wide.
    leaning = height / math.cos(slant)
    assert thickness * leaning / (leaning + thickness) - 0.5 <= found["thickness"] <= thickness + 0.8
    assert leaning - thickness - 0.5 <= found["length"] <= 1.25 * (leaning + 2 * thickness)
    # A quarter of a pixel along the edge.
    assert found["area"] == pytest.approx(across * height, abs=0.5 * (leaning + thickness))
    # 98 % of the ink each way, and the gray edges have some of it.
    assert 0.98 * across + 0.7 <= found["width"] <= 0.98 * across + 3.2
    assert 0.98 * height + 0.1 <= found["height"] <= 0.98 * height + 1.2


@settings(max_examples=20)
@given(radius=st.floats(5, 9), thickness=st.floats(1.5, 4))
def test_rings_have_no_ends(radius: float, thickness: float) -> None:
    found = measured(ring(radius, thickness))
    assert found["thickness"] == pytest.approx(thickness, abs=0.35)
    # Twigs add to it, most to thick strokes.
    assert 0.98 <= found["length"] / (2 * math.pi * radius) <= 1.5
    # An eighth of a pixel along both edges, and a little.
    assert found["area"] == pytest.approx(2 * math.pi * radius * thickness, abs=0.15 * 4 * math.pi * radius)
    assert found["slant"] == pytest.approx(0, abs=0.02)
    assert found["width"] == pytest.approx(found["height"], rel=0.03)


def test_thicker_strokes_measure_thicker_by_what_they_are() -> None:
    found = [measured(ring(8, thickness), grids=2)["thickness"] for thickness in (2, 2.5, 3, 4)]
    assert np.diff(found) == pytest.approx([0.5, 0.5, 1], abs=0.2)


def test_wider_and_higher_bars_measure_so_by_what_they_are() -> None:
    small, large = measured(bar(4, 12, 0.3)), measured(bar(7, 20, 0.3))
    assert large["width"] - small["width"] == pytest.approx(0.98 * 3, abs=0.5)
    assert large["height"] - small["height"] == pytest.approx(0.98 * 8, abs=0.3)
    assert large["slant"] == pytest.approx(small["slant"], abs=0.01)


@pytest.mark.parametrize("angle", [-0.3, 0.15, 0.4])
def test_shearing_a_digit_changes_its_slant_and_nothing_else(mnist_test: ImageSet, angle: float) -> None:
    from scipy import ndimage

    digits = [mnist_test.picture(k) / 255 for k in (0, 1, 2, 3, 7)]
    #: A place (row, column) of the sheared digit comes from (row, column + tan(angle)·(row − middle)).
    shear = math.tan(angle)
    sheared = [
        ndimage.affine_transform(digit, [[1, 0], [shear, 1]], [0, -shear * 13.5], order=1) for digit in digits
    ]
    before, after = measure(np.stack(digits)), measure(np.stack(sheared))
    moved = np.tan(column(after, "slant")) - np.tan(column(before, "slant"))
    assert moved == pytest.approx(shear, abs=0.02)
    # Drawing it anew blurs it a little.
    assert column(after, "height") == pytest.approx(column(before, "height"), abs=0.3)
    assert column(after, "width") == pytest.approx(column(before, "width"), abs=0.7)
    assert column(after, "area") == pytest.approx(column(before, "area"), rel=0.06)


# The method ----------------------------------------------------------------------------------------------


def test_it_is_the_published_method(mnist_test: ImageSet) -> None:
    """Each digit by itself, with scikit-image's own enlarging and its arbitrary order of thinning."""
    from skimage.morphology import medial_axis
    from skimage.transform import pyramid_expand

    found = measure(mnist_test.images[:30])
    expected = []
    for k in range(30):
        large = pyramid_expand(mnist_test.picture(k) / 255, 4, order=3)
        ink = large >= large.min() + (large.max() - large.min()) / 2
        axis, distance = medial_axis(ink, return_distance=True, rng=0)
        places = np.arange(112)
        across, down = (large.sum(axis) @ places / large.sum() for axis in (0, 1))
        x, y = places[None, :] - across, places[:, None] - down
        slant = math.atan(-(large * x * y).sum() / (large * y**2).sum())
        expected.append((2 * distance[axis].mean() / 4, slant, ink.sum() / 16))
    thickness, slant, area = np.array(expected).T
    assert column(found, "slant") == pytest.approx(slant, abs=1e-3)
    assert column(found, "area") == pytest.approx(area, abs=0.5)
    assert np.abs(column(found, "thickness") - thickness).mean() < 0.03
    assert column(found, "thickness") == pytest.approx(thickness, abs=0.2)


def test_it_thins_as_scikit_image_does(mnist_test: ImageSet, monkeypatch: pytest.MonkeyPatch) -> None:
    """To the last bit: the short way takes a function that another version may keep elsewhere."""
    quick = measure(mnist_test.images[:100], grids=2)
    assert morphometry._removing_loop() is not None
    monkeypatch.setattr(morphometry, "_removing_loop", lambda: None)
    assert np.array_equal(measure(mnist_test.images[:100], grids=2), quick)


def test_measures_of_an_image_do_not_depend_on_the_others(mnist_test: ImageSet) -> None:
    images = mnist_test.images[:120]
    together = measure(images)
    assert measure(images[70:71]) == pytest.approx(together[70:71], rel=1e-9)
    assert measure(images[::-1])[::-1] == pytest.approx(together, rel=1e-9)


@settings(max_examples=20)
@given(st.floats(0.05, 1), st.floats(0, 0.5))
def test_brightness_and_contrast_do_not_matter(mnist_test: ImageSet, contrast: float, paper: float) -> None:
    digit = mnist_test.picture(4)[None] / 255
    changed = digit * contrast * (1 - paper) + paper
    assert measure(changed) == pytest.approx(measure(digit), rel=1e-2)


def test_bytes_floats_rows_and_squares_measure_alike(mnist_test: ImageSet) -> None:
    rows = mnist_test.images[:3]
    expected = measure(rows)
    assert np.array_equal(measure(rows.reshape(3, 28, 28)), expected)
    assert np.array_equal(measure(rows / 255), expected)
    assert measure((rows / 255).astype(np.float32)) == pytest.approx(expected, rel=1e-3)


def test_more_grids_measure_the_same_more_finely(mnist_test: ImageSet) -> None:
    images = mnist_test.images[:40]
    once, often = measure(images), measure(images, grids=3)
    assert column(often, "slant") == pytest.approx(column(once, "slant"), abs=1e-3)
    assert np.abs(column(often, "thickness") - column(once, "thickness")).mean() < 0.08
    assert column(often, "area") == pytest.approx(column(once, "area"), abs=1.5)
    # A digit that moves by part of an enlarged pixel should stay as thick as it is.
    shapes = np.stack([bar(2.6, 18, 0.3, middle=middle) for middle in np.linspace(0, 0.25, 12)])
    spread = [column(measure(shapes, grids=grids), "thickness").std() for grids in (1, 4)]
    assert spread[1] < 0.7 * spread[0]


# Odd input -----------------------------------------------------------------------------------------------


def test_images_without_ink_have_no_measures(mnist_test: ImageSet) -> None:
    images = np.stack([np.zeros(784), np.full(784, 0.7), mnist_test.images[0] / 255, np.full(784, np.nan)])
    images[1, :20] += 0.5 / 255  # less than a gray level
    found = measure(images)
    assert np.isnan(found[[0, 1, 3]]).all()
    assert np.isfinite(found[2]).all()


@pytest.mark.parametrize("shape", [(0, 784), (2, 1), (2, 4, 4), (1, 64, 64)])
def test_any_number_and_size_of_images(shape: tuple[int, ...]) -> None:
    images = np.random.default_rng(0).random(shape)
    assert measure(images).shape == (shape[0], 6)


def test_ink_up_to_the_edge_is_measured() -> None:
    image = np.zeros((1, 28, 28))
    image[0, :, 10:14] = 1
    assert measured(image[0])["height"] == pytest.approx(28, abs=1)
    assert np.isfinite(measure(np.eye(28)[None])).all()


def test_images_that_are_not_square_are_refused() -> None:
    for shape in ((3, 20), (3, 4, 9)):
        with pytest.raises(ValueError, match="not square"):
            measure(np.zeros(shape))


def test_it_can_be_followed_and_cancelled(mnist_test: ImageSet) -> None:
    told: list[float] = []
    found = measure(mnist_test.images[:150], cancelled=lambda: len(told) == 2, progress=told.append)
    assert told == sorted(told)
    assert 0 < told[0] < told[1] < 1
    reached = round(150 * told[1])
    assert np.isfinite(found[:reached]).all()
    assert np.isnan(found[reached:]).all()
    measure(mnist_test.images[:150], progress=told.append)
    assert told[-1] == 1
