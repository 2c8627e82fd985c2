"""Breach reports (brud på persondatasikkerheden): begun with what is known, written on, concluded once.

A controller documents every breach, and reports it to Datatilsynet within 72 hours of becoming aware of it unless it is
unlikely to be a risk for anyone: GDPR art. 33; for police and Kriminalforsorgen retshåndhævelsesloven § 28.
"""

from datetime import datetime, timedelta
from uuid import UUID

from casehub.access.actions import Action
from casehub.access.resources import ItemResource
from casehub.access.rows import CaseRows, ItemRows, item_resource
from casehub.access.writing import Writing
from casehub.audit import Event
from casehub.model import Breach, Recall, new_id
from casehub.services.checking import Checking
from casehub.services.context import Context
from casehub.services.errors import Conflict
from casehub.services.facts import freeze, gather_facts, thaw
from casehub.services.item_words import ITEM_WORDS
from casehub.services.recall_views import BreachReport, BreachView
from casehub.services.wording import notify_text

NOTIFY_WITHIN = timedelta(hours=72)
LONGEST = 20_000
LONGEST_LINE = 100
REPORTED, NOT_REPORTED = "anmeldt", "ikke-anmeldt"
WRITTEN = ("what", "categories", "consequences", "measures", "informed")
_TOO_LATE = (
    "En anden har gemt i rapporten, siden du åbnede den. Kopiér det, du har skrevet, åbn rapporten igen fra sagen, og "
    "skriv det ind."
)


def read_breach(ctx: Context, *, case_id: UUID, breach_id: UUID) -> BreachView:
    """The report, and what is known: live while it is open, as it was when it was concluded after that. NotFound."""
    reading = ctx.gate.read_case(
        case_id=case_id,
        event=Event.BREACH_READ,
        action=Action.BREACH_READ,
        on=lambda rows: _resource(rows, breach_id),
        wanted=lambda rows: tuple(found for found in (_report(rows, breach_id),) if found),
    )
    [(report, content)] = reading.of_kind("breach")
    breach = _breach(reading.rows, breach_id)
    item = _recalled(reading.rows, breach)
    live = gather_facts(ctx, reading.rows, item)
    return BreachView(
        id=breach.id,
        case_id=case_id,
        case_number=reading.rows.case.number,
        item_id=item.item.id,
        words=ITEM_WORDS[item.item.kind],
        aware_at=breach.aware_at,
        due_at=breach.due_at,
        overdue=breach.concluded_at is None and breach.due_at < ctx.now,
        concluded_at=breach.concluded_at,
        source=notify_text(ctx.actor.authority_kind),
        version=report.version.version,
        report=BreachReport(**content["report"]),
        facts=thaw(content["facts"]) if "facts" in content else live,
    )


def save_breach(ctx: Context, *, case_id: UUID, breach_id: UUID, version: int, report: BreachReport) -> None:
    """Write on in the report; every field may wait. FormRefused; Conflict (someone was faster, or concluded); NotFound."""
    with ctx.gate.write_case(
        action=Action.BREACH_WRITE,
        case_id=case_id,
        event=Event.BREACH_SAVED,
        on=lambda rows: _resource(rows, breach_id),
    ) as writing:
        found = _open_report(writing.case, breach_id, version)
        check = Checking()
        checked = _check_written(check, report, required=False)
        check.done()
        writing.revise(case=writing.case.case, rows=found, content=_content(checked))


def conclude_breach(
    ctx: Context, *, case_id: UUID, breach_id: UUID, version: int, report: BreachReport
) -> None:
    """Conclude: reported to Datatilsynet on a day, or not reported and why not. What is known is frozen into the report.

    FormRefused; Conflict (someone was faster, or concluded); NotFound.
    """
    with ctx.gate.write_case(
        action=Action.BREACH_WRITE,
        case_id=case_id,
        event=Event.BREACH_CONCLUDED,
        on=lambda rows: _resource(rows, breach_id),
    ) as writing:
        rows = writing.case
        found, breach = _open_report(rows, breach_id, version), _breach(rows, breach_id)
        check = Checking()
        checked = _check_written(check, report, required=True)
        concluded = _check_outcome(check, ctx, checked, report)
        check.done()
        facts = gather_facts(ctx, rows, _recalled(rows, breach))
        writing.revise(case=rows.case, rows=found, content=_content(concluded) | {"facts": freeze(facts)})
        breach.concluded_at = ctx.now
        writing.detail["outcome"] = "reported" if concluded.outcome == REPORTED else "not reported"


