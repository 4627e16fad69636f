import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae_explorer.ui.numbers import duration, signed

MINUS = "\N{MINUS SIGN}"


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (1.234, 2, "1.23"),
        (-1.236, 2, f"{MINUS}1.24"),
        (-155.04, 1, f"{MINUS}155.0"),
        (0.0, 2, "0.00"),
        (-0.001, 2, "0.00"),
        (-0.0, 1, "0.0"),
        (12.0, 0, "12"),
    ],
)
def test_numbers_have_a_true_minus_sign(value: float, decimals: int, text: str) -> None:
    assert signed(value, decimals) == text


@given(st.floats(-1e9, 1e9), st.integers(0, 6))
def test_a_number_reads_back_as_what_it_was(value: float, decimals: int) -> None:
    text = signed(value, decimals)
    assert "-" not in text
    read = float(text.replace(MINUS, "-"))
    assert read == pytest.approx(value, abs=0.5001 * 10**-decimals, rel=1e-12)
    assert text.startswith(MINUS) == (read < 0)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (0.4, "0 s"),
        (45.2, "45 s"),
        (59.4, "59 s"),
        (59.6, "1 min 00 s"),
        (200, "3 min 20 s"),
        (3599.4, "59 min 59 s"),
        (3599.6, "1 h 00 min"),
        (7500, "2 h 05 min"),
        (360_000, "100 h 00 min"),
    ],
)
def test_times_are_said_as_a_person_says_them(seconds: float, text: str) -> None:
    assert duration(seconds) == text
