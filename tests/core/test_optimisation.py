import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.core.test_config import ACTIVATIONS, LIKELIHOODS
from tests.core.test_objective import their_log_probs
from vae_explorer.core.config import Activation, Likelihood, VAEConfig
from vae_explorer.core.devices import CPU
from vae_explorer.core.models import VAE
from vae_explorer.core.objective import kl_per_dimension
from vae_explorer.core.optimisation import Optimisation, StepSettings, matmul_dtype

PRECISIONS = [torch.float32, torch.bfloat16]
ARCHITECTURES = [
    VAEConfig(64, (), 3),
    VAEConfig(64, (40,), 2),
    VAEConfig(64, (48, 33), 5),
    VAEConfig(64, (48, 32, 17), 20),
    *(VAEConfig(64, (48, 33), 5, activation) for activation in ACTIVATIONS if activation != "relu"),
    *(
        VAEConfig(64, (48,), 4, likelihood=likelihood)
        for likelihood in LIKELIHOODS
        if likelihood != "bernoulli"
    ),
]


def random_images(rows: int, pixels: int, seed: int = 1) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, (rows, pixels), dtype=torch.uint8, generator=generator)


def new_model(config: VAEConfig, seed: int = 0) -> VAE:
    return VAE(config, torch.Generator().manual_seed(seed))


class ByAutograd:
    """The same steps as a reader of the papers would write them."""

    def __init__(self, model: VAE) -> None:
        self.model = model
        self.optimizer = torch.optim.Adam(model.parameters())

    def step(
        self, data: torch.Tensor, index: torch.Tensor, generator: torch.Generator, settings: StepSettings
    ) -> torch.Tensor:
        images = data[index] / 255
        logits, mu, logvar = self.model(images, generator)
        log_probs = their_log_probs(
            self.model.config.likelihood, logits.double(), images.double(), self.model.log_sigma.double()
        )
        reconstruction = -log_probs.sum().float() / len(images)
        kl = kl_per_dimension(mu, logvar).mean(0)
        loss = reconstruction + settings.beta * kl.clamp(min=settings.free_bits).sum()
        self.optimizer.zero_grad()
        loss.backward()
        if settings.max_norm:
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), settings.max_norm)
        for group in self.optimizer.param_groups:
            group["lr"] = settings.learning_rate
        self.optimizer.step()
        return torch.cat([loss.reshape(1), reconstruction.reshape(1), kl]).detach() * len(images)

    def moments(self) -> dict[str, torch.Tensor]:
        return {
            f"{moment}.{name}": self.optimizer.state[parameter][moment]
            for name, parameter in self.model.named_parameters()
            for moment in ("exp_avg", "exp_avg_sq")
        }


def between_the_kls(config: VAEConfig, data: torch.Tensor) -> float:
    """A λ that some of a new model's latent dimensions reach and some do not."""
    kl = kl_per_dimension(*new_model(config).encode(data / 255)).mean(0)
    return float((kl.min() + kl.max()).detach() / 2)


@given(
    hidden=st.lists(st.integers(1, 12), max_size=3).map(tuple),
    latent=st.integers(1, 14),
    rows=st.integers(1, 9),
    beta=st.floats(0, 4),
    partly_free=st.booleans(),
    max_norm=st.sampled_from([0.0, 0.01, 1.0, 1e6]),
    activation=st.sampled_from(ACTIVATIONS),
    likelihood=st.sampled_from(LIKELIHOODS),
)
def test_a_step_equals_autograd_and_adam(
    hidden: tuple[int, ...],
    latent: int,
    rows: int,
    beta: float,
    partly_free: bool,
    max_norm: float,
    activation: Activation,
    likelihood: Likelihood,
) -> None:
    config = VAEConfig(16, hidden, latent, activation, likelihood)
    data = random_images(20, 16)
    index = torch.arange(20)[3 : 3 + rows].flip(0)
    free_bits = between_the_kls(config, data[index]) if partly_free and latent > 1 else 0.0
    settings = StepSettings(beta, free_bits, 2e-3, max_norm)
    theirs = ByAutograd(new_model(config))
    model = new_model(config)
    ours = Optimisation(model, CPU, precision=torch.float32)
    expected, found = (
        side.step(data, index, torch.Generator().manual_seed(2), settings) for side in (theirs, ours)
    )
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)
    state = ours.state()
    assert state.pop("steps") == 1
    torch.testing.assert_close(state, theirs.moments(), rtol=1e-3, atol=1e-7)
    for name, values in theirs.model.state_dict().items():
        # Adam's first step has one length in each coordinate, save where the gradient is next to nothing.
        sure = theirs.moments()[f"exp_avg.{name}"].abs() > 1e-6
        torch.testing.assert_close(model.state_dict()[name][sure], values[sure], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("config", ARCHITECTURES, ids=lambda config: config.description)
@pytest.mark.parametrize(
    "settings",
    [
        StepSettings(),
        StepSettings(beta=0.0),
        StepSettings(beta=4.0, learning_rate=3e-3),
        StepSettings(max_norm=0.5),
        StepSettings(beta=2.0, free_bits=-1.0, max_norm=3.0),
    ],
    ids=lambda settings: f"beta={settings.beta},free_bits={settings.free_bits},max_norm={settings.max_norm}",
)
def test_many_steps_follow_autograd_and_adam(config: VAEConfig, settings: StepSettings) -> None:
    data = random_images(70, 64)
    if settings.free_bits:
        free_bits = between_the_kls(config, data)
        settings = StepSettings(settings.beta, free_bits, settings.learning_rate, settings.max_norm)
    theirs, model = ByAutograd(new_model(config)), new_model(config)
    ours = Optimisation(model, CPU, precision=torch.float32)
    generators = [torch.Generator().manual_seed(3) for _ in range(2)]
    for _ in range(4):
        for index in (torch.arange(0, 50), torch.arange(50, 70)):
            expected = theirs.step(data, index, generators[0], settings)
            found = ours.step(data, index, generators[1], settings)
            torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-2)
    for name, values in theirs.model.state_dict().items():
        difference = (model.state_dict()[name] - values).norm()
        assert difference < 0.02 * settings.learning_rate * 8 * values.numel() ** 0.5, name


