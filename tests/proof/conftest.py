"""Proofs: the same code small in `make test` and at full size in `make proof`, which writes what it measured to
docs/proof.md. A proof asks for the fixture `proof`, takes its sizes from it and tells it its figures.
"""

import os
import platform
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

FULL = os.environ.get("PROOF") == "full"
PAGE = Path(__file__).parents[2] / "docs" / "proof.md"
HEAD = """# Proofs at full size

Written by `make proof`: what the last full run of each proof tried and found. The same proofs run small in `make test`.
"""
SECTION = "## "
_TOLD: dict[str, "Proof"] = {}


@dataclass(slots=True)
class Proof:
    """One proof: `title` is the test's docstring. Figures appear on the page in the order they were told."""

    title: str
    full: bool
    figures: dict[str, str] = field(default_factory=dict)

    def size(self, *, small: int, full: int) -> int:
        """How much to try."""
        return full if self.full else small

    def figure(self, name: str, value: float | str, unit: str = "") -> None:
        """Tell a figure; it is printed too (`pytest -s`)."""
        shown = value if isinstance(value, str) else f"{value:,}"
        self.figures[name] = f"{shown} {unit}".strip()
        print(f"  {name}: {self.figures[name]}", flush=True)  # `make proof` shows it as it goes


@pytest.fixture
def proof(request: pytest.FixtureRequest) -> Iterator[Proof]:
    """The proof this test is."""
    title = " ".join((request.function.__doc__ or request.node.name).split())
    told = Proof(title, FULL)
    yield told
    _TOLD[request.node.nodeid] = told


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Write the page after a full run in which all held; a proof that did not run keeps its section."""
    if FULL and exitstatus == pytest.ExitCode.OK and _TOLD:
        sections = {**_kept(), **dict(_sections())}
        PAGE.write_text("\n".join([HEAD, *_machine(), *(sections[title] for title in sorted(sections))]))


def _machine() -> list[str]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    cores = f"{os.cpu_count()} cores ({platform.machine()})"
    system = f"{platform.system()}, Python {platform.python_version()}"
    return [f"Machine: {cores}, {memory:.0f} GiB of memory, {system}.", ""]


def _kept() -> dict[str, str]:
    """The sections the page has, by title."""
    if not PAGE.exists():
        return {}
    _, *sections = PAGE.read_text().split(f"\n{SECTION}")
    return {section.partition("\n")[0]: f"{SECTION}{section.rstrip()}\n" for section in sections}


def _sections() -> Iterator[tuple[str, str]]:
    for told in _TOLD.values():
        title = told.title.rstrip(".")
        rows = "\n".join(f"| {name} | {value} |" for name, value in told.figures.items())
        yield title, f"{SECTION}{title}\n\n| figure | value |\n| --- | ---: |\n{rows}\n"
