"""What an accelerator does when its memory runs out, on any processor."""

from __future__ import annotations

from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

ADDMM = torch.ops.aten.addmm.default


class FailingOnce(TorchDispatchMode):
    """The `call`-th linear layer that this thread computes raises `error`."""

    def __init__(self, error: Exception, call: int) -> None:
        super().__init__()
        self._error = error
        self._left = call

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if func is ADDMM:
            self._left -= 1
            if self._left == 0:
                raise self._error
        return func(*args, **(kwargs or {}))
