"""One small case across three authorities, so that no table is empty: written through the logins that may write it.

The police (`politi`) refer a citizen and coordinate; psychiatry (`psykiatri`) takes part, has been given one item and
keeps one of its own; the kommune (`kommune`) stands outside. Ciphertext is random bytes: nothing here is opened.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Connection, Engine, NullPool, create_engine, event, insert, text, update

from casehub.model import (
    Absence,
    Approval,
    Assignment,
    AuditCheckpoint,
    AuditCommitment,
    AuditContent,
    AuditCosignature,
    AuditNode,
    AuditObject,
    AuditWitness,
    Authority,
    AuthorityKey,
    Base,
    Breach,
    BreakGlass,
    CalendarFeed,
    Case,
    CaseErasure,
    CaseEvent,
    Compartment,
    Consent,
    ContactDuty,
    CoordinatedPlan,
    Decision,
    DefinitionVersion,
    Disclosure,
    Draft,
    DutyPhone,
    Exclusion,
    FileChunk,
    ForumApproval,
    ForumMeeting,
    IndexToken,
    Item,
    ItemGrant,
    ItemVersion,
    LegalHold,
    LogExport,
    LogKey,
    LogSample,
    LogSignal,
    Mail,
    Meeting,
    MeetingCase,
    MeetingInvitee,
    Message,
    MessageChoice,
    Participant,
    QueueRun,
    Recall,
    Review,
    ReviewText,
    Sealed,
    SignInAttempt,
    Staff,
    Step,
    StepNotice,
    TaskNotice,
    Unit,
    WebSession,
    WheelTask,
    new_id,
)
from casehub.model.bootstrap import NODE, set_node_authorities
from tests.databases import OTHER_NODE, Database

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
POLICE, PSYCHIATRY, KOMMUNE = "politi", "psykiatri", "kommune"
AUTHORITIES = (POLICE, PSYCHIATRY, KOMMUNE)
NAMESPACE = UUID("5a41e400-0000-4000-8000-000000000000")
DEFINITION = b"d" * 32


def named(name: str) -> UUID:
    """The same id for the same name, so that tests can speak of rows."""
    return uuid5(NAMESPACE, name)


CASE, GIVEN, KEPT, THEIRS = named("case"), named("given"), named("kept"), named("theirs")
"""The case; the police's items, given to psychiatry and kept; and psychiatry's own."""
RECALLED = named("recalled")
"""Another of the police's, which they took back before anybody was given it."""


def engine(url: str) -> Engine:
    """An engine whose connections are closed when done, so that the database can be dropped."""
    return create_engine(url, poolclass=NullPool)


@contextmanager
def speaking_for(database_engine: Engine, authority: str | None) -> Iterator[Connection]:
    """A transaction of a login that speaks for an authority; committed at the end."""
    with database_engine.begin() as connection:
        if authority is not None:
            speak_for(connection, authority)
        yield connection


def speak_for(connection: Connection, authority: str) -> None:
    """Set the transaction's authority, as casehub does."""
    connection.execute(text("SELECT set_config('casehub.authority', :it, true)"), {"it": authority})


def write_entry(
    connection: Connection,
    authority: str | None,
    *,
    concerned: tuple[str, ...] = (),
    entry: UUID | None = None,
) -> UUID:
    """An entry for what this transaction writes. Its content names those rows, and is written when it is committed."""
    entry = entry or new_id()
    connection.execute(insert(AuditCommitment).values(id=entry, leaf=entry.bytes * 2))

    def finish(connection: Connection) -> None:
        if authority is not None:
            speak_for(connection, authority)
        told = json.dumps({"id": str(entry), "rows": _rows_under(connection, entry)})
        connection.execute(
            insert(AuditContent).values(
                entry_id=entry, nonce=b"n" * 32, content=told.encode(), at=NOW, actor_id=None, authority_id=authority,
                unit_id=None, event="case.read", outcome="allowed", concerned=list(concerned),
            )
        )  # fmt: skip
        connection.execute(
            insert(AuditObject).values(entry_id=entry, position=0, case_id=CASE, authority_id=authority, kind="case", object_id=str(CASE))
        )  # fmt: skip

    event.listen(connection, "commit", finish, once=True)
    return entry


