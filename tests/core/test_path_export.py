import importlib.util
import json
import os
import shutil
import subprocess
import sys
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageSequence

from tests.permissions import without_root_rights
from tests.processes import run_code
from vae_explorer.core import path_export
from vae_explorer.core.decoder_space import CancelledError
from vae_explorer.core.errors import ConfigError, DataError, UserError
from vae_explorer.core.path_export import FORMATS, FilmSettings, PathFilm, export_path
from vae_explorer.core.path_recipe import PathRecipe
from vae_explorer.core.path_report import PathReport
from vae_explorer.core.strips import enlarged, film_strip

posix = pytest.mark.skipif(os.name != "posix", reason="limits and rights are POSIX's")
has_ffmpeg = pytest.mark.skipif(
    importlib.util.find_spec("imageio_ffmpeg") is None and shutil.which("ffmpeg") is None,
    reason="ffmpeg is an optional extra",
)
#: What needs nothing more than the application.
PLAIN = [suffix for suffix in FORMATS if suffix != ".mp4"]

RECIPE = PathRecipe("mnist-deep-2d", (7, (0.25, -1e-5), 42), "geodesic", 5, even="decoder")


def report(count: int) -> PathReport:
    steps = np.linspace(1, 2, count - 1)
    frames = np.linspace(1, 3, count)
    return PathReport(3.0, 40.0, steps, 10 * steps, -frames, 12.5, -80 * frames, 9 * frames)


