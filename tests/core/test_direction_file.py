import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.core.directed import digits, random_unit
from tests.permissions import without_root_rights
from tests.samples import random_model
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.direction_file import (
    FORMAT,
    VERSION,
    ForeignModel,
    ModelMark,
    direction_from,
    direction_values,
    load_directions,
    mark_of,
    save_directions,
)
from vae_explorer.core.directions import Axis, ClassPair, Direction, Given, Measured, Quality, find
from vae_explorer.core.errors import DataError, UserError

MARK = ModelMark("mine", 3, "0123456789abcdef")
DIGITS, _ = digits(3)
FOUND = (find(Measured("slant"), DIGITS), find(ClassPair(3, 8, "lda"), DIGITS))
posix = pytest.mark.skipif(os.name != "posix", reason="POSIX's permissions and devices")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    save_directions(tmp_path / "mine.json", FOUND, MARK)
    return tmp_path / "mine.json"


def same(one: Direction, other: Direction) -> bool:
    return (one.name, one.sigma, one.quality) == (other.name, other.sigma, other.quality) and np.array_equal(
        one.vector, other.vector
    )


def test_what_was_saved_is_read_bit_for_bit(path: Path) -> None:
    file = load_directions(path, MARK)
    assert all(same(a, b) for a, b in zip(FOUND, file.directions, strict=True))
    assert [direction.source for direction in file.directions] == [Given("slant"), Given("lda:3:8")]
    assert file.mark == MARK
    assert file.warning is None


qualities = st.none() | st.builds(
    Quality, st.sampled_from(["r2", "auc", "variance"]), st.floats(-5, 1), st.booleans()
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from([1, 2, 512]),
    st.integers(0, 100),
    st.text(min_size=1, max_size=50).filter(
        lambda name: not any("\ud800" <= letter <= "\udfff" for letter in name)
    ),
    st.floats(1e-9, 1e9),
    qualities,
)
def test_any_direction_comes_back(
    tmp_path: Path, latent: int, seed: int, name: str, sigma: float, quality: Quality | None
) -> None:
    direction = Direction(name, Axis(0), random_unit(latent, seed), sigma, quality)
    mark = ModelMark("m", latent, "x")
    save_directions(tmp_path / "d.json", [direction], mark)
    (again,) = load_directions(tmp_path / "d.json", mark).directions
    assert same(again, direction)


def test_a_session_gets_the_source_back_too() -> None:
    for direction in (*FOUND, replace(FOUND[0], source=Given("slant"))):
        again = direction_from(json.loads(json.dumps(direction_values(direction))), 3)
        assert again.source == direction.source
        assert same(again, direction)


def test_a_file_is_small_and_says_what_it_is(path: Path) -> None:
    about = json.loads(path.read_text(encoding="utf-8"))
    assert (about["format"], about["version"], about["latent"]) == (FORMAT, VERSION, 3)
    assert about["model"] == {"name": "mine", "weights": "0123456789abcdef"}
    assert path.stat().st_size < 1500


# Which one is meant


def test_directions_are_chosen_by_name(path: Path) -> None:
    file = load_directions(path, MARK)
    assert same(file.named("lda:3:8"), FOUND[1])
    with pytest.raises(DataError, match="no direction “x”, only slant, lda:3:8"):
        file.named("x")
    with pytest.raises(DataError, match="several directions: add #NAME with one of slant, lda:3:8"):
        file.named("")


def test_a_name_is_cut_where_it_is_too_long(path: Path) -> None:
    changed(path, of_first("name", "x" * 1001))
    assert load_directions(path, MARK).directions[0].name == "x" * 1000


def test_the_only_one_needs_no_name(path: Path) -> None:
    save_directions(path, FOUND[:1], MARK)
    assert same(load_directions(path, MARK).named(""), FOUND[0])


# Another model


def test_for_another_model_of_the_same_size_there_is_a_warning(path: Path) -> None:
    warning = load_directions(path, ModelMark("yours", 3, "fedcba9876543210")).warning
    assert warning == ForeignModel("mine", "yours")
    assert "found with another model (mine). In yours the same numbers may mean something else" in str(
        warning
    )
    assert str(warning) == warning.template.format(**warning.values)


def test_a_name_alone_makes_no_other_model(path: Path) -> None:
    assert load_directions(path, replace(MARK, name="moved")).warning is None


def test_for_another_latent_size_it_is_refused(path: Path) -> None:
    with pytest.raises(DataError, match=r"mine\.json: its directions have 3 dimension.* this model has 2"):
        load_directions(path, replace(MARK, latent=2))


def test_models_are_told_apart_by_their_weights() -> None:
    config = VAEConfig(16, (4,), 3)
    one, again, other = random_model(config), random_model(config), random_model(config, seed=1)
    assert mark_of("a", one) == mark_of("a", again)
    assert mark_of("a", one).weights != mark_of("a", other).weights
    assert mark_of("a", one).latent == 3


# Damage


