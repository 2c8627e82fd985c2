"""What a login can see and write is what the authority it speaks for may, whatever it sets; the gate is not asked here."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError

from casehub.model import (
    Absence,
    AuthorityKey,
    Base,
    Breach,
    Case,
    CaseEvent,
    Compartment,
    ContactDuty,
    Disclosure,
    DutyPhone,
    FileChunk,
    Item,
    ItemGrant,
    ItemVersion,
    Participant,
    Recall,
    Sealed,
    Staff,
    Step,
    WebSession,
    new_id,
)
from tests.databases import Database
from tests.story import (
    CASE,
    DEFINITION,
    GIVEN,
    KEPT,
    KOMMUNE,
    NOW,
    POLICE,
    PSYCHIATRY,
    RECALLED,
    THEIRS,
    breach,
    chunk,
    engine,
    grant,
    named,
    recall,
    speak_for,
    speaking_for,
    write_entry,
)

UNDER_ROW_SECURITY = [
    "approval", "assignment", "audit_content", "audit_object", "breach", "break_glass", "calendar_feed", "case_erasure", "case_event", "cases",
    "compartment", "consent", "coordinated_plan", "decision", "disclosure", "draft", "exclusion", "file_chunk", "forum_approval", "forum_meeting", "index_token", "item", "item_grant", "item_version", "legal_hold", "log_export",
    "log_sample", "log_signal", "mail", "meeting", "meeting_case", "meeting_invitee", "message", "message_choice", "participant", "queue_run", "recall", "review", "review_text", "step",
    "step_notice", "task_notice", "wheel_task",
]  # fmt: skip
OPEN_TO_EVERY_NODE = {
    "absence": "who stands in for whom in another authority is known to all; written by its own nodes alone",
    "audit_change": "is listed by the database, and read and written by no node",
    "audit_checkpoint": "is public",
    "audit_commitment": "holds hashes and no personal data; every node must be able to check the whole log",
    "audit_cosignature": "is public",
    "audit_leaf": "is public",
    "audit_node": "is public",
    "audit_witness": "is of no authority, and shown to every reviewer and administrator",
    "authority": "who takes part in the networks is known to all of them",
    "authority_key": "wrapped by a key that is not in the database; the public parts are for the others",
    "contact_duty": "whom to call in another authority is known to all; written by its own nodes alone",
    "definition_version": "cards and networks are the same for all",
    "duty_phone": "whom to call in another authority is known to all; written by its own nodes alone",
    "log_key": "wrapped by a key that is not in the database; the public part is for everyone",
    "node_authority": "no node reads or writes it",
    "sign_in_attempt": "is counted before it is known who signs in",
    "staff": "whom to call in another authority is known to all; written by its own nodes alone",
    "unit": "who takes part in the networks is known to all of them",
    "web_session": "is looked up before it is known who asks; shown to nodes of whom it signs in, and to all if nobody",
}


def test_every_table_is_under_row_security_or_has_a_reason(superuser: Engine):
    with superuser.connect() as connection:
        forced = connection.scalars(
            text(
                "SELECT relname FROM pg_class WHERE relkind = 'r' AND relrowsecurity AND relforcerowsecurity"
                " AND relnamespace = 'public'::regnamespace ORDER BY relname"
            )
        )
        assert list(forced) == UNDER_ROW_SECURITY
    assert set(UNDER_ROW_SECURITY) | set(OPEN_TO_EVERY_NODE) == set(Base.metadata.tables)


@pytest.mark.parametrize("table", UNDER_ROW_SECURITY)
def test_a_participant_sees_rows(app: Engine, table: str):
    with speaking_for(app, POLICE) as connection:
        assert count(connection, table) > 0


@pytest.mark.parametrize("table", UNDER_ROW_SECURITY)
@pytest.mark.parametrize("authority", [None, "", KOMMUNE, POLICE, PSYCHIATRY])
def test_another_login_sees_none_whatever_it_sets(other: Engine, table: str, authority: str | None):
    with speaking_for(other, authority) as connection:
        assert count(connection, table) == 0
        connection.execute(text("SET ROLE casehub_app"))
        assert count(connection, table) == 0


@pytest.mark.parametrize("table", UNDER_ROW_SECURITY)
def test_switching_row_security_off_gives_an_error_and_no_rows(other: Engine, table: str):
    with other.connect() as connection:
        connection.execute(text("SET row_security = off"))
        with pytest.raises(DBAPIError, match="row-level security"):
            count(connection, table)


@pytest.mark.parametrize(
    "role", ["casehub_scope", "casehub_backup", "casehub_eraser", "casehub_owner", "postgres"]
)
def test_a_login_cannot_become_one_who_sees_more(other: Engine, role: str):
    with (
        other.connect() as connection,
        pytest.raises(ProgrammingError, match="permission denied to set role"),
    ):
        connection.execute(text(f"SET ROLE {role}"))


@pytest.mark.parametrize("table", UNDER_ROW_SECURITY)
@pytest.mark.parametrize("authority", [None, POLICE])
def test_the_owner_sees_none(owner: Engine, table: str, authority: str | None):
    with speaking_for(owner, authority) as connection:
        assert count(connection, table) == 0


def test_a_setting_does_not_reach_the_next_transaction_of_the_connection(app: Engine):
    with app.connect() as connection:
        speak_for(connection, POLICE)
        assert count(connection, "cases") > 0
        connection.commit()
        assert count(connection, "cases") == 0


def test_a_login_cannot_give_itself_an_authority(other: Engine):
    for statement in (
        "SELECT * FROM node_authority",
        "INSERT INTO node_authority VALUES (session_user, 'politi')",
    ):
        with other.connect() as connection, pytest.raises(ProgrammingError, match="permission denied"):
            connection.execute(text(statement))


def test_a_login_is_told_whom_it_speaks_for(app: Engine, other: Engine):
    with app.connect() as mine, other.connect() as theirs:
        assert sorted(mine.scalars(text("SELECT node_authorities()"))) == [POLICE, PSYCHIATRY]
        assert list(theirs.scalars(text("SELECT node_authorities()"))) == [KOMMUNE]


def test_an_authority_sees_its_own_items_and_what_it_was_given(app: Engine):
    seen = {POLICE: {GIVEN, KEPT, RECALLED}, PSYCHIATRY: {GIVEN, THEIRS}}
    for authority, expected in seen.items():
        with speaking_for(app, authority) as connection:
            assert set(connection.scalars(text("SELECT id FROM item"))) == expected
            assert set(connection.scalars(text("SELECT item_id FROM item_version"))) == expected
            assert set(connection.scalars(text("SELECT item_id FROM item_grant"))) == expected


def test_a_version_that_was_not_given_is_not_seen(fresh: Database):
    app = engine(fresh.app_url)
    with speaking_for(app, POLICE) as connection:
        entry = write_entry(connection, POLICE)
        newer = version(GIVEN, POLICE) | {"version": 2, "id": named("newer")}
        connection.execute(insert(ItemVersion).values(**newer, entry_id=entry))
    with speaking_for(app, PSYCHIATRY) as connection:
        seen = set(connection.scalars(text("SELECT id FROM item_version")))
        assert seen == {named(f"version of {GIVEN}"), named(f"version of {THEIRS}")}


def test_a_files_chunks_are_seen_by_whoever_sees_its_version_and_go_with_it(fresh: Database):
    app = engine(fresh.app_url)
    with speaking_for(app, POLICE) as connection:
        connection.execute(
            insert(FileChunk).values(**chunk(GIVEN, POLICE), entry_id=write_entry(connection, POLICE))
        )
    seen = {POLICE: {GIVEN, KEPT}, PSYCHIATRY: {GIVEN}}
    for authority, expected in seen.items():
        with speaking_for(app, authority) as connection:
            versions = set(connection.scalars(text("SELECT item_version_id FROM file_chunk")))
            assert versions == {named(f"version of {item}") for item in expected}
    with engine(fresh.superuser_url).begin() as connection:
        entry = write_entry(connection, None)
        connection.execute(text("SELECT set_config('casehub.entry', :entry, true)"), {"entry": str(entry)})
        connection.execute(text("DELETE FROM item_grant"))
        connection.execute(text("DELETE FROM item_version"))
        assert count(connection, "file_chunk") == 0


def test_a_chunk_of_anothers_version_or_of_none_is_not_kept(fresh: Database):
    app = engine(fresh.app_url)
    for item in (GIVEN, named("nothing")):  # psychiatry says that it is its own
        with app.connect() as connection:
            speak_for(connection, PSYCHIATRY)
            entry = write_entry(connection, PSYCHIATRY)
            connection.execute(insert(FileChunk).values(**chunk(item, PSYCHIATRY), entry_id=entry))
            with pytest.raises(DBAPIError, match="fk_file_chunk_item_version_id_authority_id"):
                connection.commit()


def test_keys_tokens_and_drafts_are_seen_by_their_own_authority_alone(app: Engine):
    for authority in (POLICE, PSYCHIATRY):
        with speaking_for(app, authority) as connection:
            for table in ("compartment", "index_token", "draft", "assignment"):
                assert set(connection.scalars(text(f"SELECT authority_id FROM {table}"))) == {authority}


def test_a_reviewer_sees_entries_by_or_about_the_own_authority(app: Engine):
    with speaking_for(app, POLICE) as connection:
        assert set(connection.scalars(text("SELECT authority_id FROM audit_content"))) == {POLICE}
    with speaking_for(app, PSYCHIATRY) as connection:
        seen = connection.execute(text("SELECT authority_id, concerned FROM audit_content")).all()
        assert sorted(seen) == [(POLICE, [PSYCHIATRY]), (PSYCHIATRY, [])]


def test_what_is_between_two_is_not_seen_by_a_third_who_takes_part(fresh: Database):
    app, other = engine(fresh.app_url), engine(fresh.other_url)
    with speaking_for(app, POLICE) as connection:
        entry = write_entry(connection, POLICE)
        connection.execute(
            insert(Participant).values(**participant(KOMMUNE, added_by=POLICE), entry_id=entry)
        )
    with speaking_for(other, KOMMUNE) as connection:
        seen = {table for table in UNDER_ROW_SECURITY if count(connection, table)}
    # who takes part is told who is barred, so that nobody calls them, and not why
    assert seen == {"cases", "participant", "case_event", "step", "exclusion"}


# --- writing: each of these rows would be accepted from somebody else, or about something else


def participant(authority: str, *, added_by: str) -> dict[str, Any]:
    return {
        "id": new_id(), "case_id": CASE, "authority_id": authority, "unit_id": f"{authority}/a", "added_by": added_by,
        "since": NOW,
    }  # fmt: skip


def version(item: object, authority: str) -> dict[str, Any]:
    return {
        "id": new_id(), "item_id": item, "case_id": CASE, "authority_id": authority, "version": 9,
        "sealed": Sealed(b"s"), "sha256": b"h", "created_at": NOW,
    }  # fmt: skip


def item(authority: str) -> dict[str, Any]:
    return {
        "id": new_id(), "case_id": CASE, "authority_id": authority, "kind": "note", "created_by": named(authority),
        "created_at": NOW,
    }  # fmt: skip


def compartment(authority: str) -> dict[str, Any]:
    return {
        "id": new_id(),
        "case_id": CASE,
        "authority_id": authority,
        "key_version": 1,
        "wrapped": Sealed(b"w"),
    }


def event(authority: str) -> dict[str, Any]:
    return {
        "id": new_id(), "case_id": CASE, "name": "meeting", "at": NOW, "recorded_at": NOW, "by_authority": authority,
    }  # fmt: skip


def disclosure(*, by: str, to: str) -> dict[str, Any]:
    return {
        "id": new_id(), "case_id": CASE, "from_authority": by, "to_authority": to, "form": "oral", "basis": "b",
        "purpose": "p", "necessity_item": GIVEN, "happened_at": NOW, "recorded_at": NOW, "by_staff": named(by),
    }  # fmt: skip


def referral(authority: str) -> dict[str, Any]:
    return {
        "id": new_id(), "number": "PSP-2026-XXXX", "network": "psp", "network_sha": DEFINITION, "card": "a",
        "card_sha": DEFINITION, "calendar_sha": DEFINITION, "kommune": "779", "acute": False, "state": "referred",
        "referring_authority": authority, "referring_unit": f"{authority}/a", "coordinating_authority": POLICE,
        "coordinating_unit": f"{POLICE}/a", "opened_at": NOW,
    }  # fmt: skip


STEP = {"id": new_id(), "case_id": CASE, "key": "x", "state": "ready", "version": 1}
KEPT_VERSION = named(f"version of {KEPT}")
THEIR_VERSION = named(f"version of {THEIRS}")
ACCEPTED: list[tuple[str, type[Base], dict[str, Any]]] = [
    (PSYCHIATRY, FileChunk, chunk(THEIRS, PSYCHIATRY)),
    (KOMMUNE, Case, referral(KOMMUNE)),
    (PSYCHIATRY, Participant, participant(KOMMUNE, added_by=PSYCHIATRY)),
    (PSYCHIATRY, CaseEvent, event(PSYCHIATRY)),
    (PSYCHIATRY, Step, STEP),
    (PSYCHIATRY, Item, item(PSYCHIATRY)),
    (PSYCHIATRY, ItemVersion, version(THEIRS, PSYCHIATRY)),
    (PSYCHIATRY, ItemGrant, grant(granted_by=PSYCHIATRY, granted_to=KOMMUNE, item=THEIRS, onward=True)),
    (PSYCHIATRY, Disclosure, disclosure(by=PSYCHIATRY, to=KOMMUNE)),
    (PSYCHIATRY, Recall, recall(THEIRS, PSYCHIATRY)),
]
REFUSED: list[tuple[str, type[Base], dict[str, Any]]] = [
    # in another's name
    (PSYCHIATRY, Case, referral(POLICE)),
    (PSYCHIATRY, Participant, participant(KOMMUNE, added_by=POLICE)),
    (PSYCHIATRY, CaseEvent, event(POLICE)),
    (PSYCHIATRY, Item, item(POLICE)),
    (PSYCHIATRY, ItemVersion, version(GIVEN, POLICE)),
    (PSYCHIATRY, Disclosure, disclosure(by=POLICE, to=KOMMUNE)),
    (KOMMUNE, Compartment, compartment(POLICE)),
    (PSYCHIATRY, FileChunk, chunk(KEPT, POLICE)),
    # by one who takes no part
    (KOMMUNE, Participant, participant(KOMMUNE, added_by=KOMMUNE)),
    (KOMMUNE, CaseEvent, event(KOMMUNE)),
    (KOMMUNE, Step, STEP),
    (KOMMUNE, Item, item(KOMMUNE)),
    (KOMMUNE, Compartment, compartment(KOMMUNE)),
    (KOMMUNE, Disclosure, disclosure(by=KOMMUNE, to=POLICE)),
    # taking back what is another's, in one's own name or theirs
    (PSYCHIATRY, Recall, recall(GIVEN, PSYCHIATRY)),
    (PSYCHIATRY, Recall, recall(GIVEN, POLICE)),
    (PSYCHIATRY, Breach, breach(named("recall"), PSYCHIATRY)),
    # giving what was taken back
    (POLICE, ItemGrant, grant(granted_by=POLICE, granted_to=PSYCHIATRY, item=RECALLED)),
    # a version of another's item
    (PSYCHIATRY, ItemVersion, version(GIVEN, PSYCHIATRY)),
    # grants of what is not one's own: given to it without leave to pass on, or not given at all
    (PSYCHIATRY, ItemGrant, grant(granted_by=PSYCHIATRY, granted_to=KOMMUNE)),
    (PSYCHIATRY, ItemGrant, grant(granted_by=PSYCHIATRY, granted_to=PSYCHIATRY, item=KEPT)),
    (PSYCHIATRY, ItemGrant, grant(granted_by=POLICE, granted_to=PSYCHIATRY, item=KEPT)),
    (PSYCHIATRY, ItemGrant, grant(granted_by=POLICE, granted_to=PSYCHIATRY, item=KEPT, form="compartment")),
    (KOMMUNE, ItemGrant, grant(granted_by=KOMMUNE, granted_to=KOMMUNE)),
    # another's version under the name of one's own item, which would make it visible
    (
        PSYCHIATRY,
        ItemGrant,
        grant(granted_by=PSYCHIATRY, granted_to=PSYCHIATRY, item=THEIRS, version=KEPT_VERSION),
    ),
    # one's own version under the name of another's item, which would make that visible
    (
        PSYCHIATRY,
        ItemGrant,
        grant(granted_by=PSYCHIATRY, granted_to=PSYCHIATRY, item=KEPT, version=THEIR_VERSION),
    ),
    # in the name of one who did not disclose it
    (PSYCHIATRY, ItemGrant, grant(granted_by=KOMMUNE, granted_to=PSYCHIATRY, form="compartment")),
    # leave to pass on, taken by oneself
    (PSYCHIATRY, ItemGrant, grant(granted_by=POLICE, granted_to=PSYCHIATRY, form="compartment", onward=True)),
    # one's own wrap for another
    (PSYCHIATRY, ItemGrant, grant(granted_by=PSYCHIATRY, granted_to=POLICE, item=THEIRS, form="compartment")),
]


@contextmanager
def writing(app: Engine, other: Engine, authority: str) -> Iterator[tuple[Connection, dict[str, Any]]]:
    """A transaction of the login that speaks for the authority, with its entry; rolled back."""
    login = other if authority == KOMMUNE else app
    with login.connect() as connection:
        speak_for(connection, authority)
        yield connection, {"entry_id": write_entry(connection, authority)}
        connection.rollback()


@pytest.mark.parametrize(("authority", "table", "row"), ACCEPTED)
def test_what_one_may_write(
    app: Engine, other: Engine, authority: str, table: type[Base], row: dict[str, Any]
):
    with writing(app, other, authority) as (connection, entry):
        connection.execute(insert(table).values(**row, **entry))
        connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))


@pytest.mark.parametrize(("authority", "table", "row"), REFUSED)
def test_what_one_may_not(app: Engine, other: Engine, authority: str, table: type[Base], row: dict[str, Any]):
    with (
        writing(app, other, authority) as (connection, entry),
        pytest.raises(ProgrammingError, match="violates row-level security policy"),
    ):
        connection.execute(insert(table).values(**row, **entry))


def test_what_the_owner_released_can_be_passed_on_but_not_released_further(fresh: Database):
    app = engine(fresh.app_url)
    released = grant(granted_by=POLICE, granted_to=PSYCHIATRY, item=KEPT, onward=True)
    with speaking_for(app, POLICE) as connection:
        connection.execute(insert(ItemGrant).values(**released, entry_id=write_entry(connection, POLICE)))
    passed = grant(granted_by=PSYCHIATRY, granted_to=KOMMUNE, item=KEPT)
    own = grant(granted_by=POLICE, granted_to=PSYCHIATRY, item=KEPT, form="compartment", onward=True)
    with speaking_for(app, PSYCHIATRY) as connection:
        entry = write_entry(connection, PSYCHIATRY)
        connection.execute(insert(ItemGrant).values(**own, entry_id=entry))
        connection.execute(insert(ItemGrant).values(**passed, entry_id=entry))
    further = grant(granted_by=PSYCHIATRY, granted_to=POLICE, item=KEPT, onward=True)
    with (
        speaking_for(app, PSYCHIATRY) as connection,
        pytest.raises(ProgrammingError, match="violates row-level security policy"),
        connection.begin_nested(),
    ):
        connection.execute(insert(ItemGrant).values(**further, entry_id=entry))


END = text("UPDATE item_grant SET wrapped = NULL, ended_at = now(), entry_id = :entry WHERE item_id = :item")


def test_what_was_taken_back_is_not_seen_any_more_and_no_kept_copy_of_a_grant_helps(fresh: Database):
    app = engine(fresh.app_url)
    with speaking_for(app, PSYCHIATRY) as connection:
        kept = connection.execute(select(ItemGrant.__table__).where(ItemGrant.granted_to == PSYCHIATRY)).all()
    copies = [row._asdict() for row in kept if row.item_id == GIVEN]
    assert {copy["form"] for copy in copies} == {"hpke", "compartment"}
    with speaking_for(app, POLICE) as connection:
        entry = write_entry(connection, POLICE)
        others = text(f"{END.text} AND granted_to <> 'politi'")
        # its owner ends no grant of what is not recalled
        assert connection.execute(others, {"entry": entry, "item": GIVEN}).rowcount == 0
        connection.execute(insert(Recall).values(**recall(GIVEN), entry_id=entry))
        assert connection.execute(others, {"entry": entry, "item": GIVEN}).rowcount == 2
    with speaking_for(app, PSYCHIATRY) as connection:
        for table, column in (("item", "id"), ("item_version", "item_id")):
            assert set(connection.scalars(text(f"SELECT {column} FROM {table}"))) == {THEIRS}
        left = connection.scalars(text("SELECT wrapped FROM item_grant WHERE item_id = :it"), {"it": GIVEN})
        assert set(left) == {None}
        # told that it was taken back; what was never given to it, it is not told of
        assert list(connection.scalars(text("SELECT item_id FROM recall"))) == [GIVEN]
        entry = write_entry(connection, PSYCHIATRY)
        for copy in copies:
            again = insert(ItemGrant).values(**{**copy, "id": new_id(), "entry_id": entry})
            with pytest.raises(ProgrammingError, match="row-level security"), connection.begin_nested():
                connection.execute(again)
            revive = text(f"UPDATE item_grant SET wrapped = 'w', ended_at = NULL WHERE id = '{copy['id']}'")
            with pytest.raises(DBAPIError, match="ended once"), connection.begin_nested():
                connection.execute(revive)
    with engine(fresh.superuser_url).begin() as connection:
        # not even where a grant outlived the recall
        connection.execute(text("SET session_replication_role = replica"))
        connection.execute(
            text("UPDATE item_grant SET wrapped = 'w', ended_at = NULL WHERE ended_at IS NOT NULL")
        )
    with speaking_for(app, PSYCHIATRY) as connection:
        assert set(connection.scalars(text("SELECT item_id FROM item_version"))) == {THEIRS}


def test_one_ends_what_one_was_given_and_nobody_elses(fresh: Database):
    app = engine(fresh.app_url)
    with speaking_for(app, PSYCHIATRY) as connection:
        entry = write_entry(connection, PSYCHIATRY)
        assert connection.execute(END, {"entry": entry, "item": GIVEN}).rowcount == 2
        assert connection.execute(END, {"entry": entry, "item": KEPT}).rowcount == 0
    with speaking_for(app, POLICE) as connection:
        living = text("SELECT granted_to FROM item_grant WHERE ended_at IS NULL AND item_id = :it")
        assert list(connection.scalars(living, {"it": GIVEN})) == [POLICE]
        changed = text("UPDATE item_grant SET wrapped = 'x' WHERE granted_to = 'politi'")
        with pytest.raises(DBAPIError, match="a grant is ended once"), connection.begin_nested():
            connection.execute(changed)


@pytest.mark.parametrize(("login", "authority"), [("app", KOMMUNE), ("other", POLICE)])
def test_an_entry_in_anothers_name_is_refused(request: pytest.FixtureRequest, login: str, authority: str):
    who: Engine = request.getfixturevalue(login)
    with who.connect() as connection:
        speak_for(connection, authority)
        write_entry(connection, authority)
        with pytest.raises(ProgrammingError, match="violates row-level security"):
            connection.commit()


@pytest.mark.parametrize("table", ["cases", "step", "draft", "compartment"])
def test_nobody_else_changes_a_row(app: Engine, other: Engine, table: str):
    statement = text(f"UPDATE {table} SET entry_id = entry_id")
    with other.connect() as connection:
        speak_for(connection, POLICE)
        assert connection.execute(statement).rowcount == 0
    with app.connect() as connection:
        speak_for(connection, POLICE)
        assert connection.execute(statement).rowcount > 0


def test_everyone_sees_every_authoritys_keys_and_changes_their_own_alone(app: Engine):
    with app.connect() as connection:
        speak_for(connection, POLICE)
        assert set(connection.scalars(text("SELECT authority_id FROM authority_key"))) == {
            POLICE,
            PSYCHIATRY,
            KOMMUNE,
        }
        changed = text("UPDATE authority_key SET wrapped = wrapped RETURNING authority_id")
        assert set(connection.scalars(changed)) == {POLICE}
        speak_for(connection, "")
        assert list(connection.scalars(changed)) == []


def test_a_node_signs_in_and_adds_nobody_of_another_authority(fresh: Database):
    """Else whoever has one node's login makes themself a person, a session or a key of another's, and uses its web."""
    kommune, police = named(KOMMUNE), named(POLICE)
    session = {"created_at": NOW, "seen_at": NOW, "expires_at": NOW}
    person = {
        "unit_id": f"{POLICE}/a",
        "login": "tyv",
        "name": "",
        "title": "",
        "role": "staff",
        "password_hash": "-",
    }
    duty = {"network": "psp", "unit_id": f"{POLICE}/a", "function": "tovholder", "valid_from": NOW.date()}
    key = {"purpose": "signing", "version": 1, "kek_version": 1, "wrapped": Sealed(b"w"), "created_at": NOW}
    with speaking_for(engine(fresh.other_url), KOMMUNE) as connection:
        entry = write_entry(connection, KOMMUNE)
        for statement in (
            insert(Staff).values(id=new_id(), authority_id=POLICE, **person, entry_id=entry),
            insert(ContactDuty).values(id=new_id(), staff_id=police, **duty, entry_id=entry),
            insert(Absence).values(id=new_id(), staff_id=police, first_day=NOW.date(), entry_id=entry),
            insert(DutyPhone).values(unit_id=f"{POLICE}/a", phone="20202020", entry_id=entry),
            insert(AuthorityKey).values(authority_id=POLICE, **key, entry_id=entry),
            insert(WebSession).values(id_hash=b"x", staff_id=police, data={}, **session),
            update(Staff).where(Staff.id == kommune).values(authority_id=POLICE),
            update(WebSession).values(staff_id=police, data={}),
        ):
            with (
                pytest.raises(ProgrammingError, match=r"row-level security|permission"),
                connection.begin_nested(),
            ):
                connection.execute(statement)
        for staff_id in (None, kommune):  # somebody else's name in what says who is signed in
            forged = insert(WebSession).values(
                id_hash=b"x", staff_id=staff_id, data={"_user_id": str(police)}, **session
            )
            with pytest.raises(IntegrityError, match="signed_in"), connection.begin_nested():
                connection.execute(forged)
        assert list(connection.scalars(select(WebSession.staff_id))) == [kommune]
        for change in (
            update(Staff).where(Staff.id == police).values(password_hash="mine", entry_id=entry),
            update(ContactDuty).where(ContactDuty.staff_id == police).values(valid_to=None, entry_id=entry),
            delete(WebSession).where(WebSession.staff_id == police),
        ):
            assert connection.execute(change).rowcount == 0
        assert police in set(connection.scalars(select(Staff.id)))  # whom to call is known to all


def test_what_would_use_a_retired_key_is_refused_whoevers_it_is(fresh: Database):
    app = engine(fresh.app_url)
    with engine(fresh.superuser_url).begin() as connection:
        connection.execute(text("SET session_replication_role = replica"))
        connection.execute(
            text(
                "INSERT INTO authority_key SELECT :theirs, 'receiving', 1, 1, wrapped, NULL, NULL, created_at, now(),"
                " entry_id FROM authority_key WHERE authority_id = :theirs AND purpose = 'working'"
            ),
            {"theirs": PSYCHIATRY},
        )
        connection.execute(
            text("UPDATE authority_key SET retired_at = now() WHERE authority_id = :me"), {"me": POLICE}
        )
    versions = {"key_version": 1, "signing_version": 1}
    to_retired = {**grant(granted_by=POLICE, granted_to=PSYCHIATRY, item=KEPT), **versions}
    with speaking_for(app, POLICE) as connection:
        entry = write_entry(connection, POLICE)
        for statement in (
            insert(ItemGrant).values(**to_retired, entry_id=entry),
            text("UPDATE compartment SET key_version = 1"),
        ):
            with pytest.raises(DBAPIError, match="is retired"), connection.begin_nested():
                connection.execute(statement)
        later = text("UPDATE compartment SET key_version = 2, entry_id = :entry")
        assert connection.execute(later, {"entry": entry}).rowcount > 0


def count(connection: Connection, table: str) -> int:
    return connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