def _rows_under(connection: Connection, entry: UUID) -> str | None:
    """None also on a schema that does not list changes yet."""
    if connection.scalar(text("SELECT to_regprocedure('rows_under(uuid)')")) is None:
        return None
    rows: str | None = connection.scalar(text("SELECT rows_under(:entry)"), {"entry": entry})
    return rows


def write_story(database: Database) -> None:
    """Write all of it: casehub_node speaks for the police and psychiatry, the other node for the kommune."""
    set_node_authorities(database.owner_url, login=NODE, authorities=[POLICE, PSYCHIATRY])
    set_node_authorities(database.owner_url, login=OTHER_NODE, authorities=[KOMMUNE])
    app = engine(database.app_url)
    with speaking_for(app, None) as connection:
        write_organisation(connection)
        write_people(connection, POLICE, PSYCHIATRY)
    with speaking_for(engine(database.other_url), None) as connection:
        write_people(connection, KOMMUNE)
    with speaking_for(app, POLICE) as connection:
        write_referral(connection)
        write_question(connection)
        write_meeting(connection)
        write_control(connection)
    with speaking_for(app, POLICE) as connection:
        write_erasure(connection)
    with speaking_for(app, PSYCHIATRY) as connection:
        write_acceptance(connection)
    with speaking_for(app, POLICE) as connection:
        entry = write_entry(connection, POLICE)
        _own(connection, entry, POLICE, RECALLED)
        connection.execute(insert(FileChunk).values(**chunk(KEPT, POLICE), entry_id=entry))
        taken_back = recall(RECALLED)
        connection.execute(insert(Recall).values(**taken_back, entry_id=entry))
        connection.execute(insert(Consent).values(**consent(RECALLED), entry_id=entry))
        connection.execute(insert(Breach).values(**breach(taken_back["id"]), entry_id=entry))
        connection.execute(insert(StepNotice).values(**notice(), entry_id=entry))
        told = notice() | {"about": "decision", "about_id": named("task")}
        del told["step_id"]
        connection.execute(insert(TaskNotice).values(**told, entry_id=entry))
        connection.execute(insert(Message).values(**message()))
        told = {"id": new_id(), "authority_id": POLICE, "staff_id": named(POLICE), "kind": "news", "count": 1}
        connection.execute(insert(Mail).values(**told, made_at=NOW, next_try_at=NOW, tries=0))
        connection.execute(insert(QueueRun).values(authority_id=POLICE, ran_at=NOW))
        choice = {"staff_id": named(POLICE), "authority_id": POLICE, "delivery": "digest", "entry_id": entry}
        connection.execute(insert(MessageChoice).values(**choice))
        feed = {"staff_id": named(POLICE), "authority_id": POLICE, "token_hash": b"t" * 32, "made_at": NOW}
        connection.execute(insert(CalendarFeed).values(**feed, entry_id=entry))
        connection.execute(insert(LogExport).values(authority_id=POLICE, next_position=1, entry_id=entry))
    with speaking_for(app, None) as connection:
        write_tree(connection)


def write_tree(connection: Connection) -> None:
    """The log's key, numbers for the entries so far, and rows that stand for the rest of the tree."""
    connection.execute(text("SELECT sequence_log(1000)"))
    connection.execute(insert(AuditNode).values(level=1, number=0, hash=b"h"))
    connection.execute(insert(AuditCheckpoint).values(size=3, root=b"r", note=""))
    connection.execute(insert(AuditCosignature).values(size=3, witness="w", key_id=b"k", signature=b"s"))
    connection.execute(insert(AuditWitness).values(witness="w", key_id=b"k", outcome="cosigned", since=NOW))
    connection.execute(
        insert(LogKey).values(
            version=1, origin="o", kek_version=1, wrapped=Sealed(b"w"), public=b"p", created_at=NOW,
            entry_id=write_entry(connection, None),
        )
    )  # fmt: skip


