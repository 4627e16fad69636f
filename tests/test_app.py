"""Starting: what is loaded before the window shows, pictures without a display, what is said where none can open."""

import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.core.runs import made_up_run
from tests.processes import environment, run_code
from vae_explorer import logs
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.run_folder import METRICS, snapshot_path
from vae_explorer.logs import log_path, start_logging
from vae_explorer.platform_check import StartError, missing_library
from vae_explorer.state.settings import Settings, load_settings, save_settings, settings_path

linux = pytest.mark.skipif(sys.platform != "linux", reason="other systems have their display built in")


def start(*words: object, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "vae_explorer", *map(str, words)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=environment(PYTHONIOENCODING="utf-8", **variables),
        timeout=120,
        check=False,
    )


def screenshot(path: Path, *words: object, **variables: str) -> np.ndarray:
    """The picture's pixels, shape (height, width, 3)."""
    done = start("--screenshot", path, *words, **variables)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    with Image.open(path) as image:
        assert image.format == "PNG"
        return np.asarray(image.convert("RGB"))


def refused(*words: object, says: str, **variables: str) -> None:
    done = start(*words, **variables)
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("vae-explorer: ")
    assert says in line


# --- Pictures without a display ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, np.ndarray]:
    folder = tmp_path_factory.mktemp("pictures")
    # Made once for several tests, so their own folders are not set yet.
    home = dict.fromkeys(
        ("HOME", "USERPROFILE", "LOCALAPPDATA", "XDG_CONFIG_HOME", "XDG_STATE_HOME"), str(folder)
    )
    no_display = home | {"DISPLAY": "", "WAYLAND_DISPLAY": "", "QT_QPA_PLATFORM": ""}
    return {
        theme: screenshot(folder / f"{theme}.png", "--size", "1280x800", "--theme", theme, **no_display)
        for theme in ("light", "dark")
    }


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_screenshot_has_the_size_that_was_asked_for(pictures: dict[str, np.ndarray], theme: str) -> None:
    assert pictures[theme].shape == (800, 1280, 3)


def test_screenshot_shows_the_theme_that_was_asked_for(pictures: dict[str, np.ndarray]) -> None:
    assert np.median(pictures["light"]) > 220
    assert np.median(pictures["dark"]) < 60


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_screenshot_shows_the_map_and_the_decoded_digit(pictures: dict[str, np.ndarray], theme: str) -> None:
    middle = pictures[theme][200:650, 400:850].astype(int)
    colorful = (middle.max(-1) - middle.min(-1)) > 60
    assert colorful.mean() > 0.03, "ten thousand coloured points"
    # The decoder's picture is the only thing with both black and white in it, in gray.
    right = pictures[theme][:, 960:].astype(int)
    gray = (right.max(-1) - right.min(-1)) <= 2
    assert (gray & (right[..., 0] < 10)).sum() > 5000
    assert (gray & (right[..., 0] > 245)).sum() > 200


def test_screenshot_waits_for_the_trust_in_the_image(pictures: dict[str, np.ndarray]) -> None:
    # The lamp is green, and is gray while nothing is known; nothing else of the decoder dock has a colour there.
    for theme in ("light", "dark"):
        right = pictures[theme][300:520, 960:].astype(int)
        green = right[..., 1] - np.maximum(right[..., 0], right[..., 2])
        assert (green > 40).sum() > 30


def test_screenshot_shows_the_model_that_was_asked_for(
    pictures: dict[str, np.ndarray], tmp_path: Path
) -> None:
    other = screenshot(tmp_path / "a.png", "mnist-mlp-2d", "--size", "1280x800", "--theme", "light")
    assert (other != pictures["light"]).mean() > 0.02


def test_screenshot_of_a_run_folder_shows_its_newest_model(
    pictures: dict[str, np.ndarray], tmp_path: Path
) -> None:
    folder = made_up_run(tmp_path / "run", config=VAEConfig(784, (8,), 2))
    picture = screenshot(tmp_path / "run.png", folder, "--size", "1280x800", "--theme", "light")
    model = screenshot(
        tmp_path / "model.png", snapshot_path(folder, 3), "--size", "1280x800", "--theme", "light"
    )
    # The map and the decoder show the same, whichever way the model was opened; the curves do not.
    np.testing.assert_array_equal(picture[150:400, 960:], model[150:400, 960:])
    assert (picture != pictures["light"]).mean() > 0.02


