import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from vae_explorer.core.errors import UserError
from vae_explorer.core.snapshot import Posterior
from vae_explorer.core.tables import save_coordinates

floats = st.floats(width=32, allow_nan=False, allow_infinity=False)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(
    st.tuples(st.integers(1, 5), st.integers(1, 4)).flatmap(
        lambda shape: st.tuples(*(hnp.arrays(np.float32, shape, elements=floats) for _ in range(2)))
    )
)
def test_numbers_are_read_back_exactly(tmp_path: Path, values: tuple[np.ndarray, np.ndarray]) -> None:
    mu, logvar = values
    labels = np.arange(len(mu), dtype=np.uint8)
    save_coordinates(tmp_path / "a.csv", labels, Posterior(mu, logvar))
    with (tmp_path / "a.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    d = mu.shape[1]
    dimensions = range(1, d + 1)
    assert rows[0] == [
        "index",
        "label",
        *(f"mu_{j}" for j in dimensions),
        *(f"logvar_{j}" for j in dimensions),
    ]
    assert [row[:2] for row in rows[1:]] == [[str(i), str(i)] for i in range(len(mu))]
    np.testing.assert_array_equal(np.array([row[2 : 2 + d] for row in rows[1:]], np.float32), mu)
    np.testing.assert_array_equal(np.array([row[2 + d :] for row in rows[1:]], np.float32), logvar)


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    empty = np.zeros((0, 2), np.float32)
    with pytest.raises(UserError, match="Cannot write"):
        save_coordinates(tmp_path / "missing" / "a.csv", np.zeros(0, np.uint8), Posterior(empty, empty))
