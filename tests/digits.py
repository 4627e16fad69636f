"""A few real digits where the application looks for all: fixtures that a conftest takes from here."""

from pathlib import Path

import pytest

from tests.samples import write_digits
from vae_explorer.core.data import DATA_VARIABLE, ImageSet, load_images


@pytest.fixture(scope="session")
def digits_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_digits(tmp_path_factory.mktemp("data") / "few-digits")


@pytest.fixture
def few_digits(digits_folder: Path, monkeypatch: pytest.MonkeyPatch) -> ImageSet:
    """The application finds a few thousand digits to train with and a few hundred to test with, which these are."""
    monkeypatch.setenv(DATA_VARIABLE, str(digits_folder))
    return load_images("test")
