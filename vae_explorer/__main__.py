"""`python -m vae_explorer` is the same as the command `vae-explorer`."""

import sys

from vae_explorer.cli import main

sys.exit(main())
