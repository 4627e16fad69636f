"""The question for a model's export: in which form, for which program, and where."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from vae_explorer.core.model_export import ONNX_SUFFIX, STATE_DICT_SUFFIX, save_onnx, save_state_dict
from vae_explorer.core.onnx_export import Part
from vae_explorer.core.snapshot import ModelSnapshot
from vae_explorer.core.tutorial_layouts import Layout, fitting_layouts
from vae_explorer.ui.file_dialogs import ask_how_to_save


@dataclass(frozen=True, slots=True)
class ExportWish:
    """What the user asked for.

    Attributes:
        path: the file.
        write: writes it; some seconds where PyTorch has to be loaded. Raises `core.errors.UserError`.
    """

    path: Path
    write: Callable[[], None]


@dataclass(frozen=True, slots=True)
class _Form:
    """A form that a model can be exported in.

    Attributes:
        kind: of file, in the words of Qt's dialogs.
        name: of the file, to begin with.
        write: writes it to a path.
    """

    kind: str
    name: str
    write: Callable[[Path], None]


def ask_for_export(parent: QWidget, snapshot: ModelSnapshot, name: str, start: Path) -> ExportWish | None:
    """Let the user choose a form and a file.

    Args:
        parent: above which the dialog lies.
        snapshot: what is exported; it decides which layouts are offered.
        name: what the model is called.
        start: a file without a suffix, from which names are made.

    Returns:
        None where the user thought better of it.
    """
    forms = {form.kind: form for form in _forms(snapshot, name, start.name)}
    names = {kind: form.name for kind, form in forms.items()}
    answer = ask_how_to_save(parent, _tr("Export the model"), start.parent, names)
    if answer is None:
        return None
    path, kind = answer
    return ExportWish(path, partial(forms[kind].write, path))


def _forms(snapshot: ModelSnapshot, name: str, stem: str) -> list[_Form]:
    parts: tuple[tuple[Part, str], ...] = (
        ("decoder", _tr("ONNX decoder, z to image (*{suffix})")),
        ("encoder", _tr("ONNX encoder, image to μ and log σ² (*{suffix})")),
    )
    return [
        *(_onnx_form(snapshot, name, stem, part, text) for part, text in parts),
        *(_state_dict_form(snapshot, stem, layout) for layout in fitting_layouts(snapshot.config)),
    ]


def _onnx_form(snapshot: ModelSnapshot, name: str, stem: str, part: Part, text: str) -> _Form:
    return _Form(
        text.format(suffix=ONNX_SUFFIX),
        f"{stem}-{part}{ONNX_SUFFIX}",
        lambda path: save_onnx(snapshot, part, path, name),
    )


def _state_dict_form(snapshot: ModelSnapshot, stem: str, layout: Layout) -> _Form:
    text = _tr("PyTorch state_dict with {layers} (*{suffix})")
    return _Form(
        text.format(layers=layout.layers, suffix=STATE_DICT_SUFFIX),
        f"{stem}{STATE_DICT_SUFFIX}",
        lambda path: save_state_dict(snapshot, layout, path),
    )


def _tr(text: str) -> str:
    return QCoreApplication.translate("model_export", text)
