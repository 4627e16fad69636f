"""The threads of matrix products."""

import threadpoolctl
import torch

from vae_explorer.core.threads import one_numpy_thread


def numpy_threads() -> list[int]:
    return [
        pool["num_threads"]
        for pool in threadpoolctl.threadpool_info()
        if pool["prefix"] == "libscipy_openblas"
    ]


def test_numpy_takes_one_thread_and_then_as_many_as_before() -> None:
    before, of_torch = numpy_threads(), torch.get_num_threads()
    with one_numpy_thread():
        assert numpy_threads() == [1] * len(before)
        assert torch.get_num_threads() == of_torch
    assert numpy_threads() == before


def test_it_holds_until_the_last_one_is_out() -> None:
    before = numpy_threads()
    first, second = one_numpy_thread(), one_numpy_thread()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert numpy_threads() == [1] * len(before)
    second.__exit__(None, None, None)
    assert numpy_threads() == before