@pytest.mark.parametrize("config", ARCHITECTURES, ids=lambda config: config.description)
@pytest.mark.parametrize("max_norm", [0.0, 0.5])
def test_bfloat16_gives_nearly_the_same_gradients(config: VAEConfig, max_norm: float) -> None:
    """Where the processor has no such instructions, PyTorch computes the same, slowly."""
    data = random_images(70, 64)
    settings = StepSettings(2.0, between_the_kls(config, data), max_norm=max_norm)
    states, sums = [], []
    for precision in PRECISIONS:
        model = new_model(config)
        optimisation = Optimisation(model, CPU, precision=precision)
        generator = torch.Generator().manual_seed(2)
        sums.append(optimisation.step(data, torch.arange(60), generator, settings))
        states.append(optimisation.state())
        assert {values.dtype for values in model.state_dict().values()} == {torch.float32}
        assert sums[-1].dtype == torch.float32
    torch.testing.assert_close(sums[1], sums[0], rtol=0.01, atol=0.01)
    for name in states[0]:
        if name.startswith("exp_avg."):
            # Of an activation near zero the other type may have the other sign, and ReLU lets it pass or not.
            assert (states[1][name] - states[0][name]).norm() <= 0.15 * states[0][name].norm(), name


def test_bfloat16_learns_as_well_as_float32() -> None:
    data = random_images(40, 64).bitwise_and(random_images(1, 64, seed=4))
    losses = []
    for precision in PRECISIONS:
        optimisation = Optimisation(new_model(VAEConfig(64, (40, 30), 3)), CPU, precision=precision)
        generator = torch.Generator().manual_seed(2)
        for _ in range(150):
            sums = optimisation.step(data, torch.arange(40), generator, StepSettings(learning_rate=1e-2))
        losses.append(float(sums[0]) / 40)
    assert losses[0] < 0.95 * 64 * 0.6931
    assert losses[1] == pytest.approx(losses[0], abs=0.5)


def test_figures_are_the_ones_of_the_objective() -> None:
    """Reconstruction and KL do not depend on β and λ; the optimised loss is made of them."""
    config, data, index = VAEConfig(64, (40,), 4), random_images(30, 64), torch.arange(30)
    free_bits = between_the_kls(config, data)
    plain, weighted = (
        Optimisation(new_model(config), CPU).step(data, index, torch.Generator().manual_seed(0), settings)
        for settings in (StepSettings(), StepSettings(beta=3.0, free_bits=free_bits))
    )
    assert plain.shape == (6,)
    assert torch.equal(plain[1:], weighted[1:])
    torch.testing.assert_close(plain[0], plain[1:].sum())
    expected = weighted[1] + 3 * (weighted[2:] / 30).clamp(min=free_bits).sum() * 30
    torch.testing.assert_close(weighted[0], expected)
    assert 0 < (weighted[2:] / 30 < free_bits).sum() < 4


