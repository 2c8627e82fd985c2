"""Lines of the log as a reviewer reads them: finding the entries, and turning them into Danish without case content.

What use cases of the desk are built of; whoever calls it has recorded that the log is read.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select, tuple_

from casehub.audit import Event, Outcome
from casehub.model import AuditContent, AuditObject, Case, Staff
from casehub.services.context import Context
from casehub.services.log_search import OUTCOMES, LogSearch
from casehub.services.log_views import LogLine
from casehub.services.views import Choice

MILLION = 1_000_000
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_KINDS = {
    "case": "sag",
    "identity": "borgerens oplysninger",
    "whereabouts": "borgerens beskyttede adresse og telefon",
    "referral": "henvendelse",
    "note": "notat",
    "file": "fil",
    "necessity": "begrundelse for at dele",
    "evidence": "udfyldt trin",
    "oral": "mundtlig videregivelse",
    "change": "begrundelse for at ændre et trin",
    "recall": "begrundelse for at trække tilbage",
    "breach": "brudrapport",
    "step": "trin",
    "draft": "ufærdig tekst",
    "authority": "egen myndighed",
    "unit": "enhed",
    "staff": "medarbejder",
    "definition": "kort eller regel",
    "key": "nøgle",
    "compartment": "myndighedens nøgle til en sag",
    "log": "loggen",
    "entry": "hændelse i loggen",
    "hold": "begrundelse for slettestop",
    "approval": "anmodning om godkendelse",
    "review": "kontrolsag",
    "review_text": "tekst i en kontrolsag",
    "signal": "signal",
    "sample": "stikprøve",
    "report": "månedsrapport",
}


def matching(search: LogSearch) -> Select[AuditContent]:
    """The entries a search is for, in no order. Each condition has an index of its own."""
    statement = select(AuditContent)
    if search.people is not None:
        statement = statement.where(AuditContent.actor_id.in_(search.people))
    if search.cases is not None:
        named = select(AuditObject.entry_id).where(AuditObject.case_id.in_(search.cases))
        statement = statement.where(AuditContent.entry_id.in_(named))
    if search.events is not None:
        statement = statement.where(AuditContent.event.in_(search.events))
    equal = ((AuditContent.unit_id, search.unit), (AuditContent.outcome, search.outcome))
    statement = statement.where(*(column == wanted for column, wanted in equal if wanted is not None))
    if search.since is not None:
        statement = statement.where(AuditContent.at >= search.since)
    if search.until is not None:
        statement = statement.where(AuditContent.at < search.until)
    return statement


def newest(statement: Select[AuditContent], *, before: str | None, most: int) -> Select[AuditContent]:
    """The newest of them, older than the line `before`: by key, never by counting past what was shown."""
    order = tuple_(AuditContent.at, AuditContent.entry_id)
    if key := _key(before):
        statement = statement.where(order < tuple_(*key))
    return statement.order_by(AuditContent.at.desc(), AuditContent.entry_id.desc()).limit(most)


def show_lines(ctx: Context, rows: Sequence[AuditContent]) -> tuple[LogLine, ...]:
    """Entries as lines: three statements, however many."""
    contents = [json.loads(row.content) for row in rows]
    names, numbers = _names(ctx, contents), _numbers(ctx, contents)
    return tuple(
        _line(ctx, row, content, names, numbers) for row, content in zip(rows, contents, strict=True)
    )


def lines_of(ctx: Context, entry_ids: Sequence[UUID]) -> tuple[LogLine, ...]:
    """The lines of these entries, in their order; what has been erased or is not this authority's is absent."""
    found = ctx.session.scalars(select(AuditContent).where(AuditContent.entry_id.in_(entry_ids)))
    rows = {row.entry_id: row for row in found}
    return show_lines(ctx, [rows[each] for each in entry_ids if each in rows])


def _line(
    ctx: Context,
    row: AuditContent,
    content: Mapping[str, Any],
    names: Mapping[str, str],
    numbers: Mapping[str, str],
) -> LogLine:
    catalogue = ctx.catalogue
    objects = [ref for ref in content["objects"] if _concerns(ctx.actor.authority, content, ref)]
    cases = dict.fromkeys(ref["case"] for ref in objects if ref["case"])
    return LogLine(
        id=row.entry_id,
        at=row.at,
        actor=names.get(content["actor"] or "", "casehub"),
        authority=catalogue.authority_name(content["authority"]),
        unit=catalogue.unit_name(content["unit"]),
        event=content["event"],
        event_text=Event(content["event"]).text,
        cases=tuple(Choice(case, numbers.get(case, case)) for case in cases),
        objects=tuple(dict.fromkeys(_object(catalogue.authority_name, ref) for ref in objects)),
        purpose=_purpose(ctx, content["purpose"]),
        basis=", ".join(_basis(ctx, basis) for basis in content["basis"]) or None,
        recipients=tuple(catalogue.authority_name(recipient) for recipient in content["recipients"]),
        outcome=content["outcome"],
        outcome_text=OUTCOMES[Outcome(content["outcome"])],
        policies=tuple(ctx.gate.policies.why.get(policy, policy) for policy in content["policies"]),
        request_id=content["request"],
        reviewable=_is_reviewable(ctx, row),
        own_staff=row.actor_id if row.authority_id == ctx.actor.authority else None,
    )


def _is_reviewable(ctx: Context, row: AuditContent) -> bool:
    return row.authority_id == ctx.actor.authority and row.actor_id not in {None, ctx.actor.staff_id}


def _concerns(own: str, content: Mapping[str, Any], ref: Mapping[str, Any]) -> bool:
    """Whether what an entry names is this reviewer's to know of.

    Others' entries are seen for what they say of our data or gave to us: what else the same page held does not exist.
    """
    return own == content["authority"] or own in content["recipients"] or ref["authority"] in {None, own}


def _object(name: Any, ref: Mapping[str, Any]) -> str:
    kind = _KINDS.get(ref["kind"], ref["kind"])
    return f"{kind} ({name(ref['authority'])})" if ref["authority"] and ref["kind"] != "authority" else kind


def _names(ctx: Context, contents: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    ids = {UUID(content["actor"]) for content in contents if content["actor"]}
    return {str(row.id): row.name for row in ctx.session.scalars(select(Staff).where(Staff.id.in_(ids)))}


def _numbers(ctx: Context, contents: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Numbers of the cases the authority takes part in; another's case stays its bare id."""
    ids = {UUID(ref["case"]) for content in contents for ref in content["objects"] if ref["case"]}
    rows = ctx.session.execute(select(Case.id, Case.number).where(Case.id.in_(ids)))
    return {str(case_id): number for case_id, number in rows}


def _purpose(ctx: Context, purpose: str | None) -> str | None:
    options = (option for network in ctx.catalogue.current.networks.values() for option in network.purposes)
    return next((option.text for option in options if option.id == purpose), purpose)


def _basis(ctx: Context, basis: str) -> str:
    known = (row for network in ctx.catalogue.current.networks.values() for row in network.bases)
    return next((row.text for row in known if row.id == basis), basis)


def name_of(row: AuditContent) -> str:
    """What a line is called in an address: its time in microseconds, and its id."""
    return f"{int(row.at.timestamp()) * MILLION + row.at.microsecond}.{row.entry_id}"


def _key(name: str | None) -> tuple[datetime, UUID] | None:
    """The place of the line of that name; None if there can be none of it."""
    moment, _, entry_id = (name or "").partition(".")
    try:
        return BEGINNING + timedelta(microseconds=int(moment)), UUID(entry_id)
    except (ValueError, OverflowError):
        return None
