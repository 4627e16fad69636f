"""Runs the tests from a checkout: `python3 scripts/test.py [options of pytest]`.

Without options all of them run, several at a time; with options they run as pytest is told. The first time it also
installs what the application and its tests need into `.venv`.
"""

import sys

from python_version import require_supported_python

require_supported_python()

from environment import ROOT, TEST, main  # noqa: E402 (cannot be read by a Python that is too old)

#: Each process takes about a gigabyte of memory.
SEVERAL = ["-n", "auto", "--maxprocesses", "4"]

sys.exit(main(TEST, ["-m", "pytest", *([] if sys.argv[1:] else SEVERAL)], folder=ROOT))
