"""Which device trains: chosen automatically or by the user, and always with a way back to the CPU."""

from __future__ import annotations

import torch

from vae_explorer.core.events import DeviceFallback
from vae_explorer.core.training_config import Device

CPU = torch.device("cpu")
#: What PyTorch says in errors of no class of their own: the CPU's allocator, MPS, cuBLAS.
_OUT_OF_MEMORY = ("can't allocate memory", "out of memory", "ALLOC_FAILED")


def choose_device(wanted: Device) -> tuple[torch.device, DeviceFallback | None]:
    """The device to use for `wanted`, and what to tell the user if it is another one."""
    available = available_devices()
    if wanted == "auto":
        return torch.device(available[0]), None
    if wanted in available:
        return torch.device(wanted), None
    return CPU, DeviceFallback(wanted, "cpu", "PyTorch finds no such device on this machine")


def available_devices() -> tuple[Device, ...]:
    """Devices that PyTorch can use here, quickest first; the CPU is always one."""
    found: list[Device] = []
    if torch.cuda.is_available():
        found.append("cuda")
    if torch.backends.mps.is_available():
        found.append("mps")
    return (*found, "cpu")


def is_out_of_memory(error: BaseException) -> bool:
    """Whether `error` says that memory ran out, on whatever device."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and any(sign in str(error) for sign in _OUT_OF_MEMORY)
