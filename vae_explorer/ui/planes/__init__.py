"""Choosing the plane that the map shows of a latent space of more than two dimensions."""
