"""What forums and obligations must hold within themselves, and of the organisation and each other."""

from collections.abc import Iterator, Mapping

from casehub.definitions.card_checks import twice
from casehub.definitions.contact_rules import check_rules
from casehub.definitions.cross_checks import check_stem
from casehub.definitions.documents import Document, Path
from casehub.definitions.errors import DefinitionError
from casehub.definitions.forums import ForumDefinition, Seat, units_of
from casehub.definitions.obligations import Obligation, ObligationTask
from casehub.definitions.organisation import Organisation

Forums = Mapping[str, tuple[ForumDefinition, Document]]
Obligations = Mapping[str, tuple[Obligation, Document]]


def check_forum(forum: ForumDefinition, document: Document) -> Iterator[DefinitionError]:
    """Tell everything that contradicts itself in the forum."""
    yield from twice(document, ("plan_sections",), "id", (section.id for section in forum.plan_sections))
    seats = {(seat.authority_kind, seat.unit_kind) for seat in forum.members}
    for name, seat in (("chair", forum.chair), ("vice_chair", forum.vice_chair)):
        if seat is not None and (seat.authority_kind, seat.unit_kind) not in seats:
            yield document.error((name,), "is not among the members")
    if "vice_chair" in forum.approved_by and forum.vice_chair is None:
        yield document.error(
            ("minutes_approved_by",), "the vice_chair approves, but the forum has no vice_chair"
        )


def check_obligation(obligation: Obligation, document: Document) -> Iterator[DefinitionError]:
    """Tell everything that contradicts itself in the obligation."""
    yield from twice(document, ("tasks",), "key", (task.key for task in obligation.tasks))
    for at, task in enumerate(obligation.tasks):
        for place, key in enumerate(task.requires):
            path: Path = ("tasks", at, "requires", place)
            earlier = obligation.task(key)
            if earlier is None:
                yield document.error(path, f"there is no task {key!r}")
            elif _when(earlier) >= _when(task):  # so no circle can be either
                yield document.error(
                    path, f"{key!r} is due no earlier than {task.key!r}: it can never be done in time"
                )


def cross_check_wheel(
    forums: Forums, obligations: Obligations, names: Mapping[str, set[str]], organisation: Organisation | None
) -> Iterator[DefinitionError]:
    """Tell everything in which forums and obligations contradict the other files."""
    for stem, (forum, document) in forums.items():
        yield from check_stem(stem, forum.id, document)
    for stem, (obligation, document) in obligations.items():
        yield from check_stem(stem, obligation.id, document)
    for obligation, document in obligations.values():
        yield from _check_names(obligation, document, names, forums)
        if obligation.contacts and obligation.id in names["network"]:
            yield document.error(
                ("id",), f"there is a network {obligation.id!r}: their contacts would be the same"
            )
        if organisation is not None:
            yield from _check_units(obligation, document, organisation)
            yield from check_rules(obligation.contacts, document, organisation)
    if organisation is not None:
        for forum, document in forums.values():
            yield from _check_seats(forum, document, organisation)


def _check_names(
    obligation: Obligation, document: Document, names: Mapping[str, set[str]], forums: Forums
) -> Iterator[DefinitionError]:
    if obligation.calendar not in names["calendar"]:
        yield document.error(("calendar",), f"there is no calendar {obligation.calendar!r}")
    if obligation.reported_to and obligation.reported_to not in names["forum"]:
        yield document.error(("reported_to",), f"there is no forum {obligation.reported_to!r}")
    for at, task in enumerate(obligation.tasks):
        if task.forum and task.forum not in names["forum"]:
            yield document.error(("tasks", at, "forum"), f"there is no forum {task.forum!r}")
        elif task.adopts_plan and not (task.forum in forums and forums[task.forum or ""][0].plan_sections):
            yield document.error(("tasks", at, "adopts_plan"), "its forum has no plan_sections")


def _check_units(
    obligation: Obligation, document: Document, organisation: Organisation
) -> Iterator[DefinitionError]:
    for at, task in enumerate(obligation.tasks):
        if task.unit_kind and not any(
            units_of(organisation, Seat(task.authority_kind or "", task.unit_kind, ""), None)
        ):
            told = f"no {task.authority_kind} has a unit of kind {task.unit_kind!r}"
            yield document.error(("tasks", at, "unit_kind"), told)


def _check_seats(
    forum: ForumDefinition, document: Document, organisation: Organisation
) -> Iterator[DefinitionError]:
    named = {"chair": forum.chair, "vice_chair": forum.vice_chair, "secretary": forum.secretary}
    kommuner = [kommune.code for kommune in organisation.kommuner] if forum.per_kommune else [None]
    for name, seat in named.items():
        if seat is not None and not all(any(units_of(organisation, seat, code)) for code in kommuner):
            yield document.error(
                (name,), f"no {seat.authority_kind} unit of kind {seat.unit_kind!r} fills this seat"
            )
    for at, seat in enumerate(forum.members):
        if not any(units_of(organisation, seat, None)):
            told = f"no {seat.authority_kind} unit of kind {seat.unit_kind!r} fills this seat"
            yield document.error(("members", at), told)


def _when(task: ObligationTask) -> tuple[bool, int, int]:
    return (not task.year_before, task.month, task.day)
