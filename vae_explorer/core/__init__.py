"""The science: models, objective, training, data, checkpoints. NumPy and PyTorch; no Qt.

Modules that need PyTorch (``models``, ``objective``, ``training``, ``devices``, ``state_dicts``) are imported
where they are used, never from here: opening the window must not cost the import of PyTorch.
"""
