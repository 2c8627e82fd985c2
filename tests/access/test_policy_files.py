"""A policy set with any problem is never used, and every problem is told at once with its file."""

from hashlib import sha256
from pathlib import Path
from shutil import copytree

import cedarpy
import pytest

from casehub.access.actions import Action
from casehub.access.policies import Policies, PoliciesInvalid
from casehub.access.shapes import read_shape

POLICIES = Path(__file__).parents[2] / "policies" / "access"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return Path(copytree(POLICIES, tmp_path / "access"))


def errors_of(directory: Path) -> tuple[str, ...]:
    with pytest.raises(PoliciesInvalid) as caught:
        Policies(directory)
    assert str(caught.value) == "\n".join(caught.value.errors)
    return caught.value.errors


def test_the_schemas_actions_are_the_services_actions() -> None:
    schema = cedarpy.Schema.from_str((POLICIES / "schema.cedarschema").read_text(encoding="utf-8"))
    assert read_shape(schema).asked.keys() == {action.value for action in Action}


def test_every_policy_says_why_in_a_sentence() -> None:
    why = Policies(POLICIES).why
    assert len(why) == sum(
        path.read_text(encoding="utf-8").count("@id(") for path in POLICIES.glob("*.cedar")
    )
    assert all(sentence.endswith(".") and sentence[0].isupper() for sentence in why.values())


def test_the_version_is_the_hash_of_the_files(directory: Path) -> None:
    contents = b"".join(path.read_bytes() for path in sorted(directory.iterdir()))
    assert Policies(directory).version == sha256(contents).hexdigest()


def test_any_changed_byte_is_another_version(directory: Path) -> None:
    before = Policies(directory).version
    with (directory / "item.cedar").open("a", encoding="utf-8") as file:
        file.write("// one more word\n")
    assert Policies(directory).version != before


def test_a_last_line_comment_swallows_nothing_of_the_next_file(directory: Path) -> None:
    (directory / "a.cedar").write_text(
        '@id("a") @why("Intet.") permit (principal, action, resource) when { false }; // end',
        encoding="utf-8",
    )
    assert Policies(directory).why.keys() == Policies(POLICIES).why.keys() | {"a"}


def test_all_problems_are_told_at_once_with_their_files(directory: Path) -> None:
    (directory / "a.cedar").write_text("permit (principal", encoding="utf-8")
    (directory / "b.cedar").write_text(
        '@id("typo") @why("Slåfejl.") permit (principal, action == Action::"case:raed", resource);',
        encoding="utf-8",
    )
    (directory / "c.cedar").write_text(
        '@why("Uden navn.") permit (principal, action, resource);\n'
        '@id("uden-why") permit (principal, action, resource);\n'
        '@id("case-read-contact") @why("Igen.") permit (principal, action, resource);',
        encoding="utf-8",
    )
    (directory / "d.cedar").write_bytes(b"// \xff\n")
    found = errors_of(directory)
    for expected in (
        "a.cedar:1: cannot be parsed: ",
        'b.cedar:1: for policy "typo", unrecognized action',
        "c.cedar:1: the policy has no @id",
        'c.cedar:2: policy "uden-why" has no @why',
        'case.cedar:3: @id "case-read-contact" is already used in c.cedar:3',
        "d.cedar: is not UTF-8",
    ):
        assert any(error.startswith(expected) for error in found), (expected, found)


@pytest.mark.parametrize(
    ("policy", "problem"),
    [
        (
            'forbid (principal, action, resource is Case) when { principal.role == Role::"revewer" };',
            "revewer",
        ),
        (
            'forbid (principal, action, resource is Case) when { resource.state == CaseState::"Open" };',
            "Open",
        ),
        (
            "forbid (principal, action, resource is Case) when { principal.contact_kyes.isEmpty() };",
            "contact_kyes",
        ),
        ('permit (principal, action == Action::"log:read", resource is Case);', "applicable action"),
        ("permit (principal, action, resource is Case) when { resource.network == 7 };", "not compatible"),
        (
            "forbid (principal, action, resource is Case) when { resource.responsible_authority == principal.authority };",
            "responsible_authority",
        ),
        ("permit (principal == ?principal, action, resource);", "template"),
    ],
    ids=["role", "state", "attribute", "action", "type", "optional attribute unguarded", "template"],
)
def test_what_could_silently_never_match_is_refused(directory: Path, policy: str, problem: str) -> None:
    (directory / "x.cedar").write_text(f'@id("x") @why("Prøve.") {policy}', encoding="utf-8")
    (error,) = errors_of(directory)
    assert error.startswith("x.cedar:1: ")
    assert problem in error


