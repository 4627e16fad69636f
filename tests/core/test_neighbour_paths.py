from itertools import pairwise

import numpy as np
import pytest

from tests.core.decoders import flat, random_space, space_of
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.decoder_space import DecoderSpace
from vae_explorer.core.neighbour_paths import NeighbourGraph
from vae_explorer.core.paths import path
from vae_explorer.core.snapshot import Posterior


def with_digits(mu: np.ndarray) -> DecoderSpace:
    mu = mu.astype(np.float32)
    return DecoderSpace(flat(mu.shape[1], pixels=16), Posterior(mu, np.full_like(mu, -3)))


def test_it_goes_from_digit_to_digit_along_the_data() -> None:
    """Digits on three quarters of a circle: not across it."""
    angle = np.linspace(0, 1.5 * np.pi, 100)
    mu = np.column_stack((np.cos(angle), np.sin(angle)))
    space = with_digits(mu)
    found = path("neighbours", mu[[0, -1]], 40, space=space)
    np.testing.assert_allclose(np.linalg.norm(found.curve, axis=1), 1, atol=0.01)
    assert list(found.digits) == sorted(found.digits)
    assert all(0 < b - a <= 10 for a, b in pairwise((0, *found.digits, 99)))
    np.testing.assert_allclose(found.curve[1:-1], mu[list(found.digits)], atol=1e-6)


def test_it_is_the_shortest_way_over_the_graph() -> None:
    space = space_of(flat(2, pixels=16), count=60)
    graph = NeighbourGraph(space)
    a, b = space.posterior.mu[[3, 40]].astype(float)
    way, digits = graph.between(space, a, b)
    assert len(way) == len(digits) + 2
    # In a flat space nothing is shorter than the straight line, and nearly that long is enough.
    line = space.length(np.stack((a, b)))
    assert line <= space.length(way) * 1.001
    assert space.length(way) < 1.3 * line


def test_parts_far_from_each_other_are_joined() -> None:
    rng = np.random.default_rng(0)
    parts = [rng.standard_normal((30, 2)) * 0.1 + place for place in ([0, 0], [9, 0], [0, 9], [50, 50])]
    space = with_digits(np.concatenate(parts))
    found = path("neighbours", np.array([[9.0, 0], [50, 50]]), 12, space=space)
    assert np.isfinite(found.points).all()
    assert {digit // 30 for digit in found.digits} >= {1, 3}


def test_an_anchor_that_is_a_digit_is_not_passed_twice() -> None:
    space = random_space(VAEConfig(16, (9,), 2))
    ends = space.posterior.mu[[5, 17]].astype(float)
    found = path("neighbours", ends, 12, space=space)
    assert not {5, 17} & set(found.digits)
    assert (np.linalg.norm(np.diff(found.curve, axis=0), axis=1) > 0).all()


@pytest.mark.parametrize("count", [1, 2, 5])
def test_few_digits_are_enough(count: int) -> None:
    space = with_digits(np.random.default_rng(0).standard_normal((count, 3)))
    found = path("neighbours", np.array([[0.0, 0, 0], [1, 1, 1]]), 8, space=space)
    assert np.isfinite(found.points).all()
    assert 1 <= len(found.digits) <= count


def test_digits_in_one_place_are_no_obstacle() -> None:
    mu = np.concatenate((np.zeros((40, 2)), np.ones((40, 2))))
    found = path("neighbours", np.array([[0.0, 0], [1, 1]]), 8, space=with_digits(mu))
    assert np.isfinite(found.points).all()


def test_a_loop_names_the_digits_of_all_its_ways() -> None:
    space = space_of(flat(2, pixels=16))
    anchors = np.array([[2.0, 0], [-1, 1.5], [-1, -1.5]])
    closed = path("neighbours", anchors, 30, space=space, loop=True)
    parts = [
        path("neighbours", np.stack(pair), 10, space=space).digits
        for pair in pairwise([*anchors, anchors[0]])
    ]
    assert closed.digits == sum(parts, ())
