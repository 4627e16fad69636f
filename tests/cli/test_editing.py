import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.cli.support import cli, done, posix, refused
from tests.samples import first_digits, random_model, write_digits
from vae_explorer.core.checkpoint import save_model
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.data import DATA_VARIABLE, load_images
from vae_explorer.core.direction_sources import Around
from vae_explorer.core.directions import ClassPair, Component, DigitSet, Measured, find
from vae_explorer.core.edits import edit_strip, edited
from vae_explorer.core.images import gray_levels, grid
from vae_explorer.core.local_direction import find_around
from vae_explorer.core.morphometry import ATTRIBUTES, measure
from vae_explorer.core.snapshot import ModelSnapshot
from vae_explorer.core.strips import enlarged


@pytest.fixture(scope="module")
def digits(model: ModelSnapshot) -> DigitSet:
    test = load_images("test")
    return DigitSet(model.encode(test.images).mu, test.labels)


def picture(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        assert image.mode == "L"
        return np.asarray(image)


def decoded(model: ModelSnapshot, points: np.ndarray) -> np.ndarray:
    return gray_levels(model.decode(points))


# edit


def test_a_digit_moves_along_a_direction(
    model: ModelSnapshot, file: Path, digits: DigitSet, tmp_path: Path
) -> None:
    out = tmp_path / "a.png"
    printed = done("edit", file, "--from-index", 7, "--direction", "3:8", "--alpha", 2, "--output", out)
    assert printed == ""
    z = edited(digits.mu[7], [(find(ClassPair(3, 8), digits), 2)])
    # Eight times as large as the digit itself, to be seen.
    np.testing.assert_array_equal(picture(out), enlarged(decoded(model, z[None]).reshape(28, 28), 8))


def test_directions_add_up_in_any_order(
    model: ModelSnapshot, file: Path, digits: DigitSet, tmp_path: Path
) -> None:
    one, other = ("--direction", "pc1", "--alpha", "-1e-1"), ("--direction", "lda:3:8", "--alpha", ".5")
    facts = [
        json.loads(done("edit", file, "--z", "-1", "0", "1", *pairs, "--json", "-o", tmp_path / "a.png"))
        for pairs in ((*one, *other), (*other, *one))
    ]
    assert facts[0]["z"] == facts[1]["z"]
    terms = [(find(Component(0), digits), -0.1), (find(ClassPair(3, 8, "lda"), digits), 0.5)]
    np.testing.assert_allclose(facts[0]["z"], edited(np.array([-1.0, 0, 1]), terms), atol=1e-6)
    assert facts[0]["base"] == [-1, 0, 1]
    assert [entry["name"] for entry in facts[0]["directions"]] == ["pc1", "lda:3:8"]
    assert facts[0]["directions"][1]["quality"]["kind"] == "auc"


def test_a_direction_can_be_looked_for_around_the_digit(
    model: ModelSnapshot, file: Path, digits: DigitSet, tmp_path: Path
) -> None:
    asked = ("--direction", "around:slant", "--alpha", 2, "--json", "-o", tmp_path / "a.png")
    facts = json.loads(done("edit", file, "--from-index", 7, *asked))
    around = find_around(Around("slant"), model, digits.mu, digits.mu[7])
    np.testing.assert_allclose(facts["z"], edited(digits.mu[7], [(around, 2)]), atol=1e-6)
    assert facts["directions"][0]["sigma"] == pytest.approx(around.sigma)


def test_alpha_0_is_what_decode_draws(file: Path, tmp_path: Path) -> None:
    z = ("--z", "0.5", "-1", "2")
    done("edit", file, *z, "--direction", "z1", "--alpha", 0, "--output", tmp_path / "a.png", "--scale", 3)
    done("decode", file, *z, "--output", tmp_path / "b.png", "--scale", 3)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


@pytest.mark.parametrize(("alpha", "most"), [((), 3.0), (("--alpha", "-2"), -2.0)])
def test_a_film_strip_goes_from_minus_alpha_to_alpha(
    alpha: tuple[str, ...], most: float, model: ModelSnapshot, file: Path, digits: DigitSet, tmp_path: Path
) -> None:
    words = ("--from-index", 42, "--direction", "pc1", *alpha, "--strip", "--steps", 5, "--scale", 1)
    done("edit", file, *words, "--output", tmp_path / "a.png")
    points = edit_strip(digits.mu[42], [(find(Component(0), digits), most)], np.linspace(-1, 1, 5))
    expected = grid(decoded(model, points), 5)
    np.testing.assert_allclose(picture(tmp_path / "a.png").astype(int), expected, atol=1)
    np.testing.assert_array_equal(
        picture(tmp_path / "a.png")[2:30, 62:90], decoded(model, digits.mu[42:43]).reshape(28, 28)
    )


def test_a_long_film_strip_is_enlarged_less(file: Path, tmp_path: Path) -> None:
    words = ("--z", 0, 0, 0, "--direction", "pc1", "--strip", "--steps", 16)
    done("edit", file, *words, "--output", tmp_path / "a.png")
    assert picture(tmp_path / "a.png").shape == (4 * 32, 4 * (16 * 30 + 2))


def test_what_is_kept_still_does_not_move(file: Path, tmp_path: Path) -> None:
    words = ("--z", 0, 0, 0, "--direction", "3:8", "--alpha", 2, "--json", "-o", tmp_path / "a.png")
    moved = json.loads(done("edit", file, *words, "--still", "z1", "--still", "z3"))
    assert moved["z"][0] == pytest.approx(0, abs=1e-12)
    assert moved["z"][2] == pytest.approx(0, abs=1e-12)
    assert moved["z"][1] != 0


def test_attributes_are_measured_once_and_remembered(few: str, tmp_path: Path) -> None:
    model = random_model(VAEConfig(784, (20,), 3))
    save_model(model, tmp_path / "m")
    words = ("edit", tmp_path / "m", "--from-index", 7, "--direction", "thickness", "--alpha", "1", "--json")
    home = {DATA_VARIABLE: few, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    first = cli(*words, "-o", tmp_path / "a.png", **home)
    again = cli(*words, "-o", tmp_path / "b.png", **home)
    assert (first.returncode, again.returncode) == (0, 0), first.stderr
    assert "measuring the 600 digits of few, this once" in first.stderr
    assert "measuring" not in again.stderr
    assert json.loads(first.stdout)["z"] == json.loads(again.stdout)["z"]
    test = first_digits(600)
    known = DigitSet(model.encode(test.images).mu, test.labels, measure(test.images))
    z = edited(known.mu[7], [(find(Measured("thickness"), known), 1)])
    np.testing.assert_allclose(json.loads(first.stdout)["z"], z, atol=1e-5)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--direction", "thik", "--alpha", 1), "no direction “thik”. Known are thickness, slant"),
        (("--direction", "z4", "--alpha", 1), "no axis z4"),
        (("--direction", "digits:5:5", "--alpha", 1), "has no length"),
        (("--direction", "z1"), "there are 1 and 0"),
        (("--direction", "z1", "--alpha", 1, "--alpha", 2), "there are 1 and 2"),
        (("--direction", "z1", "--alpha", "nan"), "α must be a finite number"),
        (("--direction", "z1", "--alpha", "-inf"), "α must be a finite number"),
        (("--direction", "z1", "--alpha", "much"), "--alpha"),
        (("--direction", "z1", "--alpha", 1e9), "beyond ±1000000"),
        (("--direction", "z1", "--alpha", 1, "--still", "z1"), "Nothing is left of z1"),
        (("--direction", "z1", "--alpha", 1, "--strip", "--steps", 1), "--steps must be from 2 to 1000"),
        (("--direction", "z1", "--alpha", 1, "--scale", 0), "scale must be"),
        (("--direction", "nothing.json", "--alpha", 1), "nothing.json: No such file"),
        (("--direction", "z1", "--alpha", 1, "--z", 0, 0, 0), "not allowed with argument"),
        ((), "--direction"),
    ],
)
def test_wrong_use_of_edit(words: tuple[object, ...], says: str, file: Path, tmp_path: Path) -> None:
    refused("edit", file, "--from-index", 7, *words, "--output", tmp_path / "a.png", says=says, cwd=tmp_path)
    assert not (tmp_path / "a.png").exists()


