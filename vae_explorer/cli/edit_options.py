"""The options of `vae-explorer edit` and `vae-explorer directions`."""

from __future__ import annotations

import argparse
from pathlib import Path

from vae_explorer.cli import editing

_STILL_HELP = "what not to change: it is projected out of every direction. May be repeated"


def add_edit_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `edit`, all but the model and the picture."""
    parser.epilog = (
        "Directions: an attribute (thickness, slant, width, height, length, area); around:thickness, the same as it is "
        "around the point to begin with, for spaces in which no one direction serves all; 3:8 from one class to "
        "another, lda:3:8 by linear discriminant analysis; a principal component, pc1; a latent axis, z2; digits:7:42 "
        "from one test image to another; or FILE.json or FILE.json#NAME, as `directions --output` writes them."
    )
    base = parser.add_mutually_exclusive_group(required=True)
    base.add_argument("--from-index", type=int, metavar="I", help="the test image to begin with, from 0")
    base.add_argument(
        "--z", type=float, nargs="+", metavar="Z", help="or one number for each latent dimension"
    )
    parser.add_argument(
        "--direction", action="append", required=True, metavar="NAME", help="where to go. May be repeated"
    )
    parser.add_argument(
        "--alpha",
        type=float,
        action="append",
        default=[],
        metavar="A",
        help="how far, in σ of the digits along it; one for each --direction",
    )
    _add_still(parser)
    parser.add_argument(
        "--strip", action="store_true", help="a film strip from −A to A; without --alpha from −3 to 3"
    )
    parser.add_argument(
        "--steps", type=int, default=13, metavar="N", help="pictures of the film strip (%(default)s)"
    )
    parser.add_argument("--json", action="store_true", help="print the points as one JSON object")
    parser.set_defaults(run=editing.edit)


def add_directions_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `directions`, all but the model."""
    parser.add_argument(
        "--direction",
        action="append",
        default=[],
        metavar="NAME",
        help="these instead of the attributes, named as for `edit`. May be repeated",
    )
    parser.add_argument("--classes", action="store_true", help="from each class to each other one, too")
    parser.add_argument(
        "--lda", action="store_true", help="with --classes: by linear discriminant analysis, not by the means"
    )
    _add_still(parser)
    parser.add_argument(
        "--output", "-o", type=Path, metavar="OUT.json", help="save the directions, for `edit --direction`"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=editing.directions)


def _add_still(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--still", action="append", default=[], metavar="NAME", help=_STILL_HELP)
