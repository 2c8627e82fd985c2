"""The docs speak of what is there: the tests and files they name exist, and every Danish word of ours is explained."""

import re
from pathlib import Path

import pytest

from casehub.access.actor import Function
from casehub.definitions.cards import DeadlineKind, StepKind
from casehub.definitions.loading import load_definitions

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
NAMED_TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
# a file with its ending, or a directory with its slash; `casehub/kek/…` and the like are names of other things
NAMED_FILE = re.compile(r"`((?:casehub|tests|docs|policies|migrations|bench)/(?:[\w-]+/)*(?:[\w-]+\.\w+)?)`")
LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_names_is_there(page: Path):
    text = page.read_text(encoding="utf-8")
    missing = [name for name in NAMED_FILE.findall(text) if not (ROOT / name).exists()]
    missing += [link for link in LINK.findall(text) if not (page.parent / link).exists()]
    missing += [
        f"{file}::{test}"
        for file, test in NAMED_TEST.findall(text)
        if not (ROOT / file).exists() or f"def {test}(" not in (ROOT / file).read_text(encoding="utf-8")
    ]
    assert missing == []


def test_the_page_of_promises_names_a_test_for_each():
    text = (ROOT / "docs" / "ARCHITECTURE.md").read_text(encoding="utf-8")
    promises = re.split(r"^### (\d+)\. ", text, flags=re.MULTILINE)
    named = {
        int(number): NAMED_TEST.findall(part)
        for number, part in zip(promises[1::2], promises[2::2], strict=True)
    }
    assert sorted(named) == list(range(1, 11))
    # nothing is destroyed yet: promise 10 says so, and has nothing to show
    assert [number for number, tests in named.items() if not tests] in ([], [10])


def test_every_danish_word_of_ours_is_in_the_glossary():
    glossary = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    assert sorted(word for word in danish_words() if f"`{word}`" not in glossary) == []


def danish_words() -> set[str]:
    definitions = load_definitions(ROOT / "policies")
    words = {member.value for kind in (Function, StepKind, DeadlineKind) for member in kind}
    for authority in definitions.organisation.authorities:
        words |= {authority.kind, *(unit.kind for unit in authority.units)}
    for network in definitions.networks.values():
        words |= {network.id, *(basis.id for basis in network.bases)}
        words |= {option.id for option in (*network.purposes, *network.forbidden_purposes)}
    for card in definitions.cards.values():
        words |= {step.key for step in card.steps}
    return words
