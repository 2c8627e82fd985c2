"""Erasing an authority's own copy of a case, and slettestop, which forbids it while it stands.

Two must agree (`approvals`, which calls `erase` when the second confirms): then, in one transaction, the key of the
authority's compartment is destroyed, with every grant it received, its index, drafts and reasons. Others keep theirs.
"""

from uuid import UUID

from sqlalchemy import delete, func, select

from casehub.access.actions import Action
from casehub.access.rows import CaseRows, ItemRows
from casehub.access.writing import Writing
from casehub.audit import Event, ObjectRef
from casehub.model import (
    Approval,
    Authority,
    AuthorityKey,
    CaseErasure,
    CaseEvent,
    Draft,
    IndexToken,
    Item,
    ItemGrant,
    LegalHold,
    new_id,
)
from casehub.services.case_view import hold_view
from casehub.services.checking import Checking
from casehub.services.context import Context
from casehub.services.erasing_views import ErasureForm
from casehub.services.errors import Conflict
from casehub.workflow.calendar import danish_day

ERASED = "case.erased"  # the event that tells the others
LONGEST_REASON = 2_000
_HELD = (
    "Der er sat slettestop på sagen. Den kan ikke slettes, så længe det gælder. Se hvorfor på sagens side."
)


def read_erasure_form(ctx: Context, *, case_id: UUID) -> ErasureForm:
    """What the page about erasing needs; opens the reasons of slettestop alone. NotFound, CaseErased."""

    def reasons(rows: CaseRows) -> tuple[ItemRows, ...]:
        return tuple(row for row in rows.items if row.item.kind == "hold")

    reading = ctx.gate.read_case(case_id=case_id, event=Event.CASE_READ, wanted=reasons)
    case = reading.rows.case
    return ErasureForm(
        case_id=case.id,
        case_number=case.number,
        own_authority=ctx.catalogue.authority_name(ctx.actor.authority),
        over=case.state in {"redirected", "rejected", "closed"},
        deletion_on=case.deletion_on,
        early=case.deletion_on is not None and ctx.today < case.deletion_on,
        hold=hold_view(reading),
        asked=_is_asked(ctx, case_id),
    )


def set_hold(ctx: Context, *, case_id: UUID, reason: str) -> None:
    """Forbid erasing the own copy until further notice. FormRefused, Conflict, NotFound."""
    with ctx.gate.write_case(action=Action.CASE_HOLD, case_id=case_id, event=Event.HOLD_SET) as writing:
        check = Checking()
        written = check.text("hold_reason", reason, longest=LONGEST_REASON)
        check.done()
        if writing.case.standing_hold:
            raise Conflict("Der er allerede sat slettestop på sagen.")
        sealed = writing.seal(case=writing.case.case, kind="hold", content={"text": written})
        writing.add(
            LegalHold(
                id=new_id(),
                case_id=case_id,
                authority_id=ctx.actor.authority,
                reason_item=sealed.item.id,
                set_by=ctx.actor.staff_id,
                set_at=ctx.now,
            )
        )


def lift_hold(ctx: Context, *, case_id: UUID) -> None:
    """Let the own copy be erased again. Conflict, NotFound."""
    with ctx.gate.write_case(
        action=Action.CASE_LIFT_HOLD, case_id=case_id, event=Event.HOLD_LIFTED
    ) as writing:
        hold = writing.case.standing_hold
        if hold is None:
            raise Conflict("Slettestoppet er allerede ophævet.")
        hold.lifted_by, hold.lifted_at = ctx.actor.staff_id, ctx.now
        writing.objects.append(ObjectRef("hold", str(hold.reason_item), case_id, ctx.actor.authority))


def require_erasable(rows: CaseRows) -> None:
    """Conflict while a slettestop stands; when it is asked for, and again when it is done."""
    if rows.standing_hold is not None:
        raise Conflict(_HELD)


def erase(writing: Writing, ctx: Context, approval: Approval) -> None:
    """Erase the actor's authority's copy, in the transaction of the confirmation. Conflict if a slettestop came between."""
    rows, me = writing.case, ctx.actor.authority
    require_erasable(rows)
    # whoever makes the index again holds this too: no token of the case is on its way meanwhile
    ctx.session.execute(select(Authority.id).where(Authority.id == me).with_for_update(key_share=True))
    writing.event = Event.CASE_ERASED
    writing.add(
        CaseErasure(
            id=new_id(),
            case_id=rows.case.id,
            authority_id=me,
            approval_id=approval.id,
            erased_at=ctx.now,
            working_version=_newest_key(ctx, "working"),
            receiving_version=_newest_key(ctx, "receiving"),
            final_on=danish_day(ctx.now + ctx.gate.backups_kept),
        )
    )
    _destroy_keys(writing, rows, me)
    _remove_traces(writing, rows, me)
    writing.add(
        CaseEvent(
            id=new_id(),
            case_id=rows.case.id,
            name=ERASED,
            at=ctx.now,
            recorded_at=ctx.now,
            by_staff=ctx.actor.staff_id,
            by_authority=me,
        )
    )
    writing.recipients |= {row.to_authority for row in rows.disclosures if row.from_authority == me}


def _destroy_keys(writing: Writing, rows: CaseRows, me: str) -> None:
    """The compartment's wrapped key, and the wrapped key of every grant to us; each is named in the entry."""
    compartment = rows.compartment_of(me)
    if compartment is not None:
        compartment.wrapped, compartment.destroyed_at = None, writing.now
        writing.objects.append(ObjectRef("compartment", str(compartment.id), rows.case.id, me))
    grants = writing.session.execute(
        select(ItemGrant, Item)
        .join(Item, Item.id == ItemGrant.item_id)
        .where(ItemGrant.case_id == rows.case.id, ItemGrant.granted_to == me, ItemGrant.ended_at.is_(None))
    ).all()
    for grant, _ in grants:
        grant.wrapped, grant.ended_at = None, writing.now
    named = {item.id: item for _, item in grants}
    writing.objects += [
        ObjectRef(item.kind, str(item.id), rows.case.id, item.authority_id) for item in named.values()
    ]
    writing.session.flush()


def _remove_traces(writing: Writing, rows: CaseRows, me: str) -> None:
    """What else is only for reading the case: index tokens, unfinished texts, reasons of approvals."""
    session, case_id = writing.session, rows.case.id
    session.execute(delete(IndexToken).where(IndexToken.case_id == case_id, IndexToken.authority_id == me))
    session.execute(
        delete(Draft).where(Draft.authority_id == me, Draft.path.startswith(f"/sager/{case_id}/"))
    )
    own = (Approval.case_id == case_id) & (Approval.authority_id == me)
    for approval in session.scalars(select(Approval).where(own, Approval.reason.is_not(None))):
        approval.reason, approval.key_version = None, None
    session.flush()


def _newest_key(ctx: Context, purpose: str) -> int:
    newest = select(func.max(AuthorityKey.version)).where(
        AuthorityKey.authority_id == ctx.actor.authority, AuthorityKey.purpose == purpose
    )
    return ctx.session.scalars(newest).one()


def _is_asked(ctx: Context, case_id: UUID) -> bool:
    asked = select(Approval.id).where(
        Approval.case_id == case_id, Approval.kind == "erase_case", Approval.state == "asked"
    )
    return ctx.session.scalar(asked.limit(1)) is not None
