from pathlib import Path

import pytest

from tests.processes import run_code
from vae_explorer.core.bundled import DEFAULT_MODEL, BundledModel, bundled_models, model_path
from vae_explorer.core.checkpoint import load_model
from vae_explorer.core.data import ImageSet
from vae_explorer.core.training import evaluate

BY_NAME = {model.name: model for model in bundled_models()}


def test_the_default_model_comes_first() -> None:
    assert bundled_models()[0].name == DEFAULT_MODEL == "mnist-deep-2d"
    assert set(BY_NAME) == {"mnist-deep-2d", "mnist-mlp-2d"}


def test_together_they_are_small() -> None:
    assert sum(model.path.stat().st_size for model in bundled_models()) < 6_000_000


@pytest.mark.parametrize("model", bundled_models(), ids=lambda model: model.name)
def test_the_title_says_what_it_is(model: BundledModel) -> None:
    assert load_model(model.path).config.description in model.title
    assert model.description


@pytest.mark.parametrize(("name", "most"), [("mnist-deep-2d", 137.0), ("mnist-mlp-2d", 150.0)])
def test_it_is_as_good_as_it_is_said_to_be(name: str, most: float, mnist_test: ImageSet) -> None:
    """As stored, that is with the weights rounded to float16."""
    model = load_model(BY_NAME[name].path)
    terms, _ = evaluate(model, mnist_test)
    assert -terms.elbo <= most
    # Its record ends at the epoch whose weights it holds, the best one.
    history = model.record.history
    assert model.record.settings is not None
    assert len(history) == model.record.settings.epochs == history[-1].epoch
    assert max(stats.test.elbo for stats in history) == history[-1].test.elbo
    assert history[-1].test.elbo == pytest.approx(terms.elbo, abs=0.1)
    assert model.record.data_set == "MNIST"


def test_opening_one_needs_no_torch() -> None:
    code = """
import sys
from vae_explorer.core.bundled import bundled_models
from vae_explorer.core.checkpoint import load_model
for model in bundled_models():
    load_model(model.path)
print("torch" in sys.modules)
"""
    assert run_code(code) == "False"


def test_a_name_stands_for_its_file_unless_there_is_a_file_of_that_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert model_path(DEFAULT_MODEL) == BY_NAME[DEFAULT_MODEL].path
    assert model_path("other.safetensors") == Path("other.safetensors")
    Path(DEFAULT_MODEL).touch()
    assert model_path(DEFAULT_MODEL) == Path(DEFAULT_MODEL)
