"""Starts VAE Explorer from a checkout: `python3 scripts/run.py [options of the application]`.

The first time it also installs what the application needs into `.venv`, which takes some minutes and a network.
"""

import sys

from python_version import require_supported_python

require_supported_python()

from environment import RUN, main  # noqa: E402 (cannot be read by a Python that is too old)

# With -P, a file such as random.py in the user's folder does not stand in for Python's own module.
sys.exit(main(RUN, ["-P", "-m", "vae_explorer"]))
