"""What a path through the latent space costs: its lengths, where its images jump, and how far it leaves the data.

The figures that tell a straight line from a geodesic, and a path through digits from one through nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.blocks import LAYER_BLOCK_BYTES, row_blocks
from vae_explorer.core.decoder_space import Cancelled, DecoderSpace, check
from vae_explorer.core.density import AggregatePosterior
from vae_explorer.core.image_terms import kl_per_dimension
from vae_explorer.core.snapshot import FloatArray, ModelSnapshot

if TYPE_CHECKING:
    from vae_explorer.core.paths import Path

Values = NDArray[np.float64]

#: Draws of z for each ELBO: eight and their mirror images.
ELBO_DRAWS = 16
_SEED = 0


@dataclass(frozen=True, slots=True, eq=False)
class PathReport:
    """Figures of a path of n frames. It has n − 1 steps from frame to frame, a loop n: the last one leads back.

    Attributes:
        latent_length: of the whole curve, latent units.
        decoder_length: of the whole curve in decoder space: the Fisher–Rao length of the change of the image, radians.
        latent_steps: |z_{i+1} − z_i|, latent units, shape (steps,).
        changes: |φ(z_{i+1}) − φ(z_i)|: how much the image changes with each step, shape (steps,). Under a Bernoulli
            φ = 2·arcsin√p, and the unit is radians over all pixels (a pixel that goes from white to black: π).
        log_density: log q(z) of the aggregate posterior at each frame, nats, shape (n,).
        percentile: share of the digits, 0 to 100, around whose means the data lie less densely than at the frame where
            they lie least densely.
        elbo: of each frame's mean image when it is encoded again, nats, shape (n,); see `decoded_elbo`.
        shortfall: how much of the ELBO is lacking for reasons other than gray pixels, nats, shape (n,); likewise.
    """

    latent_length: float
    decoder_length: float
    latent_steps: Values
    changes: Values
    log_density: Values
    percentile: float
    elbo: Values
    shortfall: Values

    @property
    def lowest_density(self) -> float:
        """The least log q(z) of a frame, nats."""
        return float(self.log_density.min())

    @property
    def loneliest(self) -> int:
        """The frame of the lowest density."""
        return int(self.log_density.argmin())

    @property
    def jump(self) -> int:
        """The step in which the image changes most: from this frame to the next one."""
        return int(self.changes.argmax())

    @property
    def unevenness(self) -> float:
        """The largest change of a step over the mean one: 1 where the image changes evenly, or not at all."""
        mean = float(self.changes.mean())
        return float(self.changes.max()) / mean if mean > 0 else 1.0

    def arrays(self) -> dict[str, Values]:
        """What there is of each step and each frame, by name."""
        return {
            "latent_steps": self.latent_steps,
            "changes": self.changes,
            "log_density": self.log_density,
            "elbo": self.elbo,
            "shortfall": self.shortfall,
        }

    def summary(self) -> dict[str, Any]:
        """Plain values for JSON; None is what overflows."""
        numbers = {
            "latent_length": self.latent_length,
            "decoder_length": self.decoder_length,
            "largest_change": float(self.changes.max()),
            "unevenness": self.unevenness,
            "lowest_log_density": self.lowest_density,
            "lowest_density_percentile": self.percentile,
            "lowest_elbo": float(self.elbo.min()),
            "largest_shortfall": float(self.shortfall.max()),
        }
        places = {"largest_change_after_frame": self.jump, "lowest_density_frame": self.loneliest}
        lists = {name: [_plain(value) for value in values.tolist()] for name, values in self.arrays().items()}
        return {name: _plain(value) for name, value in numbers.items()} | places | lists


def path_report(
    path: Path, space: DecoderSpace, density: AggregatePosterior, cancelled: Cancelled = None
) -> PathReport:
    """Measure a path: some 10 ms for 16 frames, and up to a second more the first time that `density` is asked.

    Args:
        path: with at least two frames.
        space: of the model.
        density: of the digits' posterior by that model; `AggregatePosterior.prepare` makes its percentiles ready.
        cancelled: asked every few milliseconds.

    Raises:
        CancelledError: `cancelled` said so.
    """
    stations = np.concatenate((path.points, path.points[:1])) if path.loop else path.points
    decoder_length = space.length(path.curve, cancelled)
    changes = space.step_lengths(stations, cancelled)
    log_density = density.log_density(path.points, cancelled)
    density.prepare(cancelled)
    # What was not reached is NaN, and the percentiles would be computed anew.
    check(cancelled)
    elbo, shortfall = decoded_elbo(space.snapshot, path.points, cancelled)
    return PathReport(
        latent_length=float(_steps(path.curve).sum()),
        decoder_length=decoder_length,
        latent_steps=_steps(stations),
        changes=changes,
        log_density=log_density,
        percentile=density.percentile(float(log_density.min())),
        elbo=elbo,
        shortfall=shortfall,
    )


def decoded_elbo(
    snapshot: ModelSnapshot, z: NDArray[np.floating], cancelled: Cancelled = None
) -> tuple[Values, Values]:
    """ELBO of the mean image x̂ = p(x|z) of each place, encoded again, and what it lacks; inf or NaN if they overflow.

    E_{q(z'|x̂)}[log p(x̂|z')] − KL(q(z'|x̂) ‖ p(z')), with log p over gray levels that are not rounded, KL
    analytic, and the expectation a mean over 16 draws, the same ε (and −ε) for all places: so a curve along a path
    shows the path and not the draws.

    No place says more of a mean image than the one that it was decoded at, log p(x̂|z). Under the Bernoulli that is
    −Σ H(x̂), and the ELBO of a sharp image off the data is higher than that of a soft one on them. What tells the two
    apart is the shortfall, log p(x̂|z) − ELBO = E_q[KL(p(x|z) ‖ p(x|z'))] + KL(q ‖ p), at least 0: about 9 nats on the
    digits of a Bernoulli model with two dimensions, and tens where the model does not recognise what it draws.

    Args:
        snapshot: the model; 16 places take 10 ms.
        z: places, shape (m, latent).
        cancelled: asked every few milliseconds.

    Returns:
        The ELBO and the shortfall, nats, each of shape (m,).

    Raises:
        CancelledError: `cancelled` said so.
    """
    half = np.random.default_rng(_SEED).standard_normal((ELBO_DRAWS // 2, snapshot.config.latent), np.float32)
    epsilon = np.concatenate((half, -half))
    elbo, best = np.empty((2, len(z)))
    for rows in row_blocks(len(z), 8 * ELBO_DRAWS * snapshot.config.input_size, None, LAYER_BLOCK_BYTES):
        check(cancelled)
        with np.errstate(over="ignore", invalid="ignore"):
            means = snapshot.decode(z[rows])
            elbo[rows] = _elbo(snapshot, means, epsilon)
            best[rows] = _log_likelihood(snapshot, z[rows], means)
    return elbo, best - elbo


def _elbo(snapshot: ModelSnapshot, images: FloatArray, epsilon: FloatArray) -> Values:
    posterior = snapshot.encode(images)
    mu, sigma = posterior.mu[:, None], np.exp(np.float32(0.5) * posterior.logvar)[:, None]
    draws = (mu + sigma * epsilon).reshape(-1, mu.shape[-1])
    likelihood = _log_likelihood(snapshot, draws, images.repeat(len(epsilon), 0)).reshape(len(images), -1)
    elbo: Values = likelihood.mean(1) - kl_per_dimension(posterior.mu, posterior.logvar).sum(1)
    return elbo


def _log_likelihood(snapshot: ModelSnapshot, z: NDArray[np.floating], images: FloatArray) -> Values:
    return -snapshot.likelihood.negative_log_likelihood(snapshot.decode_logits(z), images)


def _steps(points: Values) -> Values:
    steps: Values = np.linalg.norm(np.diff(points, axis=0), axis=1)
    return steps


def _plain(value: float) -> float | None:
    return value if np.isfinite(value) else None
