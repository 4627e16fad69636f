"""Checks of values that come from a person or a file, with messages that say what was expected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from vae_explorer.core.errors import ConfigError


def require_integer(name: str, value: object, least: int, most: int) -> None:
    """Make sure that `value`, called `name`, is a whole number in a range.

    Raises:
        ConfigError: it is not.
    """
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise ConfigError(
            "The {name} must be a whole number from {least} to {most}, not {value}.",
            name=name,
            least=least,
            most=most,
            value=value,
        )


def require_pixels(name: str, found: int, expected: int) -> None:
    """Make sure that a model of images of `expected` pixels can take those of a data set called `name`.

    Raises:
        ConfigError: it cannot.
    """
    if found != expected:
        raise ConfigError(
            "This model takes images of {expected} pixels, but those of {name} have {found}.",
            expected=expected,
            name=name,
            found=found,
        )


def require_number(name: str, value: object, least: float, most: float) -> None:
    """Make sure that `value`, called `name`, is a number in a range; NaN is in none.

    Raises:
        ConfigError: it is not.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise ConfigError(
            "The {name} must be a number from {least:g} to {most:g}, not {value}.",
            name=name,
            least=least,
            most=most,
            value=value,
        )


def require_choice(name: str, value: object, choices: tuple[str, ...]) -> None:
    """Make sure that `value`, called `name`, is one of `choices`.

    Raises:
        ConfigError: it is not.
    """
    if value not in choices:
        raise ConfigError(
            "Unknown {name} “{value}”. Choose one of {choices}.",
            name=name,
            value=value,
            choices=", ".join(choices),
        )


def known_fields(cls: type, values: Mapping[str, Any], required: tuple[str, ...] = ()) -> dict[str, Any]:
    """The entries of `values` that are fields of the data class `cls`.

    Raises:
        ConfigError: a required one is missing, or `values` is no table.
    """
    if not isinstance(values, Mapping):
        raise ConfigError("The configuration is not a table of names and values.")
    missing = [name for name in required if name not in values]
    if missing:
        raise ConfigError("The configuration lacks {names}.", names=", ".join(missing))
    return {field.name: values[field.name] for field in fields(cls) if field.name in values}
