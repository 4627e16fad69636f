import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae_explorer.core.direction_sources import (
    Around,
    Arrow,
    Axis,
    ClassPair,
    Component,
    DigitPair,
    Given,
    Groups,
    InFile,
    Measured,
    Source,
    parse_direction,
    parse_source,
    source_text,
)
from vae_explorer.core.errors import ConfigError
from vae_explorer.core.morphometry import ATTRIBUTES

methods = st.sampled_from(["means", "lda"])
rows = st.integers(0, 999_999)
groups = st.lists(rows, min_size=1, max_size=30).map(tuple)
places = st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=9).map(tuple)
sources = st.one_of(
    st.builds(Around, st.sampled_from(ATTRIBUTES), places),
    st.builds(ClassPair, st.integers(0, 4), st.integers(5, 9), methods),
    st.builds(Measured, st.sampled_from(ATTRIBUTES)),
    st.builds(Groups, groups, groups, methods),
    st.builds(Component, st.integers(0, 511)),
    st.builds(Axis, st.integers(0, 511)),
    st.builds(DigitPair, rows, rows),
    st.builds(
        Arrow, st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=9).map(tuple)
    ),
)


@given(sources)
def test_a_source_is_read_as_it_was_written(source: Source) -> None:
    assert parse_source(source_text(source)) == source
    assert parse_direction(f" {source_text(source)} ") == source


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("thickness", Measured("thickness")),
        ("3:8", ClassPair(3, 8, "means")),
        ("lda:3:8", ClassPair(3, 8, "lda")),
        ("pc1", Component(0)),
        ("z2", Axis(1)),
        ("digits:7:42", DigitPair(7, 42)),
        ("arrow:0.5,-1e-06", Arrow((0.5, -1e-6))),
        ("around:slant", Around("slant")),
        ("around:thickness:0.5,-1e-06", Around("thickness", (0.5, -1e-6))),
        ("lda:groups:0-3,9:8", Groups((0, 1, 2, 3, 9), (8,), "lda")),
    ],
)
def test_what_a_person_types(text: str, source: Source) -> None:
    assert parse_source(text) == source
    assert source_text(source) == text


def test_ten_thousand_digits_in_a_row_are_a_short_text() -> None:
    assert source_text(Groups(tuple(range(10_000)), (1, 0))) == "groups:0-9999:1,0"


def test_the_text_of_a_loaded_direction_is_its_own() -> None:
    assert source_text(Given("slant")) == "slant"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mine.json", InFile(Path("mine.json"))),
        ("a/b.json#slant", InFile(Path("a/b.json"), "slant")),
        ("mine.json#3:8 ⊥ a.json#x", InFile(Path("mine.json"), "3:8 ⊥ a.json#x")),
        ("./pc1", InFile(Path("./pc1"))),
        ("C:\\mine", InFile(Path("C:\\mine"))),
    ],
)
def test_files_of_directions(text: str, expected: InFile) -> None:
    assert parse_direction(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "thick",
            "Thickness",
            "3",
            "3:",
            ":8",
            "3:8:9",
            "-3:8",
            "lda",
            "lda:3",
            "z",
            "z-1",
            "z1.5",
            "pc",
        ),
        *("digits:7", "arrow:", "arrow:1,,2", "arrow:e", "arrow:1;2", "groups:1:", "groups:3-1:2"),
        *("groups:0-999999999:1", "groups:1,,2:3", "groups:1-:2", "z٣", "z9999999999", "lda:thickness", "#x"),
    ],
)
def test_what_names_nothing_is_refused_with_what_would(text: str) -> None:
    for parse in (parse_source, parse_direction):
        with pytest.raises(ConfigError, match=r"There is no direction “.*”\. Known are thickness, slant"):
            parse(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("z0", "counted from 1"),
        ("pc0", "counted from 1"),
        ("lda:3:3", "not from 3 to 3"),
        ("arrow:1,1e999", "must be finite"),
        ("around:slant:1e999", "must be finite"),
        ("around:slant:1,,2", "no direction"),
        ("around:weight", "no direction"),
    ],
)
def test_what_makes_no_sense_is_refused(text: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        parse_direction(text)


@given(st.text(max_size=200))
def test_any_text_is_either_read_or_refused(text: str) -> None:
    with contextlib.suppress(ConfigError):
        assert parse_direction(text) is not None


def test_a_long_text_makes_no_long_message() -> None:
    with pytest.raises(ConfigError) as refused:
        parse_source("x" * 100_000)
    assert len(str(refused.value)) < 400
