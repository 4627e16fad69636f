"""From the words of a command line to an exit code."""

import sys
from collections.abc import Sequence

from vae_explorer.cli import terminal
from vae_explorer.cli.parser import parse
from vae_explorer.core.errors import UserError


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code.

    0: done. 2: wrong use or bad input, said in one line on stderr. 130: stopped with Ctrl-C. A fault of ours is not
    caught: Python shows the traceback and exits with 1.
    """
    terminal.prepare()
    try:
        code = _run(list(sys.argv[1:] if argv is None else argv))
        terminal.flush()
    except UserError as error:
        terminal.say(str(error))
        return 2
    except KeyboardInterrupt:
        terminal.say("stopped.")
        return terminal.INTERRUPTED
    except BrokenPipeError:
        return 0
    return code


def _run(words: list[str]) -> int:
    try:
        options = parse(words)
    except SystemExit as end:  # argparse ends so after --help and --version
        return int(end.code or 0)
    code: int = options.run(options)
    return code
