"""Receiving: the job of the recipient's side, on its own queue."""

from casehub.access import receiving
from casehub.services.context import Context


def accept_grants(ctx: Context) -> int:
    """Verify, re-wrap and index what was disclosed to the actor's authority; the number accepted."""
    return receiving.accept_grants(ctx.gate)
