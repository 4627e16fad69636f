"""Python that has read PyTorch and forks for each task: reading it takes longer than most of what tests train.

The main function of such a process; `tests.processes.run_prepared` gives it tasks.
"""

import gc
import json
import os
import sys
import warnings
from typing import Any


def main() -> None:
    """Carries out tasks, a line of JSON each, and answers with their exit codes."""
    _prepare()
    for line in iter(sys.stdin.readline, ""):
        task = json.loads(line)
        child = os.fork()
        if not child:
            _become(task)
            exec(compile(task["code"], "<task>", "exec"), {"__name__": "__main__"})
            return
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _prepare() -> None:
    # Threads of linear algebra libraries, which know of forks.
    warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
    from vae_explorer.core.threads import limit_spinning

    # As the application does; it counts when PyTorch is read, and no more afterwards.
    limit_spinning(beside_a_window=False)
    import vae_explorer.cli.training  # noqa: F401

    # A child need not look through all of that again when it ends.
    gc.freeze()


def _become(task: dict[str, Any]) -> None:
    """Everything that a process of its own would have begun with."""
    os.chdir(task["cwd"])
    os.environ.clear()
    os.environ.update(task["environment"])
    sys.argv = ["-c", *task["arguments"]]
    for number, path in enumerate((os.devnull, task["out"], task["err"])):
        file = os.open(path, os.O_RDWR | os.O_CREAT)
        os.dup2(file, number)
        os.close(file)
    if task["strict"]:
        warnings.simplefilter("error")


if __name__ == "__main__":
    main()
