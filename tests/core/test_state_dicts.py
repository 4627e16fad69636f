import argparse
import collections
import contextlib
import io
import os
import pickle
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import cast

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file
from torch import nn

from tests.core.foreign_models import (
    TUTORIALS,
    FlatVAE,
    ForeignVAE,
    SequentialVAE,
    TwoPartVAE,
    assert_opens_as,
    trained,
)
from vae_explorer.core.checkpoint import load_model
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.data import ImageSet
from vae_explorer.core.errors import CheckpointError

Case = tuple[ForeignVAE, VAEConfig]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "vae.pth"


@pytest.fixture(scope="module", params=TUTORIALS)
def case(request: pytest.FixtureRequest, few: ImageSet) -> Case:
    """Each tutorial's model, trained for a few steps."""
    make, config = TUTORIALS[request.param]
    torch.manual_seed(0)
    return trained(make(), few.images[:100]), config


# --- Each tutorial's model, saved in every way ------------------------------------------------------


def test_a_trained_model_gives_the_same_numbers(case: Case, path: Path) -> None:
    model, config = case
    torch.save(model.state_dict(), path)
    assert_opens_as(model, config, path)


def test_the_old_file_format_is_read_too(case: Case, path: Path) -> None:
    model, config = case
    torch.save(model.state_dict(), path, _use_new_zipfile_serialization=False)
    assert_opens_as(model, config, path)


def test_safetensors_give_the_same_numbers(case: Case, path: Path) -> None:
    model, config = case
    save_file(model.state_dict(), path)
    assert_opens_as(model, config, path)


def test_the_weights_are_found_in_a_checkpoint(case: Case, path: Path) -> None:
    model, config = case
    torch.save(
        {
            "epoch": 3,
            "model_state_dict": model.state_dict(),
            "optimizer_state_dict": stepped(model).state_dict(),
            "loss": np.float64(104.2),
            "losses": np.arange(3.0),
            "args": {"lr": 1e-3, "name": "vae"},
        },
        path,
    )
    assert_opens_as(model, config, path)


@pytest.mark.parametrize("saved_as", [torch.save, save_file])
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_each_kind_of_float_is_read(
    case: Case, dtype: torch.dtype, saved_as: Callable[..., None], path: Path
) -> None:
    model, config = case
    weights = {name: values.to(dtype) for name, values in model.state_dict().items()}
    saved_as(weights, path)
    # What is lost is lost in the file already: the class with these weights is what must be met.
    rounded = TUTORIALS_BY_CONFIG[type(model), config]()
    rounded.load_state_dict({name: values.float() for name, values in weights.items()})
    assert_opens_as(rounded, config, path)


@pytest.mark.parametrize("prefix", ["module.", "_orig_mod.", "module._orig_mod.", "model.", "vae.net."])
def test_a_prefix_of_all_names_says_nothing(case: Case, prefix: str, path: Path) -> None:
    model, config = case
    torch.save({f"{prefix}{name}": values for name, values in model.state_dict().items()}, path)
    assert_opens_as(model, config, path)


TUTORIALS_BY_CONFIG = {(type(make()), config): make for make, config in TUTORIALS.values()}


def stepped(model: nn.Module) -> torch.optim.Adam:
    """An optimiser with tensors of its own, that are no weights."""
    optimiser = torch.optim.Adam(model.parameters(), lr=0.0)
    sum(values.sum() for values in model.parameters()).backward()  # type: ignore[union-attr]
    optimiser.step()
    return optimiser


# --- What people save beside the weights ------------------------------------------------------------

CONFIG = VAEConfig(784, (400,), 2)


@pytest.mark.parametrize(
    "key", ["state_dict", "model_state_dict", "model", "net", "vae", "weights", "generator_of_digits"]
)
def test_the_weights_may_lie_under_a_key(key: str, path: Path) -> None:
    model = FlatVAE()
    torch.save({"epoch": 3, key: model.state_dict(), "optimizer": stepped(model).state_dict()}, path)
    assert_opens_as(model, CONFIG, path)


def test_the_weights_may_lie_two_keys_deep(path: Path) -> None:
    model = FlatVAE()
    torch.save({"model": {"state_dict": model.state_dict(), "epoch": 3}, "epoch": 9}, path)
    assert_opens_as(model, CONFIG, path)


def test_what_is_called_a_model_need_not_be_its_weights(path: Path) -> None:
    model = FlatVAE()
    torch.save({"model": {"name": "vae", "latent": 2}, "weights": model.state_dict()}, path)
    assert_opens_as(model, CONFIG, path)


