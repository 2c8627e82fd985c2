"""What no tracked file may carry: a package registry's host, a builder's own paths, a CPR number that could be someone's."""

import re
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# put together here, so that this file does not carry them itself
HOSTS = ("py" + "pi.org", "python" + "hosted.org", "npm" + "js.org", "npm" + "js.com", "deb." + "debian.org")
PATHS = ("/wo" + "rk/", "/ro" + "ot/", "/op" + "t/pypi")
# tests of what is refused or just accepted: born after today, and a serial number of 0000
NOBODYS = {"251126-4123", "010203-0000"}
CPR = re.compile(r"(?<![\d-])(\d{2})(\d{2})(\d{2})-(\d{4})(?![\d-])")


def tracked() -> Iterator[tuple[str, str]]:
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    for name in names.decode().split("\0"):
        path = ROOT / name
        if name and path.is_file():
            content = path.read_bytes()
            if b"\0" not in content:
                yield name, content.decode()


@pytest.mark.parametrize("unwanted", [*HOSTS, *PATHS])
def test_no_tracked_file_names_a_registry_or_a_builders_path(unwanted: str):
    assert [name for name, text in tracked() if unwanted in text] == []


def test_the_search_for_unwanted_text_reads_the_lock_files():
    names = {name for name, _ in tracked()}
    assert {"requirements.txt", "requirements-dev.txt", "package-lock.json"} <= names


def test_lock_files_pin_every_package_by_hash():
    for name in ("requirements.txt", "requirements-dev.txt"):
        entries = re.split(r"\n(?=\S)", (ROOT / name).read_text().strip())
        assert entries
        assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert "resolved" not in (ROOT / "package-lock.json").read_text()


def could_be_a_person(day: str, month: str, year: str) -> bool:
    """Whether the six digits are a birth date as CPR numbers carry it; a replacement number's day is 60 higher."""
    try:
        date(2000 + int(year), int(month), int(day))
    except ValueError:
        return False
    return True


def test_every_cpr_number_is_a_replacement_number():
    found = [
        f"{name}: {match[0]}"
        for name, text in tracked()
        if not name.startswith(("requirements", "package-lock"))
        for match in CPR.finditer(text)
        if could_be_a_person(*match.groups()[:3]) and match[0] not in NOBODYS
    ]
    assert found == []


def test_the_search_for_cpr_numbers_tells_a_persons_from_a_replacement_number():
    assert could_be_a_person("07", "03", "85")
    assert not could_be_a_person("67", "03", "85")
