"""The curves dock: ELBO, objective, reconstruction and KL of runs, over epochs or steps."""
