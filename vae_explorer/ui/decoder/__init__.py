"""The decoder dock: the image at the cursor, its coordinates, and reconstructions of real digits."""
