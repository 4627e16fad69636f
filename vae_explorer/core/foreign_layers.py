"""Recognises a fully connected VAE in linear layers that somebody else named and ordered.

Such a model is a chain of layers from the pixels down, two heads for μ and log σ² (or one of twice the width, whose
first half is μ), and a chain back up through the same widths. Two heads make the number of layers odd, one makes it
even, so the number tells how deep the model is. Numbers in the names, then the order in the file, say which layer is
which; where neither makes a chain, the shapes alone do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.config import MAX_LAYERS
from vae_explorer.core.layer_names import (
    differ_in_numbers,
    means_mean,
    means_variance,
    natural_key,
    numbers,
    rank,
    side,
    twins,
)

#: Files of a few ordinary layers need a handful of steps; one made to waste time could need billions.
_MAX_STEPS = 10_000
_MOST_LAYERS = 2 * MAX_LAYERS + 3


class Layer(NamedTuple):
    """A linear layer: its name, weight of shape (outputs, inputs), and bias of shape (outputs,)."""

    name: str
    weight: NDArray[Any]
    bias: NDArray[Any]

    @property
    def inputs(self) -> int:
        """How many numbers it takes."""
        return int(self.weight.shape[1])

    @property
    def outputs(self) -> int:
        """How many numbers it gives."""
        return int(self.weight.shape[0])

    @property
    def shape(self) -> tuple[int, int]:
        """Inputs and outputs."""
        return self.inputs, self.outputs


class Parts(NamedTuple):
    """The layers by what they do, each list in the order that data passes through."""

    encoder: list[Layer]
    mu: Layer
    logvar: Layer
    decoder: list[Layer]

    @property
    def widths_down(self) -> list[int]:
        """Widths from the pixels to the latent dimensions."""
        chain = [*self.encoder, self.mu]
        return [chain[0].inputs, *(layer.outputs for layer in chain)]

    @property
    def widths_up(self) -> list[int]:
        """Widths from the latent dimensions to the pixels."""
        return [self.decoder[0].inputs, *(layer.outputs for layer in self.decoder)]


_Heads = tuple[Layer, Layer]


def recognise(layers: Sequence[Layer]) -> Parts | None:
    """All of `layers` as a VAE whose decoder mirrors its encoder; None if they are none."""
    if not 2 <= len(layers) <= _MOST_LAYERS:
        return None
    heads = _named_heads(layers)
    if len(layers) % 2 == 0:
        # One head for both. Where two say what they are, the halves have different depths.
        return _recognise(layers, None) if heads is None else None
    return _recognise(layers, heads or _half_named_heads(layers))


def _recognise(layers: Sequence[Layer], heads: _Heads | None) -> Parts | None:
    for ordered in _orders(_without(layers, *(heads or ()))):
        parts = _parts_at(ordered, heads, (len(layers) - 2) // 2)
        if parts is not None and _is_vae(parts) and parts.widths_up == parts.widths_down[::-1]:
            return parts
    # Shapes may fit in another order by chance, where the likely ones make a VAE of another kind.
    return None if recognise_unlike_halves(layers) else _search(layers, heads)


def recognise_unlike_halves(layers: Sequence[Layer]) -> Parts | None:
    """All of `layers` as a VAE whose decoder has other widths than its encoder; None if they are none."""
    if not 2 <= len(layers) <= _MOST_LAYERS:
        return None
    heads = _named_heads(layers)
    choices = [heads] if heads is not None else [None, _half_named_heads(layers)]
    found = (
        _parts_at(ordered, chosen, depth, joint=joint)
        for chosen in choices
        for ordered in _orders(_without(layers, *(chosen or ())))
        for depth in range(len(ordered))
        for joint in (False, True)
    )
    return next((parts for parts in found if parts is not None and _is_vae(parts)), None)


# By name and order


def _named_heads(layers: Sequence[Layer]) -> _Heads | None:
    """μ and log σ², if the names of both tell; they must have one shape, and neither belong to the decoder."""
    mine = _not_of_decoder(layers)
    means, variances = _named(mine)
    pair = twins([layer.name for layer in mine])
    if len(means) == len(variances) == 1:
        mu, logvar = means[0], variances[0]
    elif pair is not None and not means and not variances:
        by_name = {layer.name: layer for layer in mine}
        mu, logvar = by_name[pair[0]], by_name[pair[1]]
    else:
        return None
    return (mu, logvar) if mu.shape == logvar.shape else None


def _half_named_heads(layers: Sequence[Layer]) -> _Heads | None:
    """μ and log σ² where only one of them says what it is, and the other stands nearest to it."""
    mine = _not_of_decoder(layers)
    means, variances = _named(mine)
    mu = means[0] if len(means) == 1 and not variances else None
    logvar = variances[0] if len(variances) == 1 and not means else None
    if mu is not None:
        logvar = _nearest(mu, mine[::-1])
    elif logvar is not None:
        mu = _nearest(logvar, mine)
    return (mu, logvar) if mu is not None and logvar is not None else None


def _not_of_decoder(layers: Sequence[Layer]) -> list[Layer]:
    return [layer for layer in layers if side(layer.name) != "decoder"]


def _named(layers: Sequence[Layer]) -> tuple[list[Layer], list[Layer]]:
    means = [layer for layer in layers if means_mean(layer.name)]
    return means, [layer for layer in layers if means_variance(layer.name)]


def _nearest(head: Layer, layers: Sequence[Layer]) -> Layer | None:
    """The layer of `head`'s shape that is called an embedding, or the last one before it, or the first one after it."""
    place = next(index for index, layer in enumerate(layers) if layer is head)
    around = (*layers[:place][::-1], *layers[place + 1 :])
    fitting = [layer for layer in around if layer.shape == head.shape]
    return min(fitting, key=lambda layer: "embedding" not in layer.name.lower(), default=None)


