"""Risk assessments as an opened case shows them: frozen views, and how a sealed assessment is read.

What is sealed is the answers and how much judgement adds to them, never a level by itself: the level is computed again by the
version of the checklist it was made with, so that no assessment can say less than its answers do.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from casehub.access.gate import Content, Reading
from casehub.access.rows import ItemRows
from casehub.definitions.risk import Checklist, Judgement
from casehub.services.context import Context
from casehub.services.recall_views import TakingBack
from casehub.services.taking_back import NO_OFFERS, Offers
from casehub.workflow.calendar import danish_day

KIND = "assessment"
Lines = tuple[tuple[str, str], ...]
UNKNOWN_VERSION = "Tjeklistens version findes ikke her, så niveauet kan ikke vises."


@dataclass(frozen=True, slots=True)
class AssessmentView:
    """An assessment as its reader sees it. `place`: of its level among `levels`, the lowest first. `lines`: what was found.

    `computed`: the level the answers alone make, where judgement raised it; else "". `on`: the day it was made.
    """

    id: UUID
    checklist_id: str
    checklist: str
    level: str
    place: int
    levels: tuple[str, ...]
    points: int | None
    computed: str
    on: date
    lines: Lines
    owner: str
    own: bool
    author: str
    created_at: datetime
    readers: tuple[str, ...]
    taking_back: TakingBack | None

    @property
    def recalled(self) -> bool:
        """Whether its owner took it back."""
        return self.taking_back is not None and self.taking_back.recalled is not None


def assessment_views(
    ctx: Context, reading: Reading, offers: Offers = NO_OFFERS
) -> tuple[AssessmentView, ...]:
    """All that were opened, the oldest first. One whose checklist this node never had is left out."""
    found = (_view(ctx, reading, rows, content, offers) for rows, content in reading.of_kind(KIND))
    return tuple(sorted((view for view in found if view), key=lambda view: (view.on, view.created_at)))


def assessment_lines(ctx: Context, content: Content) -> Lines:
    """What an assessment says, as (label, text)."""
    checklist = _checklist(ctx, content)
    if checklist is None:
        return (("Risikovurdering", UNKNOWN_VERSION),)
    place = _place(checklist, content)
    head = (("Tjekliste", checklist.name), ("Niveau", checklist.levels[place].text))
    return (*head, *_found(checklist, content))


def _view(
    ctx: Context, reading: Reading, rows: ItemRows, content: Content, offers: Offers
) -> AssessmentView | None:
    checklist = _checklist(ctx, content)
    if checklist is None:
        return None
    item, place, computed = rows.item, _place(checklist, content), checklist.computed(content["present"])
    name, staff = ctx.catalogue.authority_name, reading.rows.people.get(rows.item.created_by)
    return AssessmentView(
        id=item.id,
        checklist_id=checklist.id,
        checklist=checklist.name,
        level=checklist.levels[place].text,
        place=place,
        levels=tuple(level.text for level in checklist.levels),
        points=checklist.points(content["present"]) if checklist.items else None,
        computed=checklist.levels[computed].text if checklist.items and place > computed else "",
        on=date.fromisoformat(content["on"]) if content["on"] else danish_day(item.created_at),
        lines=_found(checklist, content),
        owner=name(item.authority_id),
        own=item.authority_id == ctx.actor.authority,
        author=staff.name if staff else "–",
        created_at=item.created_at,
        readers=tuple(sorted({name(reader) for reader in rows.readers | {item.authority_id}})),
        taking_back=offers.get(item.id),
    )


def _checklist(ctx: Context, content: Content) -> Checklist | None:
    sha256 = bytes.fromhex(content["sha256"])
    return ctx.catalogue.checklist(ctx.session, checklist_id=content["checklist"], sha256=sha256)


def _place(checklist: Checklist, content: Content) -> int:
    if not checklist.items:
        return checklist.place_of(content["level"]) or 0
    return checklist.judged(content["present"], _judgement(content))


def _judgement(content: Content) -> Judgement | None:
    """Whatever another authority's node may have sealed: less than nothing raises nothing."""
    raised, reason = content["raised_by"], content["reason"]
    return Judgement(raised, reason) if raised > 0 and reason.strip() else None


def _found(checklist: Checklist, content: Content) -> Lines:
    present = [item.text for item in checklist.items if item.id in content["present"]]
    unknown = [item.text for item in checklist.items if item.id in content["unknown"]]
    judgement = _judgement(content)
    computed = checklist.levels[checklist.computed(content["present"])].text
    rows = (
        ("Ja", "\n".join(present) or ("Ingen" if checklist.items else "")),
        ("Ved ikke", "\n".join(unknown)),
        ("Hævet ved fagligt skøn", f"Fra {computed}. {judgement.reason}" if judgement else ""),
        ("Bemærkning", content["remark"]),
    )
    return tuple((label, text) for label, text in rows if text)
