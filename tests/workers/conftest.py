from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from tests.digits import digits_folder, few_digits
from vae_explorer.workers.jobs import Jobs

__all__ = ["digits_folder", "few_digits"]


@pytest.fixture
def jobs(qtbot: QtBot) -> Iterator[Jobs]:
    jobs = Jobs()
    yield jobs
    jobs.stop()
