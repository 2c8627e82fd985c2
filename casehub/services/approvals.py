"""Two people: what one member of staff asks for and another of the same authority confirms, declines or lets pass.

`KINDS` is the whole list of what can be asked for. What a kind does is done in the transaction of the confirmation
(`carry_out`); a kind without it waits, confirmed, for the work that calls `use_confirmed` in its own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from sqlalchemy import select

from casehub.access.actions import Action
from casehub.access.approving import OpenedApproval, approval_ref
from casehub.access.resources import ApprovalResource
from casehub.access.rows import CaseRows
from casehub.access.writing import Writing
from casehub.audit import Event
from casehub.model import Approval, Authority, Staff, new_id
from casehub.services import erasing
from casehub.services.checking import Checking
from casehub.services.context import Context
from casehub.services.erasing_views import ApprovalView
from casehub.services.errors import Conflict

LONGEST_REASON = 2_000
OPEN_FOR = timedelta(days=14)  # the database holds it too (ck_approval_in_time)
GONE = "Anmodningen er allerede besvaret, trukket tilbage eller udløbet. Der er ikke ændret noget."


class Kind(StrEnum):
    """What can be asked for; the database knows the same names."""

    ERASE_CASE = "erase_case"
    REKEY_INDEX = "rekey_index"
    ACCESS_REPORT = "access_report"


@dataclass(frozen=True, slots=True)
class KindOf:
    """A kind in words: `title` names it, `effect` says what confirming does. `check`: Conflict if it cannot be asked for."""

    title: str
    effect: str
    carry_out: Callable[[Writing, Context, Approval], None] | None = None
    check: Callable[[CaseRows], None] | None = None


KINDS: Mapping[Kind, KindOf] = MappingProxyType(
    {
        Kind.ERASE_CASE: KindOf(
            "Slet sagen hos os",
            "Nøglen til jeres egen del af sagen bliver ødelagt, og ingen hos jer kan læse sagen igen. Det kan ikke laves om. "
            "De myndigheder, der har fået oplysninger af jer, beholder dem og får at vide, at I har slettet.",
            erasing.erase,
            erasing.require_erasable,
        ),
        Kind.REKEY_INDEX: KindOf(
            "Lav søgeregistret om under en ny nøgle",
            "Driften må åbne borgernes oplysninger for at lave søgeregistret om under en ny nøgle.",
        ),
        Kind.ACCESS_REPORT: KindOf(
            "Svar til en borger, der vil have indsigt",
            "Den, der har bedt om det, kan hente en oversigt over, hvad myndigheden har om borgeren.",
        ),
    }
)


def ask_approval(
    ctx: Context,
    *,
    kind: Kind,
    reason: str,
    case_id: UUID | None = None,
    subject: Mapping[str, str] = MappingProxyType({}),
) -> UUID:
    """Ask for something; the id of the approval. `subject`: ids of what it is about. FormRefused, Conflict, NotFound."""
    approval_id = new_id()

    def new(case: CaseRows | None) -> ApprovalResource:
        if ctx.actor.staff_id is None:
            raise LookupError("the system asks for nothing")
        resource = case.resource() if case else None
        return ApprovalResource(approval_id, ctx.actor.authority, kind, ctx.actor.staff_id, resource)

    event = Event.APPROVAL_ASKED
    writes = (
        ctx.gate.create(action=Action.APPROVAL_ASK, event=event, on=new(None))
        if case_id is None
        else ctx.gate.write_case(action=Action.APPROVAL_ASK, case_id=case_id, event=event, on=new)
    )
    with writes as writing:
        check = Checking()
        written = check.text("reason", reason, longest=LONGEST_REASON)
        check.done()
        if writing.rows and (unasked := KINDS[kind].check):
            unasked(writing.rows)
        _require_none_open(ctx, kind, case_id, subject)
        writing.ask(kind=kind, reason=written, case_id=case_id, subject=subject, approval_id=approval_id)
        writing.detail["kind"] = kind
    return approval_id


def read_approvals(ctx: Context, *, only: UUID | None = None) -> tuple[ApprovalView, ...]:
    """What waits at the actor's authority, or was answered lately, that the actor may see; newest first."""
    lately = (Approval.answered_at > ctx.now - OPEN_FOR) | (Approval.state.in_(["asked", "confirmed"]))
    wanted = lately if only is None else Approval.id == only
    return tuple(_view(ctx, opened) for opened in ctx.gate.read_approvals(wanted=wanted))


def confirm_approval(ctx: Context, *, approval_id: UUID) -> None:
    """Agree: what was asked for is carried out, in this transaction if the kind can. Conflict, NotFound."""
    with ctx.gate.write_approval(
        action=Action.APPROVAL_CONFIRM, approval_id=approval_id, event=Event.APPROVAL_CONFIRMED
    ) as (writing, approval):
        if approval.state != "asked" or _is_expired(ctx, approval):
            raise Conflict(GONE)
        if ctx.session.get_one(Staff, approval.asked_by).retired_at is not None:
            raise Conflict("Den, der bad om det, er fratrådt. En anden må bede om det på ny.")
        _answer(ctx, writing, approval, "confirmed", by=ctx.actor.staff_id)
        carry_out = KINDS[Kind(approval.kind)].carry_out
        if carry_out is not None:
            carry_out(writing, ctx, approval)
            _finish(writing, approval)


