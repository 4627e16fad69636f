import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae_explorer.core.bundled import DEFAULT_MODEL, model_path
from vae_explorer.core.checkpoint import load_model
from vae_explorer.core.data import ImageSet
from vae_explorer.core.neighbours import ClassVotes, NearestPoints, Neighbours, votes_at
from vae_explorer.core.projection import plane_for

#: Few dimensions go through a tree, many through products.
dimensions = pytest.mark.parametrize("d", [1, 2, 20, 512])


def some_points(n: int, d: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((n, d)).astype(np.float32)


def some_labels(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 10, n, np.uint8)


def all_distances(points: np.ndarray, z: np.ndarray) -> np.ndarray:
    return np.linalg.norm(z[:, None].astype(float) - points[None], axis=2)


@dimensions
@pytest.mark.parametrize("k", [1, 2, 15, 700])
def test_the_nearest_points_are_found_the_nearest_first(d: int, k: int) -> None:
    points, z = some_points(700, d), some_points(40, d, 1)
    distances, found = NearestPoints(points).query(z, k)
    expected = all_distances(points, z)
    np.testing.assert_allclose(distances, np.sort(expected, 1)[:, :k], atol=1e-6)
    np.testing.assert_allclose(np.take_along_axis(expected, found, 1), distances, atol=1e-6)
    assert all(len(set(row)) == k for row in found.tolist())


@dimensions
def test_there_are_never_more_neighbours_than_points(d: int) -> None:
    distances, found = NearestPoints(some_points(3, d)).query(some_points(5, d, 1), 15)
    assert distances.shape == found.shape == (5, 3)
    assert np.sort(found, 1).tolist() == [[0, 1, 2]] * 5


@dimensions
def test_points_among_themselves_leave_themselves_out(d: int) -> None:
    points, rows = some_points(300, d), np.array([0, 17, 299])
    distances, found = NearestPoints(points).query_others(rows, 4)
    expected = all_distances(points, points[rows])
    expected[np.arange(3), rows] = np.inf
    np.testing.assert_allclose(distances, np.sort(expected, 1)[:, :4], atol=1e-6)
    assert not (found == rows[:, None]).any()


@dimensions
def test_points_in_one_place_are_each_others_neighbours(d: int) -> None:
    points = np.zeros((200, d), np.float32)
    distances, found = NearestPoints(points).query_others(np.arange(200), 5)
    assert distances.shape == (200, 5)
    np.testing.assert_array_equal(distances, 0)
    assert not (found == np.arange(200)[:, None]).any()


@dimensions
@pytest.mark.parametrize("radius", [0.0, 0.3, 1.5, 30.0, 1e9])
def test_points_within_a_radius_are_counted(d: int, radius: float) -> None:
    points, z = some_points(500, d), some_points(30, d, 1) * np.float32(1.5)
    expected = (all_distances(points, z) <= radius).sum(1)
    np.testing.assert_array_equal(Neighbours(points, some_labels(500)).count_within(z, radius), expected)


def test_without_points_there_are_no_neighbours() -> None:
    with pytest.raises(ValueError, match="at least one point"):
        NearestPoints(np.zeros((0, 2), np.float32))


def test_labels_of_other_points_are_refused() -> None:
    with pytest.raises(ValueError, match="3 labels do not fit 5 points"):
        Neighbours(some_points(5, 2), some_labels(3))


@given(st.integers(1, 60), st.integers(1, 40), st.sampled_from([1, 2, 9]), st.integers(0, 100))
def test_class_probabilities_are_shares_of_the_nearest(n: int, k: int, d: int, seed: int) -> None:
    points, labels, z = some_points(n, d, seed), some_labels(n, seed), some_points(6, d, seed + 1)
    shares = Neighbours(points, labels).class_probabilities(z, k)
    assert shares.shape == (6, 10)
    np.testing.assert_allclose(shares.sum(1), 1)
    nearest = labels[all_distances(points, z).argsort(1)[:, :k]]
    expected = [[(row == label).mean() for label in range(10)] for row in nearest]
    np.testing.assert_allclose(shares, expected, atol=1e-12)


@dimensions
def test_a_grid_agrees_with_its_places(d: int) -> None:
    points = some_points(300, d)
    neighbours = Neighbours(points, some_labels(300))
    plane = plane_for(points)
    base = plane.lift(np.zeros(2), points[7])
    x, y = np.linspace(-2, 2, 9), np.linspace(-1, 3, 7)
    grid = neighbours.on_grid(x, y, base, plane.axes, 5)
    assert grid.shape == (7, 9, 10)
    places = base + (x[None, :, None] * plane.axes[0] + y[:, None, None] * plane.axes[1]).reshape(-1, d)
    np.testing.assert_array_equal(grid.reshape(-1, 10), neighbours.class_probabilities(places, 5))


@given(st.integers(1, 60), st.integers(1, 20), st.integers(0, 100))
def test_the_prediction_is_a_commonest_class(n: int, k: int, seed: int) -> None:
    neighbours = Neighbours(some_points(n, 2, seed), some_labels(n, seed))
    z = some_points(6, 2, seed + 1)
    shares = neighbours.class_probabilities(z, k)
    predicted = neighbours.predicted(z, k)
    assert predicted.dtype == np.uint8
    np.testing.assert_allclose(shares[np.arange(6), predicted], shares.max(1))


def test_of_equally_common_classes_the_nearer_is_predicted() -> None:
    points = np.array([[1.0], [2.0], [3.0], [4.0], [9.0]], np.float32)
    neighbours = Neighbours(points, np.array([7, 2, 2, 7, 1], np.uint8))
    # From 0 the sevens are first and fourth, the twos second and third: 4 + 1 against 3 + 2 by rank, the lower label.
    assert neighbours.predicted(np.array([[0.0]]), 2).tolist() == [7]
    assert neighbours.predicted(np.array([[2.4]]), 4).tolist() == [2]
    assert neighbours.predicted(np.array([[5.0]]), 2).tolist() == [7]


@given(st.integers(1, 60), st.integers(1, 20), st.sampled_from([1, 2, 9, 32]), st.integers(0, 100))
def test_one_place_votes_as_many_do(n: int, k: int, d: int, seed: int) -> None:
    points, labels, z = some_points(n, d, seed), some_labels(n, seed), some_points(1, d, seed + 1)
    neighbours = Neighbours(points, labels)
    votes = votes_at(points, labels, z[0], k)
    assert votes is not None
    assert votes.count == min(k, n)
    shares = neighbours.class_probabilities(z, k)[0]
    assert votes.first == neighbours.predicted(z, k)[0]
    assert votes.votes / votes.count == pytest.approx(shares[votes.first])
    others = np.delete(shares, votes.first)
    if votes.second is None:
        assert votes.second_votes == 0
        assert others.max() < shares[votes.first] / 2
    else:
        assert votes.second != votes.first
        assert votes.second_votes / votes.count == pytest.approx(others.max())
        assert others.max() >= shares[votes.first] / 2


def test_a_second_class_is_named_where_it_is_close() -> None:
    points, z = np.arange(7, dtype=np.float32)[:, None], np.zeros(1)
    labels = np.array([3, 3, 5, 3, 3, 5, 5], np.uint8)
    assert votes_at(points, labels, z, 4) == ClassVotes(3, 3, None, 0, 4)
    assert votes_at(points, labels, z, 6) == ClassVotes(3, 4, 5, 2, 6)
    # Of equally common classes the nearer one comes first.
    assert votes_at(points, labels[::-1], z, 4) == ClassVotes(5, 2, 3, 2, 4)


def test_nobody_votes_without_labels_or_at_no_place() -> None:
    points = some_points(5, 2)
    assert votes_at(points, some_labels(0), np.zeros(2)) is None
    assert votes_at(points[:0], some_labels(0), np.zeros(2)) is None
    assert votes_at(points, some_labels(5), np.array([0.0, np.inf])) is None


def test_a_point_does_not_vote_for_itself() -> None:
    points = np.array([[0.0], [0.1], [0.2], [5.0]], np.float32)
    neighbours = Neighbours(points, np.array([1, 2, 2, 3], np.uint8))
    assert neighbours.predicted(points, 1).tolist() == [1, 2, 2, 3]
    assert neighbours.predicted_for_points(1).tolist() == [2, 1, 2, 2]


def test_a_single_point_is_what_its_label_says() -> None:
    assert Neighbours(some_points(1, 2), np.array([4], np.uint8)).predicted_for_points().tolist() == [4]


@pytest.mark.parametrize("d", [2, 20])
def test_a_cancelled_query_says_what_it_did_not_reach(d: int) -> None:
    neighbours = Neighbours(some_points(50, d), some_labels(50))
    assert np.isnan(neighbours.class_probabilities(some_points(9, d), cancelled=lambda: True)).all()
    asked: list[int] = []

    def after_one() -> bool:
        asked.append(1)
        return len(asked) > 1

    shares = neighbours.class_probabilities(some_points(50_000, d), cancelled=after_one)
    assert np.isfinite(shares[0]).all()
    assert np.isnan(shares[-1]).all()


def test_most_test_digits_are_what_their_neighbours_are(mnist_test: ImageSet) -> None:
    mu = load_model(model_path(DEFAULT_MODEL)).encode(mnist_test.images).mu
    neighbours = Neighbours(mu, mnist_test.labels)
    assert (neighbours.predicted_for_points() == mnist_test.labels).mean() == pytest.approx(0.85, abs=0.02)
    assert (neighbours.predicted(mu, 1) == mnist_test.labels).mean() > 0.999