def write_organisation(connection: Connection) -> None:
    """Authorities and the definitions in use: what has no row security."""
    entry = write_entry(connection, None)

    def add(table: type[Base], **values: Any) -> None:
        connection.execute(insert(table).values(**values))

    add(
        DefinitionVersion,
        sha256=DEFINITION,
        kind="card",
        name="a",
        content=b"a",
        active=True,
        first_used_at=NOW,
        entry_id=entry,
    )
    for each in AUTHORITIES:
        add(Authority, id=each, kind=each, name=each, kommuner=["779"], entry_id=entry)
        add(Unit, id=f"{each}/a", authority_id=each, kind="unit", name=each, kommuner=["779"], entry_id=entry)
    add(SignInAttempt, id=new_id(), key=b"k", at=NOW)


def write_people(connection: Connection, *authorities: str) -> None:
    """Somebody of each of these, with a duty and a session, and a key: on a node of theirs."""
    entry = write_entry(connection, None)

    def add(table: type[Base], **values: Any) -> None:
        connection.execute(insert(table).values(**values))

    for each in authorities:
        add(
            Staff, id=named(each), authority_id=each, unit_id=f"{each}/a", login=each, name="Kim Opdigtet", title="",
            role="staff", password_hash="-", entry_id=entry,
        )  # fmt: skip
        add(
            ContactDuty, id=new_id(), staff_id=named(each), network="psp", unit_id=f"{each}/a",
            function="kontaktperson", valid_from=date(2026, 1, 1), entry_id=entry,
        )  # fmt: skip
        add(
            AuthorityKey, authority_id=each, purpose="working", version=1, kek_version=1, wrapped=Sealed(b"w"),
            created_at=NOW, entry_id=entry,
        )  # fmt: skip
        add(
            WebSession, id_hash=each.encode(), staff_id=named(each), data={"_user_id": str(named(each))},
            created_at=NOW, seen_at=NOW, expires_at=NOW,
        )  # fmt: skip


def write_referral(connection: Connection) -> None:
    """The police refer the citizen, give psychiatry one item and keep the other."""
    entry = write_entry(connection, POLICE, concerned=(PSYCHIATRY,))

    def add(table: type[Base], **values: Any) -> None:
        connection.execute(insert(table).values(**values, entry_id=entry))

    add(
        Case, id=CASE, number="PSP-2026-K7QM", network="psp", network_sha=DEFINITION, card="a", card_sha=DEFINITION, calendar_sha=DEFINITION,
        kommune="779", acute=False, state="open", referring_authority=POLICE, referring_unit=f"{POLICE}/a",
        coordinating_authority=POLICE, coordinating_unit=f"{POLICE}/a", opened_at=NOW,
    )  # fmt: skip
    for each in (POLICE, PSYCHIATRY):
        add(
            Participant,
            id=named(f"participant {each}"),
            case_id=CASE,
            authority_id=each,
            unit_id=f"{each}/a",
            added_by=POLICE,
            since=NOW,
        )
    add(
        CaseEvent,
        id=new_id(),
        case_id=CASE,
        name="case.created",
        at=NOW,
        recorded_at=NOW,
        by_staff=named(POLICE),
        by_authority=POLICE,
    )
    add(
        Step,
        id=named("step"),
        case_id=CASE,
        key="triage",
        responsible_authority=POLICE,
        state="ready",
        version=1,
    )
    _own(connection, entry, POLICE, GIVEN)
    _own(connection, entry, POLICE, KEPT)
    add(
        Disclosure, id=named("disclosure"), case_id=CASE, from_authority=POLICE, to_authority=PSYCHIATRY,
        form="written", basis="b", purpose="p", necessity_item=GIVEN, happened_at=NOW, recorded_at=NOW,
        by_staff=named(POLICE),
    )  # fmt: skip
    connection.execute(
        insert(ItemGrant).values(**grant(granted_by=POLICE, granted_to=PSYCHIATRY), entry_id=entry)
    )


