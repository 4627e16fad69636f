import threading

from pytestqt.qtbot import QtBot

from vae_explorer.core.errors import DataError, UserError
from vae_explorer.workers.jobs import Jobs


def never(result: object) -> None:
    raise AssertionError(f"called with {result}")


def test_the_work_runs_elsewhere_and_its_result_comes_back_here(jobs: Jobs, qtbot: QtBot) -> None:
    here, seen = threading.get_ident(), list[tuple[int, int]]()
    jobs.start(threading.get_ident, lambda there: seen.append((there, threading.get_ident())), never)
    qtbot.waitUntil(lambda: bool(seen))
    [(there, back)] = seen
    assert there != here
    assert back == here


def test_an_error_of_the_user_goes_to_the_job(jobs: Jobs, qtbot: QtBot) -> None:
    error, seen = DataError("no {what}", what="file"), list[UserError]()

    def work() -> None:
        raise error

    jobs.start(work, never, seen.append)
    qtbot.waitUntil(lambda: bool(seen))
    assert seen == [error]


def test_any_other_error_is_raised_on_this_thread(jobs: Jobs, qtbot: QtBot) -> None:
    def work() -> None:
        raise ZeroDivisionError("ours")

    with qtbot.captureExceptions() as caught:
        jobs.start(work, never, never)
        qtbot.waitUntil(lambda: bool(caught))
    assert caught[0][0] is ZeroDivisionError


def test_several_jobs_run_and_each_gets_its_own_result(jobs: Jobs, qtbot: QtBot) -> None:
    seen: list[tuple[int, int]] = []
    for k in range(20):
        jobs.start(lambda k=k: k * k, lambda square, k=k: seen.append((k, square)), never)  # type: ignore[misc]
    qtbot.waitUntil(lambda: len(seen) == 20)
    assert sorted(seen) == [(k, k * k) for k in range(20)]


def test_stop_waits_for_what_runs_and_forgets_it(qtbot: QtBot) -> None:
    jobs, began, go, ended = Jobs(), threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        began.set()
        go.wait(10)
        ended.set()

    jobs.start(work, never, never)
    assert began.wait(10)
    go.set()
    jobs.stop()
    assert ended.is_set()
    qtbot.waitUntil(lambda: not jobs._waiting)
