"""A model as ONNX, which runs in a browser, in C++ or on a phone, with neither this application nor PyTorch.

The graph is written layer by layer: tracing would need PyTorch, and would name everything by number. Encoder and
decoder are a file each, because a runtime wants all inputs of a file at once, and who decodes has no images.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import count
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from vae_explorer import __version__
from vae_explorer.core.config import Activation
from vae_explorer.core.errors import ConfigError, UserError
from vae_explorer.core.snapshot import ModelSnapshot

if TYPE_CHECKING:
    from onnx import NodeProto, TensorProto, ValueInfoProto

Part = Literal["encoder", "decoder"]
PARTS: tuple[Part, ...] = get_args(Part)

#: Both of 2022: everything that is needed is in them, and whatever runs ONNX today reads them.
OPSET = 17
IR_VERSION = 8
#: Likelihoods whose mean is the logistic function of the decoder's logits.
_LOGISTIC = frozenset({"bernoulli", "gaussian", "gaussian_learned"})
#: The axis of the images in inputs and outputs, whose length is free.
_BATCH = "batch"


def encode_onnx(snapshot: ModelSnapshot, part: Part, name: str) -> bytes:
    """One part of a model as the content of an ONNX file; all tensors are float32.

    The encoder takes ``images``, gray levels in [0, 1] of shape (batch, pixels), and gives ``mu`` and ``logvar``, each
    (batch, latent). The decoder takes ``z``, (batch, latent), and gives ``means``, the mean image p(x|z) in [0, 1],
    (batch, pixels). What is known of the model is in the file's metadata.

    Args:
        snapshot: the model.
        part: which one.
        name: what the model is called.

    Raises:
        UserError: the package ``onnx`` is missing.
        ConfigError: the model has something that has no ONNX form here.
    """
    try:
        from onnx import helper
    except ImportError as error:
        raise UserError(
            "ONNX files need the package onnx, which is not installed. Install it with: {command}",
            command="pip install 'vae-explorer[onnx]'",
        ) from error
    graph = _Graph(snapshot)
    inputs, outputs = graph.encoder() if part == "encoder" else graph.decoder()
    model = helper.make_model(
        helper.make_graph(graph.nodes, part, _values(inputs), _values(outputs), graph.tensors),
        producer_name="VAE Explorer",
        producer_version=__version__,
        ir_version=IR_VERSION,
        opset_imports=[helper.make_opsetid("", OPSET)],
        doc_string=_DESCRIPTIONS[part],
    )
    helper.set_model_props(model, describe(snapshot, part, name))
    content: bytes = model.SerializeToString()
    return content


_DESCRIPTIONS: dict[Part, str] = {
    "encoder": "From images, gray levels from 0 to 1 row by row, to mean and log-variance of q(z|x).",
    "decoder": "From latent points z to mean images, gray levels from 0 to 1 row by row.",
}


def describe(snapshot: ModelSnapshot, part: Part, name: str) -> dict[str, str]:
    """What an ONNX file says of its model; figures that are not known are left out. The ELBO is that of an image."""
    config, record = snapshot.config, snapshot.record
    height, width = config.image_shape
    about = {
        "name": name,
        "part": part,
        "architecture": config.description,
        "activation": config.activation,
        "likelihood": config.likelihood,
        "image_height": str(height),
        "image_width": str(width),
        "data_set": record.data_set,
    }
    if record.history:
        last = record.history[-1]
        about |= {"epoch": str(last.epoch), "test_elbo_nats": f"{last.test.elbo:.6g}"}
    # The name of a file need not be text that UTF-8 can hold.
    return {key: text.encode(errors="replace").decode() for key, text in about.items() if text}


# The graph

#: Names of tensors and how many numbers each has for an image.
_Sizes = dict[str, int]


def _values(sizes: _Sizes) -> list[ValueInfoProto]:
    from onnx import TensorProto, helper

    return [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [_BATCH, size]) for name, size in sizes.items()
    ]


class _Graph:
    """Collects the nodes and the weights of one part.

    Attributes:
        nodes: in the order in which they are computed.
        tensors: weights under the names that they have in the model, and constants.
    """

    def __init__(self, snapshot: ModelSnapshot) -> None:
        self.nodes: list[NodeProto] = []
        self.tensors: list[TensorProto] = []
        self._snapshot = snapshot
        self._config = snapshot.config
        self._numbers = count()

    def encoder(self) -> tuple[_Sizes, _Sizes]:
        """Add the encoder; returns its inputs and outputs."""
        hidden = self._through("encoder", "images")
        for head in ("mu", "logvar"):
            self._linear(head, hidden, head)
        latent = self._config.latent
        return {"images": self._config.input_size}, {"mu": latent, "logvar": latent}

    def decoder(self) -> tuple[_Sizes, _Sizes]:
        """Add the decoder and the mean of its likelihood; returns its inputs and outputs."""
        logits = self._linear("logits", self._through("decoder", "z"))
        self._mean(logits, "means")
        return {"z": self._config.latent}, {"means": self._config.input_size}

    def _mean(self, parameters: str, output: str) -> None:
        likelihood = self._config.likelihood
        if likelihood in _LOGISTIC:
            self._add("Sigmoid", parameters, output=output)
        elif likelihood == "continuous_bernoulli":
            self._continuous_bernoulli_mean(parameters, output)
        else:
            raise ConfigError("Decoders with the likelihood {name} have no ONNX form yet.", name=likelihood)

    def _continuous_bernoulli_mean(self, logits: str, output: str) -> None:
        """½ + ½·(coth u − 1/u) with u = ℓ/2; near ½ the formula cancels, and its series ℓ/12 is as exact."""
        near, half, one = self._constant("near", 0.05), self._constant("half", 0.5), self._constant("one", 1)
        u = self._add("Mul", logits, half)
        size = self._add("Max", self._add("Abs", u), near)
        coth = self._add("Div", one, self._add("Tanh", size))
        beyond = self._add("Mul", self._add("Sub", coth, self._add("Div", one, size)), self._add("Sign", u))
        series = self._add("Mul", u, self._constant("third", 1 / 3))
        is_near = self._add("Less", self._add("Abs", u), near)
        centred = self._add("Where", is_near, series, beyond)
        self._add("Add", self._add("Mul", centred, half), half, output=output)

    def _through(self, part: str, values: str) -> str:
        activate = self._activation()
        for layer in range(len(self._config.hidden)):
            values = activate(self._linear(f"{part}.{layer}", values))
        return values

    def _linear(self, name: str, values: str, output: str = "") -> str:
        weights = [self._weight(f"{name}.{kind}") for kind in ("weight", "bias")]
        # PyTorch, and so our files, keep a weight as (outputs, inputs).
        return self._add("Gemm", values, *weights, output=output, transB=1)

    # Activations

    def _activation(self) -> Callable[[str], str]:
        functions: dict[Activation, Callable[[str], str]] = {
            "relu": lambda values: self._add("Relu", values),
            "tanh": lambda values: self._add("Tanh", values),
            "silu": self._silu,
            "gelu": self._gelu,
        }
        return functions[self._config.activation]

    def _silu(self, values: str) -> str:
        return self._add("Mul", values, self._add("Sigmoid", values))

    def _gelu(self, values: str) -> str:
        """x · Φ(x) by the error function; ONNX has it as one node only from opset 20 on."""
        erf = self._add("Erf", self._add("Mul", values, self._constant("1/√2", math.sqrt(0.5))))
        phi = self._add("Mul", self._add("Add", erf, self._constant("one", 1)), self._constant("half", 0.5))
        return self._add("Mul", values, phi)

    # Parts of ONNX

    def _add(self, operator: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        from onnx import helper

        output = output or f"{operator.lower()}_{next(self._numbers)}"
        self.nodes.append(helper.make_node(operator, inputs, [output], name=f"make {output}", **attributes))
        return output

    def _weight(self, name: str) -> str:
        from onnx import numpy_helper

        self.tensors.append(numpy_helper.from_array(self._snapshot.weights[name], name))
        return name

    def _constant(self, name: str, value: float) -> str:
        from onnx import numpy_helper

        if all(tensor.name != name for tensor in self.tensors):
            self.tensors.append(numpy_helper.from_array(np.array(value, np.float32), name))
        return name