def test_a_misspelt_file_name_is_refused_rather_than_left_out(directory: Path) -> None:
    (directory / "step.cedar").rename(directory / "step.ceder")
    assert errors_of(directory) == (
        "step.ceder: neither schema.cedarschema nor a .cedar file; rename or remove it",
    )


def test_a_schema_without_one_of_the_services_actions_is_refused(directory: Path) -> None:
    schema = directory / "schema.cedarschema"
    text = schema.read_text(encoding="utf-8").replace('"log:read"', '"log:look"')
    schema.write_text(text, encoding="utf-8")
    found = errors_of(directory)
    line = text[: text.index('"log:look"')].count("\n") + 1
    assert f'schema.cedarschema:{line}: action "log:look" is not one the service knows' in found
    assert 'schema.cedarschema: action "log:read" is missing' in found
    assert any(error.startswith("authority.cedar:") for error in found)


def test_a_broken_schema_is_told_beside_broken_policies(directory: Path) -> None:
    (directory / "schema.cedarschema").write_text("entity Actor = {", encoding="utf-8")
    (directory / "x.cedar").write_text("permit", encoding="utf-8")
    found = errors_of(directory)
    assert [error.split(":")[0] for error in found] == ["schema.cedarschema", "x.cedar"]


@pytest.mark.parametrize("pattern", ["*.cedar", "*.cedarschema"])
def test_a_missing_part_is_named(directory: Path, pattern: str) -> None:
    for path in directory.glob(pattern):
        path.unlink()
    (error,) = errors_of(directory)
    assert "no .cedar file" in error if pattern == "*.cedar" else "schema.cedarschema: is missing" in error


def test_a_missing_directory_is_one_clear_line(tmp_path: Path) -> None:
    (error,) = errors_of(tmp_path / "none")
    assert error == f"{tmp_path / 'none'}: cannot be read: No such file or directory"


@pytest.mark.parametrize(
    ("condition", "form"),
    [
        ("resource.authorities.containsAll([principal.authority])", "`containsAll`"),
        ("resource.authorities.isEmpty()", "`isEmpty`"),
        ('resource.network like "p*"', "`like`"),
        ('if resource.state == CaseState::"open" then true else false', "`if-then-else`"),
        ("resource.network == resource.coordinator_key", "a comparison of two attributes"),
        ("resource.participant_keys == principal.contact_keys", "`==`"),
    ],
)
def test_a_policy_that_cannot_bound_a_list_in_the_database_is_refused(
    directory: Path, condition: str, form: str
) -> None:
    (directory / "new.cedar").write_text(
        f'@id("new") @why("Prøve.") forbid (principal, action, resource is Case) when {{ {condition} }};',
        encoding="utf-8",
    )
    [error] = errors_of(directory)
    assert error.startswith(f'new.cedar:1: policy "new" cannot bound a list of cases in the database: {form}')


def test_what_no_list_asks_may_have_any_form(directory: Path) -> None:
    (directory / "new.cedar").write_text(
        '@id("new") @why("Prøve.") forbid (principal, action == Action::"case:share", resource is Case)'
        ' when { resource.network like "p*" };',
        encoding="utf-8",
    )
    assert "new" in Policies(directory).why


def test_a_fault_is_told_at_the_line_of_its_policy_whatever_stands_before_it(directory: Path) -> None:
    (directory / "x.cedar").write_text(
        '// a; "b\n@id("x") @why("Den; der // slutter.")\nforbid (principal, action, resource is Case)\n'
        'when { resource.network == ";" };\n\n// næste\n\n  @id("y") @why("Forkert.")\n'
        "permit (principal, action, resource is Case) when { resource.nothing };\n@id(",
        encoding="utf-8",
    )
    assert {error.split(": ")[0] for error in errors_of(directory)} == {"x.cedar:8", "x.cedar:10"}
