"""Named places of the latent space, and the way back to where the cursor was."""