def test_free_dimensions_get_no_gradient_from_the_kl() -> None:
    """With so many nats free the KL weighs nothing, whatever β is."""
    config, data, index = VAEConfig(64, (40,), 4), random_images(30, 64), torch.arange(30)
    states = []
    for settings in (StepSettings(beta=0.0), StepSettings(beta=5.0, free_bits=100.0)):
        optimisation = Optimisation(new_model(config), CPU)
        optimisation.step(data, index, torch.Generator().manual_seed(0), settings)
        states.append(optimisation.state())
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("config", ARCHITECTURES, ids=lambda config: config.description)
def test_state_goes_on_bit_for_bit(config: VAEConfig, precision: torch.dtype) -> None:
    data = random_images(70, 64)

    def go_on(optimisation: Optimisation, steps: int) -> None:
        generator = torch.Generator().manual_seed(steps)
        for _ in range(steps):
            optimisation.step(data, torch.arange(40), generator, StepSettings(max_norm=5.0))

    model = new_model(config)
    first = Optimisation(model, CPU, precision=precision)
    go_on(first, 3)
    weights = {name: values.clone() for name, values in model.state_dict().items()}
    state = {name: values.clone() for name, values in first.state().items()}
    go_on(first, 4)
    other = new_model(config, seed=9)
    other.load_state_dict(weights)
    second = Optimisation(other, CPU, precision=precision)
    second.load_state(state)
    go_on(second, 4)
    assert second.state()["steps"].dtype == torch.int64
    assert second.state()["steps"] == 7
    for mine, theirs in ((model.state_dict(), other.state_dict()), (first.state(), second.state())):
        assert mine.keys() == theirs.keys()
        assert all(torch.equal(mine[name], theirs[name]) for name in mine)


def test_state_is_a_copy_under_the_parameters_names() -> None:
    config, data = VAEConfig(16, (8,), 2), random_images(5, 16)
    optimisation = Optimisation(new_model(config), CPU)
    before = optimisation.state()
    optimisation.step(data, torch.arange(5), torch.Generator().manual_seed(0), StepSettings())
    names = {f"{moment}.{name}" for moment in ("exp_avg", "exp_avg_sq") for name in config.weight_shapes}
    assert before.keys() == names | {"steps"}
    assert all(not values.any() for values in before.values())
    for name, shape in config.weight_shapes.items():
        assert before[f"exp_avg.{name}"].shape == shape
        assert before[f"exp_avg.{name}"].is_contiguous()


@pytest.mark.parametrize("precision", PRECISIONS)
def test_the_same_seed_gives_the_same_weights(precision: torch.dtype) -> None:
    data = random_images(300, 784)
    models = []
    for _ in range(2):
        model = new_model(VAEConfig())
        optimisation = Optimisation(model, CPU, precision=precision)
        generator = torch.Generator().manual_seed(5)
        for start in (0, 128, 256):
            optimisation.step(data, torch.arange(300)[start : start + 128], generator, StepSettings())
        models.append(model.state_dict())
    assert all(torch.equal(models[0][name], models[1][name]) for name in models[0])


@pytest.mark.parametrize("precision", PRECISIONS)
def test_the_model_keeps_its_weights_and_shows_the_new_ones(precision: torch.dtype) -> None:
    config, data = VAEConfig(16, (8, 6), 3), random_images(9, 16)
    model = new_model(config)
    before = model.snapshot()
    optimisation = Optimisation(model, CPU, precision=precision)
    for name, values in model.snapshot().weights.items():
        assert (values == before.weights[name]).all()
    optimisation.step(data, torch.arange(9), torch.Generator().manual_seed(0), StepSettings())
    after = model.snapshot()
    for name, shape in config.weight_shapes.items():
        assert after.weights[name].shape == shape
        assert (after.weights[name] != before.weights[name]).any(), name


def test_the_images_stay_as_they_are() -> None:
    data = random_images(5, 16)
    before = data.clone()
    optimisation = Optimisation(new_model(VAEConfig(16, (4,), 2)), CPU)
    optimisation.step(data, torch.tensor([4, 0, 0]), torch.Generator().manual_seed(0), StepSettings())
    assert torch.equal(data, before)


@pytest.mark.parametrize(("supported", "expected"), [(True, torch.bfloat16), (False, torch.float32)])
def test_bfloat16_only_with_instructions_for_it(
    supported: bool, expected: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: supported, raising=False)
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: True)
    assert matmul_dtype(CPU) == expected
    assert matmul_dtype(torch.device("cuda")) == matmul_dtype(torch.device("mps")) == torch.float32


def test_float32_where_pytorch_cannot_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(torch.cpu, "_is_avx512_bf16_supported", raising=False)
    assert matmul_dtype(CPU) == torch.float32
