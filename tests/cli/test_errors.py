"""What a person can mend is told in one line on standard error, with an exit code; a fault of ours keeps its traceback."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import pytest
from click.testing import CliRunner

from casehub.cli import main
from casehub.cli.commands import EXPECTED, SUBCOMMANDS, expected_code

ROOT = Path(__file__).parents[2]


@dataclass
class Done:
    returncode: int
    stdout: str
    stderr: str


def casehub(*arguments: str, **settings: str) -> Done:
    """Run the command in this process, with these settings and no others of casehub's."""
    unset = dict.fromkeys((key for key in os.environ if key.startswith("CASEHUB_")), None)
    result = CliRunner().invoke(main, arguments, env={**unset, **settings})
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Done(result.exit_code, result.stdout, result.stderr)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_every_expected_error_exists(name: str):
    module, _, kind = name.rpartition(".")
    found = getattr(import_module(module), kind)
    assert issubclass(found, Exception)
    assert f"{found.__module__}.{found.__qualname__}" == name, "named by where it is defined"


def test_the_module_runs_as_a_program_and_tells_an_expected_error_without_a_traceback():
    settings = {"PATH": os.environ["PATH"], "CASEHUB_PORT": "0"}
    done = subprocess.run(
        [sys.executable, "-m", "casehub.cli", "policies", "check"],
        env=settings, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "casehub: CASEHUB_PORT: '0' is not a port between 1 and 65535\n"


def test_a_fault_of_ours_is_not_expected():
    assert expected_code(ZeroDivisionError()) is None


def test_help_lists_every_command():
    done = casehub("--help")
    assert done.returncode == 0, done.stderr
    for name in SUBCOMMANDS:
        assert f"\n  {name} " in done.stdout


def test_an_unknown_command_is_wrong_use():
    done = casehub("demos")
    assert done.returncode == 2
    assert "No such command 'demos'" in done.stderr


def test_all_wrong_settings_are_told_at_once():
    done = casehub(
        "policies", "check", CASEHUB_PORT="80000", CASEHUB_POLICY="x", CASEHUB_DATABASE_URL="mysql://"
    )
    assert done.returncode == 2
    lines = done.stderr.splitlines()
    assert [line.split(":")[1].strip() for line in lines] == [
        "CASEHUB_PORT",
        "CASEHUB_DATABASE_URL",
        "CASEHUB_POLICY",
    ]


def test_policies_that_hold_are_told_in_one_line():
    done = casehub("policies", "check")
    assert (done.returncode, done.stderr) == (0, "")
    assert "hold" in done.stdout
    assert len(done.stdout.splitlines()) == 1


def test_every_error_in_the_definitions_is_told_with_file_and_line(tmp_path: Path):
    policies = shutil.copytree(ROOT / "policies", tmp_path / "policies")
    card, network = policies / "cards" / "psp-henvendelse.yaml", policies / "networks" / "psp.yaml"
    card.write_text(card.read_text().replace("calendar: ", "calendar: ingen-", 1))
    network.write_text(network.read_text().replace("card: psp-henvendelse", "card: ukendt"))
    done = casehub("policies", "check", CASEHUB_POLICIES=str(policies))
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    for file in ("psp-henvendelse.yaml:", "psp.yaml:"):
        told = [line.split(file)[1] for line in done.stderr.splitlines() if file in line]
        assert told
        assert told[0].split(":")[0].isdecimal()


@pytest.mark.parametrize("name", ["serve", "worker"])
def test_a_service_refuses_the_embedded_database(name: str, tmp_path: Path):
    done = casehub(name, CASEHUB_HOME=str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.startswith("casehub: CASEHUB_DATABASE_URL is not set")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("arguments", [("serve",), ("worker",), ("db", "migrate", "--owner", "URL")])
def test_a_database_that_does_not_answer_is_told_in_one_line(arguments: tuple[str, ...], tmp_path: Path):
    nobody = f"postgresql://casehub_node:hemmeligt@/casehub?host={tmp_path}"
    arguments = tuple(nobody if argument == "URL" else argument for argument in arguments)
    done = casehub(*arguments, CASEHUB_HOME=str(tmp_path / "home"), CASEHUB_DATABASE_URL=nobody)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert "hemmeligt" not in done.stderr