@pytest.mark.parametrize(
    ("base", "says"),
    [
        (("--from-index", 10_000), "from 0 to 9999"),
        (("--from-index", -1), "from 0 to 9999"),
        (("--z", 0, 0), "3 latent dimension"),
        (("--z", 0, 0, "nan"), "between −1000000 and 1000000"),
        ((), "--from-index"),
    ],
)
def test_wrong_beginnings(base: tuple[object, ...], says: str, file: Path, tmp_path: Path) -> None:
    out = tmp_path / "a.png"
    refused("edit", file, *base, "--direction", "z1", "--alpha", 1, "--output", out, says=says)


@posix
def test_a_bad_place_is_refused_before_anything_is_measured(file: Path) -> None:
    words = ("--from-index", 7, "--direction", "slant", "--alpha", 1, "--output", "/nowhere/a.png")
    refused("edit", file, *words, says="Cannot write /nowhere/a.png")


# directions


def test_classes_on_demand_as_json(file: Path, digits: DigitSet) -> None:
    facts = json.loads(done("directions", file, "--direction", "z1", "--classes", "--lda", "--json"))
    assert {key: facts[key] for key in ("latent", "digits", "held_out", "data_set", "problems")} == {
        "latent": 3,
        "digits": 10_000,
        "held_out": 2000,
        "data_set": "MNIST",
        "problems": {},
    }
    names = [entry["name"] for entry in facts["directions"]]
    assert len(names) == 46
    assert names[:3] == ["z1", "lda:0:1", "lda:0:2"]
    for entry in facts["directions"]:
        assert np.linalg.norm(entry["vector"]) == pytest.approx(1)
        assert entry["sigma"] > 0
    expected = find(ClassPair(0, 1, "lda"), digits)
    np.testing.assert_allclose(facts["directions"][1]["vector"], expected.vector, atol=1e-6)
    assert facts["directions"][1]["quality"]["held_out"]
    angles = np.array(facts["angles"])
    assert angles.shape == (46, 46)
    np.testing.assert_array_equal(angles, angles.T)
    np.testing.assert_allclose(angles.diagonal(), 0)
    assert angles.max() <= 180


