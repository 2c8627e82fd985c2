"""What was being typed when a session ended: sealed for its own authority, 24 hours, for the same person alone."""

from collections.abc import Mapping, Sequence

from sqlalchemy import delete, select

from casehub.access.actions import Action
from casehub.audit import Event
from casehub.model import Draft, Staff
from casehub.services.context import Context


def save_draft(ctx: Context, *, path: str, fields: Mapping[str, Sequence[str]]) -> None:
    """Keep the fields of the form at `path`; an older draft of the same form gives way, expired ones are removed."""
    with ctx.gate.create(action=Action.DRAFT_SAVE, event=Event.DRAFT_SAVED) as writing:
        # one window after the other: two that keep the same form at once would both add it
        me = select(Staff.id).where(Staff.id == ctx.actor.staff_id)
        writing.session.execute(me.with_for_update(key_share=True))
        mine = (Draft.staff_id == ctx.actor.staff_id) & (Draft.path == path)
        writing.session.execute(delete(Draft).where(mine | (Draft.expires_at <= ctx.now)))
        writing.save_draft(path=path, fields=fields)


def take_draft(ctx: Context, *, path: str) -> Mapping[str, list[str]] | None:
    """Hand back, once, what was kept for this page; None if nothing was."""
    return ctx.gate.read_draft(path=path)
