"""The command line: `vae-explorer [FILE | FOLDER]` opens the window, the subcommands work without one.

Everything heavy is imported where it is used, so that `--help` is instant, the subcommands need no Qt, and only
`train` needs PyTorch.
"""

from vae_explorer.cli.entry import main

__all__ = ["main"]