def test_the_attributes_without_being_asked(few: str, file: Path, tmp_path: Path) -> None:
    home = {DATA_VARIABLE: few, "XDG_CACHE_HOME": str(tmp_path)}
    facts = json.loads(done("directions", file, "--json", **home))
    assert [entry["name"] for entry in facts["directions"]] == list(ATTRIBUTES)
    assert {entry["quality"]["kind"] for entry in facts["directions"]} == {"r2"}
    free = json.loads(done("directions", file, "--json", "--still", "slant", **home))
    assert [entry["name"] for entry in free["directions"]] == [
        f"{name} ⊥ slant" for name in ATTRIBUTES if name != "slant"
    ]
    slant = facts["directions"][1]["vector"]
    for entry in free["directions"]:
        assert np.dot(entry["vector"], slant) == pytest.approx(0, abs=1e-9)
        assert set(entry["cost"]) == {"lost", "turned"}


def test_for_a_person_there_is_a_table(file: Path) -> None:
    lines = done("directions", file, "--direction", "3:8", "--direction", "pc1").splitlines()
    assert lines[0] == "784-20-3 · 10,000 digits of MNIST, 2,000 of them held out"
    assert lines[1].startswith("3:8  AUC 0.")
    assert lines[2].startswith("pc1  share of variance 0.")
    angle = lines[5].split()[2]
    assert lines[3:] == [
        "",
        "angle in °    3:8    pc1",
        f"3:8           0.0  {angle:>5}",
        f"pc1         {angle:>5}    0.0",
    ]


