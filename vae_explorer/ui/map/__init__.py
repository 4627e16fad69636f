"""The latent map: its points, its cursor, its legend, and which part of the plane is seen."""
