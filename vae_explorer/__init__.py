"""VAE Explorer: train or open a variational autoencoder and walk through its latent space."""

__version__ = "0.1.0"
