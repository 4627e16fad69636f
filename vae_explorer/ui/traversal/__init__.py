"""What each latent dimension does on its own, as a grid of decoded images."""
