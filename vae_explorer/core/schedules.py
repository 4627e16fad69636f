"""How the weight of the KL term and the learning rate move during a training.

Both are factors on what the user set, so that a value changed in the middle keeps its schedule. Time is counted in
epochs since the start, fractions included.
"""

from __future__ import annotations

import math

from vae_explorer.core.training_config import TrainingConfig


def annealing_factor(config: TrainingConfig, progress: float) -> float:
    """Factor on β, in [0, 1], after `progress` epochs.

    Linear: from 0 to 1 over `annealing_epochs`. Cyclical (Fu et al. 2019, "Cyclical Annealing Schedule"): the training
    is cut into `annealing_cycles`; in each the factor rises from 0 to 1 in the first half and stays.
    """
    match config.annealing:
        case "linear":
            return min(1.0, progress / config.annealing_epochs)
        case "cyclical":
            cycle = config.epochs / config.annealing_cycles
            return min(1.0, (progress % cycle) / (cycle / 2)) if progress < config.epochs else 1.0
        case _:
            return 1.0


def learning_rate_factor(config: TrainingConfig, progress: float) -> float:
    """Factor on the learning rate, in [0, 1], after `progress` epochs; cosine: ½(1 + cos(π · progress / epochs))."""
    if config.schedule == "constant":
        return 1.0
    return 0.5 * (1 + math.cos(math.pi * min(1.0, progress / config.epochs)))
