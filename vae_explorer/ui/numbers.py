"""How numbers look on the screen."""

from __future__ import annotations

#: A true minus sign is as wide as a plus and does not break from its figures.
MINUS = "−"


def signed(value: float, decimals: int = 2) -> str:
    """A number with a true minus sign, as wide as a plus and never broken from its figures; zero has none."""
    return f"{value:z.{decimals}f}".replace("-", MINUS)


def duration(seconds: float) -> str:
    """A time as a person says it: ``45 s``, ``3 min 20 s``, ``2 h 05 min``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"
