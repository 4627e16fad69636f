"""Paths through the latent space: the places they pass, what is seen on the way, and how to take that home."""
