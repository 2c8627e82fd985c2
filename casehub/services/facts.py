"""What is known about something that was given away: to whom, when, on which basis; and who has opened it, by the log.

Read by whoever the gate let ask. Frozen into the breach report when it is concluded, live until then.
"""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from casehub.access.rows import CaseRows, ItemRows
from casehub.audit import Category, Event
from casehub.definitions.networks import Network
from casehub.model import Disclosure, ItemGrant
from casehub.services.context import Context
from casehub.services.openings import find_openings
from casehub.services.recall_views import FactsView, GivenView, OpeningView

# the events by which content is delivered to a person
_DELIVERING = frozenset(event for event in Event if event.category is Category.CONSULTATION)


def gather_facts(ctx: Context, rows: CaseRows, item: ItemRows) -> FactsView:
    """All that is known of the item now."""
    recall = rows.recall_of(item.item.id)
    network = ctx.catalogue.network(ctx.session, rows.case)
    return FactsView(
        case_number=rows.case.number,
        written_at=item.item.created_at,
        written_by=_name(rows, item.item.created_by),
        given=_given(ctx, rows, item, network),
        openings=_openings(ctx, item),
        recalled_at=recall.at if recall else None,
        recalled_by=_name(rows, recall.by_staff) if recall else "",
    )


def freeze(facts: FactsView) -> dict[str, Any]:
    """As JSON takes it."""

    def plain(value: object) -> object:
        return value.isoformat() if isinstance(value, datetime) else value

    def pairs(items: list[tuple[str, object]]) -> dict[str, object]:
        return {name: plain(value) for name, value in items}

    return asdict(facts, dict_factory=pairs)


def thaw(frozen: Mapping[str, Any]) -> FactsView:
    """What `freeze` made."""
    return FactsView(
        case_number=frozen["case_number"],
        written_at=datetime.fromisoformat(frozen["written_at"]),
        written_by=frozen["written_by"],
        given=tuple(GivenView(**{**row, "at": _moment(row["at"])}) for row in frozen["given"]),
        openings=tuple(
            OpeningView(
                **{
                    **row,
                    "first": datetime.fromisoformat(row["first"]),
                    "last": datetime.fromisoformat(row["last"]),
                }
            )
            for row in frozen["openings"]
        ),
        recalled_at=_moment(frozen["recalled_at"]),
        recalled_by=frozen["recalled_by"],
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _given(ctx: Context, rows: CaseRows, item: ItemRows, network: Network) -> tuple[GivenView, ...]:
    """Every authority it was ever given to, by the disclosure it was given by; also where the grant was ended since."""
    grants = select(ItemGrant.granted_to, ItemGrant.granted_by, ItemGrant.disclosure_id).where(
        ItemGrant.item_id == item.item.id,
        ItemGrant.granted_to != item.item.authority_id,
        ItemGrant.form == "hpke",
    )
    disclosures: Mapping[UUID | None, Disclosure] = {row.id: row for row in rows.disclosures}
    name = ctx.catalogue.authority_name
    given = []
    for to, by, disclosure_id in ctx.session.execute(grants.order_by(ItemGrant.id)):
        found = disclosures.get(disclosure_id)  # None where another authority passed it on
        given.append(
            GivenView(
                to=name(to),
                by=_name(rows, found.by_staff) if found else name(by),
                at=found.happened_at if found else None,
                basis=network.basis(found.basis).text if found else "",
                purpose=_purpose(network, found.purpose) if found else "",
            )
        )
    return tuple(given)


def _purpose(network: Network, purpose: str) -> str:
    return next((option.text for option in network.purposes if option.id == purpose), purpose)


def _openings(ctx: Context, item: ItemRows) -> tuple[OpeningView, ...]:
    """Who was shown a page with the item on it, own staff last."""
    owner = item.item.authority_id
    found = find_openings(ctx, case_id=item.item.case_id, item_id=item.item.id, events=_DELIVERING)
    return tuple(
        OpeningView(
            name=line.staff.name if line.staff else "–",
            title=line.staff.title if line.staff else "",
            unit=ctx.catalogue.unit_name(line.unit),
            authority=ctx.catalogue.authority_name(line.authority),
            own=line.authority == owner,
            times=line.times,
            first=line.first,
            last=line.last,
            fetched=Event.FILE_READ in line.events,
        )
        for line in sorted(found, key=lambda line: line.authority == owner)
    )


def _name(rows: CaseRows, staff_id: UUID) -> str:
    staff = rows.people.get(staff_id)
    return staff.name if staff else "–"
