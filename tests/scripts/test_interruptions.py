"""Set-up that is killed, interrupted or run twice at once."""

import os
import signal

from tests.scripts.checkout import Checkout, posix_only


def test_two_first_runs_at_once_both_work(new: Checkout) -> None:
    processes = [new.start("run"), new.start("test")]
    results = [process.communicate() for process in processes]

    assert [process.returncode for process in processes] == [0, 0], results
    assert sum("Waiting for it to end" in err for _, err in results) == 1
    assert sum("Preparing a Python environment" in err for _, err in results) == 1


@posix_only
def test_run_after_a_kill_while_making_the_environment(new: Checkout) -> None:
    check_that_a_kill_is_repaired(new, "pyvenv.cfg")


@posix_only
def test_run_after_a_kill_while_installing(checkout: Checkout) -> None:
    check_that_a_kill_is_repaired(checkout, "tinydep/second.py")


def check_that_a_kill_is_repaired(checkout: Checkout, ending: str) -> None:
    process, pipe = checkout.stop_at(ending)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    os.close(pipe)

    result = checkout.run()

    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("app tinydep 1.0 []")
    assert "making it anew" in result.stderr
    assert not (checkout.root / ".venv.old").exists()


@posix_only
def test_run_waits_for_a_pip_that_outlived_its_killed_owner(checkout: Checkout) -> None:
    process, pipe = checkout.stop_at("tinydep/second.py")
    process.kill()
    process.wait()
    second = checkout.start()
    assert second.stderr is not None
    assert "Waiting for it to end" in second.stderr.readline()

    os.close(pipe)

    out, err = second.communicate()
    assert second.returncode == 0, err
    assert out.startswith("app tinydep 1.0 []")
    assert "making it anew" not in err
    process.communicate()


@posix_only
def test_ctrl_c_stops_the_set_up_and_the_next_run_continues(checkout: Checkout) -> None:
    process, pipe = checkout.stop_at("setup.log")
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate()
    os.close(pipe)

    assert process.returncode == 130
    assert "Stopped. Run the same command again" in err
    assert "VAE Explorer could not" not in err

    again = checkout.run()
    assert again.stdout.startswith("app tinydep 1.0 []")
    assert "making it anew" not in again.stderr, "nothing was changed yet, so nothing is torn"
