from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.samples import some_history
from tests.ui.driving import hover, most_frequent_color
from vae_explorer.ui.curves import Curves
from vae_explorer.ui.theme import DARK, LIGHT, ThemeSwitch


@pytest.fixture
def switch(qapp: QApplication) -> Iterator[ThemeSwitch]:
    switch = ThemeSwitch(qapp, "light")
    yield switch
    switch.deleteLater()


@pytest.fixture
def curves(qtbot: QtBot, switch: ThemeSwitch) -> Iterator[Curves]:
    curves = Curves(switch)
    curves.resize(320, 480)
    with qtbot.waitExposed(curves):
        curves.show()
    yield curves
    curves.close()
    curves.deleteLater()
    curves.__dict__.clear()  # see tests/ui/conftest.py


def test_without_a_history_there_are_names_only(curves: Curves) -> None:
    assert curves.titles == ("<b>ELBO</b>", "<b>Reconstruction</b>", "<b>KL</b>")


def test_lines_and_titles_show_the_history(curves: Curves) -> None:
    history = some_history(5)
    curves.show_history(history)
    for plot, figure in zip(curves._plots, ("elbo", "reconstruction", "kl"), strict=True):
        for line, side in ((plot._train, "train"), (plot._test, "test")):
            x, y = line.getData()
            assert x.tolist() == [1, 2, 3, 4, 5]
            np.testing.assert_allclose(y, [getattr(getattr(s, side), figure) for s in history])
    assert "test −199.50" in curves.titles[0]
    assert "train −198.00" in curves.titles[0]
    assert "test 196.00" in curves.titles[1]
    assert "test 3.50" in curves.titles[2]


def test_drawing_changes_the_picture_and_clearing_takes_it_back(curves: Curves) -> None:
    curves.show_history(some_history(3))
    drawn = curves.grab().toImage()
    curves.show_history(some_history(6))
    assert curves.grab().toImage() != drawn
    curves.show_history(())
    assert curves.titles[0] == "<b>ELBO</b>"
    assert all(
        not len(plot._test.getData()[0] if plot._test.getData()[0] is not None else ())
        for plot in curves._plots
    )


def test_hovering_shows_the_figures_of_that_epoch(curves: Curves) -> None:
    history = some_history(9)
    curves.show_history(history)
    plot = curves._plots[1]
    box = plot.getViewBox()
    spot = QPointF(plot.mapFromScene(box.mapViewToScene(QPointF(4, history[3].test.reconstruction))))
    hover(plot.viewport(), spot)
    for title in curves.titles:
        assert "epoch 4" in title
    assert "test 197.00" in curves.titles[1]
    QApplication.sendEvent(plot, QEvent(QEvent.Type.Leave))
    assert "epoch" not in curves.titles[0]
    assert "test 192.00" in curves.titles[1]


def test_the_epochs_are_whole_and_shared(curves: Curves) -> None:
    curves.show_history(some_history(3))
    for low, high in ((0.9, 3.1), (0, 100)):
        spacings = curves._plots[2].getAxis("bottom").tickSpacing(low, high, 250)
        assert all(spacing >= 1 for spacing, _ in spacings)
    views = [plot.getViewBox().viewRange()[0] for plot in curves._plots]
    assert views[0] == views[1] == views[2]


def test_one_epoch_can_be_seen(curves: Curves) -> None:
    empty = curves._plots[0].grab().toImage()
    curves.show_history(some_history(1))
    assert curves._plots[0].grab().toImage() != empty


def test_a_long_history_is_drawn_as_lines(curves: Curves) -> None:
    curves.show_history(some_history(500))
    assert curves._plots[0]._test.opts["symbol"] is None


def test_they_follow_the_theme(curves: Curves, switch: ThemeSwitch) -> None:
    curves.show_history(some_history(3))
    assert most_frequent_color(curves._plots[0]) == LIGHT.canvas
    assert LIGHT.accent in curves.titles[0]
    switch.set_theme("dark")
    assert most_frequent_color(curves._plots[0]) == DARK.canvas
    assert DARK.accent in curves.titles[0]
