"""The training dock: the form with the settings, and what happens while a model is trained."""
