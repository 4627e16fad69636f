"""The Python interface as a user meets it: its examples, its snippets in a fresh process, and its messages."""

import doctest
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.processes import run_code
from tests.samples import random_model, save_random_model, write_digits
from vae_explorer import api
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.data import DATA_VARIABLE
from vae_explorer.core.errors import UserError
from vae_explorer.core.path_kinds import PATH_KINDS, PathKind
from vae_explorer.core.path_recipe import Anchor, PathRecipe
from vae_explorer.core.snapshot import ModelSnapshot


@pytest.fixture(autouse=True)
def bundled_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(DATA_VARIABLE, raising=False)


@pytest.fixture(scope="module")
def model() -> ModelSnapshot:
    return random_model(VAEConfig(784, (20,), 3))


def test_the_examples_of_the_docstrings_run() -> None:
    found = {test.name: test for test in doctest.DocTestFinder().find(api) if test.examples}
    assert found.keys() == {"vae_explorer.api", *(f"vae_explorer.api.{name}" for name in api.__all__)}
    runner = doctest.DocTestRunner()
    for test in found.values():
        runner.run(test)
    assert runner.summarize(verbose=False).failed == 0


def test_nothing_heavy_is_imported() -> None:
    code = """
import sys
from vae_explorer.api import edit, interpolate, open_model
model = open_model("mnist-mlp-2d")
interpolate(model, [(0.5, 1), (1, 2)], kind="spherical")
edit(model, 7, {"3:8": 1})
print([name for name in ("PySide6", "torch", "skimage", "scipy") if name in sys.modules])
"""
    assert run_code(code) == "[]"


# Snippets


@pytest.mark.parametrize("kind", PATH_KINDS)
def test_a_snippet_gives_the_very_points(kind: PathKind, tmp_path: Path) -> None:
    anchors: tuple[Anchor, ...] = (7, (0.25, -1.1), 42)
    recipe = PathRecipe("mnist-mlp-2d", anchors, kind, 12, loop=True, even="decoder")
    path = api.interpolate(
        api.open_model("mnist-mlp-2d"), anchors, kind=kind, steps=12, loop=True, even="decoder"
    )
    np.testing.assert_allclose(snippets_points(recipe, tmp_path), path.points, rtol=0, atol=1e-6)


def test_a_snippet_of_a_model_in_a_file(tmp_path: Path) -> None:
    file = save_random_model(tmp_path / 'it\'s a "model".safetensors', VAEConfig(784, (20,), 5))
    anchors: tuple[Anchor, ...] = (0, tuple(np.random.default_rng(0).standard_normal(5)), 9999)
    path = api.interpolate(api.open_model(file), anchors, steps=7)
    recipe = PathRecipe(str(file), anchors, "linear", 7)
    np.testing.assert_allclose(snippets_points(recipe, tmp_path), path.points, rtol=0, atol=1e-6)


def snippets_points(recipe: PathRecipe, folder: Path) -> np.ndarray:
    """`path.points` of a snippet that runs in a process of its own."""
    code = f"{recipe.snippet()}\nimport numpy, sys\nnumpy.save(sys.argv[1], path.points)"
    printed = run_code(code, folder / "points.npy")
    assert printed == f"{recipe.steps} points, 784 pixels each image"
    points: np.ndarray = np.load(folder / "points.npy")
    return points


# Functions


def test_a_digit_is_the_mean_of_its_posterior(model: ModelSnapshot) -> None:
    mu = model.encode(api.test_images().images[[7, 42]]).mu
    path = api.interpolate(model, [7, 42], steps=5)
    np.testing.assert_allclose(path.points[[0, -1]], mu, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(api.edit(model, 42, {}), mu[1], rtol=1e-5, atol=1e-5)


def test_anchors_may_be_arrays(model: ModelSnapshot) -> None:
    z = np.random.default_rng(0).standard_normal((3, 3), np.float32)
    path = api.interpolate(model, list(z), steps=5)
    np.testing.assert_array_equal(path.points[list(path.anchor_rows)], z.astype(float))
    np.testing.assert_array_equal(api.interpolate(model, [np.int64(7), z[0]], steps=2).points[1], z[0])


def test_a_path_between_points_takes_models_of_any_image_size() -> None:
    path = api.interpolate(random_model(VAEConfig(25, (4,), 1)), [(0.0,), (1.0,)], steps=3)
    assert path.points.tolist() == [[0], [0.5], [1]]


def test_an_edit_goes_along_the_direction(model: ModelSnapshot) -> None:
    direction = api.find_direction(model, "lda:3:8")
    start = np.array([0.5, -1, 2])
    expected = start + 1.5 * direction.sigma * direction.vector
    np.testing.assert_allclose(api.edit(model, start, {"lda:3:8": 1.5}), expected)
    np.testing.assert_allclose(api.edit(model, start, [(direction, 1.5)]), expected)
    assert api.edit(model, start, [(direction, 0)]).tolist() == start.tolist()


def test_a_measured_direction_of_other_digits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DATA_VARIABLE, str(write_digits(tmp_path / "few")))
    assert len(api.test_images()) == 600
    direction = api.find_direction(random_model(VAEConfig(784, (20,), 3), 1), "thickness")
    assert direction.quality is not None
    assert direction.quality.kind == "r2"
    monkeypatch.delenv(DATA_VARIABLE)
    assert len(api.test_images()) == 10_000


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda model: api.interpolate(model, [7, 10_000]), "no test image 10000"),
        (lambda model: api.interpolate(model, [7, (1.0,)]), "an anchor has 1 number"),
        (lambda model: api.interpolate(model, [7]), "two anchors"),
        (lambda model: api.interpolate(model, [7, 7]), "at the same place"),
        (lambda model: api.interpolate(model, [7, 8], steps=1), "number of steps"),
        (lambda model: api.find_direction(model, "beauty"), "no direction “beauty”"),
        (lambda model: api.find_direction(model, "a.json"), "load_directions"),
        (lambda model: api.find_direction(model, "z4"), "no axis z4"),
        (lambda model: api.edit(model, -1, {}), "no test image -1"),
        (lambda model: api.edit(model, (1.0, 2.0), {"z1": 1}), "3 latent dimension"),
        (lambda model: api.open_model("nowhere.safetensors"), "nowhere.safetensors"),
    ],
)
def test_what_makes_no_sense_is_said(
    model: ModelSnapshot, call: Callable[[ModelSnapshot], object], says: str
) -> None:
    with pytest.raises(UserError, match=says):
        call(model)


@pytest.mark.parametrize("kind", ["geodesic", "neighbours"])
def test_digits_of_another_size_are_said(kind: PathKind) -> None:
    other = random_model(VAEConfig(25, (4,), 2))
    with pytest.raises(UserError, match="images of 25 pixels, but those of MNIST have 784"):
        api.interpolate(other, [(0, 0), (1, 1)], kind=kind)


def test_models_that_yield_no_numbers_are_said() -> None:
    model = random_model(VAEConfig(784, (4,), 2))
    weights = {name: values * np.float32(1e30) for name, values in model.weights.items()}
    with pytest.raises(UserError, match="no longer numbers"):
        api.interpolate(ModelSnapshot(model.config, weights), [7, 42])


def test_a_path_may_be_given_as_one(tmp_path: Path) -> None:
    file = save_random_model(tmp_path / "m.safetensors", VAEConfig(16, (4,), 2))
    assert api.open_model(file).config == api.open_model(os.fspath(file)).config
