"""Who is told: members of staff of the actor's own authority, by their duties. Nobody else can be told anything.

A task that nobody has the duty for goes to whoever has another in that unit, and else to the authority's administrators:
nothing is told to no one. Who is barred from a case is told nothing of it: another is.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from casehub.access.actor import Function, Role
from casehub.model import Absence, Case, ContactDuty, Exclusion, Staff
from casehub.services.context import Context
from casehub.services.duties import covers, on_duty

# who else, in this order, where the one meant has nobody
_INSTEAD = (Function.CONTACT, Function.COORDINATOR, Function.DEPUTY, Function.LEADER)


@dataclass(frozen=True, slots=True)
class Duties:
    """The own authority's duties of today, by network and unit, its administrators, and who is barred from which case.

    `there`: who is in service and not away.
    """

    held: Mapping[tuple[str, str], Mapping[Function, Sequence[UUID]]]
    administrators: Sequence[UUID]
    barred: frozenset[tuple[UUID, UUID]]
    there: frozenset[UUID]

    def of(self, case: Case, unit: str | None, wanted: Function) -> tuple[UUID, ...]:
        """Whoever has the duty `wanted` there, or the next who has one; nobody if nobody has any."""
        held = self.held.get((case.network, unit or ""), {})
        having = (self.not_barred(case.id, held.get(each, ())) for each in (wanted, *_INSTEAD))
        return next((people for people in having if people), ())

    def in_network(self, network: str, unit: str, wanted: Function) -> tuple[UUID, ...]:
        """As `of`, where it is about no case."""
        held = self.held.get((network, unit), {})
        return next((tuple(held[each]) for each in (wanted, *_INSTEAD) if each in held), ())

    def of_unit(self, unit: str, wanted: Function) -> tuple[UUID, ...]:
        """Whoever has the duty `wanted` in the unit in any network, or the next who has one."""
        networks = [network for network, at in self.held if at == unit]
        return tuple(
            dict.fromkeys(staff for network in networks for staff in self.in_network(network, unit, wanted))
        )

    def all_of(self, network: str, units: Iterable[str]) -> tuple[UUID, ...]:
        """Whoever has any duty there but a leader's, each once: who follows the network's cases."""
        found = (
            staff
            for unit in units
            for function, people in self.held.get((network, unit), {}).items()
            if function is not Function.LEADER
            for staff in people
        )
        return tuple(dict.fromkeys(found))

    def not_barred(self, case_id: UUID, people: Iterable[UUID]) -> tuple[UUID, ...]:
        """Those of the people for whom the case may exist, each once."""
        return tuple(staff for staff in dict.fromkeys(people) if (case_id, staff) not in self.barred)

    def coordinators(self, network: str) -> tuple[UUID, ...]:
        """Whoever coordinates the network in any unit of the authority."""
        found = (
            staff
            for (of, _), people in self.held.items()
            if of == network
            for staff in people.get(Function.COORDINATOR, ())
        )
        return tuple(dict.fromkeys(found))


def load_duties(ctx: Context) -> Duties:
    """Duties of people in service who are there today; a deputy has those of whom they stand in for."""
    own = (Staff.authority_id == ctx.actor.authority, Staff.retired_at.is_(None))
    duties = select(ContactDuty).join(Staff, Staff.id == ContactDuty.staff_id).where(*own)
    held: dict[tuple[str, str], dict[Function, list[UUID]]] = {}
    for duty in on_duty(ctx.session.scalars(duties).unique(), ctx.today):
        functions = held.setdefault((duty.network, duty.unit_id), {})
        functions.setdefault(duty.function, []).append(duty.staff_id)
    administrators = ctx.session.scalars(select(Staff.id).where(*own, Staff.role == Role.ADMINISTRATOR.value))
    standing = select(Exclusion.case_id, Exclusion.staff_id).where(
        Exclusion.staff_authority == ctx.actor.authority, Exclusion.lifted_at.is_(None)
    )
    barred = frozenset((case, staff) for case, staff in ctx.session.execute(standing))
    away = select(Absence).where(Absence.staff_id.in_(select(Staff.id).where(*own)))
    gone = {absence.staff_id for absence in ctx.session.scalars(away) if covers(absence, ctx.today)}
    there = frozenset(ctx.session.scalars(select(Staff.id).where(*own))) - gone
    return Duties(held, administrators.all(), barred, there)
