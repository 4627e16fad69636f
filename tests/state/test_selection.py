import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from vae_explorer.state import selection as module
from vae_explorer.state.selection import FARTHEST, Selection, nearest

#: On a coarse grid, so that squares are exact and ties are frequent.
coordinates = st.integers(-20, 20).map(lambda n: n / 4)


@st.composite
def clouds(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    latent, count = draw(st.integers(1, 5)), draw(st.integers(0, 30))
    points = draw(npst.arrays(np.float32, (count, latent), elements=coordinates))
    z = draw(npst.arrays(np.float64, (latent,), elements=coordinates))
    allowed = draw(npst.arrays(np.bool_, (count,)))
    return points, z, allowed


@given(clouds(), st.sampled_from([1, 7, 2**17]))
def test_the_nearest_is_that_of_brute_force(
    cloud: tuple[np.ndarray, np.ndarray, np.ndarray], at_once: int
) -> None:
    points, z, allowed = cloud
    distances = [float(np.linalg.norm(point - z)) for point in points]
    for mask in (None, allowed):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, "_AT_ONCE", at_once)
            found = nearest(points, z, mask)
        candidates = [k for k in range(len(points)) if mask is None or mask[k]]
        if not candidates:
            assert found is None
            continue
        assert found is not None
        assert found.index == min(candidates, key=lambda k: distances[k])
        assert found.distance == pytest.approx(distances[found.index], abs=1e-5)


def test_it_starts_at_the_origin() -> None:
    assert Selection().z.tolist() == [0, 0]
    assert Selection(5).z.shape == (5,)


def test_moving_tells_those_who_listen_once() -> None:
    selection = Selection()
    seen: list[list[float]] = []
    selection.z_changed.connect(lambda: seen.append(selection.z.tolist()))
    selection.move_to(np.array([1.0, 2.0]))
    selection.move_to(np.array([1.0, 2.0]))
    selection.move_to(np.zeros(3))
    assert seen == [[1, 2], [0, 0, 0]]


def test_the_point_cannot_be_changed_from_outside() -> None:
    selection, point = Selection(), np.array([1.0, 2.0])
    selection.move_to(point)
    point[0] = 9
    assert selection.z[0] == 1
    with pytest.raises(ValueError, match="read-only"):
        selection.z[0] = 9


def test_a_cursor_far_out_stays_where_a_file_can_keep_it() -> None:
    selection = Selection(3)
    selection.move_to(np.array([1e9, -3e300, 0.25]))
    assert selection.z.tolist() == [FARTHEST, -FARTHEST, 0.25]


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_point_that_is_not_finite_is_refused(bad: float) -> None:
    selection = Selection()
    before = selection.z
    with pytest.raises(ValueError, match="finite"):
        selection.move_to(np.array([0, bad]))
    assert selection.z is before


def test_the_nearest_digit_follows_cursor_classes_and_model() -> None:
    random = np.random.default_rng(0)
    labels = np.arange(200, dtype=np.uint8) % 10
    selection = Selection()
    models = [random.normal(size=(200, 2)).astype(np.float32) for _ in range(2)]
    for _ in range(20):
        match int(random.integers(3)):
            case 0:
                selection.move_to(random.normal(size=2))
            case 1:
                selection.show_class(int(random.integers(10)), bool(random.integers(2)))
        points = models[int(random.integers(2))]
        expected = nearest(points, selection.z, selection.shows(labels))
        assert selection.nearest(points, labels) == expected
        assert selection.nearest(points, labels) is selection.nearest(points, labels)
    selection.show_classes(frozenset())
    assert selection.nearest(models[0], labels) is None
