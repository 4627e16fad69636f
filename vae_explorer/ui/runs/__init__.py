"""The list of runs: finding, showing, comparing, renaming and deleting them."""
