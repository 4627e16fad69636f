"""What a session file says beside the weights: where the model came from, and all that was set, picked and named.

Everything is taken and given as one value, so that a file is checked as a whole before anything on the screen changes,
and so that what was there before can be put back.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Self, get_args

import numpy as np

from vae_explorer.core.checks import require_choice, require_integer, require_number
from vae_explorer.core.data import CLASS_COUNT
from vae_explorer.core.errors import ConfigError
from vae_explorer.core.planes import PRINCIPAL, AxesPlane, DigitsPlane, Plane
from vae_explorer.state.bookmarks import Bookmark
from vae_explorer.state.cursor_history import MOST_PLACES
from vae_explorer.state.drawing import SIDE
from vae_explorer.state.journey import Plan
from vae_explorer.state.looks import Looks
from vae_explorer.state.map_look import LARGEST_POINT, SMALLEST_POINT, ColorBy, Layer, MapLook
from vae_explorer.state.saved_edits import SavedEdits, plan_from, plan_values
from vae_explorer.state.selection import FARTHEST, Selection
from vae_explorer.state.session import OpenModel, Origin, Session
from vae_explorer.state.training_form import TrainingForm

_Coordinates = tuple[float, ...]
_MOST_IMAGES = 2**31
_MOST_EPOCHS = 1e9
_NO_EDITS, _NO_PLAN = SavedEdits(), Plan()


@dataclass(frozen=True, slots=True)
class SavedModel:
    """Where the model came from; texts are empty where there is nothing to say.

    Attributes:
        name: what it was called on the screen.
        origin: as `OpenModel` has it.
        path: its file.
        run: id of its run.
        folder: where that run is on disk.
        epoch: how far it was in its run.
    """

    name: str
    origin: Origin
    path: str = ""
    run: str = ""
    folder: str = ""
    epoch: float = 0.0

    @classmethod
    def of(cls, model: OpenModel, folder: str) -> Self:
        """What to say of `model`, whose run, if it has one, is in `folder`."""
        return cls(model.name, model.origin, str(model.path or ""), model.run or "", folder, model.epoch)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """From the values of its attributes.

        Raises:
            ConfigError: a value is not what it should be.
        """
        require_choice("origin of the model", values["origin"], get_args(Origin))
        require_number("epoch of the model", values["epoch"], 0, _MOST_EPOCHS)
        texts = {name: str(values[name]) for name in ("name", "path", "run", "folder")}
        return cls(origin=values["origin"], epoch=float(values["epoch"]), **texts)


@dataclass(frozen=True, slots=True)
class SavedLook:
    """How the map is drawn; the attributes are those of `MapLook`."""

    layer: Layer = "none"
    layer_opacity: float = 1.0
    color_by: ColorBy = "label"
    point_size: float = SMALLEST_POINT
    point_opacity: float = 1.0

    @classmethod
    def of(cls, look: MapLook) -> Self:
        """What is set in `look`."""
        return cls(look.layer, look.layer_opacity, look.color_by, look.point_size, look.point_opacity)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """From the values of its attributes.

        Raises:
            ConfigError: a value is not what it should be.
        """
        require_choice("background", values["layer"], get_args(Layer))
        require_choice("colour of the points", values["color_by"], get_args(ColorBy))
        require_number("size of the points", values["point_size"], SMALLEST_POINT, LARGEST_POINT)
        for name in ("layer_opacity", "point_opacity"):
            require_number("opacity", values[name], 0, 1)
        return cls(**{name: values[name] for name in cls.__slots__})


@dataclass(frozen=True, slots=True)
class SavedSession:
    """Everything of a session but the weights.

    Attributes:
        model: where the model came from.
        cursor: its coordinates, one for each latent dimension.
        classes: the digits that are shown, ascending.
        plane: the plane of the map.
        look: how the map is drawn.
        picked: indices of the picked digits, ascending.
        focus: the one that is looked at closely.
        bookmarks: named points, in their order.
        places: where the cursor rested, oldest first, all of the latent size of the model.
        drawing: the gray levels of the drawing pad, row after row; empty where nothing is drawn.
        as_mnist: whether the drawing is centred and scaled.
        view: left, bottom, right and top of the map where the user panned or zoomed; None where all digits are shown.
        edits: directions, how far each is gone along, and what they move.
        plan: what paths are asked for.
        free_view: the same where all digits are shown: a training leaves more room around them than an opened model
            has. None in files from before it was kept.
        layout: where docks and toolbar are, base64 of Qt's own format.
        form: the fields of the training dock; None in files from before they were kept.
    """

    model: SavedModel
    cursor: _Coordinates
    classes: tuple[int, ...] = tuple(range(CLASS_COUNT))
    plane: Plane = PRINCIPAL
    look: SavedLook = SavedLook()
    picked: tuple[int, ...] = ()
    focus: int | None = None
    bookmarks: tuple[Bookmark, ...] = ()
    places: tuple[_Coordinates, ...] = ()
    drawing: bytes = b""
    as_mnist: bool = True
    view: tuple[float, float, float, float] | None = None
    layout: str = ""
    form: TrainingForm | None = None
    free_view: tuple[float, float, float, float] | None = None
    edits: SavedEdits = _NO_EDITS
    plan: Plan = _NO_PLAN

    @property
    def has_work(self) -> bool:
        """Whether there is anything in it that the user made or set, and that a start without it would not show."""
        fresh = replace(self, **_FRESH, cursor=(0.0,) * len(self.cursor))
        return fresh != self

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "model": asdict(self.model),
            "cursor": list(self.cursor),
            "classes": list(self.classes),
            "plane": _plane_values(self.plane),
            "look": asdict(self.look),
            "picked": list(self.picked),
            "focus": self.focus,
            "bookmarks": [bookmark.to_dict() for bookmark in self.bookmarks],
            "places": [list(place) for place in self.places],
            "drawing": base64.b64encode(self.drawing).decode(),
            "as_mnist": self.as_mnist,
            "view": list(self.view) if self.view else None,
            "free_view": list(self.free_view) if self.free_view else None,
            "layout": self.layout,
            "form": asdict(self.form) if self.form else None,
            "edits": self.edits.to_dict(),
            "journey": plan_values(self.plan),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], latent: int) -> Self:
        """Inverse of `to_dict`, for a model of so many latent dimensions.

        Raises:
            ConfigError: a value is missing or not what it should be.
        """
        try:
            saved = cls._parsed(values)
        except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
            raise ConfigError("The session is damaged: {reason}.", reason=repr(error)) from error
        if any(len(point) != latent for point in (saved.cursor, *saved.places)):
            raise ConfigError(
                "The session is damaged: its cursor is not one of {latent} dimensions.", latent=latent
            )
        if saved.focus is not None and saved.focus not in saved.picked:
            raise ConfigError("The session is damaged: digit {index} was not picked.", index=saved.focus)
        saved.edits.entries(latent)  # what could not be shown is found out now
        return saved

    @classmethod
    def _parsed(cls, values: Mapping[str, Any]) -> Self:
        view, focus, form = values["view"], values["focus"], values.get("form")
        free_view, edits, journey = (values.get(name) for name in ("free_view", "edits", "journey"))
        return cls(
            model=SavedModel.from_dict(values["model"]),
            cursor=_numbers(values["cursor"]),
            classes=_integers(values["classes"], CLASS_COUNT),
            plane=_parsed_plane(values["plane"]),
            look=SavedLook.from_dict(values["look"]),
            picked=_integers(values["picked"], _MOST_IMAGES),
            focus=None if focus is None else int(focus),
            bookmarks=tuple(Bookmark.from_dict(entry) for entry in values["bookmarks"]),
            places=tuple(_numbers(place) for place in values["places"][-MOST_PLACES:]),
            drawing=_pixels(values["drawing"]),
            as_mnist=bool(values["as_mnist"]),
            view=None if view is None else _corners(view),
            free_view=None if free_view is None else _corners(free_view),
            layout=str(values["layout"]),
            form=None if form is None else TrainingForm.from_dict(form),
            # Files from before there were any have neither.
            edits=_NO_EDITS if edits is None else SavedEdits.from_dict(edits),
            plan=_NO_PLAN if journey is None else plan_from(journey),
        )

    def give(self, session: Session, selection: Selection, looks: Looks) -> None:
        """Set everything that is not the model, the view, the layout and the form; the model is open already."""
        session.plane_choice.choose(self.plane)
        selection.show_classes(frozenset(self.classes))
        selection.move_to(np.array(self.cursor))
        looks.look.set_layer_opacity(self.look.layer_opacity)
        looks.look.set_layer(self.look.layer)
        looks.look.set_color_by(self.look.color_by)
        looks.look.set_points(self.look.point_size, self.look.point_opacity)
        looks.picks.pick(self.picked, self.focus)
        looks.bookmarks.restore(self.bookmarks)
        looks.history.restore([np.array(place) for place in self.places])
        pixels = np.frombuffer(self.drawing or bytes(SIDE * SIDE), np.uint8)
        looks.drawing.set_pixels(pixels.reshape(SIDE, SIDE))
        looks.drawing.set_as_mnist(self.as_mnist)
        looks.edits.restore(self.edits.entries(len(self.cursor)))
        looks.edits.set_base(self.edits.base)
        if self.edits.current:
            looks.edits.choose(self.edits.current)
        looks.journey.set(self.plan)


#: What a window shows that was just opened. The view is of the hand's last movement; layout and form are kept anyway.
_FRESH: dict[str, Any] = {
    "classes": tuple(range(CLASS_COUNT)),
    "plane": PRINCIPAL,
    "look": SavedLook.of(MapLook()),
    "picked": (),
    "focus": None,
    "bookmarks": (),
    "drawing": b"",
    "edits": _NO_EDITS,
    "plan": _NO_PLAN,
}


def taken(
    model: SavedModel,
    session: Session,
    selection: Selection,
    looks: Looks,
    view: tuple[float, float, float, float] | None = None,
    layout: str = "",
    form: TrainingForm | None = None,
    free_view: tuple[float, float, float, float] | None = None,
) -> SavedSession:
    """What there is to save at this moment; what is not said by the others is that of `SavedSession`.

    A view of places where no cursor can be is not kept.
    """
    look, drawing = looks.look, looks.drawing
    view, free_view = (
        None if seen is None or max(map(abs, seen)) > FARTHEST else seen for seen in (view, free_view)
    )
    return SavedSession(
        model=model,
        cursor=tuple(selection.z.tolist()),
        classes=tuple(sorted(selection.classes)),
        plane=session.plane_choice.plane,
        look=SavedLook.of(look),
        picked=tuple(looks.picks.indices.tolist()),
        focus=looks.picks.focus,
        bookmarks=looks.bookmarks.entries,
        places=tuple(tuple(place.tolist()) for place in looks.history.places),
        drawing=b"" if drawing.empty else drawing.pixels.tobytes(),
        as_mnist=drawing.as_mnist,
        view=view,
        layout=layout,
        form=form,
        free_view=free_view,
        edits=SavedEdits.of(looks.edits.entries, looks.edits.base, looks.edits.current),
        plan=looks.journey.plan,
    )


def _numbers(values: Any) -> _Coordinates:
    numbers = tuple(float(value) for value in values)
    if not all(math.isfinite(number) and abs(number) <= FARTHEST for number in numbers):
        raise ConfigError("The session is damaged: a coordinate is no number or far too large.")
    return numbers


def _integers(values: Any, below: int) -> tuple[int, ...]:
    for value in values:
        require_integer("index of a digit", value, 0, below - 1)
    return tuple(sorted(set(values)))


def _corners(values: Any) -> tuple[float, float, float, float]:
    left, bottom, right, top = _numbers(values)
    if not (left < right and bottom < top):
        raise ConfigError("The session is damaged: its view of the map is empty.")
    return left, bottom, right, top


def _pixels(text: Any) -> bytes:
    pixels = base64.b64decode(text, validate=True)
    if len(pixels) not in (0, SIDE * SIDE):
        raise ConfigError("The session is damaged: its drawing has {count} pixels.", count=len(pixels))
    return pixels


def _plane_values(plane: Plane) -> list[int]:
    """Nothing for the principal plane, two axes, or three digits."""
    match plane:
        case AxesPlane(i, j):
            return [i, j]
        case DigitsPlane(a, b, c):
            return [a, b, c]
    return []


def _parsed_plane(values: Any) -> Plane:
    for value in values:
        require_integer("axis or digit of the plane", value, 0, _MOST_IMAGES)
    match list(values):
        case []:
            return PRINCIPAL
        case [i, j]:
            return AxesPlane(i, j)
        case [a, b, c]:
            return DigitsPlane(a, b, c)
    raise ConfigError("The session is damaged: it has no such plane as {plane}.", plane=values)
