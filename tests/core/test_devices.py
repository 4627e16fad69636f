import pytest
import torch

from vae_explorer.core.devices import available_devices, choose_device, is_out_of_memory
from vae_explorer.core.training_config import Device


def test_the_cpu_is_always_there_and_the_last_choice() -> None:
    assert available_devices()[-1] == "cpu"


def test_automatic_is_the_quickest_and_needs_no_message() -> None:
    device, fallback = choose_device("auto")
    assert device == torch.device(available_devices()[0])
    assert fallback is None


@pytest.mark.parametrize("wanted", ["cuda", "mps", "cpu"])
def test_a_device_is_used_if_it_is_there_and_otherwise_said_to_be_missing(wanted: Device) -> None:
    device, fallback = choose_device(wanted)
    if wanted in available_devices():
        assert (device, fallback) == (torch.device(wanted), None)
    else:
        assert device == torch.device("cpu")
        assert fallback is not None
        assert (fallback.wanted, fallback.used) == (wanted, "cpu")
        assert fallback.reason


def test_a_lack_of_memory_is_recognised_on_the_cpu() -> None:
    with pytest.raises(RuntimeError) as caught:
        torch.empty(2**50)
    assert is_out_of_memory(caught.value)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB."), True),
        (RuntimeError("MPS backend out of memory (MPS allocated: 17 GB)"), True),
        (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling cublasCreate"), True),
        (MemoryError(), True),
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), False),
        (ValueError("out of memory"), False),
    ],
)
def test_a_lack_of_memory_is_told_from_other_errors(error: Exception, expected: bool) -> None:
    assert is_out_of_memory(error) is expected
