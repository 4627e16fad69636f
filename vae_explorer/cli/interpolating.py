"""`vae-explorer interpolate`: a path through the latent space as pictures, film, numbers or Python."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vae_explorer.cli.terminal import SCALE_HELP, announced, emit, say
from vae_explorer.core.errors import ConfigError

if TYPE_CHECKING:
    from vae_explorer.core.decoder_space import DecoderSpace
    from vae_explorer.core.path_recipe import Anchor, PathRecipe
    from vae_explorer.core.path_report import PathReport
    from vae_explorer.core.paths import Path as LatentPath

_KINDS = ("linear", "spherical", "geodesic", "neighbours")


def add_interpolate_options(parser: argparse.ArgumentParser) -> None:
    """Let `parser`, which knows the model already, read them."""
    parser.set_defaults(run=interpolate)
    _add_ends(parser)
    _add_path_options(parser)
    _add_output(parser)


def _add_ends(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("ends, as indices of test images or as latent points")
    for end, text in (("from", "where the path begins"), ("to", "where it ends")):
        add = group.add_mutually_exclusive_group(required=True).add_argument
        add(f"--{end}-index", type=int, metavar="N", help=f"test image {text}")
        add(f"--{end}-z", type=float, nargs="+", metavar="Z", help=f"latent point {text}")
    group.add_argument(
        "--via-index",
        type=int,
        nargs="+",
        action="extend",
        default=[],
        metavar="N",
        help="test images that it passes on the way, in this order",
    )


def _add_path_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("path").add_argument
    add(
        "--kind",
        choices=_KINDS,
        default="linear",
        help="straight; along a great circle; the shortest in decoder space; or through real digits (%(default)s)",
    )
    add("--steps", type=int, default=16, metavar="N", help="images in all, both ends included (%(default)s)")
    add("--loop", action="store_true", help="return to where it began")
    add(
        "--even",
        choices=("latent", "decoder"),
        help="equal steps in the latent space, or equal changes of the image; by default as the kind has it",
    )
    add("--near-data", action="store_true", help="keep a geodesic where the digits are")


def _add_output(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("output").add_argument
    add(
        "--output",
        "-o",
        type=Path,
        metavar="OUT.gif",
        help="its suffix chooses: .gif; .png, a film strip; .mp4; .npz, all numbers; .py, Python that does the same",
    )
    add("--ping-pong", action="store_true", help="the film runs back again after its end")
    add("--scale", type=int, metavar="K", help=SCALE_HELP)
    add(
        "--frame-ms",
        type=int,
        default=100,
        metavar="MS",
        help="how long an image stays, milliseconds; a GIF rounds to hundredths of a second (%(default)s)",
    )
    add(
        "--json",
        action="store_true",
        help="print lengths, changes, densities and ELBOs along the path as one JSON object; nats and radians",
    )


def interpolate(options: argparse.Namespace) -> int:
    """Compute a path, and write it or print its figures."""
    from vae_explorer.api import open_model, space_for, space_of
    from vae_explorer.core.path_export import FilmSettings
    from vae_explorer.core.path_recipe import follow

    settings = FilmSettings(options.scale, options.frame_ms, options.ping_pong)
    suffix = _checked_output(options)
    model = open_model(options.model)
    recipe = _recipe(options)
    measured = options.json or suffix == ".npz"
    # Only figures compare a path with the data.
    space = space_of(model) if measured else space_for(model, recipe)
    path = follow(recipe, space)
    report = _report(path, space) if measured else None
    if options.output is not None:
        _write(options.output, recipe, path, space, report, settings)
    if options.json and report is not None:
        emit(json.dumps(_facts(recipe, path, report), allow_nan=False))
    return 0


def _checked_output(options: argparse.Namespace) -> str:
    """The suffix; wrong use and a bad place are said before the work."""
    from vae_explorer.core.files import check_writable
    from vae_explorer.core.path_export import film_format

    if options.output is None:
        if not options.json:
            raise ConfigError("Say where the path goes, --output OUT.gif, or print its figures with --json.")
        return ""
    suffix = film_format(options.output)
    if suffix == ".mp4":
        from vae_explorer.core.video import find_ffmpeg

        find_ffmpeg()
    check_writable(options.output)
    return suffix


def _recipe(options: argparse.Namespace) -> PathRecipe:
    from vae_explorer.core.path_kinds import NEAR_DATA
    from vae_explorer.core.path_recipe import PathRecipe

    if options.near_data and options.kind != "geodesic":
        raise ConfigError("--near-data only counts with --kind geodesic.")
    anchors = (
        _end(options.from_index, options.from_z),
        *options.via_index,
        _end(options.to_index, options.to_z),
    )
    return PathRecipe(
        _lasting_name(options.model),
        anchors,
        options.kind,
        options.steps,
        loop=options.loop,
        even=options.even,
        near_data=NEAR_DATA if options.near_data else 0.0,
    )


def _end(index: int | None, z: list[float] | None) -> Anchor:
    return index if index is not None else tuple(z or ())


def _lasting_name(text: str) -> str:
    """What names the model also from another folder, where the snippet may be run."""
    path = Path(text)
    return str(path.absolute()) if path.exists() else text


def _report(path: LatentPath, space: DecoderSpace) -> PathReport:
    from vae_explorer.core.density import AggregatePosterior
    from vae_explorer.core.path_report import path_report

    report = path_report(path, space, AggregatePosterior(space.posterior))
    if report.percentile == 0:
        say(
            f"image {report.loneliest + 1} lies off the data, farther out than any of the test images: "
            "the decoder invents what it draws there."
        )
    return report


def _write(
    output: Path,
    recipe: PathRecipe,
    path: LatentPath,
    space: DecoderSpace,
    report: PathReport | None,
    settings: Any,
) -> None:
    from vae_explorer.core.path_export import PathFilm, export_path
    from vae_explorer.core.strips import decoded_frames

    frames = decoded_frames(space.snapshot, path.points)
    film = PathFilm(recipe, path.points[list(path.anchor_rows)], path.points, frames, report)
    with announced("the path", output):
        export_path(output, film, settings)


def _facts(recipe: PathRecipe, path: LatentPath, report: PathReport) -> dict[str, Any]:
    """Every value fits into JSON; lengths in latent units and radians, densities and ELBOs in nats."""
    return {
        "path": recipe.title,
        "model": recipe.model,
        "kind": path.kind,
        "steps": len(path.points),
        "loop": path.loop,
        "anchor_frames": list(path.anchor_rows),
        "digits_passed": list(path.digits),
        **report.summary(),
        "points": path.points.tolist(),
    }
