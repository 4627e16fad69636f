import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.samples import some_history
from vae_explorer.core.dimensions import dimensions_of
from vae_explorer.core.snapshot import Posterior
from vae_explorer.core.statistics import ACTIVE_VARIANCE, EpochStats


def posterior(n: int, latent: int, seed: int = 0) -> Posterior:
    random = np.random.default_rng(seed)
    scale = random.uniform(0, 0.3, latent)
    return Posterior(
        (random.standard_normal((n, latent)) * scale).astype(np.float32),
        random.normal(-1, 1, (n, latent)).astype(np.float32),
    )


@given(st.integers(1, 60), st.integers(1, 30), st.integers(0, 99))
def test_figures_are_those_of_the_definition(n: int, latent: int, seed: int) -> None:
    q = posterior(n, latent, seed)
    found = dimensions_of(q)
    mu, logvar = q.mu.astype(float), q.logvar.astype(float)
    np.testing.assert_allclose(found.kl, (0.5 * (mu**2 + np.exp(logvar) - logvar - 1)).mean(0), rtol=1e-9)
    np.testing.assert_array_equal(found.active, mu.var(0) >= ACTIVE_VARIANCE)
    kl, active = found.kl[found.order], found.active[found.order]
    assert sorted(found.order) == list(range(latent))
    assert (np.diff(active.astype(int)) <= 0).all()
    for group in (kl[active], kl[~active]):
        assert (np.diff(group) <= 0).all()


def test_many_dimensions_are_taken_in_parts() -> None:
    q = posterior(1100, 512)
    assert len(dimensions_of(q).kl) == 512
    np.testing.assert_allclose(
        dimensions_of(q).kl[7], dimensions_of(Posterior(q.mu[:, 7:8], q.logvar[:, 7:8])).kl[0]
    )


def test_figures_of_an_epoch_are_taken_where_they_are_whole() -> None:
    q = posterior(9, 2)
    stats = some_history(1)[0]
    np.testing.assert_array_equal(dimensions_of(q, stats).kl, dimensions_of(q).kl)
    known = EpochStats(1, 1.0, stats.train, stats.test, mu_variance=(0.5, 0.001))
    assert dimensions_of(q, known).kl.tolist() == list(stats.test.kl_per_dimension)
    assert dimensions_of(q, known).active.tolist() == [True, False]
    assert len(dimensions_of(posterior(9, 3), known).kl) == 3
