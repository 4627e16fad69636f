"""What is printed, and what happens when it cannot be."""

import contextlib
import io
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from vae_explorer.core.errors import UserError
from vae_explorer.core.files import reason

PROGRAM = "vae-explorer"
SCALE_HELP = "enlarge K times; without it up to 8 times, as long as no side exceeds 2,000 pixels"
#: The exit code after Ctrl-C, as shells have it.
INTERRUPTED = 130


def prepare() -> None:
    """Names inside a model file may hold any letter: a terminal that lacks it must not make that an error."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def say(message: str) -> None:
    """One line for a person, on stderr."""
    print(f"{PROGRAM}: {one_line(message)}", file=sys.stderr, flush=True)


@contextlib.contextmanager
def announced(what: str, path: Path, say: Callable[[str], None] = say) -> Iterator[None]:
    """Says where `what` was saved, and whether that replaced an older file, unless saving it fails."""
    replaced = ", replacing the file that was there" if path.is_file() else ""
    yield
    say(f"saved {what} in {path}{replaced}")


def emit(line: str) -> None:
    """One line of the result, on stdout.

    Raises:
        BrokenPipeError: whoever read it has gone.
        UserError: it cannot be written, for instance to a full disk.
    """
    with _explained():
        print(line, flush=True)


def flush() -> None:
    """Make sure that everything printed has arrived; raises what `emit` does."""
    with _explained():
        if sys.stdout is not None:
            sys.stdout.flush()


def one_line(text: str) -> str:
    """`text` without line breaks and without control characters, which a file could send to the terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        _silence_stdout()
        if isinstance(error, BrokenPipeError):
            raise
        raise UserError("Cannot write the output: {reason}.", reason=reason(error)) from error


def _silence_stdout() -> None:
    """Let Python's own flush at the end not fail again."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
