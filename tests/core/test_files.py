import os
import stat
from pathlib import Path

import pytest

from tests.permissions import without_root_rights
from tests.processes import run_code
from vae_explorer.core.errors import UserError
from vae_explorer.core.files import check_writable, takes_files, write_atomically

posix = pytest.mark.skipif(os.name != "posix", reason="Windows has no such files")


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Alone in its folder, so that a test sees what else appears there."""
    (tmp_path / "folder").mkdir()
    return tmp_path / "folder" / "file"


def test_it_writes_and_replaces(target: Path) -> None:
    write_atomically(target, b"first")
    assert target.read_bytes() == b"first"
    write_atomically(target, b"second")
    assert target.read_bytes() == b"second"
    assert os.listdir(target.parent) == ["file"]  # noqa: PTH208 (the names are what matters)


def test_a_relative_path_is_enough(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(target.parent)
    write_atomically(Path("file"), b"content")
    assert target.read_bytes() == b"content"


@posix
def test_a_new_file_has_the_permissions_that_any_new_file_gets(target: Path) -> None:
    write_atomically(target, b"content")
    (other := target.with_name("other")).touch()
    assert stat.S_IMODE(target.stat().st_mode) == stat.S_IMODE(other.stat().st_mode)


@posix
def test_a_replaced_file_keeps_its_permissions(target: Path) -> None:
    target.touch()
    target.chmod(0o640)
    write_atomically(target, b"content")
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


@posix
def test_a_link_stays_a_link(target: Path) -> None:
    link = target.with_name("link")
    link.symlink_to(target)
    write_atomically(link, b"content")
    assert link.is_symlink()
    assert target.read_bytes() == b"content"


@posix
@pytest.mark.parametrize("name", ["x" * 255, "数" * 85])
def test_the_longest_name_that_the_system_allows_is_allowed(name: str, target: Path) -> None:
    write_atomically(target.with_name(name), b"content")
    assert target.with_name(name).read_bytes() == b"content"


def said_of(path: Path) -> str:
    """Why a file cannot be put there: the same beforehand as afterwards."""
    said = []
    for action in (lambda: write_atomically(path, b"content"), lambda: check_writable(path)):
        with pytest.raises(UserError) as caught:
            action()
        said.append(str(caught.value))
    assert said[0] == said[1]
    assert said[0].startswith(f"Cannot write {path}: ")
    return said[0].removeprefix(f"Cannot write {path}: ")


@pytest.mark.parametrize(
    ("place", "says"),
    [
        ("missing/file", "there is no folder {tmp_path}/missing."),
        ("missing/below/file", "there is no folder {tmp_path}/missing/below."),
        ("plain/file", "{tmp_path}/plain is not a folder."),
        pytest.param("link", "there is no folder {tmp_path}/missing.", marks=posix),
        (".", "it is a folder."),
        ("x" * 300, "File name too long."),
    ],
)
def test_a_place_that_cannot_be_written_is_named(place: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(b"")
    if place == "link":
        (tmp_path / "link").symlink_to(tmp_path / "missing" / "file")
    before = sorted(tmp_path.rglob("*"))
    said = said_of(tmp_path / place)
    assert said == says.format(tmp_path=tmp_path) or os.name != "posix"
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.skipif(
    not Path("/proc/self").exists(), reason="needs a folder that takes no files, whoever asks"
)
def test_a_folder_that_takes_no_files_is_not_called_missing() -> None:
    assert said_of(Path("/proc/x.png")) == "the folder /proc does not take files. Choose another one."
    assert not takes_files(Path("/proc"))


def test_whether_a_folder_takes_files_is_tried_without_a_trace(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(b"")
    before = sorted(tmp_path.rglob("*"))
    assert takes_files(tmp_path)
    assert not takes_files(tmp_path / "missing")
    assert not takes_files(tmp_path / "plain")
    assert sorted(tmp_path.rglob("*")) == before


@posix
def test_a_folder_without_permission_takes_no_files(tmp_path: Path) -> None:
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o555)
    with without_root_rights():
        assert not takes_files(folder)


@posix
def test_a_link_to_itself_is_refused(target: Path) -> None:
    target.symlink_to(target)
    with pytest.raises(UserError, match="Cannot write"):
        write_atomically(target, b"content")


@posix
def test_a_folder_without_permission_is_refused(target: Path) -> None:
    """In a process without privileges: root may write anywhere."""
    target.write_bytes(b"old")
    target.parent.chmod(0o555)
    for parent in target.parents:
        if parent.owner() == Path.home().owner() and parent != Path("/"):
            parent.chmod(parent.stat().st_mode | 0o555)
    code = """
import os, sys
from pathlib import Path
from vae_explorer.core.errors import UserError
from vae_explorer.core.files import check_writable, write_atomically
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
path = Path(sys.argv[1])
for action in (lambda: check_writable(path), lambda: write_atomically(path, b"new")):
    try:
        action()
    except UserError as error:
        print(error)
print(path.read_bytes())
"""
    try:
        lines = run_code(code, target).splitlines()
    finally:
        target.parent.chmod(0o755)
    assert lines == [f"Cannot write {target}: Permission denied."] * 2 + ["b'old'"]


def test_checking_leaves_everything_as_it_was(target: Path) -> None:
    check_writable(target)
    assert not target.exists()
    target.write_bytes(b"old")
    check_writable(target)
    assert target.read_bytes() == b"old"
    assert len(list(target.parent.iterdir())) == 1


@posix
def test_a_pipe_is_written_to_and_not_replaced(target: Path) -> None:
    os.mkfifo(target)
    check_writable(target)
    # Both ends, so that neither waits for the other.
    end = os.open(target, os.O_RDWR | os.O_NONBLOCK)
    write_atomically(target, b"content")
    assert os.read(end, 100) == b"content"
    os.close(end)
    assert stat.S_ISFIFO(target.stat().st_mode)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
def test_a_full_device_is_said() -> None:
    with pytest.raises(UserError, match=r"Cannot write /dev/full: No space left on device\."):
        write_atomically(Path("/dev/full"), b"content")
    assert not Path("/dev/full").is_file()


@posix
def test_a_disk_that_takes_no_more_leaves_the_old_file_whole(target: Path) -> None:
    """The system's limit on the size of a file stops the writing midway, as a full disk does."""
    target.write_bytes(b"old")
    code = """
import resource, sys
from pathlib import Path
from vae_explorer.core.errors import UserError
from vae_explorer.core.files import write_atomically
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
try:
    write_atomically(Path(sys.argv[1]), bytes(100_000))
except UserError as error:
    print(error)
"""
    assert run_code(code, target) == f"Cannot write {target}: File too large."
    assert target.read_bytes() == b"old"
    assert list(target.parent.iterdir()) == [target]


def test_an_interruption_leaves_no_temporary_file(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(descriptor: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(target, b"content")
    assert list(target.parent.iterdir()) == []
