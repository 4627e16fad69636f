import threading

from pytestqt.qtbot import QtBot

from vae_explorer.workers.jobs import Jobs
from vae_explorer.workers.newest import Cancelled, Newest


def test_of_those_that_wait_only_the_newest_is_done(jobs: Jobs, qtbot: QtBot) -> None:
    newest: Newest[int] = Newest(jobs)
    gate, started, seen, threads = threading.Event(), list[int](), list[int](), set[int]()

    def work(number: int) -> int:
        started.append(number)
        threads.add(threading.get_ident())
        gate.wait(15)
        return number

    for number in range(20):
        newest.want(lambda _cancelled, number=number: work(number), seen.append)  # type: ignore[misc]
    assert newest.busy
    gate.set()
    qtbot.waitUntil(lambda: not newest.busy, timeout=15_000)
    # The first was under way; it is shown, so that something moves.
    assert started == seen == [0, 19]
    assert threading.get_ident() not in threads


def test_in_a_hurry_the_one_under_way_learns_that_it_is_too_late(jobs: Jobs, qtbot: QtBot) -> None:
    newest: Newest[str] = Newest(jobs, hurry=True)
    running, seen = threading.Event(), list[str]()

    def slow(cancelled: Cancelled) -> str | None:
        running.set()
        while not cancelled():
            threading.Event().wait(0.001)
        return None

    newest.want(slow, seen.append)
    assert running.wait(15)
    newest.want(lambda _cancelled: "newer", seen.append)
    qtbot.waitUntil(lambda: not newest.busy, timeout=15_000)
    assert seen == ["newer"]


def test_what_was_dropped_is_not_handed_on(jobs: Jobs, qtbot: QtBot) -> None:
    newest: Newest[int] = Newest(jobs)
    gate, seen = threading.Event(), list[int]()
    newest.want(lambda _cancelled: (gate.wait(15) and 1) or 0, seen.append)
    newest.want(lambda _cancelled: 2, seen.append)
    newest.drop()
    gate.set()
    qtbot.waitUntil(lambda: not newest.busy, timeout=15_000)
    assert seen == []
    newest.want(lambda _cancelled: 3, seen.append)
    qtbot.waitUntil(lambda: seen == [3], timeout=15_000)


def test_what_is_wanted_after_a_drop_comes(jobs: Jobs, qtbot: QtBot) -> None:
    newest: Newest[int] = Newest(jobs)
    gate, seen = threading.Event(), list[int]()
    newest.want(lambda _cancelled: (gate.wait(15) and 1) or 0, seen.append)
    newest.drop()
    newest.want(lambda _cancelled: 2, seen.append)
    gate.set()
    qtbot.waitUntil(lambda: seen == [2], timeout=15_000)
