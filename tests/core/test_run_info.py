import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.runs import info
from tests.core.test_config import configs
from tests.core.test_training_config import settings
from vae_explorer.core.errors import ConfigError
from vae_explorer.core.run_info import NewerRunError, RunInfo, RunStatus

INFO = info(Path("run"))

infos = st.builds(
    RunInfo,
    id=st.text(),
    name=st.text(),
    created=st.datetimes(datetime(1990, 1, 1), timezones=st.timezones()),  # noqa: DTZ001
    config=configs,
    settings=settings,
    data_set=st.text(),
    status=st.sampled_from(get_args(RunStatus)),
    device=st.text(),
    parent=st.text(),
    problem=st.text(),
)


@given(infos)
def test_it_survives_json(described: RunInfo) -> None:
    # A time that a clock shows twice equals none of another zone, as Python has it.
    same = replace(described, created=described.created.astimezone(UTC))
    assert RunInfo.from_dict(json.loads(json.dumps(described.to_dict()))) == same


def test_a_time_without_a_zone_is_universal() -> None:
    values = INFO.to_dict() | {"created": "2026-11-21T10:15:00"}
    assert RunInfo.from_dict(values).created == datetime(2026, 11, 21, 10, 15, tzinfo=UTC)


def test_texts_may_be_missing_and_unknown_keys_are_ignored() -> None:
    values = INFO.to_dict() | {"colour": "red"}
    for name in ("data_set", "device", "parent", "problem"):
        del values[name]
    assert RunInfo.from_dict(values) == replace(INFO, data_set="")


@pytest.mark.parametrize(
    "changes",
    [
        {"format": "one"},
        {"format": None},
        {"id": None, "created": None},
        {"created": "yesterday"},
        {"created": 3},
        {"status": "asleep"},
        {"status": ["running"]},
        {"config": None},
        {"config": {}},
        {"settings": {"epochs": 0}},
        {"settings": []},
    ],
)
def test_what_is_damaged_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        RunInfo.from_dict(INFO.to_dict() | changes)


@pytest.mark.parametrize("name", ["format", "id", "name", "created", "config", "settings", "status"])
def test_what_lacks_something_is_refused(name: str) -> None:
    values = INFO.to_dict()
    del values[name]
    with pytest.raises(ConfigError, match="damaged"):
        RunInfo.from_dict(values)


@pytest.mark.parametrize("values", [None, [], "text", 3])
def test_what_is_no_table_is_refused(values: object) -> None:
    with pytest.raises(ConfigError, match="damaged"):
        RunInfo.from_dict(values)  # type: ignore[arg-type]


def test_a_newer_version_is_told_apart_from_damage() -> None:
    with pytest.raises(NewerRunError, match="update"):
        RunInfo.from_dict(INFO.to_dict() | {"format": 2})


def test_all_but_a_finished_run_can_be_resumed() -> None:
    assert {status: INFO.with_status(status).resumable for status in get_args(RunStatus)} == {
        "running": True,
        "paused": True,
        "finished": False,
        "stopped": True,
        "failed": True,
    }


def test_another_status_forgets_the_problem() -> None:
    failed = INFO.with_status("failed", "It diverged.")
    assert (failed.status, failed.problem) == ("failed", "It diverged.")
    assert failed.with_status("running") == INFO
