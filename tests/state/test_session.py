from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.samples import first_digits, random_model, some_history
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.data import ImageSet
from vae_explorer.core.errors import CheckpointError
from vae_explorer.core.planes import PRINCIPAL, AxesPlane
from vae_explorer.state.session import OpenModel, Session, open_model, show_on

CONFIG = VAEConfig(hidden=(8,), latent=3)


@pytest.fixture(scope="module")
def few() -> ImageSet:
    return first_digits(50)


@pytest.fixture
def from_file(few: ImageSet) -> OpenModel:
    return open_model(random_model(CONFIG), few, "m", "file", path=Path("m.safetensors"))


@pytest.fixture
def trained(few: ImageSet) -> OpenModel:
    model = open_model(random_model(CONFIG, history=some_history(3)), few, "run", "training")
    return replace(model, run="id-1", epoch=3.0, saved=False)


def test_an_open_model_knows_where_the_images_are(from_file: OpenModel, few: ImageSet) -> None:
    assert from_file.posterior.mu.shape == (50, 3)
    np.testing.assert_array_equal(from_file.posterior.mu, from_file.snapshot.encode(few.images).mu)
    assert from_file.projection.axes.shape == (2, 3)
    assert from_file.last_epoch is None
    assert from_file.saved


def test_its_last_epoch(trained: OpenModel) -> None:
    assert trained.last_epoch is not None
    assert trained.last_epoch.epoch == 3


def test_moments_of_one_run_share_it(from_file: OpenModel, trained: OpenModel) -> None:
    assert replace(trained, epoch=1.0).shares_run(trained)
    assert not trained.shares_run(replace(trained, run="id-2"))
    assert not trained.shares_run(None)
    # Models from files have no run, and so none that they share.
    assert not from_file.shares_run(from_file)
    assert not from_file.shares_run(trained)
    assert not trained.shares_run(from_file)


def test_a_model_is_still_the_same_when_it_was_saved_or_learned_on(
    from_file: OpenModel, trained: OpenModel, few: ImageSet
) -> None:
    assert replace(from_file, path=Path("other"), saved=True).is_still(from_file)
    assert trained.is_still(replace(trained, epoch=1.0))
    # The same file read again.
    assert open_model(random_model(CONFIG, seed=1), few, "m", "file", path=from_file.path).is_still(from_file)
    assert not open_model(random_model(CONFIG), few, "n", "file", path=Path("n")).is_still(from_file)
    assert not trained.is_still(from_file)
    assert not from_file.is_still(trained)


def test_a_model_for_other_images_is_refused(few: ImageSet) -> None:
    with pytest.raises(CheckpointError, match=r"for images of 16 pixels, but those of few have 784"):
        open_model(random_model(VAEConfig(16, (4,), 2)), few, "m", "file")


@pytest.mark.parametrize("part", ["encoder.0.weight", "decoder.0.weight"])
def test_weights_that_overflow_are_refused(few: ImageSet, part: str) -> None:
    model = random_model(CONFIG)
    weights = dict(model.weights)
    for name in (part, part.replace("encoder.0", "mu").replace("decoder.0", "logits")):
        weights[name] = weights[name] * np.float32(1e37)
    with pytest.raises(CheckpointError, match="no longer numbers"):
        open_model(type(model)(CONFIG, weights), few, "m", "file")


def test_showing_a_model_tells_which_was_there_before(from_file: OpenModel, trained: OpenModel) -> None:
    session = Session()
    seen: list[tuple[OpenModel | None, OpenModel | None]] = []
    session.model_changed.connect(lambda before: seen.append((before, session.model)))
    session.show(from_file)
    session.show(trained)
    assert seen == [(None, from_file), (from_file, trained)]


def test_images_are_announced(few: ImageSet) -> None:
    session, seen = Session(), []
    session.images_changed.connect(lambda: seen.append(session.images))
    session.set_images(few)
    assert seen == [few]


def test_a_saved_model_carries_its_path(from_file: OpenModel) -> None:
    session, path = Session(), Path("folder/mine.safetensors")
    session.show(replace(from_file, path=None, saved=False))
    assert session.model is not None
    session.mark_saved(session.model, path)
    assert (session.model.path, session.model.name, session.model.saved) == (path, "mine", True)


def test_a_saved_snapshot_of_a_run_still_is_that(trained: OpenModel) -> None:
    session, path = Session(), Path("folder/mine.safetensors")
    said: list[OpenModel] = []
    session.model_saved.connect(said.append)
    session.show(trained)
    session.mark_saved(trained, path)
    assert session.model is not None
    assert said == [session.model]
    model = session.model
    assert (model.path, model.name, model.saved, model.run, model.epoch) == (None, "run", True, "id-1", 3.0)
    assert model.snapshot is trained.snapshot


def test_weights_that_moved_on_while_older_ones_were_saved_are_not_saved(trained: OpenModel) -> None:
    session, path = Session(), Path("old.safetensors")
    newer = replace(trained, snapshot=random_model(CONFIG, seed=1))
    said: list[OpenModel] = []
    session.model_saved.connect(said.append)
    session.show(newer)
    session.mark_saved(trained, path)
    assert session.model is newer
    assert not newer.saved
    assert [(model.snapshot, model.saved) for model in said] == [(trained.snapshot, True)]


def test_what_is_saved_while_nothing_is_shown_is_told_all_the_same(trained: OpenModel) -> None:
    session = Session()
    said: list[OpenModel] = []
    session.model_saved.connect(said.append)
    session.mark_saved(trained, Path("mine.safetensors"))
    assert session.model is None
    assert [model.saved for model in said] == [True]


def test_a_model_opens_on_the_plane_that_is_wished_for_if_it_has_it(few: ImageSet) -> None:
    for wished, plane in ((AxesPlane(2, 0), AxesPlane(2, 0)), (AxesPlane(0, 3), PRINCIPAL)):
        model = open_model(random_model(CONFIG), few, "m", "file", wished=wished)
        assert model.plane == plane
    np.testing.assert_allclose(
        open_model(random_model(CONFIG), few, "m", "file", wished=AxesPlane(2, 0)).on_map,
        model.posterior.mu[:, [2, 0]],
    )


def test_digits_stay_near_where_they_were_on_the_principal_plane_only(few: ImageSet) -> None:
    model = open_model(random_model(CONFIG), few, "m", "file")
    turned = replace(model, projection=replace(model.projection, axes=-model.projection.axes))
    mu = model.posterior.mu
    _, projection = show_on(PRINCIPAL, mu, turned)
    np.testing.assert_allclose(projection.project(mu), turned.on_map, atol=1e-9)
    _, projection = show_on(PRINCIPAL, mu, replace(turned, plane=AxesPlane(0, 1)))
    np.testing.assert_array_equal(projection.axes, model.projection.axes)
    assert show_on(AxesPlane(1, 2), mu, turned)[1].names == ("z2", "z3")
