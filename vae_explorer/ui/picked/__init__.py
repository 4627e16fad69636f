"""The test digits that the user picked: how they are picked on the map, and what they look like together."""
