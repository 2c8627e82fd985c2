"""The worker hands out each entry once: also when it is killed while it writes, before it names the file, or after."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from procrastinate import App

from casehub.config import ConfigError, read_config
from casehub.jobs import queue_of, register
from tests.house import House
from tests.services.scenes import KOMMUNE, POLICE, entries, look, open_case, read, refer

PROGRAM = """
import os, signal, sys
from pathlib import Path
from casehub.audit import lines, recording
from casehub.audit.lines import Format
from casehub.config import read_config
from casehub.runtime import Runtime
from casehub.services import log_export

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

setattr({"log_export": log_export, "recording": recording, "os": os, "Path": Path}[sys.argv[1]], sys.argv[2], die)
runtime = Runtime.open(read_config(os.environ))
with runtime.exporting(sys.argv[3], Format.OCSF) as exporting:
    log_export.export_next(exporting, Path(sys.argv[4]))
"""
KILLED = {
    "while it writes": ("os", "fsync"),
    "before it is recorded": ("recording", "append_entry"),
    "after it is recorded, before the file has its name": ("Path", "rename"),
    "after the file has its name": ("log_export", "_sync"),
}


def export(house: House, directory: Path, form: str = "ocsf", authority: str = POLICE) -> App:
    """What the worker does each fifth minute."""
    house.runtime.keep_log()
    runtime = replace(
        house.runtime,
        config=replace(house.runtime.config, log_export=(form, directory)),
        jobs=house.runtime.jobs,
    )
    app = runtime.make_job_app()
    register(app, runtime)
    app.tasks["export_log"].func(timestamp=0, authority=authority)
    return app


def delivered(directory: Path, authority: str = POLICE) -> list[int]:
    """Positions, file by file; each file holds what its name says."""
    found: list[int] = []
    for path in sorted((directory / authority).glob("[0-9]*")):
        inside = [json.loads(line)["metadata"]["sequence"] for line in path.read_text().splitlines()]
        first, last = map(int, path.name.partition(".")[0].split("-"))
        assert all(first <= position <= last for position in inside)
        found += inside
    return found


def visible(house: House, authority: str = POLICE) -> list[int]:
    rows = look(
        house,
        "SELECT position::int FROM audit_leaf JOIN audit_content k ON k.entry_id = commitment_id"
        " WHERE authority_id = %s OR concerned @> ARRAY[%s] ORDER BY position",
        authority,
        authority,
    )
    return [position for (position,) in rows]


def test_each_entry_is_handed_out_once_and_nothing_new_leaves_no_file_and_no_entry(
    house: House, tmp_path: Path
):
    refer(house)
    export(house, tmp_path)
    before = delivered(tmp_path)
    assert before == visible(house)
    files, count = sorted(tmp_path.rglob("*")), len(entries(house))
    export(house, tmp_path)
    assert (sorted(tmp_path.rglob("*")), len(entries(house))) == (files, count), "its own entry is not news"

    refer(house)
    export(house, tmp_path)
    assert delivered(tmp_path) == visible(house)
    assert delivered(tmp_path)[: len(before)] == before
    exported = [each for each in entries(house) if each["event"] == "log.exported"]
    assert [each["authority"] for each in exported] == [POLICE, POLICE]
    assert sum(int(each["detail"]["count"]) for each in exported) == len(visible(house))
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / POLICE).iterdir()} <= {0o640, 0o600}


def test_each_authority_has_a_directory_with_its_own_entries_alone(house: House, tmp_path: Path):
    case_id = open_case(house)
    read(house, "kommune.herning", case_id)
    export(house, tmp_path, authority=KOMMUNE)
    assert [path.name for path in tmp_path.iterdir()] == [KOMMUNE]
    assert delivered(tmp_path, KOMMUNE) == visible(house, KOMMUNE)
    assert set(visible(house, POLICE)) - set(visible(house, KOMMUNE))


@pytest.mark.parametrize("when", KILLED)
def test_a_run_that_was_killed_loses_nothing_and_hands_out_nothing_twice(
    house: House, tmp_path: Path, when: str
):
    refer(house)
    house.runtime.keep_log()
    (tmp_path / POLICE).mkdir()
    settings = {
        "CASEHUB_HOME": str(house.runtime.config.home), "CASEHUB_DATABASE_URL": house.database.app_url,
        "CASEHUB_INSECURE_COOKIES": "1", "PATH": os.defpath,
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *KILLED[when], POLICE, tmp_path / POLICE],
        env=settings, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr
    refer(house)
    export(house, tmp_path)
    assert delivered(tmp_path) == visible(house)
    assert [path.name for path in (tmp_path / POLICE).iterdir() if path.name.startswith(".")] == []
    recorded = [each for each in entries(house) if each["event"] == "log.exported"]
    assert sum(int(each["detail"]["count"]) for each in recorded) == len(visible(house))


def test_the_clock_starts_it_for_every_authority_only_where_it_is_set(house: House, tmp_path: Path):
    refer(house)
    app = export(house, tmp_path)
    clocked = {
        name: each
        for (task, name), each in app.periodic_registry.periodic_tasks.items()
        if task == "export_log"
    }
    assert clocked.keys() == house.runtime.authorities
    assert all(each.configure_kwargs["queue"] == queue_of(name) for name, each in clocked.items())
    unset = house.runtime.make_job_app()
    register(unset, house.runtime)
    assert "export_log" not in unset.tasks


def test_a_directory_that_is_not_there_or_another_format_is_refused_at_the_start(tmp_path: Path):
    assert read_config({"CASEHUB_LOG_EXPORT": f"csv:{tmp_path}"}).log_export == ("csv", tmp_path)
    for wrong in (f"xml:{tmp_path}", f"{tmp_path}", f"csv:{tmp_path}/not-there", "csv:relative"):
        with pytest.raises(ConfigError, match="CASEHUB_LOG_EXPORT"):
            read_config({"CASEHUB_LOG_EXPORT": wrong})
