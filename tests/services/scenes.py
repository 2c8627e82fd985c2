"""Scenes that tests begin with, and what they look at afterwards: the entries written, the statements sent.

Every scene goes through the services; only looking goes around them, as superuser.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

from psycopg import connect
from psycopg.sql import SQL, Identifier
from sqlalchemy import event, select

from casehub.access.actions import Action
from casehub.access.actor import Actor, system_actor
from casehub.audit import Event
from casehub.definitions.loading import load_definitions
from casehub.model import DefinitionVersion, Staff
from casehub.runtime import Runtime
from casehub.services import (
    access_reports,
    approvals,
    assessments,
    breaches,
    calling,
    cases,
    consents,
    exclusions,
    files,
    notes,
    parties,
    recalls,
    referrals,
    steps,
)
from casehub.services.recall_views import BreachReport
from casehub.services.views import CaseView, StepView
from casehub.workflow.calendar import COPENHAGEN
from tests.house import House, referral

POLICE, KOMMUNE, PSYCHIATRY, PRISONS = "mvj-politi", "herning-kommune", "psykiatri-midt", "kriminalforsorgen"
GROUP = "psp/mvj-politi/sekretariat"
SOCIAL, DISTRICT, KIF = "herning-kommune/social", "psykiatri-midt/distrikt", "kriminalforsorgen/kif"
POLICIES = Path(__file__).parents[2] / "policies"
Content = dict[str, Any]


def refer(house: House, login: str = "politi.herning", **changed: object) -> UUID:
    """A new referral."""
    with house.work(login) as ctx:
        return referrals.create_referral(ctx, network="psp", data=referral(**changed))


def triage(house: House, case_id: UUID) -> None:
    """The tovholder takes it up."""
    complete(
        house, "tovholder", case_id, "triage", decision="accept", reason="Hører til.", meeting_on="2026-12-15"
    )


def share(house: House, case_id: UUID, *units: str, necessity: str = "Har borgeren i forløb.") -> None:
    """The tovholder shares it with these units, each on the first basis of its pair."""
    with house.work("tovholder") as ctx:
        bases = {
            proposal.unit_id: proposal.bases
            for proposal in parties.propose_parties(ctx, case_id=case_id).proposals
        }
    chosen = [parties.PartyChoice(unit, bases[unit][0].value, necessity) for unit in units]
    with house.work("tovholder") as ctx:
        parties.share_case(ctx, case_id=case_id, parties=chosen, purpose="forebyggelse")


def consent(
    house: House,
    login: str,
    case_id: UUID,
    *authorities: str,
    information: Sequence[str] = ("almindelige", "strafbare", "helbred", "boern"),
    until: str = "2028-11-24",
) -> UUID:
    """A consent that the citizen gave this person, between their authority and these."""
    with house.work(login) as ctx:
        return consents.record_consent(
            ctx,
            case_id=case_id,
            data=consents.ConsentInput(
                authorities=authorities,
                information=tuple(information),
                how="written",
                given_on="2026-11-24",
                until=until,
                given_to="Mig",
                text="Må gerne tale sammen om mig.",
            ),
        )


def open_case(house: House, **changed: object) -> UUID:
    """A case that police, kommune and psychiatry take part in, everything received."""
    case_id = refer(house, **changed)
    triage(house, case_id)
    consent(house, "tovholder", case_id, KOMMUNE, PSYCHIATRY, PRISONS)
    share(house, case_id, SOCIAL, DISTRICT)
    house.run_jobs(POLICE, KOMMUNE, PSYCHIATRY)
    return case_id


def read(house: House, login: str, case_id: UUID) -> CaseView:
    """The case page."""
    with house.work(login) as ctx:
        return cases.read_case(ctx, case_id=case_id)


def step_of(house: House, login: str, case_id: UUID, key: str) -> StepView:
    """The one step of that key that this person may complete now."""
    [found] = [view for view in read(house, login, case_id).steps if view.key == key and view.can_complete]
    return found


def complete(house: House, login: str, case_id: UUID, key: str, **values: object) -> None:
    """Complete a step."""
    found = step_of(house, login, case_id, key)
    with house.work(login) as ctx:
        steps.complete_step(
            ctx, case_id=case_id, step_id=found.id, version=found.version, values=values  # type: ignore[arg-type]
        )  # fmt: skip


def write_note(
    house: House, login: str, case_id: UUID, text: str, readers: Sequence[tuple[str, str]] = ()
) -> UUID:
    """A note, disclosed at once to `readers` (authority, basis)."""
    with house.work(login) as ctx:
        return notes.write_note(
            ctx,
            case_id=case_id,
            text=text,
            readers=[notes.ReaderChoice(*reader) for reader in readers],
            purpose="forebyggelse" if readers else "",
            necessity="De møder ham om natten." if readers else "",
        )


def answered(*present: str) -> dict[str, str]:
    """Answers to PSP's checklist: these are there, the rest are not."""
    checklist = load_definitions(POLICIES).checklists["psp-kendetegn"]
    return {item.id: "ja" if item.id in present else "nej" for item in checklist.items}


