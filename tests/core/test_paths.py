from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tests.core.decoders import cloud, flat, random_space, space_of, with_decoder
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.decoder_space import CancelledError, DecoderSpace
from vae_explorer.core.errors import ConfigError, DataError
from vae_explorer.core.path_kinds import PATH_KINDS, Even, PathKind
from vae_explorer.core.paths import path, prepare, slerp

kinds = pytest.mark.parametrize("kind", PATH_KINDS)
coordinates = st.floats(-5, 5).map(lambda value: round(value, 3))
EVEN: tuple[Even, ...] = (None, "latent", "decoder")


@cache
def space(latent: int = 2) -> DecoderSpace:
    """Made once: its grid and graph are kept."""
    return random_space(VAEConfig(16, (9, 7), latent))


def some_anchors(count: int, latent: int = 2, seed: int = 0) -> np.ndarray:
    return 1.5 * np.random.default_rng(seed).standard_normal((count, latent))


# Anchors


@given(
    st.sampled_from(PATH_KINDS),
    st.integers(2, 5).flatmap(lambda count: arrays(np.float64, (count, 2), elements=coordinates)),
    st.integers(0, 20),
    st.booleans(),
    st.sampled_from(EVEN),
    st.sampled_from([0.0, 0.5]),
    st.booleans(),
)
@settings(max_examples=60)
def test_all_anchors_are_hit_exactly(
    kind: PathKind,
    anchors: np.ndarray,
    more: int,
    loop: bool,
    even: Even,
    near_data: float,
    coarse: bool,
) -> None:
    assume(np.ptp(anchors, 0).any())
    steps = len(anchors) + more
    found = path(
        kind, anchors, steps, space=space(), loop=loop, even=even, near_data=near_data, coarse=coarse
    )
    assert found.points.shape == (steps, 2)
    assert np.isfinite(found.points).all()
    assert len(found.anchor_rows) == len(anchors)
    np.testing.assert_array_equal(found.points[list(found.anchor_rows)], anchors)
    assert found.anchor_rows[0] == 0
    if not loop:
        assert all(a <= b for a, b in pairwise(found.anchor_rows))
        assert found.anchor_rows[-1] == steps - 1
    np.testing.assert_array_equal(found.curve[[0, -1]], anchors[[0, 0 if loop else -1]])


@kinds
@pytest.mark.parametrize("latent", [1, 2, 3, 20, 512])
def test_any_latent_size_has_all_kinds(kind: PathKind, latent: int) -> None:
    anchors = some_anchors(3, latent)
    found = path(kind, anchors, 9, space=space(latent), even="decoder")
    np.testing.assert_array_equal(found.points[list(found.anchor_rows)], anchors)
    assert np.isfinite(found.curve).all()


@given(
    st.sampled_from(PATH_KINDS),
    st.lists(st.integers(1, 3), min_size=2, max_size=4),
    st.integers(0, 9),
    st.booleans(),
    st.sampled_from(EVEN),
)
@settings(max_examples=40)
def test_an_anchor_that_is_repeated_changes_nothing(
    kind: PathKind, times: list[int], more: int, loop: bool, even: Even
) -> None:
    once = some_anchors(len(times), seed=5)
    steps = len(times) + more
    plain = path(kind, once, steps, space=space(), loop=loop, even=even)
    repeated = path(kind, np.repeat(once, times, axis=0), steps, space=space(), loop=loop, even=even)
    np.testing.assert_array_equal(repeated.curve, plain.curve)
    np.testing.assert_array_equal(repeated.points, plain.points)
    assert repeated.anchor_rows == tuple(np.repeat(plain.anchor_rows, times))
    assert repeated.digits == plain.digits


@kinds
def test_a_loop_that_is_closed_already_is_the_same_loop(kind: PathKind) -> None:
    once = some_anchors(3)
    closed = np.concatenate((once, once[:1], once[:1]))
    plain = path(kind, once, 9, space=space(), loop=True)
    found = path(kind, closed, 9, space=space(), loop=True)
    np.testing.assert_array_equal(found.curve, plain.curve)
    np.testing.assert_array_equal(found.points, plain.points)
    assert found.anchor_rows == (*plain.anchor_rows, 0, 0)


@pytest.mark.parametrize(
    ("count", "says"),
    [(2, "Anchors 1 and 2 are at the same place"), (3, "All 3 anchors are at the same place")],
)
@pytest.mark.parametrize("loop", [False, True])
@kinds
def test_between_anchors_at_one_place_there_is_no_path(
    kind: PathKind, loop: bool, count: int, says: str
) -> None:
    with pytest.raises(DataError, match=says):
        path(kind, np.repeat(some_anchors(1), count, axis=0), 8, space=space(), loop=loop)


