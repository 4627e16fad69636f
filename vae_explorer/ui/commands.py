"""The table of what the user can do in the main window: texts, keys, icons, and what happens."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QKeySequence

from vae_explorer.state.map_look import Layer
from vae_explorer.ui import dialogs, glossary
from vae_explorer.ui.actions import ActionSpec
from vae_explorer.ui.layers.texts import layer_texts

if TYPE_CHECKING:
    from vae_explorer.ui.main_window import MainWindow


def _tr(text: str) -> str:
    return QCoreApplication.translate("commands", text)


def window_commands(window: MainWindow) -> list[ActionSpec]:
    """What the user can do in the main window, apart from what is done on the map and in the docks."""
    key = QKeySequence.StandardKey
    files, map_ = window.files, window.map_panel.map
    return [
        ActionSpec(
            "open",
            _tr("&Open…"),
            files.ask_and_open,
            key.Open,
            "folder-open",
            _tr("Open a model or a session"),
        ),
        ActionSpec(
            "open_run",
            _tr("Open a &run folder…"),
            window.run_control.ask_and_open_folder,
            "Ctrl+Shift+O",
        ),
        ActionSpec("save", _tr("&Save model"), files.save, key.Save, "floppy-disk"),
        ActionSpec("save_as", _tr("Save model &as…"), files.save_as, "Ctrl+Shift+S"),
        ActionSpec(
            "save_session",
            _tr("Save s&ession"),
            lambda: window.session_files.save(),
            "Ctrl+Alt+S",
            tooltip=_tr(
                "Save model, cursor, selection, bookmarks, directions, paths, drawing and layout in one file"
            ),
        ),
        ActionSpec("save_session_as", _tr("Save session as…"), lambda: window.session_files.save_as()),
        ActionSpec(
            "export_model",
            _tr("Export &model…"),
            files.export_model,
            tooltip=_tr("Write the model for other programs: as ONNX, or as a PyTorch state_dict"),
        ),
        ActionSpec(
            "export_coordinates", _tr("Export &latent coordinates…"), files.export_coordinates, "Ctrl+E"
        ),
        ActionSpec(
            "export_image",
            _tr("Save decoded &image…"),
            lambda: files.export_image(window.decoder_panel),
            "Ctrl+Shift+E",
            "download-simple",
        ),
        ActionSpec(
            "copy_image",
            _tr("&Copy decoded image"),
            lambda: files.copy_image(window.decoder_panel),
            "Ctrl+Shift+C",
            "copy",
        ),
        ActionSpec("quit", _tr("&Quit"), window.close, "Ctrl+Q"),
        ActionSpec(
            "train",
            _tr("&Train"),
            window.training_panel.request_training,
            "Ctrl+T",
            "play",
            _tr("Train a new model"),
        ),
        ActionSpec("pause", _tr("&Pause training"), window.training.toggle_pause, "Ctrl+P", "pause"),
        ActionSpec("stop", _tr("&Stop training"), window.training.stop, "Ctrl+Shift+T", "stop"),
        ActionSpec("live", _tr("Show the &newest snapshot"), window.timeline.show_newest, "Ctrl+Shift+N"),
        ActionSpec("epoch_before", _tr("Snapshot &before"), lambda: window.timeline.step(-1), "Ctrl+PgUp"),
        ActionSpec("epoch_after", _tr("Snapshot &after"), lambda: window.timeline.step(1), "Ctrl+PgDown"),
        ActionSpec(
            "fit",
            _tr("&Fit the map"),
            map_.fit,
            "Ctrl+0",
            "arrows-out",
            _tr("Show all digits"),
        ),
        ActionSpec(
            "zoom_in",
            _tr("Zoom &in"),
            lambda: map_.zoom(1),
            key.ZoomIn,
            "magnifying-glass-plus",
        ),
        ActionSpec(
            "zoom_out",
            _tr("Zoom &out"),
            lambda: map_.zoom(-1),
            key.ZoomOut,
            "magnifying-glass-minus",
        ),
        ActionSpec(
            "show_cursor",
            _tr("Show the &cursor"),
            map_.show_cursor,
            "C",
            tooltip=_tr("Pan the map until the cursor is in the middle"),
        ),
        *(
            ActionSpec(f"layer_{name}", text.name, partial(_choose_layer, window, name))
            for name, text in layer_texts().items()
        ),
        ActionSpec("layer_next", _tr("Next &background"), lambda: window.exploration.layers.cycle(), "B"),
        ActionSpec(
            "bookmark",
            _tr("&Bookmark this point"),
            lambda: window.exploration.bookmarks.add(),
            "Ctrl+B",
            "bookmark-simple",
        ),
        ActionSpec(
            "back",
            _tr("Cursor &back"),
            lambda: window.exploration.history_control.back(),
            "Alt+Left",
            "arrow-left",
        ),
        ActionSpec(
            "forward",
            _tr("Cursor &forward"),
            lambda: window.exploration.history_control.forward(),
            "Alt+Right",
            "arrow-right",
        ),
        ActionSpec(
            "lasso",
            _tr("&Lasso"),
            map_.set_lasso_mode,
            "L",
            "scribble-loop",
            _tr("Draw a line around digits to pick them"),
            checkable=True,
        ),
        ActionSpec(
            "float_dock",
            _tr("&Detach or attach the dock"),
            window.docks.toggle_floating,
            "Ctrl+Shift+F",
            tooltip=_tr("Make the dock with the keyboard a window of its own, or put it back"),
        ),
        ActionSpec("reset_layout", _tr("&Reset the layout"), window.docks.reset),
        ActionSpec("theme", _tr("Light or dark"), window.toggle_theme, "Ctrl+Shift+D", "circle-half"),
        ActionSpec(
            "first_steps",
            _tr("&First steps"),
            lambda: dialogs.first_steps(window).show(),
            key.HelpContents,
            "question",
        ),
        ActionSpec("glossary", _tr("&Words"), lambda: glossary.show(window), "Shift+F1"),
        ActionSpec(
            "shortcuts", _tr("&Keyboard shortcuts"), lambda: _show_shortcuts(window), "Ctrl+/", "keyboard"
        ),
        ActionSpec("about", _tr("&About VAE Explorer"), lambda: dialogs.show_about(window)),
    ]


def _choose_layer(window: MainWindow, layer: Layer) -> None:
    # Made after the window.
    window.exploration.layers.choose(layer)


def _show_shortcuts(window: MainWindow) -> None:
    dialogs.shortcut_sheet(window, window.actions_.shortcuts()).show()
