"""Which cases an actor's lists, searches and counts can hold, as SQL: translated from what Cedar leaves open of the policies.

One policy, two enforcement points: Cedar decides all that concerns the actor, the database what concerns the case, and each row
is decided again by Cedar after loading. What an attribute of a case is in SQL stands here once. For the gate, and for
`access.policy_files`, which refuses at start what could not be translated.
"""

from collections.abc import Callable
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, false, or_, select, union

from casehub.access.actions import Action
from casehub.access.residuals import Attribute, Remaining, Translation, Tree, Untranslatable
from casehub.model import Assignment, Case, CaseErasure, Exclusion, Participant

LISTED = frozenset({Action.CASE_LIST, Action.CASE_SEARCH})
"""What lists, searches and counts ask of a case."""


def case_scope(remaining: Remaining) -> ColumnElement[bool]:
    """A condition on `Case`, true for what at least one of the permits allows and none of the forbids refuses.

    What each permit allows is looked up by itself, so that it goes by its own index: no index helps where one of several may hold.
    """
    translate = Translation("Case", _CASE).policy
    allowed = [
        select(Case.id)
        .where(translate(each))
        .correlate(None)  # a query of its own, not about the row outside
        for each in remaining.permits
    ]
    if not allowed:
        return false()
    return and_(Case.id.in_(union(*allowed)), *(translate(each, holds=False) for each in remaining.forbids))


def untranslatable(policy: Tree) -> str | None:
    """Why a policy, as it is written, could not bound a list of cases; None if it can, or is about something else."""
    if not _is_asked(policy["action"]):
        return None
    try:
        Translation("Case", _CASE, general=True).policy(policy)
    except Untranslatable as refused:
        return str(refused)
    return None


def _is_asked(action: Tree) -> bool:
    """Whether the policy's action is, or may be, one that lists ask."""
    named = [action["entity"]] if "entity" in action else action.get("entities", [])
    return action["op"] == "All" or any(each["id"] in LISTED for each in named)


def _of_participants(values: frozenset[str]) -> ColumnElement[bool]:
    return exists().where(Participant.case_id == Case.id, Participant.authority_id.in_(sorted(values)))


def _of_erasures(values: frozenset[str]) -> ColumnElement[bool]:
    return exists().where(CaseErasure.case_id == Case.id, CaseErasure.authority_id.in_(sorted(values)))


def _of_assignments(values: frozenset[str]) -> ColumnElement[bool]:
    return exists().where(Assignment.case_id == Case.id, Assignment.staff_id.in_(_staff(values)))


def _of_exclusions(values: frozenset[str]) -> ColumnElement[bool]:
    return exists().where(
        Exclusion.case_id == Case.id,
        Exclusion.staff_id.in_(_staff(values)),
        Exclusion.lifted_at.is_(None),
    )


def _of_participating_units(values: frozenset[str]) -> ColumnElement[bool]:
    def taking_part(units: list[str]) -> ColumnElement[bool]:
        return exists().where(Participant.case_id == Case.id, Participant.unit_id.in_(units))

    return _of_keys(values, taking_part)


def _of_coordinating_unit(values: frozenset[str]) -> ColumnElement[bool]:
    return _of_keys(values, Case.coordinating_unit.in_)


def _of_keys(
    values: frozenset[str], of_units: Callable[[list[str]], ColumnElement[bool]]
) -> ColumnElement[bool]:
    """Keys are `network/unit`, and no network's id holds a slash (`Contact`): one condition for all networks with the same units."""
    units: dict[str, list[str]] = {}
    for value in sorted(values):
        network, _, unit = value.partition("/")
        units.setdefault(network, []).append(unit)
    networks: dict[tuple[str, ...], list[str]] = {}
    for network, each in units.items():
        networks.setdefault(tuple(each), []).append(network)
    return or_(
        false(), *(and_(Case.network.in_(those), of_units([*each])) for each, those in networks.items())
    )


def _staff(values: frozenset[str]) -> list[UUID]:
    return [UUID(value) for value in sorted(values) if _is_uuid(value)]


def _is_uuid(value: str) -> bool:
    """The system's own id is none: it is assigned to no case, and barred from none."""
    try:
        UUID(value)
    except ValueError:
        return False
    return True


# as `access.entities` shows a case to Cedar
_CASE = {
    "network": Attribute(Case.network.in_),
    "state": Attribute(Case.state.in_, entity="CaseState"),
    "authorities": Attribute(_of_participants, entity="Authority", many=True),
    "participant_keys": Attribute(_of_participating_units, many=True),
    "coordinator_key": Attribute(_of_coordinating_unit),
    "responsible_authority": Attribute(
        Case.responsible_authority.in_, entity="Authority", there=Case.responsible_authority.is_not(None)
    ),
    "assigned": Attribute(_of_assignments, entity="Actor", many=True),
    "excluded": Attribute(_of_exclusions, entity="Actor", many=True),
    "erased_by": Attribute(_of_erasures, entity="Authority", many=True),
}
