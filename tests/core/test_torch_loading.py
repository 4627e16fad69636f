import os
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.processes import run_code
from vae_explorer.core.torch_loading import is_on_disk, largest_library

BYTES = 16 << 20


@pytest.fixture
def cold_file(tmp_path: Path) -> Path:
    """A file of which nothing is in memory."""
    if not hasattr(os, "posix_fadvise"):
        pytest.skip("this system cannot be told to forget a file")
    import resource

    file = tmp_path / "library.so"
    with file.open("w+b", buffering=0) as opened:
        opened.write(os.urandom(BYTES))
        os.fsync(opened.fileno())
        os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_inblock
        os.pread(opened.fileno(), 1, BYTES // 2)
        if resource.getrusage(resource.RUSAGE_SELF).ru_inblock == before:
            pytest.skip("this file system is in memory itself")
        os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    return file


def test_a_file_is_on_disk_until_it_was_read(cold_file: Path) -> None:
    assert is_on_disk(cold_file)
    cold_file.read_bytes()
    # Another program may take the core in the middle of one look, but not of each.
    assert not all(is_on_disk(cold_file) for _ in range(10))


def test_a_file_that_cannot_be_read_is_not_waited_for(tmp_path: Path) -> None:
    assert not is_on_disk(tmp_path / "none")
    (tmp_path / "empty").touch()
    assert not all(is_on_disk(tmp_path / "empty") for _ in range(10))


def test_the_largest_library_of_a_package_is_found_without_importing_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = tmp_path / "heavy_package" / "lib"
    inner.mkdir(parents=True)
    (tmp_path / "heavy_package" / "__init__.py").write_text("raise RuntimeError('imported')")
    monkeypatch.syspath_prepend(tmp_path)
    assert largest_library("heavy_package") is None
    for name, size in (("small.so", 1), ("large.dll", 1000), ("text.txt", 5000)):
        (inner / name).write_bytes(bytes(size))
    assert largest_library("heavy_package") == inner / "large.dll"
    assert "heavy_package" not in sys.modules
    assert largest_library("package_that_nobody_has") is None


def test_the_library_of_pytorch_is_found() -> None:
    library = largest_library("torch")
    assert library is not None
    assert library.stat().st_size > 10 << 20


#: In a process without PyTorch; a package of this name stands in for one that takes long to load, and its library is
#: on the disk as far as anybody can tell.
WAIT = """
import sys, threading, time
from pathlib import Path
from vae_explorer.core import torch_loading as loading
folder = Path(sys.argv[1])
sys.path.insert(0, str(folder))
loading._SLOW = 0.0
seen = []
def work():
    try:
        loading.bring_torch_into_memory()
        seen.append("loaded")
    except loading.LoadingAbandonedError:
        seen.append("abandoned")
    seen.append((folder / "ready").exists())
thread = threading.Thread(target=work)
thread.start()
"""


@pytest.fixture
def heavy(tmp_path: Path) -> Path:
    """A folder with a package named as PyTorch, which leaves marks beside it while it is imported."""
    package = tmp_path / "torch"
    package.mkdir()
    (package / "heavy.so").write_bytes(bytes(1000))
    return tmp_path


def loads(folder: Path, code: str) -> None:
    start = f"import os, pathlib, time\nfolder = pathlib.Path({str(folder)!r})\n"
    mark = "(folder / 'pid').write_text(str(os.getpid()))\n"
    (folder / "torch" / "__init__.py").write_text(start + mark + code)


def path_to(folder: Path) -> str:
    from tests.processes import ROOT

    return os.pathsep.join((str(folder), str(ROOT)))


def test_another_process_loads_it_while_this_one_waits(heavy: Path) -> None:
    loads(heavy, "time.sleep(0.3)\n(folder / 'ready').touch()\n")
    code = WAIT + "thread.join()\nprint(seen, 'torch' in sys.modules)"
    assert run_code(code, heavy, PYTHONPATH=path_to(heavy)) == "['loaded', True] False"
    assert int((heavy / "pid").read_text()) != os.getpid()


def test_a_process_that_fails_does_not_matter(heavy: Path) -> None:
    loads(heavy, "raise RuntimeError('broken')\n")
    code = WAIT + "thread.join()\nprint(seen)"
    assert run_code(code, heavy, PYTHONPATH=path_to(heavy)) == "['loaded', False]"
    assert (heavy / "pid").exists()


def test_closing_ends_the_process(heavy: Path) -> None:
    loads(heavy, "(folder / 'begun').touch()\ntime.sleep(100)\n")
    code = WAIT + (
        "while not (folder / 'begun').exists(): time.sleep(0.01)\n"
        "loading.abandon_loading()\nthread.join()\nprint(seen)"
    )
    began = time.monotonic()
    assert run_code(code, heavy, PYTHONPATH=path_to(heavy)) == "['abandoned', False]"
    assert time.monotonic() - began < 60
    if sys.platform != "win32":
        with pytest.raises(ProcessLookupError):
            os.kill(int((heavy / "pid").read_text()), 0)


@pytest.mark.parametrize(
    "odd",
    ["sys.frozen = True", "sys.executable = ''", "sys.executable = '/none/python'", "sys.executable = None"],
)
def test_an_odd_installation_goes_on_by_itself(heavy: Path, odd: str) -> None:
    loads(heavy, "")
    code = f"import sys\n{odd}\n{WAIT}thread.join()\nprint(seen)"
    assert run_code(code, heavy, PYTHONPATH=path_to(heavy)) == "['loaded', False]"
    assert not (heavy / "pid").exists()


def test_the_main_thread_keeps_nobody_waiting_and_starts_no_process(heavy: Path) -> None:
    loads(heavy, "")
    code = WAIT.partition("seen =")[0] + "loading.bring_torch_into_memory()\nprint(threading.active_count())"
    assert run_code(code, heavy, PYTHONPATH=path_to(heavy)) == "1"
    assert not (heavy / "pid").exists()


def test_what_is_imported_already_needs_nothing() -> None:
    code = (
        "import sys, threading\nsys.modules['torch'] = sys\nsys.executable = None\n"
        "from vae_explorer.core.torch_loading import bring_torch_into_memory\n"
        "thread = threading.Thread(target=bring_torch_into_memory)\nthread.start()\nthread.join()\nprint('done')"
    )
    assert run_code(code) == "done"
    assert threading.active_count() >= 1
