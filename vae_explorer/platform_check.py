"""Finds out whether Qt can open a window here, because Qt itself would abort the process instead of saying so."""

from __future__ import annotations

import ctypes
import os
import re
import sys
from pathlib import Path

from vae_explorer.core.errors import UserError

#: Debian's packages of the system libraries that Qt's X plugin needs, by the start of the library's name.
_PACKAGES = {
    "libxcb-cursor": "libxcb-cursor0",
    "libxcb-icccm": "libxcb-icccm4",
    "libxcb-keysyms": "libxcb-keysyms1",
    "libxcb-image": "libxcb-image0",
    "libxcb-render-util": "libxcb-render-util0",
    "libxcb-shape": "libxcb-shape0",
    "libxcb-xkb": "libxcb-xkb1",
    "libxkbcommon-x11": "libxkbcommon-x11-0",
    "libxkbcommon": "libxkbcommon0",
    "libX11-xcb": "libx11-xcb1",
    "libEGL": "libegl1",
    "libGL": "libgl1",
    "libdbus-1": "libdbus-1-3",
    "libfontconfig": "libfontconfig1",
    "libglib-2.0": "libglib2.0-0",
}
_WITHOUT_A_DISPLAY = (
    "Start it on a desktop, or use --screenshot OUT.png to render the window into a file without a display "
    "(the commands train, info, decode, embed and sample need none either)."
)


class StartError(UserError):
    """The window cannot be opened on this machine."""


def missing_library(error: Exception) -> StartError:
    """The message for a failed load of a system library: which one, and the package that has it."""
    found = re.search(r"(lib[\w.+-]+?)\.so", str(error))
    library = found.group(1) if found else str(error)
    package = _PACKAGES.get(library)
    if package is None:
        return StartError(
            "Qt cannot start: {reason}. Install the system library that it names.", reason=error
        )
    return StartError(
        "Qt cannot start: the system library {library} is missing. On Debian or Ubuntu: apt install {package}",
        library=library,
        package=package,
    )


def check_display(plugins: Path) -> None:
    """Make sure that Qt can open a window.

    Args:
        plugins: the folder of Qt's plugins.

    Raises:
        StartError: there is no display, or a system library is missing.
    """
    if not sys.platform.startswith("linux"):
        return
    platform = os.environ.get("QT_QPA_PLATFORM", "").partition(":")[0]
    if platform not in ("", "xcb") or (not platform and os.environ.get("WAYLAND_DISPLAY")):
        return
    if not os.environ.get("DISPLAY"):
        raise StartError("There is no display to open a window on. {advice}", advice=_WITHOUT_A_DISPLAY)
    try:
        ctypes.CDLL(str(plugins / "platforms" / "libqxcb.so"))
    except OSError as error:
        raise missing_library(error) from error
    if not _display_answers():
        raise StartError(
            "The display {display} cannot be reached. {advice}",
            display=os.environ["DISPLAY"],
            advice=_WITHOUT_A_DISPLAY,
        )


def _display_answers() -> bool:
    xcb = ctypes.CDLL("libxcb.so.1")
    xcb.xcb_connect.restype = ctypes.c_void_p
    connection = ctypes.c_void_p(xcb.xcb_connect(None, None))
    failed = bool(xcb.xcb_connection_has_error(connection))
    xcb.xcb_disconnect(connection)
    return not failed
