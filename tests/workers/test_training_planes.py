"""Snapshots of a training come on the plane that is wished for, from the next one on."""

import numpy as np
from pytestqt.qtbot import QtBot

from tests.workers.test_training import PATIENCE, Log, request, settings
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.data import ImageSet
from vae_explorer.core.planes import PRINCIPAL, AxesPlane, DigitsPlane
from vae_explorer.state.plane_choice import PlaneChoice
from vae_explorer.state.session import OpenModel
from vae_explorer.workers.training import Trainer

CONFIG = VAEConfig(hidden=(16,), latent=4)


def test_the_plane_may_change_while_it_trains(few_digits: ImageSet, qtbot: QtBot) -> None:
    choice = PlaneChoice()
    trainer = Trainer(plane_choice=choice)
    log = Log(trainer)
    seen: list[OpenModel] = []
    trainer.looked.connect(seen.append)
    trainer.epoch_done.connect(lambda report: seen.append(report.model))
    trainer.start(request(settings(100_000), config=CONFIG), few_digits)
    for plane in (PRINCIPAL, AxesPlane(3, 0), DigitsPlane(1, 2, 3), AxesPlane(0, 9), PRINCIPAL):
        choice.choose(plane)
        # The one that was on its way may be on the plane before.
        start = len(seen)
        qtbot.waitUntil(lambda start=start: len(seen) > start + 2, timeout=PATIENCE)  # type: ignore[misc]
        expected = PRINCIPAL if plane == AxesPlane(0, 9) else plane
        assert seen[-1].plane == expected
        if expected == AxesPlane(3, 0):
            np.testing.assert_allclose(seen[-1].on_map, seen[-1].posterior.mu[:, [3, 0]])
    trainer.suspend()
    qtbot.waitUntil(lambda: not trainer.running, timeout=PATIENCE)
    assert not log.of("failed")
