"""Stops with a clear message when this Python cannot run the project.

A module of its own, in words that every Python 3 understands: the other scripts would not even be read by an old one.
"""

import shutil
import sys

OLDEST = (3, 11)
NEWEST = (3, 13)


def require_supported_python() -> None:
    """Returns if this Python is one that the project runs with, and otherwise ends the program with code 2."""
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        return
    message = "VAE Explorer needs Python {}.{} to {}.{}, but this is Python {}.{}.\n".format(
        *(OLDEST + NEWEST + tuple(sys.version_info[:2]))
    )
    sys.stderr.write(message + _advice() + "\n")
    sys.exit(2)


def _advice() -> str:
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        found = shutil.which("python3.{}".format(minor))  # noqa: UP032 (an old Python must be able to read this)
        if found:
            return "Another Python is here. Try: {} {}".format(found, " ".join(sys.argv))
    return "Install Python {}.{} and run this again with it.".format(*NEWEST)
