import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.support import COMMAND, done, posix, refused
from tests.processes import environment
from vae_explorer.core.checkpoint import save_model
from vae_explorer.core.snapshot import ModelSnapshot


@posix
def test_what_a_file_holds_cannot_reach_the_terminal_unfiltered(model: ModelSnapshot, tmp_path: Path) -> None:
    record = replace(model.record, data_set="evil\x1b[2J\nname")
    save_model(replace(model, record=record), tmp_path / "a")
    text = done("info", tmp_path / "a")
    assert "\x1b" not in text
    assert "evil [2J name" in text


def test_a_line_break_in_a_name_does_not_break_the_line() -> None:
    refused("info", "a\nb", says="Cannot open a b: ")


@posix
def test_a_reader_that_goes_away_is_no_error(file: Path) -> None:
    for words in (["info", file], ["--help"], ["info", file, "--json"]):
        with subprocess.Popen(
            [*COMMAND, *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
        ) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            process.stdout.close()
            assert process.stderr.read() == b""
        assert process.returncode == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
def test_output_that_goes_nowhere_is_said(file: Path) -> None:
    with Path("/dev/full").open("w") as full:
        result = subprocess.run(
            [*COMMAND, "info", str(file)],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(),
            check=False,
        )
    assert result.returncode == 2
    assert result.stderr == "vae-explorer: Cannot write the output: No space left on device.\n"