def write_question(connection: Connection) -> None:
    """What two of the police must agree on."""
    connection.execute(
        insert(Approval).values(
            id=named("approval"), authority_id=POLICE, kind="erase_case", case_id=CASE, subject={}, asked_by=named(POLICE),
            asked_at=NOW, reason=Sealed(b"r"), key_version=1, state="asked", entry_id=write_entry(connection, POLICE),
        )
    )  # fmt: skip


def write_meeting(connection: Connection) -> None:
    """The police call a meeting about the case with psychiatry, which gives the police something to do."""
    entry = write_entry(connection, POLICE)

    def add(table: type[Base], **values: Any) -> None:
        connection.execute(insert(table).values(**values, entry_id=entry))

    add(
        Meeting, id=named("meeting"), network="psp", authority_id=POLICE, unit_id=f"{POLICE}/a", starts_at=NOW,
        place="p", state="planned", minutes_due_at=NOW, called_by=named(POLICE), called_at=NOW,
    )  # fmt: skip
    for each in (POLICE, PSYCHIATRY):
        add(
            MeetingInvitee,
            id=new_id(),
            meeting_id=named("meeting"),
            authority_id=each,
            staff_id=named(each),
        )
    add(
        ForumMeeting, id=named("council"), forum="f", authority_id=POLICE, readers=[PSYCHIATRY], guests=[], starts_at=NOW,
        place="p", agenda="a", called_by=named(POLICE), called_at=NOW, minutes="m", version=1, written_by=named(POLICE),
    )  # fmt: skip
    add(
        ForumApproval, id=new_id(), meeting_id=named("council"), version=1, authority_id=POLICE, unit_id=f"{POLICE}/a",
        staff_id=named(POLICE), at=NOW,
    )  # fmt: skip
    add(
        CoordinatedPlan, id=new_id(), forum="f", year=2027, authority_id=POLICE, readers=[PSYCHIATRY],
        sections={"a": "b"},
    )  # fmt: skip
    add(
        WheelTask, id=named("wheel"), obligation="o", task="t", subject="s", cycle=2026, authority_id=POLICE,
        unit_id=f"{POLICE}/a", readers=[PSYCHIATRY], due_at=NOW,
    )  # fmt: skip
    add(MeetingCase, id=new_id(), meeting_id=named("meeting"), case_id=CASE)
    add(
        Decision, id=new_id(), case_id=CASE, meeting_id=named("meeting"), item_id=KEPT, owner_authority=POLICE,
        due_at=NOW, decided_by=named(POLICE), decided_at=NOW,
    )  # fmt: skip


