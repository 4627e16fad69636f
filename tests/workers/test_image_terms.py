from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from tests.waiting import SHORT
from vae_explorer.core.bundled import bundled_models
from vae_explorer.core.checkpoint import load_model
from vae_explorer.core.data import ImageSet
from vae_explorer.core.image_terms import ImageTerms, image_terms
from vae_explorer.core.neighbours import Neighbours
from vae_explorer.core.snapshot import ModelSnapshot
from vae_explorer.workers.image_terms import PointValues, Subject
from vae_explorer.workers.jobs import Jobs


@pytest.fixture
def subject(few_digits: ImageSet) -> Subject:
    snapshot = load_model(bundled_models()[0].path)
    return Subject(snapshot, snapshot.encode(few_digits.images), few_digits)


def stretched(snapshot: ModelSnapshot, factor: float) -> ModelSnapshot:
    """The same model with other weights."""
    return replace(snapshot, weights={name: factor * values for name, values in snapshot.weights.items()})


@pytest.fixture
def values(qapp: object) -> Iterator[PointValues]:
    jobs = Jobs()
    yield PointValues(jobs)
    jobs.stop()


def test_terms_arrive_and_are_kept(values: PointValues, subject: Subject, qtbot: QtBot) -> None:
    found: list[ImageTerms] = []
    values.terms(subject, found.append)
    assert not found
    qtbot.waitUntil(lambda: len(found) == 1, timeout=SHORT)
    expected = image_terms(subject.snapshot, subject.images.images, subject.posterior)
    assert expected is not None
    np.testing.assert_array_equal(found[0].elbo, expected.elbo)
    values.terms(replace(subject), found.append)
    assert found[1] is found[0]


def test_newer_weights_with_older_places_are_not_mixed(
    values: PointValues, subject: Subject, qtbot: QtBot
) -> None:
    """Weights come more often than places: terms are of the weights alone, not of one with the other."""
    found: list[ImageTerms] = []
    values.terms(subject, found.append)
    qtbot.waitUntil(lambda: len(found) == 1, timeout=SHORT)
    newer = stretched(subject.snapshot, 1.2)
    values.terms(replace(subject, snapshot=newer), found.append)
    qtbot.waitUntil(lambda: len(found) == 2, timeout=SHORT)
    images = subject.images.images
    expected = image_terms(newer, images, newer.encode(images))
    mixed = image_terms(newer, images, subject.posterior)
    assert expected is not None
    assert mixed is not None
    assert abs(expected.elbo - mixed.elbo).max() > 1
    np.testing.assert_array_equal(found[1].elbo, expected.elbo)


def test_predicted_classes_arrive_and_are_kept(values: PointValues, subject: Subject, qtbot: QtBot) -> None:
    found: list[np.ndarray] = []
    values.predicted(subject, found.append)
    qtbot.waitUntil(lambda: len(found) == 1, timeout=SHORT)
    expected = Neighbours(subject.posterior.mu, subject.images.labels).predicted_for_points()
    np.testing.assert_array_equal(found[0], expected)
    values.predicted(subject, found.append)
    assert found[1] is found[0]


def test_only_the_newest_subject_is_told(values: PointValues, subject: Subject, qtbot: QtBot) -> None:
    newer = replace(subject, posterior=replace(subject.posterior, mu=subject.posterior.mu[::-1].copy()))
    told: list[str] = []
    values.terms(subject, lambda _terms: told.append("older"))
    values.predicted(subject, lambda _classes: told.append("older"))
    values.terms(newer, lambda _terms: told.append("newer"))
    qtbot.waitUntil(lambda: "newer" in told, timeout=SHORT)
    assert told == ["newer"]


def test_terms_that_are_given_up_are_not_told(values: PointValues, subject: Subject, qtbot: QtBot) -> None:
    told: list[object] = []
    values.terms(subject, told.append)
    # They are there, but on their way.
    values._jobs._pool.waitForDone()
    values.cancel()
    qtbot.waitUntil(lambda: not values._jobs._waiting, timeout=SHORT)
    assert not told


def test_what_is_given_up_is_not_told(values: PointValues, subject: Subject, qtbot: QtBot) -> None:
    told: list[object] = []
    values.predicted(subject, told.append)
    values.cancel()
    values._jobs._pool.waitForDone()
    qtbot.waitUntil(lambda: not values._jobs._waiting, timeout=SHORT)
    assert not told


@pytest.mark.parametrize("latent", [1, 20])
def test_other_latent_sizes(values: PointValues, subject: Subject, latent: int, qtbot: QtBot) -> None:
    mu = np.random.default_rng(0).normal(size=(len(subject.images), latent)).astype(np.float32)
    found: list[np.ndarray] = []
    values.predicted(replace(subject, posterior=replace(subject.posterior, mu=mu, logvar=mu)), found.append)
    qtbot.waitUntil(lambda: len(found) == 1, timeout=SHORT)
    assert found[0].shape == subject.images.labels.shape