def decline_approval(ctx: Context, *, approval_id: UUID) -> None:
    """Say no to what a colleague asked for. Conflict, NotFound."""
    with ctx.gate.write_approval(
        action=Action.APPROVAL_DECLINE, approval_id=approval_id, event=Event.APPROVAL_DECLINED
    ) as (writing, approval):
        _require_asked(approval)
        _answer(ctx, writing, approval, "declined", by=ctx.actor.staff_id)


def withdraw_approval(ctx: Context, *, approval_id: UUID) -> None:
    """Take back what one asked for oneself. Conflict, NotFound."""
    with ctx.gate.write_approval(
        action=Action.APPROVAL_WITHDRAW, approval_id=approval_id, event=Event.APPROVAL_WITHDRAWN
    ) as (writing, approval):
        _require_asked(approval)
        _answer(ctx, writing, approval, "withdrawn", by=ctx.actor.staff_id)


def expire_approvals(ctx: Context) -> int:
    """Let pass what nobody answered in time at the actor's authority; the number. For the clock."""
    late = select(Approval).where(
        Approval.authority_id == ctx.actor.authority,
        Approval.state == "asked",
        Approval.asked_at <= ctx.now - OPEN_FOR,
    )
    rows = ctx.session.scalars(late.with_for_update(skip_locked=True)).all()
    if not rows:
        return 0
    with ctx.gate.create(action=Action.APPROVAL_EXPIRE, event=Event.APPROVAL_EXPIRED) as writing:
        for approval in rows:
            _answer(ctx, writing, approval, "expired", by=None)
            writing.objects.append(approval_ref(approval))
    return len(rows)


def use_confirmed(writing: Writing, *, kind: Kind, subject: Mapping[str, str]) -> bool:
    """Use up what was confirmed, in the transaction of the work that needed it; False if nobody confirmed it."""
    wanted = select(Approval).where(
        Approval.authority_id == writing.actor.authority,
        Approval.kind == kind,
        Approval.subject == dict(subject),
        Approval.state == "confirmed",
    )
    approval = writing.session.scalar(wanted.with_for_update())
    if approval is not None:
        _finish(writing, approval)
        writing.objects.append(approval_ref(approval))
    return approval is not None


def use_approval(writing: Writing, approval: Approval, *, finish: bool) -> None:
    """Let what was confirmed be used by who asked for it, and again for 14 days after it was first. Conflict.

    `finish`: this is the use it was confirmed for, not a look at what it would be.
    """
    if approval.state == "confirmed":
        if finish:
            _finish(writing, approval)
        return
    if approval.state == "asked":
        raise Conflict("En kollega har ikke godkendt det endnu.")
    if approval.state != "done" or not _is_fresh(writing.now, approval):
        raise Conflict("Godkendelsen gælder ikke længere. Bed om den på ny.")


def _is_fresh(now: datetime, approval: Approval) -> bool:
    return approval.answered_at is not None and approval.answered_at > now - OPEN_FOR


def _is_expired(ctx: Context, approval: Approval) -> bool:
    """Whether it was asked for too long ago to be confirmed."""
    return approval.asked_at <= ctx.now - OPEN_FOR


def _answer(ctx: Context, writing: Writing, approval: Approval, state: str, *, by: UUID | None) -> None:
    approval.state, approval.answered_by, approval.answered_at = state, by, ctx.now
    writing.detail["kind"] = approval.kind
    writing.session.flush()


def _finish(writing: Writing, approval: Approval) -> None:
    approval.state = "done"
    writing.session.flush()


def _require_asked(approval: Approval) -> None:
    if approval.state != "asked":
        raise Conflict(GONE)


def _require_none_open(ctx: Context, kind: Kind, case_id: UUID | None, subject: Mapping[str, str]) -> None:
    """One at a time: whoever asks for the same waits here. What has run out of time stands in nobody's way."""
    own = select(Authority.id).where(Authority.id == ctx.actor.authority)
    ctx.session.execute(own.with_for_update(key_share=True))
    same = (
        (Approval.authority_id == ctx.actor.authority)
        & (Approval.kind == kind)
        & Approval.case_id.is_not_distinct_from(case_id)
        & (Approval.subject == dict(subject))
    )
    found = ctx.session.scalar(select(Approval).where(same, Approval.state.in_(["asked", "confirmed"])))
    if found is None:
        return
    if found.state == "confirmed" or not _is_expired(ctx, found):
        raise Conflict("En kollega har allerede bedt om det. Se under »Til godkendelse«.")
    found.state, found.answered_at = "expired", ctx.now
    ctx.session.flush()


def _view(ctx: Context, opened: OpenedApproval) -> ApprovalView:
    approval, case = opened.rows.approval, opened.rows.case
    kind = KINDS[Kind(approval.kind)]
    asked = approval.state == "asked" and not _is_expired(ctx, approval)
    may = ctx.gate.may
    return ApprovalView(
        id=approval.id,
        title=kind.title,
        effect=kind.effect,
        case_id=case.id if case else None,
        case_number=case.number if case else None,
        asked_by=opened.rows.asked_by.name,
        asked_at=approval.asked_at,
        reason=opened.reason,
        state="expired" if approval.state == "asked" and not asked else approval.state,
        answered_at=approval.answered_at,
        open_until=approval.asked_at + OPEN_FOR,
        may_confirm=asked and may(Action.APPROVAL_CONFIRM, opened.resource),
        may_decline=asked and may(Action.APPROVAL_DECLINE, opened.resource),
        may_make=(
            approval.state == "confirmed" or (approval.state == "done" and _is_fresh(ctx.now, approval))
        )
        and may(Action.REPORT_MAKE, opened.resource),
        may_withdraw=asked and may(Action.APPROVAL_WITHDRAW, opened.resource),
    )
