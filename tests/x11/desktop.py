"""The hands of a user in front of a real screen: the application in a process of its own, driven with xdotool."""

import os
import select
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.processes import environment

#: Seconds that anything may take on a busy machine before a test gives up.
PATIENCE = 60


def xdotool(*words: object) -> str:
    """What the command prints; it fails if xdotool does, or if what it waits for never comes."""
    return subprocess.run(
        ["xdotool", *map(str, words)], capture_output=True, text=True, check=True, timeout=PATIENCE
    ).stdout.strip()


def find_window(title: str) -> str:
    """Waits for a visible window with `title`, a regular expression, and gives it the keyboard."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            window = xdotool("search", "--sync", "--onlyvisible", "--name", title).splitlines()[0]
            xdotool("windowactivate", "--sync", window)
        except subprocess.CalledProcessError:
            # Another window closed while xdotool looked at it.
            assert time.monotonic() < end, f"there is no window {title}"
        else:
            return window


class Application:
    """A running window, with folders of its own.

    Attributes:
        process: the application.
        window: its main window, as X numbers it.
    """

    def __init__(self, *words: object, **variables: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "vae_explorer", *map(str, words)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment(QT_QPA_PLATFORM="xcb", **variables),
        )
        self.window = ""

    def wait_for_title(self, title: str) -> None:
        """Wait until the main window is called so; `title` is a regular expression."""
        self.window = find_window(title)

    def wait_until(self, holds: Callable[[], bool]) -> None:
        """Wait for something that the application does; fails where it ends instead, or says something."""
        assert self.process.stdout is not None
        end = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < end, "it never happened"
            said, _, _ = select.select([self.process.stdout], [], [], 0.05)
            assert not said, os.read(self.process.stdout.fileno(), 10_000).decode()

    def press(self, *keys: str) -> None:
        """Type key combinations into the main window, for example ``ctrl+t``."""
        xdotool("windowactivate", "--sync", self.window)
        xdotool("key", "--clearmodifiers", *keys)

    def drag(self, *places: tuple[float, float]) -> None:
        """Move the pressed mouse through `places`, each as shares of the window's width and height."""
        width, height = (int(word) for word in self._geometry("WIDTH", "HEIGHT"))
        (first, *rest) = [(round(x * width), round(y * height)) for x, y in places]
        xdotool("mousemove", "--sync", "--window", self.window, *first, "mousedown", 1)
        for place in rest:
            xdotool("mousemove", "--sync", "--window", self.window, *place)
        xdotool("mouseup", 1)

    def choose_file(self, title: str, path: Path) -> None:
        """Type `path` into the file dialog called `title`, accept it, and wait for the file to be there."""
        find_window(title)
        xdotool("key", "--clearmodifiers", "ctrl+a")
        xdotool("type", "--clearmodifiers", str(path))
        xdotool("key", "Return")
        self.wait_until(path.exists)

    def _geometry(self, *names: str) -> list[str]:
        lines = xdotool("getwindowgeometry", "--shell", self.window).splitlines()
        values = dict(line.split("=") for line in lines)
        return [values[name] for name in names]
