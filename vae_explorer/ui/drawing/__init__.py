"""The dock to draw a digit in: the pad, what the model makes of it, and where it lies on the map."""
