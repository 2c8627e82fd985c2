"""Setting up is done once and says what it did; a node that must not run says why in one line and does not run."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from casehub import preparing
from casehub.connecting import StartRefused
from casehub.definitions.loading import DefinitionsInvalid
from casehub.embedded import EmbeddedServer
from casehub.runtime import Runtime
from casehub.vault.keystore import FileKeyset, KeystoreError
from tests.databases import Database
from tests.house import House
from tests.services.scenes import POLICE, SOCIAL, alter, entries, entries_of, look, read, refer, share, triage

FILE = "organisation/midt-og-vestjylland.yaml"


@pytest.fixture
def policies(tmp_path: Path, house: House) -> Path:
    """A copy of the definitions that a test may change."""
    return Path(shutil.copytree(house.runtime.config.policies, tmp_path / "policies"))


def set_up(house: House, policies: Path | None = None) -> tuple[str, ...]:
    config = house.runtime.config
    config = replace(config, policies=policies) if policies else config
    return preparing.set_up(config, owner_url=house.database.owner_url)


def start(house: House, **changed: object) -> str:
    """Start a node on the house's database; why it was refused, "" if it runs."""
    try:
        Runtime.open(replace(house.runtime.config, **changed)).close()  # type: ignore[arg-type]
    except StartRefused as refused:
        return str(refused)
    return ""


def change(file: Path, *pairs: tuple[str, str]) -> None:
    text = file.read_text()
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    file.write_text(text)


def test_setting_up_again_changes_nothing_and_leaves_no_entry(house: House) -> None:
    keys = look(house, "SELECT authority_id, purpose, version, wrapped FROM authority_key ORDER BY 1, 2, 3")
    assert len(keys) > 4 * 10
    assert entries_of(house, lambda: same((), set_up(house))) == []
    assert (
        look(house, "SELECT authority_id, purpose, version, wrapped FROM authority_key ORDER BY 1, 2, 3")
        == keys
    )


def same(wanted: object, found: object) -> None:
    assert found == wanted


def test_a_unit_that_left_the_file_is_retired_and_comes_back_as_it_was(house: House, policies: Path) -> None:
    case_id = refer(house)
    file = policies / FILE
    before = file.read_text()
    lines = before.splitlines(keepends=True)
    begin = lines.index("      - id: viborg-kommune/social\n")
    file.write_text("".join(lines[:begin] + lines[begin + 5 :]))

    left = entries_of(house, lambda: same(
        {"unit viborg-kommune/social: retired"},
        {line for line in set_up(house, policies) if line.startswith(("unit", "authority"))},
    ))  # fmt: skip
    assert [entry["event"] for entry in left] == ["definitions.activated", "organisation.loaded"]
    assert [ref["id"] for ref in left[1]["objects"]] == ["viborg-kommune/social"]
    [(retired,)] = look(house, "SELECT retired_at IS NOT NULL FROM unit WHERE id = 'viborg-kommune/social'")
    assert retired
    assert set_up(house, policies) == ()
    assert start(house, policies=policies) == ""
    assert read(house, "politi.herning", case_id).state == "referred"

    file.write_text(before)
    assert "unit viborg-kommune/social: back in use" in set_up(house, policies)
    assert look(house, "SELECT retired_at FROM unit WHERE id = 'viborg-kommune/social'") == [(None,)]


def test_what_changed_in_the_file_is_told_and_written(house: House, policies: Path) -> None:
    change(policies / FILE, ('duty_phone: "10 00 00 02"', 'duty_phone: "10 00 00 92"'))
    assert "unit mvj-politi/herning: changed" in set_up(house, policies)
    assert look(house, "SELECT duty_phone FROM unit WHERE id = 'mvj-politi/herning'") == [("10 00 00 92",)]


def test_definitions_other_than_those_in_force_refuse_the_start_in_one_line(
    house: House, policies: Path
) -> None:
    assert start(house, policies=policies) == ""
    change(policies / "cards/psp-henvendelse.yaml", ("title: Hold mødet", "title: Hold et møde"))
    refused = start(house, policies=policies)
    assert "card psp-henvendelse" in refused
    assert "casehub db migrate" in refused
    assert "\n" not in refused
    set_up(house, policies)
    assert start(house, policies=policies) == ""
    assert "card psp-henvendelse" in start(house)  # and now this node has the old ones


