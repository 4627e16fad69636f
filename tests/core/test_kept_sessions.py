"""Sessions that windows keep: real files, and real processes that are killed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import environment
from tests.samples import random_model
from vae_explorer.core.config import VAEConfig
from vae_explorer.core.errors import UserError
from vae_explorer.core.kept_sessions import KeptSessions
from vae_explorer.core.session_file import SessionContent, load_session

MODEL = random_model(VAEConfig(hidden=(8,)))

_WRITE_AND_WAIT = """
import sys, time
from pathlib import Path
from tests.core.test_kept_sessions import content
from vae_explorer.core.kept_sessions import KeptSessions

kept = KeptSessions(Path(sys.argv[1]))
for name in sys.argv[2:]:
    kept.write(content(name))
print(kept.own, flush=True)
time.sleep(120)
"""


def content(name: str) -> SessionContent:
    return SessionContent(MODEL, {"name": name})


def name_in(path: Path | None) -> str:
    assert path is not None
    return str(load_session(path).values["name"])


def killed(folder: Path, *names: str) -> Path:
    """A process keeps these one after the other, and is killed; where it kept the last."""
    with subprocess.Popen(
        [sys.executable, "-c", _WRITE_AND_WAIT, str(folder), *names],
        stdout=subprocess.PIPE,
        text=True,
        env=environment(),
    ) as process:
        assert process.stdout is not None
        path = Path(process.stdout.readline().strip())
        # A window that starts meanwhile does not take it.
        assert path not in (KeptSessions(folder).find(), None)
        process.send_signal(signal.SIGKILL if os.name == "posix" else signal.SIGTERM)
        process.wait()
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state" / "vae-explorer"


def test_nothing_is_found_where_nothing_was_kept(folder: Path) -> None:
    assert KeptSessions(folder).find() is None
    assert not folder.exists()


def test_what_a_killed_process_kept_is_found_until_it_is_put_aside(folder: Path) -> None:
    path = killed(folder, "first", "second")
    kept = KeptSessions(folder)
    assert kept.find() == path
    assert name_in(path) == "second"
    kept.put_aside(path)
    assert name_in(kept.put_aside_path) == "second"
    assert KeptSessions(folder).find() is None
    # Not a lock, not a folder.
    assert list(folder.iterdir()) == [kept.put_aside_path]


def test_of_several_the_newest_comes_first_and_none_is_lost(folder: Path) -> None:
    orderly = KeptSessions(folder)
    orderly.finish(content("orderly"))
    killed(folder, "killed")
    later = KeptSessions(folder)
    later.write(content("later"))
    later.finish(content("latest"))
    kept, found = KeptSessions(folder), []
    while (path := kept.find()) is not None:
        found.append(name_in(path))
        kept.put_aside(path)
    # A window that ends replaces what was there when it began, as the user has seen it.
    assert found == ["latest", "killed"]


def test_a_session_that_ended_meanwhile_is_not_replaced(folder: Path) -> None:
    one, other = KeptSessions(folder), KeptSessions(folder)
    one.write(content("one"))
    other.write(content("other"))
    one.finish(content("one"))
    other.finish(content("other"))
    kept, found = KeptSessions(folder), []
    while (path := kept.find()) is not None:
        found.append(name_in(path))
        kept.put_aside(path)
    assert found == ["other", "one"]


def test_an_end_with_nothing_to_keep_leaves_what_others_kept(folder: Path) -> None:
    KeptSessions(folder).finish(content("older"))
    kept = KeptSessions(folder)
    kept.write(content("gone again"))
    kept.finish(None)
    assert list(folder.iterdir()) == [kept.last]
    assert name_in(kept.find()) == "older"


def test_what_was_forgotten_is_gone_and_more_can_be_kept(folder: Path) -> None:
    kept = KeptSessions(folder)
    kept.write(content("first"))
    kept.forget()
    assert list(folder.iterdir()) == []
    kept.forget()
    kept.write(content("second"))
    assert name_in(kept.own) == "second"
    kept.finish(content("third"))
    assert name_in(kept.last) == "third"


def test_only_a_few_of_those_left_behind_are_kept(folder: Path) -> None:
    for number in range(12):
        path = folder / f"open-{number}" / "session.vaesession"
        path.parent.mkdir(parents=True)
        path.write_bytes(b"x")
        os.utime(path, (number, number))
    (folder / "open-empty").mkdir()
    found = KeptSessions(folder).find()
    assert found == path
    assert {entry.name for entry in folder.iterdir()} == {f"open-{number}" for number in range(2, 12)}


def test_a_folder_that_cannot_be_written_is_said(folder: Path) -> None:
    folder.parent.mkdir()
    folder.write_text("a file in the way")
    kept = KeptSessions(folder)
    with pytest.raises(UserError, match="Cannot write"):
        kept.write(content("name"))
    with pytest.raises(UserError, match="Cannot write"):
        kept.finish(content("name"))
    kept.finish(None)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_what_was_kept_before_the_disk_was_full_is_found(folder: Path) -> None:
    import resource

    kept = KeptSessions(folder)
    kept.write(content("before"))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(UserError, match="Cannot write"):
            kept.write(content("after"))
        with pytest.raises(UserError, match="Cannot write"):
            kept.finish(content("at the end"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert list(folder.iterdir()) == [kept.last]
    assert name_in(KeptSessions(folder).find()) == "before"
