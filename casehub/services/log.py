"""The reviewer's desk: every access by the authority's own staff or to its data, newest first, without case content."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from casehub.access.actions import Action
from casehub.audit import Event, Outcome
from casehub.model import AuditContent, Case, Staff
from casehub.services.context import Context
from casehub.services.views import LogLine, LogPage

PAGE = 50
_OUTCOMES = {
    Outcome.ALLOWED: "Tilladt",
    Outcome.REFUSED: "Afvist",
    Outcome.FAILED: "Kunne ikke åbnes",
}
_KINDS = {
    "case": "sag",
    "identity": "borgerens oplysninger",
    "referral": "henvendelse",
    "note": "notat",
    "necessity": "begrundelse for at dele",
    "evidence": "udfyldt trin",
    "oral": "mundtlig videregivelse",
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
    "approval": "anmodning om godkendelse",
}


def read_log(ctx: Context, *, before: str | None = None) -> LogPage:
    """A page of entries older than entry `before`. Reading the log is itself an entry. NotFound for all but reviewers."""
    ctx.gate.visit(action=Action.LOG_READ, event=Event.LOG_READ)
    statement = select(AuditContent).order_by(AuditContent.entry_id.desc()).limit(PAGE + 1)
    cursor = _uuid(before)
    if cursor:
        statement = statement.where(AuditContent.entry_id < cursor)
    rows = list(ctx.session.scalars(statement))
    contents = [json.loads(row.content) for row in rows[:PAGE]]
    names, numbers = _names(ctx, contents), _numbers(ctx, contents)
    more = str(rows[PAGE - 1].entry_id) if len(rows) > PAGE else None
    return LogPage(
        tuple(
            _line(ctx, row, content, names, numbers)
            for row, content in zip(rows[:PAGE], contents, strict=True)
        ),
        more,
    )


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
        cases=tuple(numbers.get(case, case) for case in cases),
        objects=tuple(dict.fromkeys(_object(catalogue.authority_name, ref) for ref in objects)),
        purpose=_purpose(ctx, content["purpose"]),
        basis=", ".join(_basis(ctx, basis) for basis in content["basis"]) or None,
        recipients=tuple(catalogue.authority_name(recipient) for recipient in content["recipients"]),
        outcome=content["outcome"],
        outcome_text=_OUTCOMES[Outcome(content["outcome"])],
        policies=tuple(ctx.gate.policies.why.get(policy, policy) for policy in content["policies"]),
        request_id=content["request"],
    )


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


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