def test_a_running_case_keeps_the_card_and_the_calendar_it_began_with(house: House, policies: Path) -> None:
    case_id = refer(house)
    change(policies / "cards/psp-henvendelse.yaml", ("title: Hold mødet", "title: Hold et møde"))
    change(policies / "calendars/dansk.yaml", ("saturday_counts: false", "saturday_counts: true"))
    set_up(house, policies)
    runtime = Runtime.open(replace(house.runtime.config, policies=policies), clock=house.clock)
    renewed = House(runtime, house.database, house.clock, house.staff)
    try:
        newer = refer(renewed)
        for case in (case_id, newer):
            triage(renewed, case)
            share(renewed, case, SOCIAL)
        old, new = (read(renewed, "tovholder", case) for case in (case_id, newer))
    finally:
        runtime.close()
    assert "Hold mødet" in {step.title for step in old.steps}
    assert "Hold et møde" in {step.title for step in new.steps}
    # five working days before the same meeting, counted after the calendar was changed
    due = [
        {step.due_at and f"{step.due_at:%d.%m}" for step in case.steps if step.key == "svar"}
        for case in (old, new)
    ]
    assert due == [{"08.12"}, {"09.12"}]


def test_an_error_in_a_definition_is_told_with_file_and_line_before_anything_is_opened(
    house: House, policies: Path
) -> None:
    change(policies / "cards/psp-henvendelse.yaml", ("kind: KAN", "kind: MÅSKE"))
    change(policies / "networks/psp.yaml", ("card: psp-henvendelse", "card: findes-ikke"))
    with pytest.raises(DefinitionsInvalid) as invalid:
        start(house, policies=policies)
    told = str(invalid.value).splitlines()
    assert len(told) >= 2
    assert all(line.split(":")[0].endswith(".yaml") and line.split(":")[1].isdigit() for line in told)


@pytest.mark.parametrize("login", ["owner", "superuser"])
def test_a_node_does_not_run_as_one_who_could_see_or_change_everything(house: House, login: str) -> None:
    url = house.database.owner_url if login == "owner" else house.database.superuser_url
    one_line(start(house, database_url=url), "is superuser" if login == "superuser" else "owner")


def test_a_node_does_not_run_with_bypassrls(house: House, cluster: EmbeddedServer) -> None:
    alter(
        house,
        "CREATE ROLE seer LOGIN BYPASSRLS PASSWORD 'seer-of-everything'",
        "GRANT casehub_app TO seer",
    )
    try:
        url = house.database.app_url.replace("casehub_node", "seer")
        before, at, after = url.rpartition("@")
        url = f"{before.rpartition(':')[0]}:seer-of-everything{at}{after}"
        one_line(start(house, database_url=url), "BYPASSRLS")
    finally:
        alter(house, "DROP OWNED BY seer", "DROP ROLE seer")


def test_a_database_that_is_not_migrated_or_not_there_is_told_in_one_line(
    house: House, empty_database: Database
) -> None:
    one_line(start(house, database_url=empty_database.app_url), "casehub db migrate")
    missing = house.database.app_url.replace(f"/{house.database.name}", "/findes_ikke")
    one_line(start(house, database_url=missing), "does not answer")
    one_line(
        start(house, database_url="postgresql://nobody@127.0.0.1:1/nothing?connect_timeout=2"),
        "does not answer",
    )
    one_line(start(house, database_url=None), "CASEHUB_DATABASE_URL")


def one_line(refused: str, reason: str) -> None:
    assert reason in refused
    assert "\n" not in refused
    assert "seer-of-everything" not in refused


def foreign(path: Path, house: House) -> None:
    """The keystore of another installation with the same authorities."""
    keyset = FileKeyset.create(path)
    for authority in house.runtime.authorities:
        keyset.add_authority(authority)


def truncated(path: Path, house: House) -> None:
    copied(path, house)
    path.write_text(path.read_text()[:400])