@kinds
@pytest.mark.parametrize("even", EVEN)
@pytest.mark.parametrize("latent", [2, 5])
def test_anchors_far_off_the_data_are_places_like_others(kind: PathKind, even: Even, latent: int) -> None:
    anchors = some_anchors(3, latent)
    anchors[1] *= 1e6
    found = path(kind, anchors, 16, space=space(latent), even=even)
    assert np.isfinite(found.points).all()
    np.testing.assert_array_equal(found.points[list(found.anchor_rows)], anchors)


@kinds
def test_a_decoder_of_only_black_and_white_has_paths(kind: PathKind) -> None:
    """φ jumps, and does not change elsewhere: p is 0 or 1 to a float."""
    weight = np.random.default_rng(0).standard_normal((9, 2))
    saturated = space_of(with_decoder(VAEConfig(9, (), 2), logits_weight=1e7 * weight))
    assert set(np.unique(saturated.snapshot.decode(some_anchors(50)))) == {0, 1}
    for even in EVEN:
        found = path(kind, some_anchors(3), 12, space=saturated, even=even)
        assert np.isfinite(found.points).all()
        assert np.isfinite(found.curve).all()


@kinds
def test_a_decoder_that_always_draws_the_same_has_paths(kind: PathKind) -> None:
    constant = space_of(with_decoder(VAEConfig(9, (), 2)))
    found = path(kind, some_anchors(3), 12, space=constant, even="decoder")
    assert np.isfinite(found.points).all()


# Frames


@kinds
def test_a_loop_goes_on_to_where_it_began(kind: PathKind) -> None:
    anchors = some_anchors(3)
    closed = path(kind, anchors, 24, space=space(), loop=True)
    around = path(kind, np.concatenate((anchors, anchors[:1])), 25, space=space())
    np.testing.assert_allclose(closed.points, around.points[:-1], atol=1e-12)
    assert closed.anchor_rows == around.anchor_rows[:-1]
    assert closed.loop
    assert not around.loop


@kinds
def test_even_on_the_map_is_even(kind: PathKind) -> None:
    found = path(kind, some_anchors(2, seed=3), 12, space=space(), even="latent")
    lengths = along_the_curve(found.curve, found.points)
    np.testing.assert_allclose(np.diff(lengths), lengths[-1] / 11, rtol=1e-3, atol=1e-6)


def along_the_curve(curve: np.ndarray, points: np.ndarray) -> np.ndarray:
    """How far along a polyline points lie, by where a dense copy of it comes nearest, in their order."""
    t = np.linspace(0, len(curve) - 1, 400_000)
    dense = np.column_stack([np.interp(t, np.arange(len(curve)), column) for column in curve.T])
    way = np.concatenate(([0], np.cumsum(np.linalg.norm(np.diff(dense, axis=0), axis=1))))
    return np.array([way[np.square(dense - point).sum(1).argmin()] for point in points])


@kinds
def test_even_in_decoder_space_is_even(kind: PathKind) -> None:
    """The lengths of the parts of the curve between frames, measured through many more frames."""
    frames, finer = 9, 40
    fine = path(kind, some_anchors(2, seed=3), (frames - 1) * finer + 1, space=space(), even="decoder")
    few = path(kind, some_anchors(2, seed=3), frames, space=space(), even="decoder")
    np.testing.assert_allclose(fine.points[::finer], few.points, atol=1e-9)
    lengths = space().step_lengths(fine.points).reshape(frames - 1, finer).sum(1)
    np.testing.assert_allclose(lengths, lengths.mean(), rtol=0.05)


def test_frames_are_spread_over_the_ways_by_their_length() -> None:
    anchors = np.array([[0.0, 0], [1, 0], [1, 3], [1.001, 3]])
    found = path("linear", anchors, 10, space=space())
    assert found.anchor_rows == (0, 2, 8, 9)


def test_a_straight_line_is_straight() -> None:
    ends = some_anchors(2)
    share = np.linspace(0, 1, 7)[:, None]
    np.testing.assert_allclose(
        path("linear", ends, 7, space=space()).points, (1 - share) * ends[0] + share * ends[1]
    )


def test_what_a_path_gives_cannot_be_changed() -> None:
    anchors = some_anchors(2)
    found = path("linear", anchors, 5, space=space())
    with pytest.raises(ValueError, match="read-only"):
        found.points[0] = 0
    with pytest.raises(ValueError, match="read-only"):
        found.curve[0] = 0
    anchors[0] = 99
    assert not (found.points == 99).any()


