import os

import numpy as np
import pytest

from tests.core.conftest import random_model
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.decoder_space import DecoderSpace
from vae_explorer.core.errors import ConfigError, DataError
from vae_explorer.core.path_kinds import PATH_KINDS, PathKind
from vae_explorer.core.path_recipe import Anchor, PathRecipe, digits_of, follow
from vae_explorer.core.snapshot import Posterior


def recipe(model: str = "mnist-deep-2d", *anchors: int | tuple[float, ...]) -> PathRecipe:
    return PathRecipe(model, anchors or (7, 42), "linear", 8)


def test_a_title_names_the_anchors() -> None:
    assert recipe().title == "linear path through digit 7, digit 42"
    assert PathRecipe("m", (7, 42), "linear", 8, loop=True).title.endswith("digit 42 and back")
    many = recipe("m", (1.23456, 0.0, -2.0, 3.0), 5)
    assert many.title == "linear path through (1.235, 0, -2, …), digit 5"


@pytest.mark.parametrize(
    ("model", "source"),
    [
        ("mnist-deep-2d", "model mnist-deep-2d"),
        ("/some/where/my model.safetensors", "model my model.safetensors"),
        ("", "model not saved"),
        (os.fsdecode(b"a\xff.pt"), "model a?.pt"),
        ("a\nb", "model a?b"),
    ],
)
def test_a_file_says_which_model_it_is_of_and_not_where_that_lies(model: str, source: str) -> None:
    described = recipe(model).describe()
    assert described["Source"] == source
    for text in described.values():
        text.encode()
    compile(recipe(model).snippet().encode(), "snippet", "exec")


def test_digits_are_told_from_places() -> None:
    assert digits_of((3, (0.0, 1.0), 0)) == [3, -1, 0]


def test_a_long_snippet_has_short_lines() -> None:
    anchor = tuple(-1e-5 * k / 7 for k in range(512))
    snippet = recipe("m", anchor, 3).snippet()
    assert max(map(len, snippet.splitlines())) <= 130


# Following a recipe


def space(latent: int = 2) -> DecoderSpace:
    model = random_model(VAEConfig(16, (8,), latent))
    random = np.random.default_rng(0)
    mu, logvar = random.standard_normal((2, 40, latent), np.float32)
    return DecoderSpace(model, Posterior(mu, logvar))


@pytest.mark.parametrize("kind", PATH_KINDS)
@pytest.mark.parametrize("loop", [False, True])
@pytest.mark.parametrize("latent", [1, 2, 5])
def test_a_recipe_gives_the_same_path_each_time_through_its_anchors(
    kind: PathKind, loop: bool, latent: int
) -> None:
    place = (0.1,) * latent
    asked = PathRecipe("m", (3, place, 7), kind, 9, loop=loop)
    path, again = follow(asked, space(latent)), follow(asked, space(latent))
    np.testing.assert_array_equal(path.points, again.points)
    assert path.points.shape == (9, latent)
    mu = space(latent).posterior.mu
    expected = np.array([mu[3], place, mu[7]], np.float64)
    np.testing.assert_array_equal(path.points[list(path.anchor_rows)], expected)


@pytest.mark.parametrize(
    ("anchors", "says"),
    [
        ((3, 40), "no test image 40: they are counted from 0 to 39"),
        ((-1, 3), "no test image -1"),
        ((3, (1.0,)), r"2 latent dimension\(s\), but an anchor has 1 number"),
        ((3, (1.0, 2.0, 3.0)), "an anchor has 3 number"),
    ],
)
def test_anchors_that_are_not_there_are_said(anchors: tuple[Anchor, ...], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        follow(PathRecipe("m", anchors, "linear", 8), space())


@pytest.mark.parametrize("anchors", [(3, 3), ((0.5, 0.5), (0.5, 0.5), (0.5, 0.5))])
@pytest.mark.parametrize("loop", [False, True])
def test_anchors_that_are_all_at_one_place_are_said(anchors: tuple[Anchor, ...], loop: bool) -> None:
    with pytest.raises(DataError, match="at the same place"):
        follow(PathRecipe("m", anchors, "linear", 8, loop=loop), space())


def test_two_anchors_at_one_place_among_others_are_one() -> None:
    repeated = follow(PathRecipe("m", (1, 3, 3, 2), "linear", 8), space())
    np.testing.assert_array_equal(
        repeated.points, follow(PathRecipe("m", (1, 3, 2), "linear", 8), space()).points
    )


@pytest.mark.parametrize("steps", [-1, 0, 1, 10_001])
def test_a_number_of_steps_out_of_range_is_said(steps: int) -> None:
    with pytest.raises(ConfigError, match="number of steps"):
        follow(PathRecipe("m", (3, 5), "linear", steps), space())


@pytest.mark.parametrize("anchors", [(), (3,)])
def test_too_few_anchors_are_said(anchors: tuple[Anchor, ...]) -> None:
    with pytest.raises(ConfigError, match="two anchors"):
        follow(PathRecipe("m", anchors, "linear", 8), space())
