import numpy as np
import pytest

from vae_explorer.state.drawing import Drawing


def test_listeners_are_told_of_changes_only() -> None:
    drawing, told = Drawing(), []
    drawing.changed.connect(lambda: told.append(int(drawing.pixels.sum())))
    assert drawing.empty
    drawing.set_pixels(np.zeros((28, 28), np.uint8))
    drawing.set_as_mnist(drawing.as_mnist)
    assert told == []
    drawing.set_pixels(np.ones((28, 28), np.uint8))
    drawing.set_as_mnist(not drawing.as_mnist)
    assert told == [784, 784]
    assert not drawing.empty


def test_its_pixels_cannot_be_changed_from_outside() -> None:
    drawing, mine = Drawing(), np.zeros((28, 28), np.uint8)
    drawing.set_pixels(mine + 1)
    with pytest.raises(ValueError, match="read-only"):
        drawing.pixels[0, 0] = 5
    with pytest.raises(ValueError, match="28×28"):
        drawing.set_pixels(np.zeros((20, 28), np.uint8))
