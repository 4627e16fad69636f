from pathlib import Path

import pytest

from tests.cli.support import done
from vae_explorer import __version__
from vae_explorer.cli import commands
from vae_explorer.cli.parser import parse
from vae_explorer.core.bundled import DEFAULT_MODEL


def test_help_names_the_model_that_is_opened_without_a_file() -> None:
    assert f"Without it: {DEFAULT_MODEL}" in " ".join(done("--help").split())


def test_help_names_the_window_and_every_command() -> None:
    text = done("--help")
    for word in (
        "FILE",
        "FOLDER",
        "--screenshot",
        "--size",
        "--theme",
        "train",
        "info",
        "decode",
        "embed",
        "sample",
        "./train",
    ):
        assert word in text


@pytest.mark.parametrize("command", ["train", "info", "decode", "embed", "sample"])
def test_each_command_explains_itself(command: str) -> None:
    assert f"usage: vae-explorer {command}" in done(command, "--help")


def test_version() -> None:
    assert done("--version") == f"vae-explorer {__version__}\n"


@pytest.mark.parametrize("words", [["./train"], ["--theme", "dark", "./info"], ["--", "a.safetensors"], []])
def test_everything_but_a_command_opens_the_window(words: list[str]) -> None:
    options = parse(words)
    assert options.run is commands.open_window
    assert options.file == (words[-1] if words else None)


def test_options_of_the_window() -> None:
    options = parse(["m", "--screenshot", "a.png", "--size", "1400x900", "--theme", "dark"])
    assert (options.screenshot, options.size, options.theme) == (Path("a.png"), (1400, 900), "dark")
