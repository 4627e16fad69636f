"""Runs the tests from a checkout: `python3 scripts/test.py [options of pytest]`.

The first time it also installs what the application and its tests need into `.venv`.
"""

import sys

from python_version import require_supported_python

require_supported_python()

from environment import ROOT, TEST, main  # noqa: E402 (cannot be read by a Python that is too old)

sys.exit(main(TEST, ["-m", "pytest"], folder=ROOT))