def another_program(path: Path, house: House) -> None:
    copied(path, house)
    path.write_text("-----BEGIN PRIVATE KEY-----\n")


def other_key_file(path: Path, house: House) -> None:
    copied(path, house)
    FileKeyset.create(path.with_name("other.json"))
    shutil.copy2(path.with_name("other.json.key"), path.with_name(f"{path.name}.key"))


def version_missing(path: Path, house: House) -> None:
    copied(path, house)
    keyset = FileKeyset.open(path)
    keyset.add_version(POLICE)
    keyset.drop_version(POLICE, 1)


def passphrase_sealed(path: Path, house: House) -> None:
    FileKeyset.create(path, passphrase="rigtig hest")


def copied(path: Path, house: House) -> None:
    keystore = house.runtime.config.keystore
    assert isinstance(keystore, Path)
    shutil.copy2(keystore, path)
    shutil.copy2(keystore.with_name(f"{keystore.name}.key"), path.with_name(f"{path.name}.key"))


@pytest.mark.parametrize(
    ("make", "passphrase", "reason"),
    [
        (lambda _path, _house: None, None, "there is no keyset here"),
        (foreign, None, "another installation"),
        (truncated, None, "truncated or foreign"),
        (another_program, None, "truncated or foreign"),
        (other_key_file, None, "wrong key file"),
        (version_missing, None, f"KEK version 1 of {POLICE!r} is missing"),
        (passphrase_sealed, "forkert hest", "wrong passphrase"),
        (passphrase_sealed, "", "the passphrase is empty"),
        (passphrase_sealed, None, "CASEHUB_KEYSTORE_PASSPHRASE_FILE"),
        (copied, "en hest", "unset CASEHUB_KEYSTORE_PASSPHRASE_FILE"),
    ],
)
def test_a_keystore_that_does_not_open_is_told_in_one_line_and_is_on_record(
    house: House, tmp_path: Path, make: Callable[[Path, House], None], passphrase: str | None, reason: str
) -> None:
    path, file = tmp_path / "keystore.json", tmp_path / "passphrase"
    make(path, house)
    before = path.read_bytes() if path.exists() else None
    if passphrase is not None:
        file.write_text(passphrase + "\n")
        file.chmod(0o600)
    given = {"keystore": path, "keystore_passphrase_file": None if passphrase is None else file}
    with pytest.raises(KeystoreError) as refused:
        start(house, **given)
    one_line(str(refused.value), reason)
    assert passphrase is None or not passphrase or passphrase not in str(refused.value)
    failed = entries(house)[-1]
    assert (failed["event"], failed["outcome"]) == ("keystore.failed", "failed")
    assert failed["detail"]["reason"] == str(refused.value)
    assert (path.read_bytes() if path.exists() else None) == before  # nothing is lost
    assert start(house) == ""


def test_a_swapped_public_key_is_refused_at_the_start(house: House) -> None:
    alter(
        house,
        "ALTER TABLE authority_key DISABLE TRIGGER require_entry",
        """UPDATE authority_key k SET public = o.public, public_signature = o.public_signature FROM authority_key o
           WHERE k.authority_id = 'psykiatri-midt' AND k.purpose = 'receiving'
             AND o.authority_id = 'mvj-politi' AND o.purpose = 'receiving'""",
    )
    with pytest.raises(KeystoreError, match="psykiatri-midt"):
        start(house)


def test_a_node_of_one_authority_serves_its_own_people_alone(house: House) -> None:
    config = replace(house.runtime.config, authorities=frozenset({"herning-kommune"}))
    runtime = Runtime.open(config, clock=house.clock)
    try:
        assert runtime.authorities == {"herning-kommune"}
        assert runtime.actor(house.staff["kommune.herning"]) is not None
        assert runtime.actor(house.staff["politi.herning"]) is None
        case_id = refer(House(runtime, house.database, house.clock, house.staff), "kommune.herning")
    finally:
        runtime.close()
    assert read(house, "tovholder", case_id).identity is not None


def test_the_state_directory_keeps_its_secrets_to_itself(house: House) -> None:
    for path in (house.runtime.config.home / "secrets/web", house.runtime.config.keystore):
        assert path.stat().st_mode & 0o077 == 0
