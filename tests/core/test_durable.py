import os
from pathlib import Path

import pytest

from vae_explorer.core.durable import sync_folder, write_durably
from vae_explorer.core.errors import UserError


def test_it_writes_and_replaces(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    path = tmp_path / "folder" / "file"
    write_durably(path, b"first")
    write_durably(path, b"second")
    assert path.read_bytes() == b"second"
    assert list(path.parent.iterdir()) == [path]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"Cannot write .*missing"):
        write_durably(tmp_path / "missing" / "file", b"content")


@pytest.mark.skipif(os.name != "posix", reason="Windows keeps a journal of the names")
def test_content_and_name_are_made_safe_in_this_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Content, then the new name: the other way round, a power cut leaves an empty file under the good name."""
    path = tmp_path / "file"
    seen: list[tuple[bool, bool]] = []
    fsync = os.fsync

    def watched(descriptor: int) -> None:
        is_folder = os.fstat(descriptor).st_ino == tmp_path.stat().st_ino
        seen.append((is_folder, path.exists()))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", watched)
    write_durably(path, b"content")
    assert seen == [(False, False), (True, True)]


def test_a_folder_that_is_gone_is_no_error(tmp_path: Path) -> None:
    sync_folder(tmp_path / "missing")
