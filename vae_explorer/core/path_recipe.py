"""What a path was asked for: enough to compute it, to describe it in a file, and to write Python that does it again.

The window, the command line and the Python interface all compute paths from recipes, so that they agree to the bit.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

import numpy as np
from numpy.typing import NDArray

from vae_explorer import __version__
from vae_explorer.core.checks import require_integer
from vae_explorer.core.decoder_space import Cancelled, DecoderSpace
from vae_explorer.core.errors import ConfigError
from vae_explorer.core.path_kinds import Even, PathKind
from vae_explorer.core.paths import Path, path

#: The index of a test image, which stands for the mean of its posterior, or a latent point.
Anchor = int | tuple[float, ...]

_LINE = 100
_MOST_STEPS = 10_000


@dataclass(frozen=True, slots=True)
class PathRecipe:
    """A path as it was asked for.

    Attributes:
        model: the name of a ready-made model, or the path of a file; empty for a model that is in no file.
        anchors: what the path passes, in order, at least two.
        kind: how it goes from anchor to anchor.
        steps: frames in all.
        loop: whether it returns from the last anchor to the first.
        even: what is equal from frame to frame; None leaves the frames as the kind has them.
        near_data: how strongly a geodesic is kept where the data are; 0: not at all.
    """

    model: str
    anchors: tuple[Anchor, ...]
    kind: PathKind
    steps: int
    loop: bool = False
    even: Even = None
    near_data: float = 0.0

    def __post_init__(self) -> None:
        # Numbers of NumPy have another `repr`, which the snippet could not be made of.
        plain = (
            tuple(map(float, anchor)) if isinstance(anchor, tuple) else int(anchor) for anchor in self.anchors
        )
        object.__setattr__(self, "anchors", tuple(plain))

    @property
    def title(self) -> str:
        """One line for a person, for example ``geodesic path through digits 7, 42``."""
        names = ", ".join(map(_anchor_name, self.anchors))
        return f"{self.kind} path through {names}" + (" and back" if self.loop else "")

    def describe(self) -> dict[str, str]:
        """What a file says of where it comes from, by the keywords that PNG files have for it."""
        return {
            "Title": self.title,
            "Software": f"VAE Explorer {__version__}",
            "Source": f"model {_printable(PurePath(self.model).name) or 'not saved'}",
            "Comment": ", ".join(f"{name}={value}" for name, value in self._options()) or "no options",
        }

    def snippet(self) -> str:
        """A Python program that computes the path again with `vae_explorer.api`; its value is in `path`."""
        return _SNIPPET.format(
            title=textwrap.shorten(self.title, _LINE, placeholder=" …"),
            version=__version__,
            model=self.model or "model.safetensors",
            note="" if self.model else "  # the name that you save the model under",
            anchors=_listed(self.anchors),
            options="".join(f", {name}={value!r}" for name, value in self._options()),
        )

    def _options(self) -> list[tuple[str, object]]:
        always: list[tuple[str, object]] = [("kind", self.kind), ("steps", self.steps)]
        rest = (("loop", self.loop), ("even", self.even), ("near_data", self.near_data))
        return always + [(name, value) for name, value in rest if value]


def follow(recipe: PathRecipe, space: DecoderSpace, cancelled: Cancelled = None) -> Path:
    """Compute the path that `recipe` asks for; the same recipe and model always give the same path.

    Args:
        recipe: what to compute.
        space: of the model; its posterior is that of the test images, by which digits are known.
        cancelled: asked every few milliseconds.

    Raises:
        ConfigError: anchors, steps or `near_data` make no sense: too few, of other dimensions, or no such digit.
        DataError: all anchors are at the same place, or one is no place at all.
        CancelledError: `cancelled` said so.
    """
    require_integer("number of steps", recipe.steps, 2, _MOST_STEPS)
    places = anchor_points(recipe.anchors, space)
    return path(
        recipe.kind,
        places,
        recipe.steps,
        space=space,
        loop=recipe.loop,
        even=recipe.even,
        near_data=recipe.near_data,
        cancelled=cancelled,
    )


def anchor_points(anchors: Sequence[Anchor], space: DecoderSpace) -> NDArray[np.float64]:
    """The latent points that `anchors` stand for, shape (k, latent).

    Raises:
        ConfigError: there is no such digit, or a point has another number of dimensions.
    """
    points = [_point(anchor, space) for anchor in anchors]
    return np.array(points, np.float64).reshape(-1, space.latent)


def _point(anchor: Anchor, space: DecoderSpace) -> NDArray[np.float64]:
    if isinstance(anchor, int):
        count = len(space.posterior.mu)
        if not 0 <= anchor < count:
            raise ConfigError(
                "There is no test image {index}: they are counted from 0 to {last}.",
                index=anchor,
                last=count - 1,
            )
        return np.array(space.posterior.mu[anchor], np.float64)
    if len(anchor) != space.latent:
        raise ConfigError(
            "This model has {latent} latent dimension(s), but an anchor has {found} number(s).",
            latent=space.latent,
            found=len(anchor),
        )
    return np.array(anchor, np.float64)


def digits_of(anchors: Sequence[Anchor]) -> list[int]:
    """Indices of the test images among `anchors`; −1 stands for a latent point."""
    return [anchor if isinstance(anchor, int) else -1 for anchor in anchors]


def _printable(name: str) -> str:
    """`name` as any file can hold it: a system's own names may have bytes that are no letters."""
    return "".join(letter if letter.isprintable() else "?" for letter in name)


def _anchor_name(anchor: Anchor) -> str:
    if isinstance(anchor, int):
        return f"digit {anchor}"
    first = ", ".join(f"{value:.4g}" for value in anchor[:3])
    return f"({first}{', …' if len(anchor) > 3 else ''})"


def _listed(anchors: Sequence[Anchor]) -> str:
    """As Python reads it; `repr` of a float gives the very same float back."""
    items = [repr(anchor) for anchor in anchors]
    line = ", ".join(items)
    if len(line) <= _LINE and "\n" not in line:
        return f"[{line}]"
    wrapper = textwrap.TextWrapper(
        _LINE,
        initial_indent="    ",
        subsequent_indent="     ",
        # Between numbers only: 1e-05 has a hyphen too.
        break_on_hyphens=False,
        break_long_words=False,
    )
    return "[\n" + "".join(f"{wrapper.fill(item)},\n" for item in items) + "]"


_SNIPPET = '''\
"""{title}. Written by VAE Explorer {version}."""

from vae_explorer.api import interpolate, open_model

model = open_model({model!r}){note}
anchors = {anchors}
path = interpolate(model, anchors{options})
images = model.decode(path.points)  # pixel means in [0, 1], one row a frame
print(f"{{len(path.points)}} points, {{images.shape[1]}} pixels each image")
'''