def changed(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    about = json.loads(path.read_text(encoding="utf-8"))
    change(about)
    path.write_text(json.dumps(about), encoding="utf-8")


def of_first(key: str, value: Any) -> Callable[[dict[str, Any]], object]:
    return lambda about: about["directions"][0].update({key: value})


@pytest.mark.parametrize(
    "change",
    [
        of_first("vector", [np.nan, 0, 0]),
        of_first("vector", [np.inf, 0, 0]),
        of_first("vector", [0, 0, 0]),
        of_first("vector", [1, 0]),
        of_first("vector", "abc"),
        of_first("vector", [True, 0, 0]),
        of_first("vector", ["1", 0, 0]),
        of_first("vector", [10**400, 0, 0]),
        of_first("vector", None),
        of_first("sigma", 0),
        of_first("sigma", -1),
        of_first("sigma", np.nan),
        of_first("sigma", None),
        of_first("name", ""),
        of_first("name", 7),
        of_first("source", None),
        of_first("source", "nonsense"),
        of_first("quality", {"kind": "good", "value": 1, "held_out": True}),
        of_first("quality", {"kind": "r2", "value": np.nan, "held_out": True}),
        of_first("quality", {"kind": "r2", "value": 1, "held_out": "yes"}),
        of_first("quality", {}),
        of_first("quality", 3),
        lambda about: about.update(directions={}),
        lambda about: about.update(directions=[3]),
        lambda about: about.update(latent="3"),
        lambda about: about.update(latent=True),
        lambda about: about.update(version="1"),
        lambda about: about.update(version=0),
        lambda about: about.pop("version"),
        lambda about: about.pop("model"),
        lambda about: about["directions"][0].pop("vector"),
    ],
)
def test_damage_is_refused(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    changed(path, change)
    with pytest.raises(DataError, match=r"^Cannot open .*mine\.json: it is damaged \("):
        load_directions(path, MARK)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "damaged"),
        (b"\x89PNG\r\n\x1a\n\x00\xff", "damaged"),
        (b"[" * 100_000, "damaged"),
        (b'{"format": ' + b"9" * 10_000 + b"}", "damaged"),
        (b"[]", "not a file of directions"),
        (b"3", "not a file of directions"),
        (b'{"format": "something else"}', "not a file of directions"),
    ],
)
def test_other_files_are_refused(path: Path, content: bytes, says: str) -> None:
    path.write_bytes(content)
    with pytest.raises(DataError, match=says):
        load_directions(path, MARK)


@given(st.integers(0, 10_000), st.binary(min_size=1, max_size=4))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_overwritten_or_cut_off_it_is_read_or_refused(path: Path, at: int, junk: bytes) -> None:
    save_directions(path, FOUND, MARK)
    content = path.read_bytes()
    at %= len(content)
    for damaged in (content[:at] + junk + content[at + len(junk) :], content[:at]):
        path.write_bytes(damaged)
        try:
            file = load_directions(path, MARK)
        except DataError:
            continue
        for direction in file.directions:
            assert np.linalg.norm(direction.vector) == pytest.approx(1)
            assert direction.sigma > 0


def test_a_newer_version_is_said_to_be_one(path: Path) -> None:
    changed(path, lambda about: about.update(version=VERSION + 1))
    with pytest.raises(DataError, match=r"newer version of VAE Explorer\. Please update"):
        load_directions(path, MARK)


def test_a_file_without_directions_is_refused(path: Path) -> None:
    changed(path, lambda about: about.update(directions=[]))
    with pytest.raises(DataError, match="holds no directions"):
        load_directions(path, MARK)


def test_a_vector_that_somebody_typed_need_not_have_length_1(path: Path) -> None:
    changed(path, of_first("vector", [3, 0, -4]))
    direction = load_directions(path, MARK).directions[0]
    np.testing.assert_allclose(direction.vector, [0.6, 0, -0.8])
    changed(path, of_first("vector", [3e300, 0, -4e300]))
    np.testing.assert_allclose(load_directions(path, MARK).directions[0].vector, [0.6, 0, -0.8])


def test_a_huge_file_is_refused_without_being_read(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(2**40)  # on the disk it takes nothing
    with pytest.raises(DataError, match="larger than 16 MiB"):
        load_directions(path, MARK)


@posix
def test_a_file_without_an_end_is_refused() -> None:
    with pytest.raises(DataError, match="larger than 16 MiB"):
        load_directions(Path("/dev/zero"), MARK)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"x\.json: No such file"):
        load_directions(tmp_path / "x.json", MARK)
    with pytest.raises(DataError, match="it is a folder"):
        load_directions(tmp_path, MARK)


# Saving


@posix
def test_where_nothing_may_be_written_the_old_file_stays(path: Path) -> None:
    before = path.read_bytes()
    path.parent.chmod(0o555)
    try:
        with without_root_rights(), pytest.raises(UserError, match=r"Cannot write .*mine\.json"):
            save_directions(path, FOUND[:1], MARK)
    finally:
        path.parent.chmod(0o755)
    assert path.read_bytes() == before
    assert not [file for file in path.parent.iterdir() if file.is_file() and file != path]


def test_on_a_full_disk_it_says_so(tmp_path: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("only Linux has a file that is always full")
    with pytest.raises(UserError, match="Cannot write /dev/full: No space left on device"):
        save_directions(full, FOUND, MARK)


@pytest.mark.parametrize(
    "wrong",
    [
        replace(FOUND[0], sigma=np.nan),
        replace(FOUND[0], vector=np.array([np.nan, 0, 0])),
        replace(FOUND[0], vector=np.ones(2)),
        replace(FOUND[0], name=""),
    ],
)
def test_what_could_not_be_read_again_is_not_saved(path: Path, wrong: Direction) -> None:
    before = path.read_bytes()
    with pytest.raises(DataError, match=r"^Cannot save .*mine\.json: it is damaged"):
        save_directions(path, [wrong], MARK)
    with pytest.raises(DataError, match="holds no directions"):
        save_directions(path, [], MARK)
    assert path.read_bytes() == before
