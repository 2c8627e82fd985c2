"""What is shown of consents: of an opened case, for those they concern."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from casehub.access.actions import Action
from casehub.access.gate import Reading
from casehub.access.resources import ConsentResource
from casehub.model import Consent
from casehub.services.context import Context
from casehub.workflow.calendar import danish_day

HOW = {"written": "Skriftligt", "oral": "Mundtligt"}


@dataclass(frozen=True, slots=True)
class ConsentView:
    """A consent as one it concerns sees it. `until`: its last day. `state`: in_force, run_out or withdrawn.

    `text`, `given_to`: opened for the recorder's authority alone.
    """

    id: UUID
    item_id: UUID
    recorder: str
    by: str
    authorities: tuple[str, ...]
    information: tuple[str, ...]
    how: str
    given_on: date
    until: date
    state: str
    ended_at: datetime | None
    text: str
    given_to: str
    may_withdraw: bool


def consent_views(ctx: Context, reading: Reading) -> tuple[ConsentView, ...]:
    """The consents of an opened case, the newest first."""
    network = ctx.catalogue.network(ctx.session, reading.rows.case)
    words = {kind.id: kind.text for kind in network.information}
    newest = sorted(reading.rows.consents, key=lambda row: row.recorded_at, reverse=True)
    return tuple(_view(ctx, reading, row, words) for row in newest)


def consent_lines(view: ConsentView) -> tuple[tuple[str, str], ...]:
    """A consent as (label, text) lines, for whoever takes it out."""
    over = f"Gælder ikke længere fra {danish_day(view.ended_at):%d.%m.%Y}" if view.ended_at else ""
    lines = (
        ("Mellem", ", ".join(view.authorities)),
        ("Slags oplysninger", ", ".join(view.information)),
        (
            "Givet",
            f"{view.how} {view.given_on:%d.%m.%Y}" + (f" til {view.given_to}" if view.given_to else ""),
        ),
        ("Gælder til og med", f"{view.until:%d.%m.%Y}"),
        ("Ophør", over),
        ("Det sagde borgeren", view.text),
    )
    return tuple((label, text) for label, text in lines if text)


def _view(ctx: Context, reading: Reading, row: Consent, words: dict[str, str]) -> ConsentView:
    content = reading.content.get(row.item_id, {})
    staff = reading.rows.people.get(row.recorded_by)
    resource = ConsentResource(row.id, reading.resource, frozenset(row.authorities))
    state = "withdrawn" if row.ended_by else "in_force" if row.in_force(ctx.now) else "run_out"
    return ConsentView(
        id=row.id,
        item_id=row.item_id,
        recorder=ctx.catalogue.authority_name(row.authority_id),
        by=staff.name if staff else "–",
        authorities=tuple(ctx.catalogue.authority_name(each) for each in row.authorities),
        information=tuple(words.get(each, each) for each in row.information),
        how=HOW[row.given_how],
        given_on=row.given_on,
        until=danish_day(row.valid_until),
        state=state,
        ended_at=row.ended_at,
        text=content.get("text", ""),
        given_to=content.get("given_to", ""),
        may_withdraw=state == "in_force" and ctx.gate.may(Action.CONSENT_WITHDRAW, resource),
    )
