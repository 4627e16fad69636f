"""The picture of one latent point, whatever the weights make of it."""

import numpy as np

from tests.samples import random_model
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.snapshot import ModelSnapshot
from vae_explorer.workers.decoding import decode_picture

POINT = np.array([0.5, -1.2])


def test_it_is_the_mean_in_gray_levels() -> None:
    model = random_model(VAEConfig(hidden=(24,)))
    picture = decode_picture(model, POINT)
    mean = model.decode(POINT[None])[0].reshape(28, 28)
    assert picture.dtype == np.uint8
    np.testing.assert_allclose(picture, 255 * mean, atol=0.5001)
    assert np.ptp(picture) > 0


def test_it_has_the_size_of_the_models_images() -> None:
    model = random_model(VAEConfig(input_size=100, hidden=(), latent=3))
    assert decode_picture(model, np.zeros(3)).shape == (10, 10)


def test_weights_that_overflow_draw_a_picture_all_the_same() -> None:
    config = VAEConfig(hidden=(16,))
    weights = {name: values * np.float32(1e25) for name, values in random_model(config).weights.items()}
    assert decode_picture(ModelSnapshot(config, weights), POINT).shape == (28, 28)
