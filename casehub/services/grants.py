"""Receiving: the job of the recipient's side, on its own queue."""

from uuid import UUID

from casehub.access import receiving
from casehub.services.context import Context


def accept_grants(ctx: Context, case_id: UUID) -> int:
    """Verify, re-wrap and index what was disclosed to the actor's authority in a case; the number accepted."""
    return receiving.accept_grants(ctx.gate, case_id)
