import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.core.test_data import idx
from tests.processes import ROOT, environment
from vae_explorer.core.checkpoint import load_model
from vae_explorer.core.data import DATA_VARIABLE, load_images

SCRIPT = ROOT / "scripts" / "train_models.py"


def train_models(*words: object, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", str(SCRIPT), *map(str, words)],
        capture_output=True,
        text=True,
        env=environment(PYTHONIOENCODING="utf-8", **variables),
        timeout=120,
        check=False,
    )


@pytest.fixture
def few(tmp_path: Path) -> str:
    test = load_images("test")
    (tmp_path / "few").mkdir()
    for prefix in ("train", "t10k"):
        images = idx(test.images[:300].reshape(-1, 28, 28))
        (tmp_path / "few" / f"{prefix}-images-idx3-ubyte").write_bytes(images)
        (tmp_path / "few" / f"{prefix}-labels-idx1-ubyte").write_bytes(idx(test.labels[:300]))
    return str(tmp_path / "few")


def test_it_keeps_the_best_epoch_and_records_that_many(few: str, tmp_path: Path) -> None:
    done = train_models("mnist-mlp-2d", "--most", 3, "--folder", tmp_path, **{DATA_VARIABLE: few})
    assert done.returncode == 0, done.stderr
    assert "as stored: test −ELBO" in done.stdout
    model = load_model(tmp_path / "mnist-mlp-2d.safetensors")
    best = len(model.record.history)
    assert model.config.description == "784-400-2"
    assert model.record.settings is not None
    assert model.record.settings.epochs == best
    assert model.record.history[-1].test.elbo == max(stats.test.elbo for stats in model.record.history)
    # Rounded to float16.
    weights = model.weights["mu.weight"]
    np.testing.assert_array_equal(weights, weights.astype(np.float16).astype(np.float32))
    assert not (tmp_path / "mnist-deep-2d.safetensors").exists()


def test_it_stops_when_the_test_elbo_gets_no_better(few: str, tmp_path: Path) -> None:
    """So many epochs on so few images are too many: the model learns them by heart, and a patience of one ends it."""
    done = train_models("mnist-deep-2d", "--patience", 1, "--folder", tmp_path, **{DATA_VARIABLE: few})
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) < 300


def test_an_unknown_model_is_said(tmp_path: Path) -> None:
    done = train_models("mnist-3d", "--folder", tmp_path)
    assert done.returncode == 2
    assert "no such model: mnist-3d" in done.stderr
