"""What the set-up scripts install, and when they need not."""

import os

from tests.scripts.checkout import Checkout, posix_only


def test_first_run_sets_up_and_starts_the_application(new: Checkout) -> None:
    result = new.run("run", "picture.png", "7")

    assert result.returncode == 7
    assert result.stdout.startswith(f"app tinydep 1.0 ['picture.png', '7'] {new.elsewhere} ")
    assert len(result.stdout.splitlines()) == 1, "standard output belongs to the application"
    for words in (
        "Preparing a Python environment",
        "downloads large packages",
        "Installing VAE Explorer itself",
        "Ready",
    ):
        assert words in result.stderr


def test_second_run_is_silent_and_needs_neither_pip_nor_packages(ready: Checkout) -> None:
    ready.remove_pip()

    result = ready.run(PIP_FIND_LINKS=os.devnull)

    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("app tinydep 1.0 []")


@posix_only
def test_the_application_takes_the_place_of_the_script_so_that_signals_reach_it(ready: Checkout) -> None:
    process = ready.start()
    out, _ = process.communicate()
    assert int(out.split()[-1]) == process.pid


def test_set_up_only_starts_nothing(ready: Checkout) -> None:
    result = ready.run("run", "--set-up-only")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_changed_lock_is_installed(ready: Checkout) -> None:
    ready.lock("2.0")
    assert ready.run().stdout.startswith("app tinydep 2.0 []")
    assert ready.run().stderr == ""


def test_changed_project_file_is_installed_without_a_network(ready: Checkout) -> None:
    with (ready.root / "pyproject.toml").open("a") as file:
        file.write("# changed\n")

    result = ready.run(PIP_FIND_LINKS=os.devnull)

    assert result.returncode == 0
    assert "Installing VAE Explorer itself" in result.stderr
    assert ready.run().stderr == ""


def test_moved_checkout_runs_its_own_code(ready: Checkout) -> None:
    ready.root = ready.root.rename(ready.root.with_name("moved"))
    (ready.root / "vae_explorer" / "__main__.py").write_text("print('from the new place')")

    assert ready.run().stdout == "from the new place\n"


def test_run_and_test_share_an_environment_and_leave_each_other_alone(ready: Checkout) -> None:
    first = ready.run("test", "-k", "name")
    assert first.stdout == f"tests ['-k', 'name'] {ready.root}\n"
    assert "packages of requirements.lock" not in first.stderr, "what run had installed was installed again"

    ready.remove_pip()
    assert ready.run("run").stderr == ""
    assert ready.run("test").stderr == ""


def test_all_tests_run_several_at_a_time_and_chosen_ones_as_pytest_is_told(ready: Checkout) -> None:
    assert ready.run("test").stdout == f"tests ['-n', 'auto', '--maxprocesses', '4'] {ready.root}\n"
    assert ready.run("test", "-x").stdout == f"tests ['-x'] {ready.root}\n"


def test_going_back_to_an_earlier_lock_installs_it_for_the_tests_too(ready: Checkout) -> None:
    assert ready.run("test").returncode == 0
    ready.lock("2.0")
    assert ready.run("run").returncode == 0

    ready.lock("1.0")
    assert ready.run("test").returncode == 0
    assert (ready.site_packages / "tinydep-1.0.dist-info").exists()


def test_test_installs_what_run_needs_too(checkout: Checkout) -> None:
    assert checkout.run("test").returncode == 0
    checkout.remove_pip()
    result = checkout.run("run")
    assert (result.returncode, result.stderr) == (0, "")


def test_new_test_tools_do_not_bother_run(ready: Checkout) -> None:
    with (ready.root / "requirements-test.lock").open("a") as file:
        file.write("# changed\n")
    ready.remove_pip()
    assert ready.run("run").stderr == ""