def _orders(layers: Sequence[Layer]) -> Iterator[list[Layer]]:
    """The orders in which data may pass through `layers`, the likeliest first."""
    ranked = sorted(layers, key=lambda layer: rank(layer.name))
    groups = [list(group) for _, group in groupby(ranked, key=lambda layer: rank(layer.name))]
    if all(differ_in_numbers(layer.name for layer in group) for group in groups):
        yield [layer for group in groups for layer in sorted(group, key=lambda layer: numbers(layer.name))]
    yield list(layers)
    yield ranked
    yield sorted(layers, key=lambda layer: natural_key(layer.name))


def _parts_at(
    ordered: list[Layer], heads: _Heads | None, depth: int, *, joint: bool | None = None
) -> Parts | None:
    """The parts of an encoder with `depth` hidden layers; `ordered` has the heads in it where they are not given."""
    encoder, rest = ordered[:depth], ordered[depth:]
    if heads is None:
        is_joint = len(ordered) % 2 == 0 if joint is None else joint
        count = 1 if is_joint else 2
        found, rest = rest[:count], rest[count:]
        if len(found) < count:
            return None
        heads = _halves(found[0]) if is_joint else (found[0], found[1])
    return Parts(encoder, *heads, rest) if rest and heads is not None else None


def _halves(joint: Layer) -> _Heads | None:
    if joint.outputs % 2:
        return None
    latent = joint.outputs // 2
    mu = Layer(joint.name, joint.weight[:latent], joint.bias[:latent])
    return mu, Layer(joint.name, joint.weight[latent:], joint.bias[latent:])


def _is_vae(parts: Parts) -> bool:
    """Whether data can pass through the parts, and the names do not say otherwise."""
    chains = ([*parts.encoder, parts.mu, *parts.decoder], [*parts.encoder, parts.logvar])
    fits = all(a.outputs == b.inputs for chain in chains for a, b in pairwise(chain))
    fits = fits and parts.mu.shape == parts.logvar.shape
    return fits and parts.widths_down[0] == parts.widths_up[-1] and _names_agree(parts)


def _names_agree(parts: Parts) -> bool:
    down = (*parts.encoder, parts.mu, parts.logvar)
    wrong = any(side(layer.name) == "decoder" for layer in down)
    return not wrong and not any(side(layer.name) == "encoder" for layer in parts.decoder)


# By shape alone


def _search(layers: Sequence[Layer], heads: _Heads | None) -> Parts | None:
    steps = iter(range(_MAX_STEPS))
    body = _without(layers, *(heads or ()))
    for pixels in sorted({layer.inputs for layer in layers}, reverse=True):
        parts = _split(pixels, body, heads, steps)
        if parts is not None and _names_agree(parts):
            return parts
    return None


def _split(width: int, layers: Sequence[Layer], heads: _Heads | None, steps: Iterator[int]) -> Parts | None:
    """All of `layers` as an encoder from `width` down and a decoder back up to `width`, found from the outside in."""
    if next(steps, None) is None:
        return None
    parts = _innermost(width, layers, heads)
    if parts is not None:
        return parts
    for outputs in dict.fromkeys(layer.outputs for layer in layers if layer.inputs == width):
        # Which of several layers of one shape is taken cannot change whether the rest fits.
        down = _choose(layers, (width, outputs), "decoder")
        rest = _without(layers, down)
        up = _choose(rest[::-1], (outputs, width), "encoder")
        inner = _split(outputs, _without(rest, up), heads, steps) if up is not None else None
        if down is not None and up is not None and inner is not None:
            return inner._replace(encoder=[down, *inner.encoder], decoder=[*inner.decoder, up])
    return None


def _choose(layers: Sequence[Layer], shape: tuple[int, int], unlike: str) -> Layer | None:
    """The first layer of `shape` whose name does not speak against it, or else the first."""
    fitting = [layer for layer in layers if layer.shape == shape]
    return min(fitting, key=lambda layer: side(layer.name) == unlike, default=None)


def _without(layers: Sequence[Layer], *gone: Layer | None) -> list[Layer]:
    return [layer for layer in layers if all(layer is not other for other in gone)]


def _innermost(width: int, layers: Sequence[Layer], heads: _Heads | None) -> Parts | None:
    """The heads and the decoder's first layer, if nothing else is left."""
    if heads is not None:
        return _around(width, heads, layers[0]) if len(layers) == 1 else None
    # Of three layers of one shape, the decoder's is the one that says so, or else the last.
    backwards = layers[::-1]
    for up in sorted(backwards, key=lambda layer: side(layer.name) != "decoder"):
        rest = _without(layers, up)
        found = _halves(rest[0]) if len(rest) == 1 else (rest[0], rest[1]) if len(rest) == 2 else None
        parts = _around(width, found, up) if found is not None else None
        if parts is not None:
            return parts
    return None


def _around(width: int, heads: _Heads, up: Layer) -> Parts | None:
    fits = up.outputs == width and heads[0].shape == heads[1].shape == (width, up.inputs)
    return Parts([], *heads, [up]) if fits else None


def layer_of(name: str, weight: NDArray[Any], bias: NDArray[Any] | None) -> Layer | None:
    """A linear layer; one without a bias has zeros. None if the shapes are not those of one."""
    if weight.ndim != 2:
        return None
    if bias is None:
        bias = np.zeros(weight.shape[0], weight.dtype)
    return Layer(name, weight, bias) if bias.shape == weight.shape[:1] else None
