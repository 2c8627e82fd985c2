"""Look-ups by an authority's own staff, each with what explains it, as the log and the cases have it. No content.

Work-related, as Datatilsynet recommends to leave out of samples: an assignment, a step, a meeting or a contact duty in the
case. A deputy's duty explains nothing on days when whom they stand in for is there, nor does a contact's once the case is closed.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ARRAY, Text, bindparam, text

from casehub.audit import LOOK_UPS
from casehub.services.context import Context

REASONS = {
    "assignment": "medarbejderen er sat til at arbejde på sagen",
    "task": "medarbejderen eller enheden har et trin i sagen omkring opslaget",
    "meeting": "der er et møde i sagen omkring opslaget",
    "contact": "medarbejderen er kontaktperson eller tovholder for en enhed i sagen, som er i gang",
}
_FIND = text("""
    SELECT k.entry_id, k.actor_id, k.at, named.case_id,
           CASE WHEN EXISTS (
               SELECT FROM assignment a
               WHERE a.case_id = named.case_id AND a.staff_id = k.actor_id AND a.since <= k.at
           ) THEN 'assignment' WHEN EXISTS (
               SELECT FROM step s
               WHERE s.case_id = named.case_id AND s.responsible_authority = :own AND s.state IN ('ready', 'done')
                 AND (s.done_by = k.actor_id OR s.responsible_unit = ANY(who.units))
                 AND coalesce(s.ready_at, k.at) <= k.at + :near AND coalesce(s.done_at, k.at) >= k.at - :near
           ) THEN 'task' WHEN EXISTS (
               SELECT FROM cases c JOIN participant p ON p.case_id = c.id
               WHERE c.id = named.case_id AND p.unit_id = ANY(who.units)
                 AND c.meeting_at BETWEEN k.at - :near AND k.at + :near
           ) THEN 'meeting' WHEN EXISTS (
               SELECT FROM cases c JOIN participant p ON p.case_id = c.id
               JOIN contact_duty d ON d.unit_id = p.unit_id AND d.network = c.network
               WHERE c.id = named.case_id AND d.staff_id = k.actor_id
                 AND (d.function IN ('kontaktperson', 'tovholder') OR d.function = 'stedfortraeder' AND EXISTS (
                     SELECT FROM contact_duty o JOIN absence a ON a.staff_id = o.staff_id
                     WHERE o.unit_id = d.unit_id AND o.network = d.network AND o.function IN ('kontaktperson', 'tovholder')
                       AND o.valid_from <= who.day AND coalesce(o.valid_to, who.day) >= who.day
                       AND a.first_day <= who.day AND coalesce(a.last_day, who.day) >= who.day))
                 AND d.valid_from <= who.day AND coalesce(d.valid_to, who.day) >= who.day
                 AND coalesce(c.closed_at, k.at) >= k.at
           ) THEN 'contact' END AS reason
    FROM audit_content k
    CROSS JOIN LATERAL (
        SELECT o.case_id FROM audit_object o
        WHERE o.entry_id = k.entry_id AND o.kind = 'case' AND o.case_id IS NOT NULL LIMIT 1
    ) named
    CROSS JOIN LATERAL (
        SELECT own.day, ARRAY(
            SELECT unit_id FROM staff WHERE id = k.actor_id
            UNION SELECT unit_id FROM contact_duty d
            WHERE d.staff_id = k.actor_id AND d.valid_from <= own.day AND coalesce(d.valid_to, own.day) >= own.day
        ) AS units
        FROM (SELECT (k.at AT TIME ZONE 'Europe/Copenhagen')::date AS day) own
    ) who
    WHERE k.authority_id = :own AND k.at >= :since AND k.at <= :until
      AND k.outcome = 'allowed' AND k.event = ANY(:events) AND k.actor_id IS NOT NULL
    ORDER BY k.at, k.entry_id
""").bindparams(bindparam("events", sorted(LOOK_UPS), type_=ARRAY(Text())))


@dataclass(frozen=True, slots=True)
class Act:
    """Who did something when, and which entry says so."""

    entry_id: UUID
    actor_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class LookUp(Act):
    """Someone looked into a case. `reason`: what explains it (a key of REASONS), or None."""

    case_id: UUID
    reason: str | None


def find_look_ups(ctx: Context, *, since: datetime, until: datetime) -> tuple[LookUp, ...]:
    """Look-ups that were allowed from `since` to `until`, oldest first. The caller has recorded why it asks."""
    near = timedelta(days=ctx.catalogue.current.control.near_days)
    values = {"own": ctx.actor.authority, "since": since, "until": until, "near": near}
    return tuple(LookUp(*row) for row in ctx.session.execute(_FIND, values))