def assess(
    house: House,
    login: str,
    case_id: UUID,
    answers: Mapping[str, str],
    readers: Sequence[tuple[str, str]] = (),
    **data: str,
) -> UUID:
    """An assessment by PSP's checklist, disclosed at once to `readers` (authority, basis)."""
    with house.work(login) as ctx:
        return assessments.write_assessment(
            ctx,
            case_id=case_id,
            checklist_id="psp-kendetegn",
            version="",
            data=assessments.AssessmentInput(answers, **data),
            readers=[notes.ReaderChoice(*reader) for reader in readers],
            purpose="forebyggelse" if readers else "",
            necessity="De kører ud til ham." if readers else "",
        )


def ask(house: House, login: str, subject: str = "borger") -> UUID:
    """Ask a colleague to confirm an answer to a citizen."""
    with house.work(login) as ctx:
        return approvals.ask_approval(
            ctx,
            kind=approvals.Kind.ACCESS_REPORT,
            reason="Borgeren har bedt om det.",
            subject={"id": subject},
        )


def confirmed_answer(house: House, login: str, colleague: str) -> UUID:
    """An answer to the citizen that one asked for and another confirmed."""
    with house.work(login) as ctx:
        question = access_reports.ask_report(
            ctx, cpr="670385-1234", reason="Har bedt om indsigt.", acknowledged="ja"
        )
    with house.work(colleague) as ctx:
        approvals.confirm_approval(ctx, approval_id=question)
    return question


def recall_with_breach(house: House, login: str, case_id: UUID, note: UUID) -> UUID:
    """A note taken back because somebody should not have had it; the breach report that began."""
    with house.work(login) as ctx:
        breach = recalls.recall_item(
            ctx,
            case_id=case_id,
            item_id=note,
            reason="Skrevet i den forkerte sag.",
            breach="ja",
            aware_at=house.clock().astimezone(COPENHAGEN).isoformat()[:16],
        )
    assert breach is not None
    return breach


def concluded_report() -> BreachReport:
    """A report with all that must be written to conclude it."""
    return BreachReport(
        what="Notatet blev skrevet i den forkerte sag.",
        categories="Helbredsoplysninger om én borger.",
        consequences="Politiet ved noget, de ikke skulle vide.",
        measures="Trukket tilbage. Politiet er ringet op.",
        informed="Underrettet i telefonen samme dag.",
        outcome=breaches.REPORTED,
        reported_on="2026-11-24",
        journal="2026-441-0001",
    )


def bar(house: House, login: str, case_id: UUID, barred: str) -> UUID:
    """Someone is barred from the case; the exclusion."""
    with house.work(login) as ctx:
        exclusions.exclude(
            ctx, case_id=case_id, staff=str(house.staff[barred]), reason="Er i familie med borgeren."
        )
    standing = "SELECT id FROM exclusion WHERE case_id = %s AND staff_id = %s AND lifted_at IS NULL"
    [(exclusion,)] = look(house, standing, case_id, house.staff[barred])
    found: UUID = exclusion
    return found


def put_file(
    house: House,
    login: str,
    case_id: UUID,
    *,
    content: bytes = b"%PDF-1.7 erkl\xc3\xa6ring",
    readers: Sequence[tuple[str, str]] = (),
    name: str = "Erklæring.pdf",
) -> UUID:
    """A file, disclosed at once to `readers` (authority, basis)."""
    with house.work(login) as ctx:
        return files.write_file(
            ctx,
            case_id=case_id,
            upload=files.Upload(name, iter([content])),
            readers=[files.ReaderChoice(*reader) for reader in readers],
            purpose="forebyggelse" if readers else "",
            necessity="De møder ham om natten." if readers else "",
        )


def fetch_file(house: House, login: str, case_id: UUID, item_id: UUID) -> bytes:
    """All of a file."""
    with house.work(login) as ctx:
        return b"".join(files.read_file(ctx, case_id=case_id, item_id=item_id).chunks)


def end(house: House, case_id: UUID, deletion_on: str = "2027-11-24") -> None:
    """The tovholder closes the case, past its card."""
    with (
        house.work("tovholder") as ctx,
        ctx.gate.write_case(action=Action.CASE_CLOSE, case_id=case_id, event=Event.STEP_COMPLETED) as writing,
    ):
        case = writing.case.case
        case.state, case.closed_at = "closed", ctx.now
        case.deletion_on = date.fromisoformat(deletion_on)


