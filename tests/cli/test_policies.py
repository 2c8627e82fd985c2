"""`casehub policies check` tells every fault with file and line; `policies diff` tells which decisions change, and no others."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from casehub.access.policies import Policies
from tests.cli.test_errors import casehub
from tests.house import House

POLICIES = Path(__file__).parents[2] / "policies"


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    return Path(shutil.copytree(POLICIES, tmp_path / "policies"))


def edit(file: Path, old: str, new: str) -> int:
    """Replace the first `old`; the line it stood on."""
    before, found, after = file.read_text("utf-8").partition(old)
    assert found, old
    file.write_text(before + new + after, "utf-8")
    return before.count("\n") + 1


# each in a file of its own where one fault would hide another: what is told, at the line of it
BROKEN = [
    ("cards/samlivsvold-sag.yaml", "unit: hours", "unit: years", "is not one of"),
    ("cards/psp-henvendelse.yaml", "requires: [henvendelse]", "requires: [henvendelsen]", "no step has the key"),
    ("cards/psp-henvendelse.yaml", "when: [health_disclosed]", "when: [step.triage.accept, step.triage.reject]", "can never apply"),
    ("cards/aeresrelateret-sag.yaml", "party: politi", "party: brandvaesen", "unknown party 'brandvaesen'"),
    ("networks/ssp.yaml", "requires: [bekymring]", "requires: [luk]", "goes round in a circle"),
    ("networks/psp.yaml", "card: psp-henvendelse", "card: psp-sag", "there is no card"),
    ("networks/radikalisering.yaml", "unit_kind: boern-og-unge, preselected", "unit_kind: skole, preselected", "no kommune has a unit of kind 'skole'"),
    ("calendars/dansk.yaml", "saturday_counts: false", "saturday_counts: no", "should be boolean"),
    ("access/case.cedar", '@why("Personen er kontakt', '@whi("Personen er kontakt', 'policy "case-read-contact" has no @why'),
    ("access/wheel.cedar", "permit (principal, action ==", "permit (principal, action =", "cannot be parsed"),
    ("access/review.cedar", 'permit (principal, action == Action::"review:explain"', 'permit (principal, action == Action::"review:explane"', "unrecognized action"),
    ("access/schema.cedarschema", '"log:report"', '"log:look"', "not one the service knows"),
]  # fmt: skip


def test_check_tells_every_kind_of_fault_at_once_with_file_and_line(policies: Path) -> None:
    expected = [(file, edit(policies / file, old, new), told) for file, old, new, told in BROKEN]
    done = casehub("policies", "check", CASEHUB_POLICIES=str(policies))
    assert (done.returncode, done.stdout) == (1, "")
    lines = [line.removeprefix("casehub: ") for line in done.stderr.splitlines()]
    for file, line, told in expected:
        name = file.removeprefix("access/")
        at = {int(each.split(":")[1]) for each in lines if each.startswith(f"{name}:") and told in each}
        if file.endswith(".cedar"):  # a policy is told at the line it begins on, with its @id
            assert any(line - 3 < each <= line for each in at), (file, line, lines)
        else:
            assert line in at, (file, line, lines)


def differences(old: Path, new: Path) -> tuple[int, list[str]]:
    done = casehub("policies", "diff", str(old), str(new))
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()


def test_a_set_and_itself_differ_in_nothing(policies: Path) -> None:
    edit(policies / "access/case.cedar", "@why(", "// en bemærkning\n@why(")
    code, [line] = differences(POLICIES, policies)
    assert code == 0
    assert line.startswith("No decision changes")


def test_words_that_decide_the_same_are_told_and_change_no_decision(policies: Path) -> None:
    edit(
        policies / "access/review.cedar",
        "when { resource.authority == principal.authority && resource.subject == principal }",
        "when { resource.subject == principal && resource.authority == principal.authority }",
    )
    code, lines = differences(POLICIES, policies / "access")
    assert code == 0
    assert lines[0].startswith("changed review-explain: Medarbejderen kan se, hvad der spørges om")
    assert lines[1].startswith("No decision changes (")


def _close_when_referred(policies: Path) -> None:
    file = policies / "access/case.cedar"
    text = file.read_text("utf-8")
    start = text.index('permit (principal, action == Action::"case:triage"')
    file.write_text(text[:start] + text[start:].replace('"referred"', '"open"', 1), "utf-8")


def _no_four_eyes(policies: Path) -> None:
    file = policies / "access/forum.cedar"
    text = file.read_text("utf-8")
    start = text.index('@id("forum-own-minutes-forbidden")')
    file.write_text(text[:start] + text[text.index('@id("forum-duties-apart")') :], "utf-8")


def _no_break_glass(policies: Path) -> None:
    file = policies / "access/breakglass.cedar"
    text = file.read_text("utf-8")
    start, end = text.index('@id("glass-case")'), text.index('@id("glass-item")')
    file.write_text(text[:start] + text[end:], "utf-8")


def _new_action_like(policies: Path) -> None:
    text = '@id("careless") @why("Alle kan læse loggen.")\npermit (principal, action == Action::"log:read", resource is Authority);\n'
    (policies / "access/careless.cedar").write_text(text, "utf-8")


CHANGES: list[tuple[Callable[[Path], None], list[str], list[str]]] = [
    (
        _close_when_referred,
        [
            "changed case-triage-coordinator: Personen er tovholder for sagen, og sagen er henvist, men endnu ikke vurderet.",
            "case:triage on Case: now allowed",
            "case:triage on Case: no longer allowed",
        ],
        ["state: open", "state: referred", "role: staff", "coordinator keys: own"],
    ),
    (
        _no_four_eyes,
        [
            "removed forum-own-minutes-forbidden: Den, der har skrevet referatet, godkender det ikke selv: det skal en anden.",
            "forum:approve on Forum: now allowed",
        ],
        ["written by: own", "approver units: own", "role: staff"],
    ),
    (
        _no_break_glass,
        [
            "removed glass-case: Personen har åbnet sagen med nødadgang, som gælder endnu, og kan læse den.",
            "case:read on Case: no longer allowed",
        ],
        ["broken: this one too", "role: staff"],
    ),
    (
        _new_action_like,
        ["added careless: Alle kan læse loggen.", "log:read on Authority: now allowed"],
        ["role: staff or administrator or system"],
    ),
]


@pytest.mark.parametrize(
    ("change", "heads", "words"), CHANGES, ids=["condition", "forbid removed", "permit removed", "added"]
)
def test_what_changes_is_told_in_words_and_nothing_else(
    policies: Path, change: Callable[[Path], None], heads: list[str], words: list[str]
) -> None:
    change(policies)
    code, lines = differences(POLICIES, policies)
    assert code == 1
    assert [line for line in lines if not line.startswith("  ")] == heads
    told = [line for line in lines if line.startswith("  ")]
    for word in words:
        assert any(word in line for line in told), told
    # turned round, what was allowed is not, in the very same situations
    code, back = differences(policies, POLICIES)
    assert code == 1
    assert sorted(line for line in back if line.startswith("  ")) == sorted(told)


def test_a_set_of_before_an_action_was_there_is_compared_too(policies: Path) -> None:
    edit(policies / "access/schema.cedarschema", '"log:report", ', "")
    edit(policies / "access/authority.cedar", ', Action::"log:report"', "")
    code, lines = differences(policies, POLICIES)
    assert code == 1
    assert lines[1:] == ["log:report on Authority: now allowed", "  role: reviewer; resource: own"]


def test_a_version_that_was_kept_is_compared_by_its_hash(house: House) -> None:
    version = Policies(POLICIES / "access").version
    url = house.database.app_url
    done = casehub("policies", "diff", version[:12], str(POLICIES), CASEHUB_DATABASE_URL=url)
    assert (done.returncode, done.stderr) == (0, "")
    unknown = casehub("policies", "diff", "0" * 12, str(POLICIES), CASEHUB_DATABASE_URL=url)
    assert unknown.returncode == 1
    assert "neither a folder nor the hash" in unknown.stderr
    assert casehub("policies", "diff", "nowhere", str(POLICIES)).returncode == 1