def test_plain_values_may_lie_among_the_weights(path: Path) -> None:
    model = FlatVAE()
    torch.save(dict(model.state_dict()) | {"epoch": 3, "name": "vae", "history": [1.0, 2.0]}, path)
    assert_opens_as(model, CONFIG, path)


def test_encoder_and_decoder_may_be_saved_one_by_one(path: Path) -> None:
    model = TwoPartVAE()
    torch.save({"encoder": model.encoder.state_dict(), "decoder": model.decoder.state_dict()}, path)
    assert_opens_as(model, VAEConfig(784, (400, 200), 20), path)


def test_a_model_trained_on_several_devices_is_read(path: Path) -> None:
    model = FlatVAE()
    torch.save(nn.DataParallel(model).state_dict(), path)
    assert_opens_as(model, CONFIG, path)


def test_a_compiled_model_is_read(path: Path) -> None:
    model = FlatVAE()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what the compiler thinks of this machine
        compiled = cast("nn.Module", torch.compile(model))
    torch.save(compiled.state_dict(), path)
    assert any(name.startswith("_orig_mod.") for name in compiled.state_dict())
    assert_opens_as(model, CONFIG, path)


def test_compiled_parts_are_read(path: Path) -> None:
    model = SequentialVAE()
    weights = {name.replace(".", "._orig_mod.", 1): value for name, value in model.state_dict().items()}
    torch.save(weights, path)
    assert_opens_as(model, VAEConfig(784, (400,), 20), path)


def test_a_model_from_another_device_is_read(path: Path) -> None:
    model = FlatVAE()
    torch.save({"state_dict": model.state_dict()}, path)
    save_as_from_cuda(path)
    if not torch.cuda.is_available():
        with pytest.raises(RuntimeError, match="CUDA"):
            torch.load(path, weights_only=True)
    assert_opens_as(model, CONFIG, path)


def save_as_from_cuda(path: Path) -> None:
    """Make a file say of its tensors what files say that were saved from the first graphics card."""
    with zipfile.ZipFile(path) as file:
        entries = {entry.filename: file.read(entry) for entry in file.infolist()}
    (pickled,) = [name for name in entries if name.endswith("data.pkl")]
    here, there = (b"X" + len(text).to_bytes(4, "little") + text for text in (b"cpu", b"cuda:0"))
    assert here in entries[pickled]
    entries[pickled] = entries[pickled].replace(here, there)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as file:
        for name, content in entries.items():
            file.writestr(name, content)


def test_layers_without_a_bias_are_read(path: Path) -> None:
    model = FlatVAE()
    for layer in (model.fc1, model.fc3):
        nn.init.zeros_(layer.bias)
    weights = model.state_dict()
    torch.save({name: weights[name] for name in weights if name not in ("fc1.bias", "fc3.bias")}, path)
    assert_opens_as(model, CONFIG, path)


# --- Files that are no VAE, or worse ----------------------------------------------------------------


