import pytest

from vae_explorer.core.layer_names import (
    differ_in_numbers,
    means_mean,
    means_variance,
    rank,
    readable,
    side,
    twins,
    without_additions,
)


@pytest.mark.parametrize(
    ("name", "half"),
    [
        ("encoder.0", "encoder"),
        ("fc1_enc", "encoder"),
        ("Encode1", "encoder"),
        ("decoder.layers.1.0", "decoder"),
        ("dec2", "decoder"),
        ("generator.out", "decoder"),
        ("autoencoder.decoder.0", "decoder"),
        ("fc1", None),
        ("sequence.0", None),
        ("frequency", None),
    ],
)
def test_the_half_is_read_from_the_name(name: str, half: str | None) -> None:
    assert side(name) == half


def test_the_last_layer_of_a_decoder_ranks_last_and_that_of_an_encoder_does_not() -> None:
    assert [rank(name) for name in ("encoder.out", "fc1", "decoder.fc1", "decoder.out", "logits")] == [
        0,
        1,
        2,
        3,
        3,
    ]


@pytest.mark.parametrize("name", ["mu", "fc_mu", "fcMu", "z_mean", "mean_layer", "loc", "fc_mu.0"])
def test_names_of_mu(name: str) -> None:
    assert means_mean(name)
    assert not means_variance(name)


@pytest.mark.parametrize("name", ["logvar", "fc_var", "log_var", "std", "log_sigma", "log_scale", "logcov"])
def test_names_of_the_variance(name: str) -> None:
    assert means_variance(name)
    assert not means_mean(name)


@pytest.mark.parametrize(
    "name", ["fc1", "variational.0", "block1", "multi.2", "local", "mu_logvar", "upscale"]
)
def test_names_of_neither_or_both(name: str) -> None:
    assert not means_mean(name)
    assert not means_variance(name)


@pytest.mark.parametrize(
    ("names", "pair"),
    [
        (["fc22", "fc1", "fc3", "fc21", "fc4"], ("fc21", "fc22")),
        (["e.fc31", "e.fc2", "e.fc32"], ("e.fc31", "e.fc32")),
        (["fc2_1", "fc2_2"], ("fc2_1", "fc2_2")),
        (["fc2b", "fc2a"], ("fc2a", "fc2b")),
        # Layers that are only counted, a third one, two pairs, and no layer's own name.
        ([f"fc{i}" for i in range(13)], None),
        (["fc21", "fc22", "fc23"], None),
        (["fc21", "fc22", "fc31", "fc32"], None),
        (["encoder.21", "encoder.22"], None),
        (["fc1", "fc2"], None),
    ],
)
def test_twins(names: list[str], pair: tuple[str, str] | None) -> None:
    assert twins(names) == pair


def test_counted_names() -> None:
    assert differ_in_numbers(["encoder.0.0", "encoder.12.0"])
    assert not differ_in_numbers(["fc1", "out"])


@pytest.mark.parametrize(
    ("names", "plain"),
    [
        (["module.fc1.weight", "module.fc1.bias"], ["fc1.weight", "fc1.bias"]),
        (["_orig_mod.module.a.0.weight", "_orig_mod.module.b.0.weight"], ["a.0.weight", "b.0.weight"]),
        (["a._orig_mod.0.weight", "b.module.0.weight"], ["a.0.weight", "b.0.weight"]),
        (["net.vae.fc1.weight", "net.vae.fc2.weight"], ["fc1.weight", "fc2.weight"]),
        (["fc1.weight", "fc1.bias"], ["fc1.weight", "fc1.bias"]),
        # They would be one name.
        (["module.fc1.weight", "fc1.weight"], ["module.fc1.weight", "fc1.weight"]),
        ([], []),
    ],
)
def test_what_was_added_to_names(names: list[str], plain: list[str]) -> None:
    assert list(without_additions(dict.fromkeys(names))) == plain


def test_names_from_a_file_can_be_shown() -> None:
    assert readable("fc1.weight") == "fc1.weight"
    assert readable("a\nb\x1b[31m") == "a?b?[31m"
    assert len(readable("x" * 1000)) == 40
