import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae_explorer.core.blocks import BLOCK_BYTES, block_rows, row_blocks


@given(st.integers(0, 500), st.integers(0, 2 * BLOCK_BYTES), st.integers(1, 10**6))
def test_blocks_cover_each_row_once_and_in_order(rows: int, row_bytes: int, block_bytes: int) -> None:
    blocks = list(row_blocks(rows, row_bytes, block_bytes=block_bytes))
    assert [row for block in blocks for row in range(block.start, block.stop)] == list(range(rows))
    assert all(block.stop - block.start <= block_rows(row_bytes, block_bytes) for block in blocks)


def test_a_row_larger_than_a_block_is_a_block() -> None:
    assert list(row_blocks(2, 10 * BLOCK_BYTES)) == [slice(0, 1), slice(1, 2)]


@pytest.mark.parametrize("after", [0, 1, 3])
def test_no_block_comes_after_a_cancellation(after: int) -> None:
    done: list[slice] = []
    for block in row_blocks(10, BLOCK_BYTES, lambda: len(done) >= after):
        done.append(block)  # noqa: PERF402
    assert len(done) == after