def film(count: int = 5, side: int = 7, recipe: PathRecipe = RECIPE) -> PathFilm:
    random = np.random.default_rng(0)
    frames = random.integers(0, 256, (count, side, side), np.uint8)
    points = random.standard_normal((count, 2))
    return PathFilm(recipe, points[[0, count // 2, -1]], points, frames, report(count))


def gif_frames(path: Path) -> list[np.ndarray]:
    with Image.open(path) as image:
        return [np.asarray(frame.convert("L")) for frame in ImageSequence.Iterator(image)]


# Pictures and films


def test_a_png_is_the_film_strip(tmp_path: Path) -> None:
    made = film()
    export_path(tmp_path / "a.PNG", made, FilmSettings(scale=3))
    with Image.open(tmp_path / "a.PNG") as image:
        assert image.mode == "L"
        np.testing.assert_array_equal(np.asarray(image), enlarged(film_strip(made.frames), 3))
        assert image.info["Title"] == "geodesic path through digit 7, (0.25, -1e-05), digit 42"
        assert image.info["Source"] == "model mnist-deep-2d"
        assert image.info["Comment"] == "kind=geodesic, steps=5, even=decoder"


def test_a_gif_has_the_very_frames_and_loops(tmp_path: Path) -> None:
    made = film()
    export_path(tmp_path / "a.gif", made, FilmSettings(scale=2, frame_ms=80))
    shown = gif_frames(tmp_path / "a.gif")
    assert len(shown) == 5
    for frame, picture in zip(made.frames, shown, strict=True):
        np.testing.assert_array_equal(picture, enlarged(frame, 2))
    with Image.open(tmp_path / "a.gif") as image:
        assert image.info["loop"] == 0
        assert image.info["duration"] == 80
        assert "model mnist-deep-2d" in image.info["comment"].decode()


def test_without_a_scale_a_film_is_large_enough_to_be_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = film()
    export_path(tmp_path / "a.gif", made)
    np.testing.assert_array_equal(gif_frames(tmp_path / "a.gif")[1], enlarged(made.frames[1], 8))
    export_path(tmp_path / "a.png", film(50))
    with Image.open(tmp_path / "a.png") as image:
        assert image.size == (4 * (50 * 9 + 2), 4 * 11)
    # It never becomes too large by itself: there and back these are 8 frames.
    monkeypatch.setattr(path_export, "_MOST_PIXELS", 8 * (3 * 7) ** 2)
    export_path(tmp_path / "a.gif", made, FilmSettings(ping_pong=True))
    np.testing.assert_array_equal(gif_frames(tmp_path / "a.gif")[1], enlarged(made.frames[1], 3))


def test_a_gif_runs_there_and_back(tmp_path: Path) -> None:
    made = film()
    export_path(tmp_path / "a.gif", made, FilmSettings(scale=1, ping_pong=True))
    shown = gif_frames(tmp_path / "a.gif")
    for index, picture in zip([0, 1, 2, 3, 4, 3, 2, 1], shown, strict=True):
        np.testing.assert_array_equal(picture, made.frames[index])


def test_frames_that_stand_still_take_their_time_in_a_gif(tmp_path: Path) -> None:
    frames = np.repeat(film(2).frames, [3, 1], axis=0)
    points = np.zeros((4, 2))
    export_path(tmp_path / "a.gif", PathFilm(RECIPE, points, points, frames), FilmSettings(1, 50))
    with Image.open(tmp_path / "a.gif") as image:
        times = [frame.info["duration"] for frame in ImageSequence.Iterator(image)]
    assert sum(times) == 4 * 50


def test_a_film_of_one_black_frame(tmp_path: Path) -> None:
    made = PathFilm(RECIPE, np.zeros((2, 2)), np.zeros((1, 2)), np.zeros((1, 4, 4), np.uint8))
    for suffix in PLAIN:
        export_path(tmp_path / f"a{suffix}", made)
        assert (tmp_path / f"a{suffix}").stat().st_size


@has_ffmpeg
@pytest.mark.parametrize(("side", "scale"), [(28, 2), (7, 3)])
def test_an_mp4_shows_the_frames(tmp_path: Path, side: int, scale: int) -> None:
    frames = np.zeros((6, side, side), np.uint8)
    frames[::2, :, : side // 2] = 250
    made = PathFilm(RECIPE, np.zeros((2, 2)), np.zeros((6, 2)), frames)
    export_path(tmp_path / "a.mp4", made, FilmSettings(scale, 200, ping_pong=True))
    content = (tmp_path / "a.mp4").read_bytes()
    assert content[4:8] == b"ftyp"
    assert b"geodesic path" in content
    shown = mp4_frames(tmp_path / "a.mp4", side * scale + side * scale % 2)
    order = [0, 1, 2, 3, 4, 5, 4, 3, 2, 1]
    assert len(shown) == len(order)
    for index, picture in zip(order, shown, strict=True):
        picture = picture[: side * scale, : side * scale].astype(int)
        assert np.abs(picture - enlarged(frames[index], scale)).max() <= 40
        assert np.abs(picture - enlarged(frames[index], scale)).mean() <= 4


def mp4_frames(path: Path, side: int) -> list[np.ndarray]:
    from vae_explorer.core.video import find_ffmpeg

    command = [find_ffmpeg(), "-v", "error", "-i", str(path), "-f", "rawvideo", "-pix_fmt", "gray", "-"]
    raw = subprocess.run(command, capture_output=True, check=True).stdout
    return list(np.frombuffer(raw, np.uint8).reshape(-1, side, side))


def test_where_ffmpeg_is_missing_it_is_said_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As Python marks a module that cannot be imported.
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match=r"need ffmpeg, .*`pip install imageio-ffmpeg`"):
        export_path(tmp_path / "a.mp4", film())
    assert not (tmp_path / "a.mp4").exists()


@posix
@pytest.mark.parametrize("words", ["echo 'No such codec.' >&2; exit 1", "exit 3", "cat >/dev/null; exit 1"])
def test_an_ffmpeg_that_fails_is_said(tmp_path: Path, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "ffmpeg").write_text(f"#!/bin/sh\n{words}\n")
    (folder / "ffmpeg").chmod(0o755)
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(UserError, match=r"cannot be encoded: (No such codec|ffmpeg failed)\.$"):
        export_path(tmp_path / "a.mp4", film())
    assert not (tmp_path / "a.mp4").exists()


# Arrays and code


def test_an_npz_holds_everything_and_no_pickle(tmp_path: Path) -> None:
    made = film()
    export_path(tmp_path / "a.npz", made)
    with np.load(tmp_path / "a.npz", allow_pickle=False) as file:
        np.testing.assert_array_equal(file["points"], made.points)
        assert file["points"].dtype == np.float64
        np.testing.assert_array_equal(file["frames"], made.frames)
        assert file["frames"].dtype == np.uint8
        np.testing.assert_array_equal(file["anchors"], made.anchors)
        assert file["digits"].tolist() == [7, -1, 42]
        assert str(file["kind"]) == "geodesic"
        assert str(file["model"]) == "mnist-deep-2d"
        assert str(file["snippet"]) == RECIPE.snippet()
        assert json.loads(str(file["report"]))["lowest_density_percentile"] == 12.5
        for name, values in report(5).arrays().items():
            np.testing.assert_array_equal(file[f"report_{name}"], values)


anchors = st.one_of(
    st.integers(0, 9999),
    st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=40).map(tuple),
)


@given(
    st.text(max_size=30).filter(lambda text: text.isprintable()),
    st.lists(anchors, min_size=2, max_size=5).map(tuple),
    st.booleans(),
)
def test_a_snippet_says_what_was_asked_for(model: str, asked: tuple, loop: bool) -> None:  # type: ignore[type-arg]
    """Its words are Python's, with the very numbers, whatever the model is called."""
    recipe = PathRecipe(model, asked, "neighbours", 9, loop=loop, near_data=0.5)
    calls = called(recipe.snippet())
    assert calls["open_model"] == ((model or "model.safetensors",), {})
    (_, listed), options = calls["interpolate"]
    assert listed == list(asked)
    assert options == {"kind": "neighbours", "steps": 9, "near_data": 0.5} | ({"loop": True} if loop else {})


def called(snippet: str) -> dict[str, tuple[tuple, dict]]:  # type: ignore[type-arg]
    """What a snippet hands to the functions of the API, without running them."""
    calls = {}

    def recorder(name: str) -> object:
        def record(*words: object, **options: object) -> None:
            calls[name] = words, options

        return record

    lines = snippet.split("images =")[0].replace("from vae_explorer.api import", "#")
    exec(lines, {name: recorder(name) for name in ("open_model", "interpolate")})
    return calls


def test_a_snippet_of_numpys_numbers_is_plain() -> None:
    recipe = PathRecipe("m", (np.int64(3), tuple(np.array([0.1, 2.0]))), "linear", 4)  # type: ignore[arg-type]
    assert "[3, (0.1, 2.0)]" in recipe.snippet()


# What cannot be written


@pytest.mark.parametrize("name", ["a", "a.jpg", "a.gif.txt", ".gif"])
def test_an_unknown_format_is_said(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match=r"must end in one of \.gif, \.png, \.mp4, \.npz, \.py; “"):
        export_path(tmp_path / name, film())
    assert not list(tmp_path.glob("a*"))


@pytest.mark.parametrize("scale", [0, -3, 20_001])
def test_a_scale_that_no_picture_can_have_is_said(scale: int) -> None:
    with pytest.raises(ConfigError, match="The scale must be a whole number from 1 to 20000"):
        FilmSettings(scale=scale)


@pytest.mark.parametrize("suffix", [".gif", ".png"])
def test_a_scale_that_makes_too_wide_a_picture_is_said(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(ConfigError, match="The scale must be from 1 to"):
        export_path(tmp_path / f"a{suffix}", film(), FilmSettings(scale=3000))


def test_a_film_that_would_fill_the_memory_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="5 images of 14000×14000 pixels is too large"):
        export_path(tmp_path / "a.gif", film(), FilmSettings(scale=2000))


@pytest.mark.parametrize("frame_ms", [0, 19, 60_001, True])
def test_a_frame_time_out_of_range_is_said(frame_ms: int) -> None:
    with pytest.raises(ConfigError, match="frame time in milliseconds"):
        FilmSettings(frame_ms=frame_ms)


def test_a_film_without_frames_is_refused() -> None:
    with pytest.raises(DataError, match="0 for 3"):
        PathFilm(RECIPE, np.zeros((2, 2)), np.zeros((3, 2)), np.zeros((0, 4, 4), np.uint8))


def test_a_cancelled_film_leaves_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "a.gif").write_bytes(b"old")
    answers = chain([False, False], iter(lambda: True, None))
    with pytest.raises(CancelledError):
        export_path(tmp_path / "a.gif", film(), cancelled=lambda: next(answers))
    assert (tmp_path / "a.gif").read_bytes() == b"old"


@posix
@pytest.mark.parametrize("suffix", PLAIN)
def test_a_read_only_folder_is_said(tmp_path: Path, suffix: str) -> None:
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o555)
    with without_root_rights(), pytest.raises(UserError, match=r"Cannot write .*Permission denied"):
        export_path(folder / f"a{suffix}", film())
    assert not list(folder.iterdir())


@posix
@pytest.mark.parametrize("suffix", PLAIN)
def test_a_full_disk_leaves_the_old_file_whole(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(b"old")
    code = """
import resource, sys
from pathlib import Path
from tests.core.test_path_export import film
from vae_explorer.core.errors import UserError
from vae_explorer.core.path_export import export_path
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
try:
    export_path(Path(sys.argv[1]), film())
except UserError as error:
    print(error)
"""
    assert run_code(code, path) == f"Cannot write {path}: File too large."
    assert path.read_bytes() == b"old"
    assert [other.name for other in tmp_path.iterdir() if other.is_file()] == [path.name]
