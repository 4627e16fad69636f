"""The line below the curves: figures to compare with, and warnings."""

import pytest

from tests.ui.curves.samples import a_run, add_epoch
from vae_explorer.core.statistics import Change
from vae_explorer.core.training_config import TrainingConfig
from vae_explorer.ui.curves.panel import CurvesPanel


def test_a_known_architecture_gets_a_figure_to_compare_with(panel: CurvesPanel) -> None:
    panel.show_run("Run 1", a_run(), "784-400-2")
    assert "with 784-400-2 the test ELBO reaches about −156 to −154 after 10 epochs" in panel.notice.text
    assert "gray-level Bernoulli" in panel.notice.text
    panel.show_run("Run 2", a_run(), "784-512-256-2")
    assert "−143.7 after 10 epochs, −140.9 after 20 epochs, −138.4 after 50 epochs" in panel.notice.text
    panel.show_run("Run 3", a_run(), "784-7-2")
    assert panel.notice.text == ""


@pytest.mark.parametrize(
    "settings",
    [TrainingConfig(beta=4), TrainingConfig(free_bits=0.5), TrainingConfig(annealing="linear")],
)
def test_a_run_with_another_objective_is_not_compared(panel: CurvesPanel, settings: TrainingConfig) -> None:
    panel.show_run("Run 1", a_run(), "784-400-2", TrainingConfig(batch_size=64))
    assert "784-400-2" in panel.notice.text
    panel.show_run("Run 2", a_run(), "784-400-2", settings)
    assert panel.notice.text == ""


def test_a_collapse_is_told_and_taken_back(panel: CurvesPanel) -> None:
    metrics = a_run(3, active=0)
    panel.show_run("Run 1", metrics, "784-400-2")
    assert "Posterior collapse" in panel.notice.text
    assert "0 of 5 latent dimensions are active" in panel.notice.text
    assert panel.notice.property("notice") == "warning"
    add_epoch(metrics, active=5)
    panel._redraw()
    assert "Posterior collapse" not in panel.notice.text
    assert "784-400-2" in panel.notice.text


def test_a_run_whose_weight_was_changed_is_no_longer_compared(panel: CurvesPanel) -> None:
    metrics = a_run()
    panel.show_run("Run 1", metrics, "784-400-2", TrainingConfig())
    assert "784-400-2" in panel.notice.text
    metrics.changes.append(Change(3, 1.5, "beta", 1.0, 4.0))
    panel.draw_growth()
    assert panel.notice.text == ""
