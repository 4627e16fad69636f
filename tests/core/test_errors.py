from vae_explorer.core.errors import DivergedError


def test_a_training_that_diverges_says_what_is_kept() -> None:
    assert "The model of the epoch before is kept." in str(DivergedError(2))
    first = str(DivergedError(1))
    assert "before" not in first
    assert "No epoch was finished, so there is no model to keep. Try a smaller learning rate" in first
