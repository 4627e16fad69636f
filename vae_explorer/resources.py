"""Finds the data files that ship with the application: the MNIST images and the ready-made models.

In a wheel they lie inside the package. In a checkout they lie beside it, in the folder `resources` at the top,
because they are data and not code. Nothing else in the application has to know which of the two it runs from.
"""

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path


def resource_path(*parts: str) -> Path:
    """The path of a file or folder under `resources`, such as `resource_path("mnist")`.

    The path need not exist: a caller that can do without the file tests it with `Path.exists()`.

    Raises:
        RuntimeError: the application was started from a zip archive, where data files have no path.
    """
    return _resources().joinpath(*parts)


def _resources() -> Path:
    package = _real_folder(files("vae_explorer"))
    inside = package / "resources"
    return inside if inside.is_dir() else package.parent / "resources"


def _real_folder(package: Traversable) -> Path:
    if not isinstance(package, Path):
        raise RuntimeError("VAE Explorer must be installed as files; it cannot run from a zip archive.")
    return package
