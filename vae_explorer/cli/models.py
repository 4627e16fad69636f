"""What the commands need of a model: decoding with it, and the test images as it sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vae_explorer.core.errors import ConfigError, UserError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from vae_explorer.core.data import ImageSet
    from vae_explorer.core.snapshot import FloatArray, ModelSnapshot, Posterior

#: Beyond any posterior; far enough out, float32 overflows.
MAX_COORDINATE = 1e6


def latent_point(model: ModelSnapshot, z: list[float]) -> NDArray[np.float64]:
    """The numbers of ``--z`` as a latent point, shape (latent,).

    Raises:
        ConfigError: they are too few, too many, or one is too large.
    """
    import numpy as np

    if len(z) != model.config.latent:
        raise ConfigError(
            "This model has {latent} latent dimension(s); --z must give as many numbers, not {count}.",
            latent=model.config.latent,
            count=len(z),
        )
    for value in z:
        if not abs(value) <= MAX_COORDINATE:
            raise ConfigError(
                "The numbers of --z must lie between −1000000 and 1000000, not {value}.", value=value
            )
    return np.array(z, np.float64)


def decoded(model: ModelSnapshot, z: NDArray[np.floating]) -> FloatArray:
    """Pixel means at latent points, shape (n, latent).

    Raises:
        UserError: they are not numbers.
    """
    import numpy as np

    with np.errstate(all="ignore"):
        means = model.decode(z)
    _require_finite(means)
    return means


def fitting_test_images(model: ModelSnapshot) -> ImageSet:
    """The test images.

    Raises:
        UserError: they cannot be read, or are of another size than the model's.
    """
    from vae_explorer.core.data import load_images

    test = load_images("test")
    test.require_pixels(model.config.input_size)
    return test


def encoded(model: ModelSnapshot, images: NDArray[np.uint8]) -> Posterior:
    """The posterior of images, shape (n, pixels).

    Raises:
        UserError: it is not of numbers.
    """
    import numpy as np

    with np.errstate(all="ignore"):
        posterior = model.encode(images)
    _require_finite(posterior.mu, posterior.logvar)
    return posterior


def _require_finite(*arrays: FloatArray) -> None:
    """Weights that are finite but absurd give figures that are not."""
    import numpy as np

    if not all(np.isfinite(array).all() for array in arrays):
        raise UserError("The model's weights are so large that its results are no longer numbers.")