def test_angles_have_numbers_for_headings_where_the_names_are_too_long(file: Path) -> None:
    names = [f"digits:{k}000:{k}001" for k in range(1, 6)]
    lines = done("directions", file, *(word for name in names for word in ("--direction", name))).splitlines()
    assert lines[7] == "angle in °              1      2      3      4      5"
    assert [line[:18] for line in lines[8:]] == [f"{k} {name}" for k, name in enumerate(names, 1)]
    assert {len(line) for line in lines[7:]} == {53}


def test_a_class_without_digits_does_not_stop_the_list(tmp_path: Path) -> None:
    folder = write_digits(tmp_path / "some")
    labels = folder / "t10k-labels-idx1-ubyte.gz"
    raw = bytearray(gzip.decompress(labels.read_bytes()))
    raw[8:] = bytes(9 if label == 8 else label for label in raw[8:])
    labels.write_bytes(gzip.compress(bytes(raw)))
    save_model(random_model(VAEConfig(784, (20,), 2)), tmp_path / "m")
    words = ("directions", tmp_path / "m", "--direction", "z1", "--classes")
    facts = json.loads(done(*words, "--json", **{DATA_VARIABLE: str(folder)}))
    assert len(facts["directions"]) == 1 + 36
    assert len(facts["problems"]) == 9
    assert "None of the digits is a 8" in facts["problems"]["0:8"]
    assert "None of the digits is a 8" in done(*words, **{DATA_VARIABLE: str(folder)})
    refused(
        *("directions", tmp_path / "m", "--direction", "3:8"),
        says="None of the digits is a 8",
        **{DATA_VARIABLE: str(folder)},
    )


def test_saved_directions_serve_again(file: Path, tmp_path: Path) -> None:
    saved = tmp_path / "d.json"
    done("directions", file, "--direction", "3:8", "--direction", "pc2", "--output", saved)
    words = ("--z", 0, 0, 0, "--alpha", 1, "--json", "-o", tmp_path / "a.png", "--direction")
    result = cli("edit", file, *words, f"{saved}#pc2")
    assert "another model" not in result.stderr
    assert json.loads(result.stdout)["z"] == json.loads(done("edit", file, *words, "pc2"))["z"]
    refused("edit", file, *words, saved, says="add #NAME with one of 3:8, pc2")


def test_directions_of_another_model_come_with_a_warning(file: Path, tmp_path: Path) -> None:
    saved = tmp_path / "d.json"
    done("directions", file, "--direction", "z1", "--output", saved)
    words = ("--alpha", 1, "--json", "-o", tmp_path / "a.png", "--direction", saved, "--z", 0, 0)
    other = random_model(VAEConfig(784, (20,), 3), seed=3)
    save_model(other, tmp_path / "other")
    result = cli("edit", tmp_path / "other", *words, 0)
    assert result.returncode == 0
    assert "found with another model (model)" in result.stderr
    # A step is measured by this model's own σ.
    sigma = other.encode(load_images("test").images).mu[:, 0].std()
    np.testing.assert_allclose(json.loads(result.stdout)["z"], [sigma, 0, 0], rtol=1e-3)
    save_model(random_model(VAEConfig(784, (20,), 2)), tmp_path / "small")
    refused("edit", tmp_path / "small", *words, says="have 3 dimension(s), but this model has 2")


def test_the_directions_must_go_somewhere(file: Path, tmp_path: Path) -> None:
    refused("directions", file, "--output", tmp_path / "no" / "d.json", says="Cannot write")