def write_erasure(connection: Connection) -> None:
    """The police hold their copy of the case back from erasing, and erase one that is over, in which nothing was written."""
    entry = write_entry(connection, POLICE)

    def add(table: type[Base], **values: Any) -> None:
        connection.execute(insert(table).values(**values, entry_id=entry))

    over, second = named("over"), named("second of the police")
    add(
        Exclusion,
        id=named("exclusion"),
        case_id=CASE,
        staff_id=named(POLICE),
        staff_authority=POLICE,
        authority_id=POLICE,
        reason_item=KEPT,
        set_by=named(POLICE),
        set_at=NOW,
    )
    add(
        LegalHold,
        id=new_id(),
        case_id=CASE,
        authority_id=POLICE,
        reason_item=KEPT,
        set_by=named(POLICE),
        set_at=NOW,
    )
    add(
        Staff, id=second, authority_id=POLICE, unit_id=f"{POLICE}/a", login="second", name="Mo Opdigtet", title="",
        role="staff", password_hash="-",
    )  # fmt: skip
    add(Absence, id=new_id(), staff_id=second, first_day=date(2026, 1, 5), last_day=date(2026, 1, 9))
    add(DutyPhone, unit_id=f"{POLICE}/a", phone="10 11 12 13")
    add(
        Case, id=over, number="PSP-2026-K7QN", network="psp", network_sha=DEFINITION, card="a", card_sha=DEFINITION,
        calendar_sha=DEFINITION, kommune="779", acute=False, state="closed", referring_authority=POLICE,
        referring_unit=f"{POLICE}/a", coordinating_authority=POLICE, coordinating_unit=f"{POLICE}/a", opened_at=NOW,
    )  # fmt: skip
    asked = named("erase it")
    add(
        Approval, id=asked, authority_id=POLICE, kind="erase_case", case_id=over, subject={}, asked_by=named(POLICE),
        asked_at=NOW, reason=Sealed(b"r"), key_version=1, state="asked",
    )  # fmt: skip
    confirmed = {
        "state": "confirmed",
        "answered_by": second,
        "answered_at": NOW,
        "reason": None,
        "key_version": None,
    }
    connection.execute(update(Approval).where(Approval.id == asked).values(**confirmed))
    add(
        CaseErasure, id=new_id(), case_id=over, authority_id=POLICE, approval_id=asked, erased_at=NOW,
        working_version=1, receiving_version=1, final_on=NOW.date(),
    )  # fmt: skip


def write_control(connection: Connection) -> None:
    """A sample, a signal and a review at the police, with a text."""
    entry = write_entry(connection, POLICE)

    def add(table: type[Base], **values: Any) -> None:
        connection.execute(insert(table).values(**values, authority_id=POLICE, entry_id=entry))

    add(
        Staff, id=named("reviewer"), unit_id=f"{POLICE}/a", login="reviewer", name="Ea Opdigtet", title="",
        role="reviewer", password_hash="-",
    )  # fmt: skip
    add(
        LogSample, id=named("sample"), drawn_by=named("reviewer"), drawn_at=NOW, since=NOW, wanted=1, considered=1,
        left_out={}, eligible=1, entries=[entry],
    )  # fmt: skip
    add(
        LogSignal,
        id=named("signal"),
        rule="r",
        actor_id=named(POLICE),
        day=NOW.date(),
        entries=[entry],
        found_at=NOW,
    )
    add(
        Review,
        id=named("review"),
        subject=named(POLICE),
        entries=[entry],
        opened_by=named("reviewer"),
        opened_at=NOW,
        due_at=NOW,
    )
    add(
        BreakGlass, id=named("glass"), case_id=CASE, staff_id=named(POLICE), kind="k", opened_at=NOW,
        ends_at=NOW + timedelta(hours=1), review_id=named("review"),
    )  # fmt: skip
    add(
        ReviewText, id=named("review text"), review_id=named("review"), kind="question", by_staff=named("reviewer"),
        at=NOW, sealed=Sealed(b"s"), key_version=1,
    )  # fmt: skip


def write_acceptance(connection: Connection) -> None:
    """Psychiatry moves what it was given into its own compartment, and writes an item of its own."""
    entry = write_entry(connection, PSYCHIATRY)
    _own(connection, entry, PSYCHIATRY, THEIRS)
    accepted = grant(granted_by=POLICE, granted_to=PSYCHIATRY, form="compartment")
    connection.execute(insert(ItemGrant).values(**accepted, entry_id=entry))
    _index(connection, entry, PSYCHIATRY, GIVEN)


def grant(
    *,
    granted_by: str,
    granted_to: str,
    form: str = "hpke",
    item: UUID = GIVEN,
    version: UUID | None = None,
    onward: bool = False,
) -> dict[str, Any]:
    """The columns of a grant of an item's only version."""
    return {
        "id": new_id(), "case_id": CASE, "item_id": item, "item_version_id": version or named(f"version of {item}"),
        "granted_by": granted_by, "granted_to": granted_to, "form": form, "wrapped": Sealed(b"w"), "onward": onward,
        "compartment_id": named(f"compartment {granted_to}") if form == "compartment" else None,
        "signature": b"s" if form == "hpke" else None,
    }  # fmt: skip


