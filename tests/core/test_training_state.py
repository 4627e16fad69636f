"""A training that goes on from its state ends as one that was never interrupted."""

from dataclasses import replace

import pytest

from tests.core.trainings import CONFIG, SETTINGS, epochs_of
from tests.samples import same_weights
from vae_explorer.core.data import ImageSet
from vae_explorer.core.errors import TrainingError
from vae_explorer.core.events import BatchDone, StepsDone
from vae_explorer.core.training import Training, fit
from vae_explorer.core.training_config import TrainingConfig
from vae_explorer.core.training_state import TrainingState


def interrupted(settings: TrainingConfig, few: ImageSet, steps: int) -> TrainingState:
    """The state after so many steps."""
    training = Training(CONFIG, settings, few, few)
    done = 0
    for event in training.run():
        done += isinstance(event, BatchDone)
        if done == steps:
            assert training.flush() == ()
            return training.state()
    raise AssertionError("the training was over before")


EVERYTHING = replace(
    SETTINGS,
    beta=2.0,
    annealing="cyclical",
    free_bits=0.2,
    schedule="cosine",
    max_norm=30.0,
    validation=0.1,
)


@pytest.mark.parametrize("settings", [SETTINGS, EVERYTHING, replace(SETTINGS, batch_size=7)])
@pytest.mark.parametrize("steps", [1, 5, 8, 13, 20])
def test_a_resumed_training_ends_as_one_that_was_never_interrupted(
    settings: TrainingConfig, steps: int, few: ImageSet
) -> None:
    whole = list(fit(CONFIG, settings, few, few))
    state = interrupted(settings, few, steps)
    rest = list(Training.resume(state, few, few).run())
    assert same_weights(epochs_of(whole)[-1].snapshot, epochs_of(rest)[-1].snapshot)
    for one, other in zip(reversed(epochs_of(whole)), reversed(epochs_of(rest)), strict=False):
        assert replace(one.stats, seconds=0) == replace(other.stats, seconds=0)
    entries = [stats for event in whole if isinstance(event, StepsDone) for stats in event.stats]
    later = [stats for event in rest if isinstance(event, StepsDone) for stats in event.stats]
    assert entries[len(entries) - len(later) :] == later


def test_a_training_does_not_go_on_with_other_images(few: ImageSet) -> None:
    state = interrupted(SETTINGS, few, 3)
    with pytest.raises(TrainingError, match="trained on few, but the images here are others"):
        Training.resume(state, replace(few, name="others"), few)


def test_a_state_for_another_number_of_images_is_refused(few: ImageSet) -> None:
    state = interrupted(SETTINGS, few, 3)
    fewer = ImageSet("few", few.images[:300], few.labels[:300])
    with pytest.raises(TrainingError, match="in the middle of 500 images, but there are 300"):
        list(Training.resume(state, fewer, few).run())


def test_a_finished_training_can_be_given_more_epochs(few: ImageSet) -> None:
    training = Training(CONFIG, replace(SETTINGS, epochs=2), few, few)
    list(training.run())
    longer = Training.resume(training.state().with_settings(SETTINGS), few, few)
    (more,) = epochs_of(list(longer.run()))
    assert same_weights(more.snapshot, epochs_of(list(fit(CONFIG, SETTINGS, few, few)))[-1].snapshot)
    assert [stats.epoch for stats in more.snapshot.record.history] == [1, 2, 3]
