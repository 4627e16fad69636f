"""The threads of matrix products."""

import os
from pathlib import Path

import pytest

from tests.processes import run_code

_COUNT = """
from vae_explorer.core.threads import import_numpy_with_one_thread
{before}
import os
import numpy as np
many = np.ones((600, 600), np.float32)
many @ many
print(len(os.listdir("/proc/self/task")), os.environ.get("OPENBLAS_NUM_THREADS"))
"""

linux_only = pytest.mark.skipif(
    not Path("/proc/self/task").is_dir(), reason="threads are counted as Linux lists them"
)


def threads_after(before: str, **changes: str) -> list[str]:
    return run_code(_COUNT.format(before=before), **changes).split()


@linux_only
def test_numpy_takes_one_thread_and_other_libraries_are_told_nothing() -> None:
    assert threads_after("import_numpy_with_one_thread()") == ["1", "None"]


@linux_only
def test_what_the_user_set_holds() -> None:
    assert threads_after("import_numpy_with_one_thread()", OPENBLAS_NUM_THREADS="2") == ["2", "2"]


@linux_only
def test_without_it_numpy_takes_more() -> None:
    """Otherwise the tests above could not fail."""
    assert int(threads_after("")[0]) == len(os.sched_getaffinity(0))