def test_a_damaged_run_folder_is_shown_as_far_as_it_is_whole(tmp_path: Path) -> None:
    folder = made_up_run(tmp_path / "run", config=VAEConfig(784, (8,), 2))
    with (folder / METRICS).open("ab") as metrics:
        metrics.write(b'{"kind": "steps", "ste')
    done = start(folder, "--screenshot", tmp_path / "a.png")
    assert (done.returncode, done.stdout) == (0, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("vae-explorer: metrics.jsonl: the last line was cut off")
    assert (tmp_path / "a.png").exists()


def test_screenshot_neither_uses_nor_changes_the_users_settings(tmp_path: Path) -> None:
    save_settings(Settings(theme="dark", recent_files=["a"], window_geometry="garbage"))
    kept = settings_path().read_bytes()
    picture = screenshot(tmp_path / "a.png", "--size", "1240x700")
    assert picture.shape == (700, 1240, 3)
    assert np.median(picture) > 220
    assert settings_path().read_bytes() == kept


def test_screenshot_of_a_bad_file_is_refused_and_writes_nothing(tmp_path: Path) -> None:
    bad = tmp_path / "bad.safetensors"
    bad.write_text("no model at all")
    refused(bad, "--screenshot", tmp_path / "a.png", says="bad.safetensors")
    assert not (tmp_path / "a.png").exists()


# --- No display -------------------------------------------------------------------------------------


@linux
def test_without_a_display_one_line_names_the_option() -> None:
    refused(says="--screenshot", DISPLAY="", WAYLAND_DISPLAY="", QT_QPA_PLATFORM="")


@linux
@pytest.mark.parametrize("platform", ["", "xcb"])
def test_a_display_that_does_not_answer_is_named(platform: str) -> None:
    refused(says="--screenshot", DISPLAY=":9731", WAYLAND_DISPLAY="", QT_QPA_PLATFORM=platform)
    refused(says=":9731", DISPLAY=":9731", WAYLAND_DISPLAY="", QT_QPA_PLATFORM=platform)


@pytest.mark.parametrize(
    ("error", "package"),
    [
        ("libxcb-cursor.so.0: cannot open shared object file: No such file or directory", "libxcb-cursor0"),
        ("libEGL.so.1: cannot open shared object file: No such file or directory", "libegl1"),
        ("libGL.so.1: cannot open shared object file", "libgl1"),
        ("libglib-2.0.so.0: cannot open shared object file", "libglib2.0-0"),
        ("libxkbcommon-x11.so.0: cannot open shared object file", "libxkbcommon-x11-0"),
        ("libxkbcommon.so.0: cannot open shared object file", "libxkbcommon0"),
        ("libX11-xcb.so.1: cannot open shared object file", "libx11-xcb1"),
    ],
)
def test_a_missing_library_is_said_with_its_package(error: str, package: str) -> None:
    problem = missing_library(ImportError(error))
    assert isinstance(problem, StartError)
    assert str(problem).endswith(f"apt install {package}")
    assert error.partition(".so")[0] in str(problem)


def test_a_library_that_nobody_knows_is_named_all_the_same() -> None:
    assert "libother.so.1" in str(missing_library(OSError("libother.so.1: cannot open shared object file")))
    assert "odd" in str(missing_library(OSError("something odd")))


# --- What is loaded ---------------------------------------------------------------------------------

SHOW_LOADED = """
import sys
def show(when):
    print(when, *(name for name in ("torch", "torchvision") if name in sys.modules))
"""


def test_importing_the_window_loads_no_torch() -> None:
    code = SHOW_LOADED + "import vae_explorer.ui.main_window, vae_explorer.app\nshow('imported')"
    assert run_code(code) == "imported"


def test_nothing_up_to_the_map_needs_torch() -> None:
    code = (
        SHOW_LOADED
        + """
from vae_explorer.app import build_window, start_qt
application = start_qt()
window = build_window(application)
window.first_painted.connect(lambda: (show("painted"), window.open_first(None)))
def on_ready():
    assert window.decoder_panel.picture is not None
    show("ready")
    window.close()
window.ready.connect(on_ready)
window.show()
application.exec()
"""
    )
    assert run_code(code).splitlines() == ["painted", "ready"]


# --- The log ----------------------------------------------------------------------------------------


@pytest.fixture
def root_logger() -> Iterator[logging.Logger]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield root
    for handler in root.handlers[:]:
        if handler not in handlers:
            root.removeHandler(handler)
            handler.close()
    root.setLevel(level)


def test_the_log_is_in_the_users_own_folder(root_logger: logging.Logger) -> None:
    start_logging()
    logging.getLogger("vae_explorer.test").warning("something happened")
    assert log_path().is_relative_to(Path.home())
    assert "WARNING" in log_path().read_text(encoding="utf-8")
    assert "something happened" in log_path().read_text(encoding="utf-8")


def test_the_log_is_rotated_and_only_a_few_files_are_kept(root_logger: logging.Logger) -> None:
    start_logging()
    log = logging.getLogger("vae_explorer.test")
    for number in range(45):
        log.warning("%d %s", number, "x" * 100_000)
    files = sorted(log_path().parent.iterdir())
    assert [file.name for file in files] == [log_path().name, f"{log_path().name}.1", f"{log_path().name}.2"]
    assert all(file.stat().st_size <= logs._BYTES for file in files)
    assert " 44 x" in log_path().read_text(encoding="utf-8")


def test_a_log_folder_that_cannot_be_is_survived(
    root_logger: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    home = Path.home()
    home.rmdir()
    home.write_text("in the way")
    start_logging()
    logging.getLogger("vae_explorer.test").warning("something happened")
    assert "something happened" in capsys.readouterr().err


def test_an_uncaught_error_goes_to_the_log_and_the_window_goes_on() -> None:
    code = """
import sys
from PySide6.QtCore import QTimer
from vae_explorer.app import build_window, start_qt
from vae_explorer.logs import log_path, start_logging
from vae_explorer.ui.error_reporter import ErrorReporter
start_logging()
application = start_qt()
window = build_window(application)
reporter = ErrorReporter(window, str(log_path()))
def fail():
    QTimer.singleShot(0, after)
    raise ZeroDivisionError("ours")
def after():
    QTimer.singleShot(0, look)
def look():
    print(reporter.dialog.windowTitle(), window.isVisible())
    window.close()
    application.quit()
window.first_painted.connect(fail)
window.show()
print(application.exec())
"""
    lines = run_code(code).splitlines()
    assert lines == ["Something went wrong True", "0"]
    text = log_path().read_text(encoding="utf-8")
    assert "Traceback" in text
    assert "ZeroDivisionError: ours" in text


def test_a_closed_window_leaves_settings_behind() -> None:
    code = """
from vae_explorer.app import build_window, start_qt
application = start_qt()
window = build_window(application, "dark")
window.ready.connect(window.close)
window.first_painted.connect(lambda: window.open_first(None))
window.show()
application.exec()
"""
    run_code(code)
    settings, problems = load_settings()
    assert problems == []
    assert settings.window_layout
