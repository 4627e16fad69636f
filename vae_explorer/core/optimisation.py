"""One training step: gradients of the optimised loss and Adam."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from vae_explorer.core.models import VAE
from vae_explorer.core.objective import NEGATIVE_LOG_LIKELIHOODS, kl_per_dimension


@dataclass(frozen=True, slots=True)
class StepSettings:
    """What one step optimises, and how."""

    beta: float = 1.0
    free_bits: float = 0.0
    learning_rate: float = 1e-3
    max_norm: float = 0.0


class Optimisation:
    """Model and optimiser."""

    def __init__(self, model: VAE, device: torch.device) -> None:
        self.model = model.to(device)
        self._adam = torch.optim.Adam(model.parameters(), fused=True)
        for p in model.parameters():
            p.grad = torch.zeros_like(p)
        for p in model.parameters():
            self._adam.state[p] = {
                "step": torch.zeros(()),
                "exp_avg": torch.zeros_like(p),
                "exp_avg_sq": torch.zeros_like(p),
            }

    def step(self, data: Tensor, index: Tensor, generator: torch.Generator, settings: StepSettings) -> Tensor:
        x = data[index].float().mul_(1 / 255)
        logits, mu, logvar = self.model(x, generator)
        rec = NEGATIVE_LOG_LIKELIHOODS[self.model.config.likelihood](logits, x)
        kl = kl_per_dimension(mu, logvar).sum(0)
        n = len(index)
        loss = rec + settings.beta * torch.clamp(kl / n, min=settings.free_bits).sum() * n
        self._adam.zero_grad()
        torch.autograd.backward(loss / n)
        if settings.max_norm:
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), settings.max_norm)
        self._adam.param_groups[0]["lr"] = settings.learning_rate
        self._adam.step()
        return torch.cat([loss.detach().reshape(1), rec.detach().reshape(1), kl.detach()])

    def state(self) -> dict[str, Tensor]:
        out: dict[str, Tensor] = {}
        for name, p in self.model.named_parameters():
            s = self._adam.state[p]
            out[f"exp_avg.{name}"] = s["exp_avg"].cpu().clone()
            out[f"exp_avg_sq.{name}"] = s["exp_avg_sq"].cpu().clone()
            out["steps"] = s["step"].cpu().long().clone()
        return out

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        for name, p in self.model.named_parameters():
            s = self._adam.state[p]
            s["exp_avg"].copy_(state[f"exp_avg.{name}"])
            s["exp_avg_sq"].copy_(state[f"exp_avg_sq.{name}"])
            s["step"].copy_(state["steps"])
