import pytest
import torch

from vae_explorer.core.config import VAEConfig
from vae_explorer.core.gradients import compute_gradients
from vae_explorer.core.models import VAE
from vae_explorer.core.objective import kl_per_dimension


def by_autograd(model: VAE, images: torch.Tensor, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    logits, mu, logvar = model(images, torch.Generator().manual_seed(seed))
    reconstruction = torch.nn.functional.binary_cross_entropy_with_logits(logits, images, reduction="sum")
    kl = kl_per_dimension(mu, logvar).sum(0)
    model.zero_grad(set_to_none=True)
    ((reconstruction + kl.sum()) / len(images)).backward()
    return reconstruction.detach(), kl.detach()


@pytest.mark.parametrize("hidden", [(), (7,), (9, 5), (8, 6, 4)])
@pytest.mark.parametrize("latent", [1, 2, 3])
@pytest.mark.parametrize("count", [1, 6])
def test_gradients_equal_autograd(hidden: tuple[int, ...], latent: int, count: int) -> None:
    generator = torch.Generator().manual_seed(1)
    model = VAE(VAEConfig(16, hidden, latent), generator).double()
    images = torch.rand(count, 16, generator=generator, dtype=torch.float64)
    expected = by_autograd(model, images, seed=2)
    gradients = {name: parameter.grad for name, parameter in model.named_parameters()}
    model.zero_grad(set_to_none=True)
    # Twice: the second time writes over the first one's buffers, and must not add to them.
    for _ in range(2):
        found = compute_gradients(model, images, torch.Generator().manual_seed(2))
    torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-10)
    for name, parameter in model.named_parameters():
        assert gradients[name] is not None
        assert gradients[name].abs().sum() > 0, name
        torch.testing.assert_close(parameter.grad, gradients[name], rtol=1e-9, atol=1e-12)


def test_the_images_stay_as_they_are() -> None:
    images = torch.rand(5, 16)
    before = images.clone()
    compute_gradients(VAE(VAEConfig(16, (4,), 2)), images, torch.Generator().manual_seed(0))
    assert torch.equal(images, before)
