"""Loading approvals and turning them into what Cedar sees. Nothing is decided and nothing is opened here. For the gate."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from casehub.access.resources import ApprovalResource, CaseResource
from casehub.access.rows import CaseRows, case_resources, load_case
from casehub.audit import ObjectRef
from casehub.model import Approval, Case, Staff
from casehub.vault.sealing import Place


@dataclass(frozen=True, slots=True)
class ApprovalRows:
    """An approval with the case it is about, if any, and who asked."""

    approval: Approval
    asked_by: Staff
    case: Case | None
    case_resource: CaseResource | None

    def resource(self) -> ApprovalResource:
        """The approval as Cedar sees it."""
        return approval_resource(self.approval, self.case_resource)


@dataclass(frozen=True, slots=True)
class OpenedApproval:
    """An approval as decided and opened. `reason` is None once it was erased."""

    rows: ApprovalRows
    resource: ApprovalResource
    reason: str | None


def approval_resource(approval: Approval, case: CaseResource | None) -> ApprovalResource:
    """The attributes Cedar decides on; no content."""
    return ApprovalResource(approval.id, approval.authority_id, approval.kind, approval.asked_by, case)


def approval_ref(approval: Approval) -> ObjectRef:
    """How an entry names an approval."""
    return ObjectRef("approval", str(approval.id), approval.case_id, approval.authority_id)


def reason_place(approval: Approval) -> Place:
    """Where the reason of an approval is sealed to."""
    return Place(approval.authority_id, "approval", "reason", approval.id, 1)


def load_approvals(session: Session, wanted: ColumnElement[bool]) -> tuple[ApprovalRows, ...]:
    """The approvals of this authority that are `wanted`, newest first: six statements, however many."""
    found = session.execute(
        select(Approval, Staff, Case)
        .join(Staff, Staff.id == Approval.asked_by)
        .outerjoin(Case, Case.id == Approval.case_id)
        .where(wanted)
        .order_by(Approval.asked_at.desc())
    ).all()
    resources = _case_resources(session, [case for _, _, case in found if case is not None])
    return tuple(
        ApprovalRows(approval, staff, case, resources.get(case.id) if case else None)
        for approval, staff, case in found
    )


def lock_approval(
    session: Session, approval_id: UUID, *, now: datetime
) -> tuple[Approval | None, CaseRows | None]:
    """The approval and its case, both locked, the case first as every write does. The statements run either way."""
    case_id = session.scalar(select(Approval.case_id).where(Approval.id == approval_id))
    case = load_case(session, case_id or approval_id, now=now, lock=True)
    wanted = select(Approval).where(Approval.id == approval_id).with_for_update()
    return session.scalar(wanted.execution_options(populate_existing=True)), case


def _case_resources(session: Session, cases: Sequence[Case]) -> dict[UUID, CaseResource]:
    resources, *_ = case_resources(session, list({case.id: case for case in cases}.values()))
    return {resource.id: resource for resource in resources}