def ask_erasure(house: House, login: str, case_id: UUID) -> UUID:
    """Ask a colleague to confirm that the own copy of a case is erased."""
    with house.work(login) as ctx:
        return approvals.ask_approval(
            ctx, kind=approvals.Kind.ERASE_CASE, case_id=case_id, reason="Sagen er slut."
        )


def confirm(house: House, login: str, approval_id: UUID) -> None:
    """Confirm what a colleague asked for."""
    with house.work(login) as ctx:
        approvals.confirm_approval(ctx, approval_id=approval_id)


def follow_older(runtime: Runtime, login: str, case_id: UUID) -> None:
    """Let a case follow another version of its calendar than the one in force, past what casehub does."""
    with runtime.work_as_operator() as ctx:
        kept = select(DefinitionVersion).where(DefinitionVersion.kind == "calendar", DefinitionVersion.active)
        now = ctx.session.scalars(kept).one()
        content = now.content + b"# older\n"
        sha = sha256(content).digest()
        values = {"kind": "calendar", "name": now.name, "content": content, "first_used_at": ctx.now}
        with ctx.record(Event.DEFINITIONS_ACTIVATED):
            ctx.session.add(DefinitionVersion(sha256=sha, active=False, **values))
        [staff_id] = ctx.session.scalars(select(Staff.id).where(Staff.login == login))
    actor = runtime.actor(staff_id)
    assert actor
    with (
        runtime.work(actor) as work,
        work.gate.write_case(
            action=Action.CASE_RENEW_CARD, case_id=case_id, event=Event.CASE_CARD_RENEWED
        ) as writing,
    ):
        writing.case.case.calendar_sha = sha


def call_meeting(
    house: House,
    *case_ids: UUID,
    guests: Sequence[str] = ("kommune.herning", "psykiatri.midt"),
    days: float = 21,
) -> UUID:
    """The tovholder calls a meeting about these cases in so many days, with these guests."""
    at = (house.clock() + timedelta(days=days)).astimezone(COPENHAGEN)
    with house.work("tovholder") as ctx:
        return calling.call_meeting(
            ctx,
            data=calling.CallInput(
                group=GROUP,
                starts_at=at.isoformat()[:16],
                place="Mødelokale 2, Nørreport 1, Holstebro",
                cases=case_ids,
                invited=tuple(house.staff[login] for login in guests),
            ),
        )


def system(house: House, authority: str) -> Actor:
    """The system actor of an authority's queue."""
    return system_actor(authority, house.runtime.catalogue.authority_kind(authority))


def look(house: House, query: str, *values: object) -> list[tuple[Any, ...]]:
    """Look around everything, as superuser."""
    with connect(house.database.superuser_url, autocommit=True) as connection:
        return connection.execute(query.encode(), values).fetchall()


def alter(house: House, *statements: str) -> None:
    """Change the database itself, as superuser."""
    with connect(house.database.superuser_url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def entries(house: House) -> list[Content]:
    """Every entry of the log, oldest first."""
    return [json.loads(row[0]) for row in look(house, "SELECT content FROM audit_content ORDER BY entry_id")]


def entries_of(house: House, act: Callable[[], object]) -> list[Content]:
    """The entries an act leaves."""
    before = len(entries(house))
    act()
    return entries(house)[before:]


def rows(house: House) -> dict[str, int]:
    """How many rows each table has, the log's included."""
    tables = look(
        house, "SELECT relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace WHERE relkind = 'r' AND nspname = 'public'"
    )  # fmt: skip
    count = SQL(" UNION ALL ").join(
        SQL("SELECT {}, count(*) FROM {}").format(name, Identifier(name)) for (name,) in tables
    )
    with connect(house.database.superuser_url, autocommit=True) as connection:
        return dict(connection.execute(count).fetchall())


@dataclass(slots=True)
class Traffic:
    """What one connection pool sent: the statements, commits and rollbacks, in order."""

    sent: list[str] = field(default_factory=list)

    @property
    def shape(self) -> list[str]:
        """The statements without their values, which are never in them; commits and rollbacks as such."""
        return [" ".join(statement.split()) for statement in self.sent]


@contextmanager
def traffic(house: House) -> Iterator[Traffic]:
    """Listen to what the node sends to the database."""
    heard = Traffic()
    engine = house.runtime.engine

    def sent(_c: object, _cu: object, statement: str, *_: object) -> None:
        heard.sent.append(statement)

    def commit(_: object) -> None:
        heard.sent.append("COMMIT")

    def rollback(_: object) -> None:
        heard.sent.append("ROLLBACK")

    listeners = {"before_cursor_execute": sent, "commit": commit, "rollback": rollback}
    for name, listener in listeners.items():
        event.listen(engine, name, listener)
    try:
        yield heard
    finally:
        for name, listener in listeners.items():
            event.remove(engine, name, listener)