def chunk(item: UUID, authority: str) -> dict[str, Any]:
    """The columns of the only chunk of an item's only version."""
    return {
        "item_version_id": named(f"version of {item}"), "number": 0, "authority_id": authority, "sealed": Sealed(b"s"),
        "sha256": b"h",
    }  # fmt: skip


def notice() -> dict[str, Any]:
    """The columns of what was told of the police's step."""
    return {
        "id": new_id(), "step_id": named("step"), "case_id": CASE, "authority_id": POLICE, "kind": "overdue",
        "due_at": NOW, "at": NOW, "told_at": NOW,
    }  # fmt: skip


def message(staff: str = POLICE, authority: str = POLICE) -> dict[str, Any]:
    """The columns of what somebody was told."""
    return {
        "id": new_id(), "authority_id": authority, "staff_id": named(staff), "kind": "overdue", "case_id": CASE,
        "source": named("notice"), "at": NOW,
    }  # fmt: skip


def recall(item: UUID, authority: str = POLICE) -> dict[str, Any]:
    """The columns of a recall."""
    return {
        "id": new_id(), "case_id": CASE, "item_id": item, "kind": "note", "authority_id": authority,
        "by_staff": named(authority), "at": NOW, "reason_item": item,
    }  # fmt: skip


def consent(item: UUID, authority: str = POLICE) -> dict[str, Any]:
    """The columns of a consent."""
    return {
        "id": new_id(), "case_id": CASE, "authority_id": authority, "authorities": [POLICE, PSYCHIATRY],
        "information": ["helbred"], "given_how": "oral", "given_on": NOW.date(), "valid_until": NOW, "item_id": item,
        "recorded_by": named(authority), "recorded_at": NOW,
    }  # fmt: skip


def breach(recall_id: UUID, authority: str = POLICE) -> dict[str, Any]:
    """The columns of a breach."""
    return {
        "id": new_id(), "case_id": CASE, "authority_id": authority, "recall_id": recall_id, "report_item": RECALLED,
        "aware_at": NOW, "due_at": NOW,
    }  # fmt: skip


def _own(connection: Connection, entry: UUID, authority: str, item: UUID) -> None:
    """An item of one's own with everything that hangs on it; the first makes the compartment, assignment and draft."""

    def add(table: type[Base], **values: Any) -> None:
        connection.execute(insert(table).values(**values, entry_id=entry))

    if item not in {KEPT, RECALLED}:
        add(
            Compartment,
            id=named(f"compartment {authority}"),
            case_id=CASE,
            authority_id=authority,
            key_version=1,
            wrapped=Sealed(b"w"),
        )
        add(
            Assignment,
            id=new_id(),
            case_id=CASE,
            authority_id=authority,
            staff_id=named(authority),
            since=NOW,
        )
        add(
            Draft,
            id=new_id(),
            authority_id=authority,
            staff_id=named(authority),
            path="/",
            sealed=Sealed(b"s"),
            key_version=1,
            expires_at=NOW,
        )
    add(
        Item,
        id=item,
        case_id=CASE,
        authority_id=authority,
        kind="note",
        created_by=named(authority),
        created_at=NOW,
    )
    add(
        ItemVersion, id=named(f"version of {item}"), item_id=item, case_id=CASE, authority_id=authority, version=1,
        sealed=Sealed(b"s"), sha256=b"h", created_at=NOW,
    )  # fmt: skip
    connection.execute(
        insert(ItemGrant).values(
            **grant(granted_by=authority, granted_to=authority, form="compartment", item=item), entry_id=entry
        )
    )
    _index(connection, entry, authority, item)


def _index(connection: Connection, entry: UUID, authority: str, item: UUID) -> None:
    connection.execute(
        insert(IndexToken).values(
            authority_id=authority, purpose="psp", field="cpr", token=b"t", item_id=item, case_id=CASE, key_version=1, entry_id=entry
        )
    )  # fmt: skip
