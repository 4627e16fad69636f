"""Takes the rows of a large computation a few at a time.

So its intermediate results stay in the processor's cache, its memory stays bounded, and it ends soon once nobody wants
it any more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

#: What the largest intermediate array of a block takes, unless the caller knows better. It fits a core's cache, and
#: NumPy's product for a block of this size runs on one thread: two that wait for each other take ten times as long as
#: one when the machine is busy with something else.
BLOCK_BYTES = 384 * 2**10
#: For passes through the layers of a model. Smaller blocks make their threads wait, and the memory of larger ones is
#: taken from the system anew for each: both are slower several times over.
LAYER_BLOCK_BYTES = 768 * 2**10
#: For products that are run on several threads anyway: few of them, so that these seldom wait for each other.
_WIDE_BLOCK_BYTES = 16 * 2**20
#: Columns up to which a block of `BLOCK_BYTES` is multiplied by one thread.
_NARROW = 6


def product_block_bytes(inner: int) -> int:
    """What the result of a block of a product a @ b may take, by the columns of a."""
    return BLOCK_BYTES if inner <= _NARROW else _WIDE_BLOCK_BYTES


def block_rows(bytes_a_row: int, block_bytes: int = BLOCK_BYTES) -> int:
    """How many rows a block has whose largest intermediate array takes `bytes_a_row` for one; at least 1."""
    return max(1, block_bytes // max(1, bytes_a_row))


def row_blocks(
    rows: int,
    bytes_a_row: int,
    cancelled: Callable[[], bool] | None = None,
    block_bytes: int = BLOCK_BYTES,
) -> Iterator[slice]:
    """Slices that cover `rows` rows in order.

    Args:
        rows: how many there are.
        bytes_a_row: what the largest intermediate array takes for one row.
        cancelled: asked before each block; once it says yes, no more blocks come.
        block_bytes: what that array may take for a block.
    """
    step = block_rows(bytes_a_row, block_bytes)
    for start in range(0, rows, step):
        if cancelled is not None and cancelled():
            return
        yield slice(start, min(start + step, rows))