# Great circles

nonzero = st.integers(2, 6).flatmap(
    lambda latent: st.tuples(*[arrays(np.float64, latent, elements=coordinates)] * 2)
)


def angle_between(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Accurate for small angles too (Kahan)."""
    a, b = (v / np.linalg.norm(v, axis=-1, keepdims=True) for v in (a, b))
    return 2 * np.arctan2(np.linalg.norm(a - b, axis=-1), np.linalg.norm(a + b, axis=-1))


@given(nonzero)
@example((np.array([1.0, 0]), np.array([-2.0, 0])))
@example((np.array([1.0, 1, 1]), np.array([3.0, 3, 3])))
@example((np.array([1.0, 0]), np.array([-1.0, 1e-9])))
def test_the_direction_turns_at_constant_speed(ends: tuple[np.ndarray, np.ndarray]) -> None:
    a, b = ends
    if min(np.linalg.norm(a), np.linalg.norm(b)) == 0:
        return
    points = slerp(a, b, np.linspace(0, 1, 9))
    whole = angle_between(a, b)
    np.testing.assert_allclose(angle_between(points[:-1], points[1:]), whole / 8, atol=1e-7)
    # Evenly from one distance to the other, too.
    radii = np.linalg.norm(points, axis=1)
    np.testing.assert_allclose(radii, np.linspace(radii[0], radii[-1], 9), rtol=1e-9)
    np.testing.assert_allclose(points[[0, -1]], [a, b], atol=1e-7)


def test_from_the_origin_the_way_is_straight() -> None:
    share = np.linspace(0, 1, 5)
    np.testing.assert_array_equal(slerp(np.zeros(2), np.array([4.0, 8]), share), share[:, None] * [4, 8])
    np.testing.assert_array_equal(slerp(np.zeros(2), np.zeros(2), share), np.zeros((5, 2)))


def test_in_one_dimension_opposite_ends_are_joined_through_the_origin() -> None:
    np.testing.assert_array_equal(
        slerp(np.array([-1.0]), np.array([3.0]), np.array([0, 0.25, 1])), [[-1], [0], [3]]
    )


# Bad input


@pytest.mark.parametrize("anchors", [np.zeros((1, 2)), np.zeros((0, 2)), np.zeros(2)])
def test_a_path_needs_two_anchors(anchors: np.ndarray) -> None:
    with pytest.raises(ConfigError, match="at least two anchors"):
        path("linear", anchors, 5, space=space())


def test_each_anchor_needs_a_frame() -> None:
    with pytest.raises(ConfigError, match="2 frames are too few for 3 anchors"):
        path("linear", some_anchors(3), 2, space=space())


def test_anchors_of_another_model_are_refused() -> None:
    with pytest.raises(DataError, match="3 dimensions, but the latent space of this model has 2"):
        path("linear", np.zeros((2, 3)), 5, space=space())


@pytest.mark.parametrize("value", [np.nan, np.inf, -1e13])
def test_an_anchor_that_is_no_place_is_named(value: float) -> None:
    with pytest.raises(DataError, match="Anchor 2"):
        path("geodesic", np.array([[0, 0], [0, value]]), 5, space=space())


@pytest.mark.parametrize("value", [-1.0, np.nan, np.inf])
def test_a_strength_that_is_none_is_refused(value: float) -> None:
    with pytest.raises(ConfigError, match="How near"):
        path("geodesic", some_anchors(2), 5, space=space(), near_data=value)


# Cancelling


@kinds
def test_every_kind_can_be_broken_off(kind: PathKind) -> None:
    with pytest.raises(CancelledError):
        path(kind, some_anchors(2), 5, space=space(), cancelled=lambda: True)


@pytest.mark.parametrize("kind", ["geodesic", "neighbours"])
@pytest.mark.parametrize("latent", [2, 5])
def test_what_was_broken_off_while_it_was_made_is_made_later(kind: PathKind, latent: int) -> None:
    fresh = DecoderSpace(space(latent).snapshot, cloud(latent))
    asked: list[int] = []

    def soon() -> bool:
        asked.append(1)
        return len(asked) > 3

    with pytest.raises(CancelledError):
        prepare(kind, fresh, cancelled=soon)
    shares: list[float] = []
    prepare(kind, fresh, progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1
    anchors = some_anchors(2, latent)
    np.testing.assert_array_equal(
        path(kind, anchors, 8, space=fresh).points, path(kind, anchors, 8, space=space(latent)).points
    )


def test_straight_lines_and_circles_need_nothing_made() -> None:
    prepare("linear", DecoderSpace(flat(), cloud(2)), cancelled=lambda: True)
