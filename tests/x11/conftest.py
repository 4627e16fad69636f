"""The application on a real screen; whatever happens in a test, it does not outlive it."""

from collections.abc import Callable, Iterator

import pytest

from tests.x11.desktop import PATIENCE, Application

#: Starts the application with these words on its command line and these environment variables.
Start = Callable[..., Application]


@pytest.fixture
def start() -> Iterator[Start]:
    applications: list[Application] = []

    def start_one(*words: object, **variables: str) -> Application:
        applications.append(Application(*words, **variables))
        return applications[-1]

    yield start_one
    for application in applications:
        application.process.kill()
        application.process.communicate(timeout=PATIENCE)
