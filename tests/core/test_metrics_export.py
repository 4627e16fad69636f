import csv
import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.samples import some_history
from vae_explorer.core.errors import UserError
from vae_explorer.core.metrics import Metrics
from vae_explorer.core.metrics_export import CSV_COLUMNS, RunFigures, save_csv, save_event_files
from vae_explorer.core.statistics import Change, ElboTerms, EpochStats, StepStats


def a_run() -> Metrics:
    steps = [StepStats(k, k / 4, 210.0 - k, 200.0 - k, 3.0 + k / 8, 1.0 + k, 1e-3 / k) for k in range(1, 9)]
    terms = ElboTerms(190.0, (1.5, 0.25))
    epochs = [
        EpochStats(k, 2.5, terms, ElboTerms(191.0, (1.5, 0.0)), 4 * k, 195.0, terms, (0.5, 0.001))
        for k in (1, 2)
    ]
    return Metrics(steps, epochs, [Change(4, 1.0, "beta", 1.0, 4.0)])


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        table = csv.DictReader(file)
        assert tuple(table.fieldnames or ()) == CSV_COLUMNS
        return list(table)


def test_the_table_holds_every_entry_of_every_run(tmp_path: Path) -> None:
    metrics, path = a_run(), tmp_path / "curves.csv"
    save_csv(
        path, [RunFigures.of("Run, 1 “β”", metrics), RunFigures.of("Old", Metrics(epochs=some_history(3)))]
    )
    rows = read(path)
    first = [row for row in rows if row["run"] == "Run, 1 “β”"]
    kinds = [row["kind"] for row in first]
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "steps": 8,
        "train": 2,
        "test": 2,
        "validation": 2,
        "change": 1,
    }
    assert [row["kind"] for row in rows if row["run"] == "Old"] == ["train", "test"] * 3


def test_numbers_are_read_back_exactly(tmp_path: Path) -> None:
    metrics, path = a_run(), tmp_path / "curves.csv"
    save_csv(path, [RunFigures.of("Run 1", metrics)])
    rows = read(path)
    steps = [row for row in rows if row["kind"] == "steps"]
    for name in ("step", "epoch", "elbo", "loss", "reconstruction", "kl", "beta", "learning_rate"):
        np.testing.assert_array_equal([float(row[name]) for row in steps], metrics.column(name))
    test = [row for row in rows if row["kind"] == "test"][1]
    stats = metrics.epochs[1]
    assert float(test["elbo"]) == stats.test.elbo
    assert tuple(map(float, test["kl_per_dimension"].split())) == stats.test.kl_per_dimension
    assert tuple(map(float, test["mu_variance"].split())) == stats.mu_variance
    assert (test["step"], test["epoch"], test["active_dimensions"]) == ("8", "2", "1")
    change = rows[-1]
    assert (change["setting"], change["before"], change["after"]) == ("beta", "1.0", "4.0")


def test_what_an_old_run_does_not_know_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "curves.csv"
    save_csv(path, [RunFigures.of("Old", Metrics(epochs=some_history(1)))])
    for row in read(path):
        assert row["step"] == row["loss"] == row["mu_variance"] == row["active_dimensions"] == ""


@given(st.text(max_size=30))
def test_any_name_is_read_back_as_one_line(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    path = tmp_path_factory.mktemp("names") / "curves.csv"
    save_csv(path, [RunFigures.of(name, Metrics(epochs=some_history(2)))])
    assert {row["run"] for row in read(path)} == {" ".join(name.split())}


def test_the_figures_stay_as_they_were_while_the_run_grows() -> None:
    metrics = a_run()
    figures = RunFigures.of("Run 1", metrics)
    metrics.add_steps([StepStats(9, 2.2, 1, 1, 1, 1, 1)])
    metrics.epochs.append(metrics.epochs[0])
    assert figures.steps.shape == (8, 7)
    assert len(figures.epochs) == 2


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="Cannot write"):
        save_csv(tmp_path / "missing" / "curves.csv", [RunFigures.of("Run 1", a_run())])


# TensorBoard


@pytest.mark.skipif(not importlib.util.find_spec("tensorboard"), reason="needs the package tensorboard")
def test_event_files_are_read_back(tmp_path: Path) -> None:
    metrics = a_run()
    save_event_files(tmp_path, [RunFigures.of("Run 1/β", metrics), RunFigures.of("Run 1/β", metrics)])
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    folders = sorted(path.name for path in tmp_path.iterdir() if path.name != "home")
    assert folders == ["Run-1-β", "Run-1-β-2"]
    events = EventAccumulator(str(tmp_path / folders[0])).Reload()
    for tag, name in (("elbo/steps", "elbo"), ("kl/steps", "kl"), ("settings/beta", "beta")):
        found = events.Scalars(tag)
        assert [event.step for event in found] == list(range(1, 9))
        np.testing.assert_allclose([event.value for event in found], metrics.column(name), rtol=1e-6)
    assert [event.value for event in events.Scalars("objective/steps")] == [-(210.0 - k) for k in range(1, 9)]
    assert [(e.step, e.value) for e in events.Scalars("elbo/test")] == [(4, -192.5), (8, -192.5)]
    assert [e.value for e in events.Scalars("elbo/validation")] == [-191.75] * 2
    assert [e.value for e in events.Scalars("active_dimensions")] == [1, 1]
    assert events.Tags()["histograms"] == ["kl_per_dimension"]
    assert "changes/text_summary" in events.Tags()["tensors"]


def test_without_the_package_the_user_is_told_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("tensorboard", "torch.utils.tensorboard"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(UserError, match="pip install tensorboard"):
        save_event_files(tmp_path, [RunFigures.of("Run 1", a_run())])
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


@pytest.mark.skipif(not importlib.util.find_spec("tensorboard"), reason="needs the package tensorboard")
def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(UserError, match="Cannot write"):
        save_event_files(tmp_path / "file", [RunFigures.of("Run 1", a_run())])


def test_importing_this_does_not_import_torch() -> None:
    code = "import sys, vae_explorer.core.metrics_export; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