def begin_report(writing: Writing, recall: Recall, *, aware_at: datetime, what: str) -> UUID:
    """Begin a report in the write that is under way."""
    case = writing.case.case
    report = BreachReport(
        what=what, measures="Oplysningen er trukket tilbage, så ingen andre kan åbne den mere."
    )
    sealed = writing.seal(case=case, kind="breach", content=_content(report))
    breach = Breach(
        id=new_id(),
        case_id=case.id,
        authority_id=writing.actor.authority,
        recall_id=recall.id,
        report_item=sealed.item.id,
        aware_at=aware_at,
        due_at=aware_at + NOTIFY_WITHIN,
    )
    writing.add(breach)
    return breach.id


def check_aware(check: Checking, ctx: Context, text: str, *, earliest: datetime) -> datetime | None:
    """When the authority became aware: after the thing was there, and not in the future."""
    aware = check.moment("aware_at", text)
    if aware and aware > ctx.now:
        check.wrong("aware_at", "Tidspunktet ligger i fremtiden. Skriv, hvornår I blev klar over det.")
    if aware and aware < earliest.replace(second=0, microsecond=0):
        check.wrong(
            "aware_at",
            "Tidspunktet ligger før, oplysningen blev skrevet. Skriv, hvornår I blev klar over det.",
        )
    return aware


def _check_written(check: Checking, report: BreachReport, *, required: bool) -> BreachReport:
    texts = {
        name: check.text(name, getattr(report, name), longest=LONGEST, required=required) for name in WRITTEN
    }
    return BreachReport(**texts)


def _check_outcome(check: Checking, ctx: Context, written: BreachReport, typed: BreachReport) -> BreachReport:
    check.choice("outcome", typed.outcome, {REPORTED, NOT_REPORTED}, "Vælg, om bruddet er anmeldt.")
    texts = {name: getattr(written, name) for name in WRITTEN}
    if typed.outcome == NOT_REPORTED:
        why = check.text("why_not", typed.why_not, longest=LONGEST)
        return BreachReport(**texts, outcome=NOT_REPORTED, why_not=why)
    if typed.outcome != REPORTED:
        return written
    day = check.day("reported_on", typed.reported_on)
    if day and day > ctx.today:
        check.wrong("reported_on", "Dagen ligger i fremtiden. Afslut rapporten, når bruddet er anmeldt.")
    journal = check.text("journal", typed.journal, longest=LONGEST_LINE, required=False)
    reported_on = day.isoformat() if day else ""
    return BreachReport(**texts, outcome=REPORTED, reported_on=reported_on, journal=journal)


def _content(report: BreachReport) -> dict[str, object]:
    return {"report": {name: getattr(report, name) for name in BreachReport.__slots__}}


def _resource(rows: CaseRows, breach_id: UUID) -> ItemResource | None:
    found = _report(rows, breach_id)
    return item_resource(rows.resource(), found) if found else None


def _report(rows: CaseRows, breach_id: UUID) -> ItemRows | None:
    breach = next((row for row in rows.breaches if row.id == breach_id), None)
    return rows.item(breach.report_item, "breach") if breach else None


def _breach(rows: CaseRows, breach_id: UUID) -> Breach:
    return next(row for row in rows.breaches if row.id == breach_id)


def _recalled(rows: CaseRows, breach: Breach) -> ItemRows:
    recall = next(row for row in rows.recalls if row.id == breach.recall_id)
    return next(found for found in rows.items if found.item.id == recall.item_id)


def _open_report(rows: CaseRows, breach_id: UUID, version: int) -> ItemRows:
    found = _report(rows, breach_id)
    if found is None or _breach(rows, breach_id).concluded_at is not None:
        raise Conflict("Rapporten er afsluttet og kan ikke ændres.")
    if found.version.version != version:
        raise Conflict(_TOO_LATE)
    return found
