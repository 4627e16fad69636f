"""What the window asks when memory runs out in the middle of a training."""

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from tests.ui.driving import LEFT, SHORT, next_epoch, press_answer, run_of, stop_training
from vae_explorer.core.run_folder import read_run
from vae_explorer.ui.main_window import MainWindow


@pytest.fixture
def out_of_memory(busy: MainWindow, qtbot: QtBot) -> Iterator[MainWindow]:
    """A window whose training found no memory for the next look at the test digits."""
    import torch
    from torch.nn.modules.module import register_module_forward_pre_hook

    errors = [torch.OutOfMemoryError("out of memory")]

    def fail_once(_module: object, _inputs: object) -> None:
        if errors:
            raise errors.pop()

    with qtbot.waitSignal(busy.trainer.memory_ran_out, timeout=SHORT):
        hook = register_module_forward_pre_hook(fail_once)
    yield busy
    hook.remove()


def test_it_asks_and_goes_on_with_smaller_batches(out_of_memory: MainWindow, qtbot: QtBot) -> None:
    window, run = out_of_memory, run_of(out_of_memory)
    epochs = len(run.metrics.epochs)
    text = "The memory of CPU ran out with batches of 128. How shall training go on?"
    assert window.map_panel.messages.text == text
    assert window.training_panel.status_text == "Memory ran out. Choose on the map how to go on."
    assert window.training.paused
    with qtbot.waitSignal(window.trainer.epoch_done, timeout=SHORT):
        press_answer(window, "Batches of 64")
    assert not window.training.paused
    assert window.map_panel.messages.text == ""
    assert window.training_panel.pause_button.isVisible()
    stop_training(window, qtbot)
    assert [stats.epoch for stats in run.metrics.epochs] == list(range(1, len(run.metrics.epochs) + 1))
    assert len(run.metrics.epochs) > epochs
    assert run.info.settings.batch_size == 64
    assert "batch 64" in window.runs_panel.view.cell(run, "settings").data()
    assert run.folder is not None
    assert read_run(run.folder).info == run.info


def test_it_does_not_go_on_without_an_answer(out_of_memory: MainWindow, qtbot: QtBot) -> None:
    window = out_of_memory
    window.map_panel.messages.hide()
    with qtbot.assertNotEmitted(window.trainer.epoch_done, wait=100):
        qtbot.mouseClick(window.training_panel.resume_button, LEFT)
        assert window.map_panel.messages.text.startswith("The memory of CPU ran out")
    press_answer(window, "Batches of 64")
    next_epoch(window, qtbot)


def test_it_can_be_stopped_there(out_of_memory: MainWindow, qtbot: QtBot) -> None:
    window, run = out_of_memory, run_of(out_of_memory)
    with qtbot.waitSignal(window.trainer.failed, timeout=SHORT):
        press_answer(window, "Stop")
    assert not window.training.running
    assert window.map_panel.messages.text == (
        "Memory ran out on CPU. Try smaller hidden widths or a smaller batch."
    )
    assert run.info.status == "failed"
    model = window.session.model
    assert model is not None
    assert model.epoch == run.metrics.epochs[-1].epoch


def test_closing_there_leaves_a_run_to_go_on_with(out_of_memory: MainWindow) -> None:
    run = run_of(out_of_memory)
    assert out_of_memory.close()
    assert run.folder is not None
    assert read_run(run.folder).can_resume
