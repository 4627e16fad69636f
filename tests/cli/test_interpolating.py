import json
import shutil
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence

from tests.cli.support import cli, done, posix, refused
from tests.processes import run_code
from tests.samples import save_random_model
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.data import load_images
from vae_explorer.core.images import gray_levels
from vae_explorer.core.snapshot import ModelSnapshot
from vae_explorer.core.strips import enlarged, film_strip

BETWEEN = ("--from-index", 7, "--to-index", 42)


def images_of(model: ModelSnapshot, points: np.ndarray) -> np.ndarray:
    return gray_levels(model.decode(points)).reshape(-1, 28, 28)


def straight(model: ModelSnapshot, steps: int) -> np.ndarray:
    first, last = model.encode(load_images("test").images[[7, 42]]).mu.astype(float)
    t = np.linspace(0, 1, steps)[:, None]
    return (1 - t) * first + t * last


def picture(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        assert image.mode == "L"
        return np.asarray(image)


def test_the_line_of_the_readme_writes_a_film(tmp_path: Path) -> None:
    words = (
        "interpolate mnist-deep-2d --from-index 7 --to-index 42 --kind geodesic --steps 16 --output OUT.gif"
    )
    assert done(*words.split(), cwd=tmp_path) == ""
    with Image.open(tmp_path / "OUT.gif") as image:
        assert image.size == (224, 224)
        assert image.info["loop"] == 0
        frames = [np.asarray(frame.convert("L")) for frame in ImageSequence.Iterator(image)]
    assert 8 <= len(frames) <= 16  # frames that do not differ are one
    assert all(frame.max() > 100 for frame in frames)
    assert not np.array_equal(frames[0], frames[-1])


def test_a_film_strip_shows_the_decoded_line(model: ModelSnapshot, file: Path, tmp_path: Path) -> None:
    result = cli("interpolate", file, *BETWEEN, "--steps", 5, "--scale", 2, "-o", tmp_path / "a.png")
    assert (result.returncode, result.stdout) == (0, "")
    assert result.stderr == f"vae-explorer: saved the path in {tmp_path / 'a.png'}\n"
    expected = enlarged(film_strip(images_of(model, straight(model, 5))), 2).astype(int)
    assert np.abs(picture(tmp_path / "a.png") - expected).max() <= 1
    with Image.open(tmp_path / "a.png") as image:
        assert image.info["Title"] == "linear path through digit 7, digit 42"
        assert image.info["Source"] == "model model.safetensors"


def test_points_may_be_negative(model: ModelSnapshot, file: Path, tmp_path: Path) -> None:
    ends = ("--from-z", "-1e-1", -2, ".5", "--to-z", 1, "-.5", "-3")
    done("interpolate", *ends, "--steps", 2, "--scale", 1, "-o", tmp_path / "a.png", file)
    points = np.array([[-0.1, -2, 0.5], [1, -0.5, -3]])
    assert np.array_equal(picture(tmp_path / "a.png"), film_strip(images_of(model, points)))


def test_all_numbers_go_to_an_npz(model: ModelSnapshot, file: Path, tmp_path: Path) -> None:
    words = (*BETWEEN, "--via-index", 3, 5, "--via-index", 9, "--steps", 11, "--loop")
    done("interpolate", file, *words, "-o", tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz", allow_pickle=False) as arrays:
        assert arrays["digits"].tolist() == [7, 3, 5, 9, 42]
        expected = model.encode(load_images("test").images[[7, 3, 5, 9, 42]]).mu
        np.testing.assert_allclose(arrays["anchors"], expected, rtol=1e-4, atol=1e-5)
        assert arrays["points"].shape == (11, 3)
        assert arrays["report_changes"].shape == (11,)
        np.testing.assert_array_equal(arrays["frames"], images_of(model, arrays["points"]))


def test_the_python_does_the_same(file: Path, tmp_path: Path) -> None:
    words = (*BETWEEN, "--kind", "spherical", "--steps", 6, "--even", "decoder")
    for name in ("a.py", "a.npz"):
        # The snippet also runs where the model is not.
        done("interpolate", file.name, *words, "-o", tmp_path / name, cwd=file.parent)
    code = (tmp_path / "a.py").read_text("utf-8") + "\nprint(path.points.tolist())"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    points = json.loads(run_code(code, cwd=elsewhere).splitlines()[-1])
    with np.load(tmp_path / "a.npz") as arrays:
        np.testing.assert_allclose(points, arrays["points"], rtol=0, atol=1e-6)


def test_figures_as_json(file: Path) -> None:
    facts = json.loads(done("interpolate", file, *BETWEEN, "--steps", 4, "--json"))
    assert facts["kind"] == "linear"
    assert facts["anchor_frames"] == [0, 3]
    points = np.array(facts["points"])
    assert points.shape == (4, 3)
    assert facts["latent_length"] == pytest.approx(np.linalg.norm(points[-1] - points[0]), rel=1e-6)
    assert facts["decoder_length"] >= sum(facts["changes"]) * 0.999
    assert len(facts["log_density"]) == len(facts["elbo"]) == 4
    assert 0 <= facts["lowest_density_percentile"] <= 100


def test_a_geodesic_is_no_longer_than_the_line() -> None:
    lengths = {
        kind: json.loads(done("interpolate", "mnist-mlp-2d", *BETWEEN, "--kind", kind, "--json"))[
            "decoder_length"
        ]
        for kind in ("linear", "geodesic")
    }
    assert lengths["geodesic"] <= lengths["linear"] * 1.0001


def test_a_geodesic_can_be_kept_near_the_data(tmp_path: Path) -> None:
    done(
        "interpolate", "mnist-mlp-2d", *BETWEEN, "--kind", "geodesic", "--near-data", "-o", tmp_path / "a.py"
    )
    assert "near_data=" in (tmp_path / "a.py").read_text("utf-8")


def test_a_path_off_the_data_is_said(file: Path) -> None:
    far = cli("interpolate", file, "--from-index", 7, "--to-z", 1e3, 0, 0, "--steps", 4, "--json")
    assert far.returncode == 0
    assert "image 4 lies off the data" in far.stderr
    assert json.loads(far.stdout)["lowest_density_frame"] == 3
    # That its figures were asked for is no reason to complain.
    assert cli("interpolate", file, *BETWEEN, "--json").stderr == ""


def test_there_and_back(file: Path, tmp_path: Path) -> None:
    words = ("--steps", 4, "--ping-pong", "--frame-ms", 250, "--scale", 1)
    done("interpolate", file, "--from-z", 0, 0, 0, "--to-z", 3, 3, 3, *words, "-o", tmp_path / "a.gif")
    with Image.open(tmp_path / "a.gif") as image:
        assert image.n_frames == 6
        assert image.info["duration"] == 250


def test_without_the_encoder_of_films_it_is_said_at_once(file: Path, tmp_path: Path) -> None:
    if find_spec("imageio_ffmpeg") is not None or shutil.which("ffmpeg") is not None:
        done("interpolate", file, *BETWEEN, "-o", tmp_path / "a.mp4")
        assert (tmp_path / "a.mp4").stat().st_size
    else:
        says = "pip install imageio-ffmpeg"
        refused("interpolate", file, *BETWEEN, "-o", tmp_path / "a.mp4", says=says)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((*BETWEEN, "-o", "a.jpg"), "must end in one of .gif, .png, .mp4, .npz, .py"),
        (BETWEEN, "--output OUT.gif, or print its figures with --json"),
        (("--from-index", 7, "-o", "a.gif"), "--to-index --to-z is required"),
        (("--from-index", 7, "--to-index", 7, "-o", "a.gif"), "Anchors 1 and 2 are at the same place"),
        (("--from-index", 7, "--to-index", 10_000, "-o", "a.gif"), "no test image 10000"),
        (("--from-index", -1, "--to-index", 3, "-o", "a.gif"), "no test image -1"),
        (("--from-index", "x", "--to-index", 3, "-o", "a.gif"), "invalid int value"),
        (("--from-z", 1, 2, "--to-index", 3, "-o", "a.gif"), "3 latent dimension(s), but an anchor has 2"),
        (("--from-z", "nan", 2, 3, "--to-index", 3, "-o", "a.gif"), "Anchor 1"),
        (("--from-z", 1, 2, 3, *BETWEEN, "-o", "a.gif"), "not allowed with argument"),
        ((*BETWEEN, "--steps", 1, "-o", "a.gif"), "number of steps must be a whole number from 2 to 10000"),
        ((*BETWEEN, "--via-index", 1, "--steps", 2, "-o", "a.gif"), "too few"),
        ((*BETWEEN, "--kind", "crooked", "-o", "a.gif"), "invalid choice"),
        ((*BETWEEN, "--near-data", "-o", "a.gif"), "--near-data only counts with --kind geodesic"),
        ((*BETWEEN, "--frame-ms", 5, "-o", "a.gif"), "frame time in milliseconds"),
        ((*BETWEEN, "--scale", 0, "-o", "a.gif"), "scale must be a whole number"),
        ((*BETWEEN, "-o", "nowhere/a.gif"), "Cannot write nowhere/a.gif: there is no folder /"),
    ],
)
def test_wrong_use_is_said_and_leaves_no_file(
    words: tuple[object, ...], says: str, file: Path, tmp_path: Path
) -> None:
    refused("interpolate", file, *words, says=says, cwd=tmp_path)
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == [file.name]