class Bomb:
    """Pickled, it asks whoever reads it to create a file."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (f"echo boom > {self.marker}",)


def refused(path: Path, complaint: str) -> None:
    with pytest.raises(CheckpointError, match=complaint) as caught:
        load_model(path)
    assert str(caught.value).startswith(f"Cannot open {path}: ")


@pytest.mark.parametrize("zipped", [True, False])
def test_a_file_that_wants_to_run_code_is_refused_and_runs_nothing(zipped: bool, path: Path) -> None:
    marker = path.with_name("marker")
    weights = dict(FlatVAE().state_dict()) | {"bomb": Bomb(marker)}
    torch.save(weights, path, _use_new_zipfile_serialization=zipped)
    refused(path, "could run code, so it was not read")
    assert not marker.exists()
    # It would have: the same file, read without care.
    torch.load(path, weights_only=False)
    assert marker.exists()


def test_a_bare_pickle_that_wants_to_run_code_is_refused_and_runs_nothing(path: Path) -> None:
    marker = path.with_name("marker")
    path.write_bytes(pickle.dumps(Bomb(marker)))
    refused(path, "could run code|damaged")
    assert not marker.exists()
    pickle.loads(path.read_bytes())
    assert marker.exists()


def test_a_whole_model_object_is_refused_with_what_to_do(path: Path) -> None:
    torch.save(FlatVAE(), path)
    refused(path, r"a whole model \(tests\.core\.foreign_models\.FlatVAE\), which could run code")
    refused(path, r"save only its weights: torch\.save\(model\.state_dict\(\), path\)")


def test_a_whole_model_in_the_old_format_is_refused_with_what_to_do(path: Path) -> None:
    torch.save(FlatVAE(), path, _use_new_zipfile_serialization=False)
    refused(path, r"could run code, so it was not read\. .*save only its weights: torch\.save\(")


@pytest.mark.filterwarnings("ignore")  # it is going out of fashion
def test_a_program_is_refused_with_what_to_do(path: Path) -> None:
    torch.jit.trace(nn.Linear(2, 2), torch.zeros(1, 2)).save(str(path))  # type: ignore[no-untyped-call]
    refused(path, r"TorchScript program.*save only its weights: torch\.save\(")


def test_objects_beside_the_weights_are_named(path: Path) -> None:
    others = {"loss": np.float64(1.0), "args": argparse.Namespace(lr=1.0)}
    torch.save({"state_dict": FlatVAE().state_dict()} | others, path)
    refused(path, r"Python objects besides tensors \(argparse\.Namespace\)")


def weights_with(**changes: object) -> dict[str, object]:
    return dict(FlatVAE().state_dict()) | {name.replace("__", "."): value for name, value in changes.items()}


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ({}, "not those of a fully connected VAE"),
        ([], "does not hold the weights of one model"),
        (3, "does not hold the weights of one model"),
        (torch.zeros(3), "does not hold the weights of one model"),
        ({"fc1.weight": "text"}, "does not hold the weights of one model"),
        (weights_with(fc1__weight=torch.full((400, 784), torch.nan)), "NaN or infinite"),
        (weights_with(fc1__weight=torch.full((400, 784), 1e300, dtype=torch.float64)), "NaN or infinite"),
        (
            weights_with(fc1__weight=torch.zeros(400, 784, dtype=torch.int64)),
            "fc1.weight does not hold plain",
        ),
        (
            weights_with(fc1__weight=torch.zeros(400, 784, dtype=torch.complex64)),
            "fc1.weight does not hold plain",
        ),
        (
            weights_with(fc1__weight=torch.zeros(400, 784).to_sparse()),
            "fc1.weight does not hold plain|damaged",
        ),
        (weights_with(fc1__weight=torch.zeros(400, 784, device="meta")), "fc1.weight does not hold plain"),
        (weights_with(fc1__weight=torch.zeros(1).expand(10**6, 10**6)), "fc1.weight is too large"),
        (weights_with(fc1__weight=torch.zeros(400, 783)), "not those of a fully connected VAE"),
        (weights_with(fc1__bias=torch.zeros(401)), r"fc1\.weight \(400 × 784\), fc1\.bias \(401\)"),
        (weights_with(fc1__weight=torch.zeros(400, 1, 28, 28)), r"fc1\.weight \(400 × 1 × 28 × 28\)"),
        (weights_with(bn__running_mean=torch.zeros(400)), r"tensors besides .*: bn\.running_mean \(400\)\."),
        ({"epoch": 3, "optimizer": {"state": {}}}, "does not hold the weights of one model"),
        (
            {"a": {"b": {"c": {"d": {"e": {"f": {"weight": torch.zeros(2, 2)}}}}}}},
            "does not hold the weights",
        ),
        (nn.Sequential(nn.Linear(784, 10)).state_dict(), "not those of a fully connected VAE"),
        (nn.Sequential(nn.Linear(784, 30), nn.Linear(30, 784)).state_dict(), "not those of"),
    ],
)
@pytest.mark.filterwarnings("ignore:.*[Ss]parse:UserWarning")
def test_other_contents_are_refused(content: object, complaint: str, path: Path) -> None:
    torch.save(content, path)
    refused(path, complaint)


def test_many_tensors_out_of_nothing_are_refused(path: Path) -> None:
    nothing = torch.zeros(1, dtype=torch.float16)
    torch.save({f"fc{i}.weight": nothing.expand(2**14, 2**13) for i in range(5)}, path)
    refused(path, "its tensors are too large")


def test_images_that_are_not_square_are_refused(path: Path) -> None:
    sizes = [(783, 9), (9, 2), (9, 2), (2, 9), (9, 783)]
    layers = collections.OrderedDict((f"fc{i}", nn.Linear(a, b)) for i, (a, b) in enumerate(sizes))
    torch.save(nn.ModuleDict(layers).state_dict(), path)
    refused(path, "783 pixels are not a square")


def test_a_file_made_to_waste_time_is_refused_at_once(path: Path) -> None:
    """Every way through these layers is a dead end, and there are more ways than anybody can walk."""
    layers = {f"{a}-{b}": nn.Linear(a, b) for a in range(1, 9) for b in range(1, 9) if a != b}
    torch.save(nn.ModuleDict(layers | {"odd": nn.Linear(4, 100)}).state_dict(), path)
    refused(path, "not those of")
    torch.save(nn.ModuleDict({str(i): nn.Linear(4, 4) for i in range(3000)}).state_dict(), path)
    refused(path, "not those of")


def small_file(zipped: bool) -> bytes:
    buffer = io.BytesIO()
    sizes = [(4, 3), (3, 2), (3, 2), (2, 3), (3, 4)]
    weights = {}
    for i, (a, b) in enumerate(sizes):
        weights[f"fc{i}.weight"], weights[f"fc{i}.bias"] = torch.ones(b, a), torch.ones(b)
    torch.save(weights, buffer, _use_new_zipfile_serialization=zipped)
    return buffer.getvalue()


FILES = {zipped: small_file(zipped) for zipped in (True, False)}


@pytest.mark.parametrize("zipped", [True, False])
def test_a_file_truncated_anywhere_is_refused(zipped: bool, path: Path) -> None:
    for length in range(0, len(FILES[zipped]) - 1, 97):
        path.write_bytes(FILES[zipped][:length])
        with pytest.raises(CheckpointError):
            load_model(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(st.data())
@pytest.mark.filterwarnings("ignore")  # what torch thinks of such files may change
def test_a_damaged_file_is_refused_or_still_a_whole_model(path: Path, data: st.DataObject) -> None:
    content = bytearray(data.draw(st.sampled_from(list(FILES.values()))))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    with contextlib.suppress(CheckpointError):
        model = load_model(path)
        assert {name: values.shape for name, values in model.weights.items()} == model.config.weight_shapes


# --- What is said of what is not understood ---------------------------------------------------------


def complaint(path: Path) -> str:
    with pytest.raises(CheckpointError) as caught:
        load_model(path)
    return str(caught.value)


def test_what_is_not_understood_is_listed_with_what_was_expected(path: Path) -> None:
    torch.save(nn.Sequential(nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 10)).state_dict(), path)
    said = complaint(path)
    assert "VAE. Found: 0 (784 → 64), 2 (64 → 10). Expected are linear layers" in said
    assert (
        "such as fc1 (784 → 400), fc_mu (400 → 2), fc_logvar (400 → 2), fc3 (2 → 400), fc4 (400 → 784)"
        in said
    )


def test_layers_that_are_not_linear_are_listed(path: Path) -> None:
    layers = [nn.Conv2d(1, 32, 3), nn.BatchNorm2d(32), nn.ReLU(), nn.Flatten(), nn.Linear(21_632, 10)]
    torch.save(nn.Sequential(*layers).state_dict(), path)
    said = complaint(path)
    assert (
        "besides the weights and biases of linear layers: 0.weight (32 × 1 × 3 × 3), 0.bias (32), 1.weight (32)"
        in said
    )
    assert "1.num_batches_tracked (1). Beside them it has: 4 (21632 → 10). Expected are" in said


def test_a_long_list_is_cut(path: Path) -> None:
    torch.save({f"{'very_' * 40}{i}\n.weight": torch.zeros(3, 2) for i in range(500)}, path)
    said = complaint(path)
    assert "and 492 more" in said
    assert len(said) < 1000
    assert "\n" not in said


def test_a_decoder_of_other_widths_is_named_with_its_widths(path: Path) -> None:
    model = FlatVAE()
    model.fc3, model.fc4 = nn.Linear(2, 300), nn.Linear(300, 784)
    torch.save(model.state_dict(), path)
    said = complaint(path)
    assert "its decoder (2 → 300 → 784) does not mirror its encoder (784 → 400 → 2)" in said
    assert said.endswith(
        "fc1 (784 → 400), fc_mu (400 → 2), fc_logvar (400 → 2), fc3 (2 → 300), fc4 (300 → 784)."
    )


def test_a_deeper_decoder_is_named_with_its_widths(path: Path) -> None:
    model = SequentialVAE()
    model.decoder = nn.Sequential(
        nn.Linear(20, 50), nn.ReLU(), nn.Linear(50, 90), nn.ReLU(), nn.Linear(90, 784)
    )
    torch.save(model.state_dict(), path)
    assert "its decoder (20 → 50 → 90 → 784) does not mirror its encoder (784 → 400 → 20)" in complaint(path)
