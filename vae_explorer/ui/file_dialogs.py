"""The questions for a file or a folder, all asked in one way.

Where the system has a dialog of its own, it is that one; otherwise Qt's, in which a path can be typed at any place.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QApplication, QFileDialog, QLineEdit, QListView, QWidget

from vae_explorer.core.files import takes_files


def ask_where_to_save(parent: QWidget, title: str, start: Path, kinds: str) -> Path | None:
    """Let the user say where to save.

    Args:
        parent: above which the dialog lies.
        title: of the dialog.
        start: the folder that it shows and the name that it proposes; its suffix is added to a name without one. In
            place of a folder that takes no files, the user's own is shown: nobody wants to save there once more, and
            as root Qt's dialog hangs in `/proc`, where it reads files without an end to tell their kinds.
        kinds: of files, as Qt's dialogs have it: ``Images (*.png)``, several with ``;;`` between them.

    Returns:
        None where the user thought better of it.
    """
    if not takes_files(start.parent):
        start = Path.home() / start.name
    dialog = QFileDialog(parent, title, str(start), kinds)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    # Qt itself adds the suffix, so that it asks before a file that has it already is replaced.
    dialog.setDefaultSuffix(start.suffix)
    return _answer(dialog)


def ask_how_to_save(
    parent: QWidget, title: str, folder: Path, names: Mapping[str, str]
) -> tuple[Path, str] | None:
    """Let the user say where to save, and as what.

    Args:
        parent: above which the dialog lies.
        title: of the dialog.
        folder: which one it shows, as in `ask_where_to_save`.
        names: the name to propose for each kind of file, kinds in the words of Qt's dialogs, ``Images (*.png)``. A name
            that the user has not touched changes with the kind.

    Returns:
        The file and its kind; None where the user thought better of it.
    """
    name = next(iter(names.values()))
    start = (folder if takes_files(folder) else Path.home()) / name
    dialog = QFileDialog(parent, title, str(start), ";;".join(names))
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(start.suffix)

    def on_kind_chosen(kind: str) -> None:
        nonlocal name
        # Qt has changed the suffix already.
        untouched = [Path(file).stem for file in dialog.selectedFiles()] == [Path(name).stem]
        name = names[kind]
        dialog.setDefaultSuffix(Path(name).suffix)
        if untouched:
            dialog.selectFile(name)

    dialog.filterSelected.connect(on_kind_chosen)
    path = _answer(dialog)
    return None if path is None else (path, dialog.selectedNameFilter())


def ask_for_file(parent: QWidget, title: str, folder: Path | str, kinds: str) -> Path | None:
    """Let the user choose a file that there is; arguments as for `ask_where_to_save`."""
    dialog = QFileDialog(parent, title, str(folder), kinds)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    return _answer(dialog)


def ask_for_folder(parent: QWidget, title: str, folder: Path | str) -> Path | None:
    """Let the user choose a folder; arguments as for `ask_where_to_save`."""
    dialog = QFileDialog(parent, title, str(folder))
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    return _answer(dialog)


def _answer(dialog: QFileDialog) -> Path | None:
    """What the user chose; the dialog is gone afterwards."""
    _TypedPaths(dialog)
    accepted = dialog.exec() == QFileDialog.DialogCode.Accepted
    chosen = dialog.selectedFiles()
    dialog.deleteLater()
    return Path(chosen[0]) if accepted and chosen else None


class _TypedPaths(QObject):
    """Lets a path be typed in a file dialog, wherever the keyboard is in it.

    Two faults of Qt's own dialog are in the way. A path that is typed while a file of the list is selected is lost, and
    Enter opens that file; the dialogs of other toolkits put it into the field for the name, and so does this. And while
    a path is typed, Qt selects each folder that the path names so far, even one that is not in the list: where it fails
    to take that back, Enter goes into the folder and empties the field, instead of opening the file.

    Args:
        dialog: which; its owner. One of the system has no list of Qt's and is left as it is.
    """

    def __init__(self, dialog: QFileDialog) -> None:
        super().__init__(dialog)
        self._name = dialog.findChild(QLineEdit, "fileNameEdit")
        self._list = dialog.findChild(QListView, "listView")
        for view in dialog.findChildren(QAbstractItemView):
            view.installEventFilter(self)
        if self._name is not None:
            # Qt's own slot comes first.
            self._name.textChanged.connect(self._on_typed)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        begins = isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress
        if begins and self._name is not None and event.text() in ("/", "~"):  # type: ignore[attr-defined]
            self._name.setFocus()
            self._name.selectAll()
            return bool(QApplication.sendEvent(self._name, event))
        return super().eventFilter(watched, event)

    def _on_typed(self, text: str) -> None:
        """What is selected counts for more than what is typed; of a path nothing is in the list."""
        is_path = "/" in text or os.sep in text or text.startswith("~")
        if is_path and self._name is not None and self._name.hasFocus() and self._list is not None:
            self._list.selectionModel().clearSelection()