def test_a_model_that_is_not_there_is_said(tmp_path: Path) -> None:
    refused("interpolate", "nowhere.pt", *BETWEEN, "-o", "a.gif", says="nowhere.pt", cwd=tmp_path)


def test_digits_of_another_size_are_said(tmp_path: Path) -> None:
    file = save_random_model(tmp_path / "m.safetensors", VAEConfig(25, (4,), 2))
    refused("interpolate", file, *BETWEEN, "-o", "a.gif", says="images of 25 pixels", cwd=tmp_path)
    done("interpolate", file, "--from-z", 0, 0, "--to-z", 1, 1, "-o", tmp_path / "a.gif")


@posix
def test_an_older_file_stays_on_a_full_disk(file: Path, tmp_path: Path) -> None:
    (tmp_path / "a.gif").write_bytes(b"old")
    code = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (300, 300))
from vae_explorer.cli import main
sys.stderr = sys.stdout
print(main(["interpolate", *sys.argv[1:]]))
"""
    words = [file, *BETWEEN, "--output", tmp_path / "a.gif"]
    # Bytecode is not to be cached: that would be the first file that is too large.
    printed = run_code(code, *words, PYTHONDONTWRITEBYTECODE="1")
    assert printed == f"vae-explorer: Cannot write {tmp_path / 'a.gif'}: File too large.\n2"
    assert (tmp_path / "a.gif").read_bytes() == b"old"
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".vae")]


@posix
def test_a_path_can_go_to_a_pipe(file: Path, tmp_path: Path) -> None:
    """A link gives the pipe the name that says the format."""
    (tmp_path / "a.py").symlink_to("/dev/stderr")
    result = cli("interpolate", file, *BETWEEN, "-o", tmp_path / "a.py")
    assert result.returncode == 0
    assert "from vae_explorer.api import interpolate, open_model" in result.stderr
