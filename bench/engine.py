"""The card engine: what an event takes, against the same dataclasses filled in without asking anything.

The floor replaces each part of the run by a copy and appends the event: what any engine with frozen values must do. Computing alone, so
the processor's time of this thread counts. The run is a case of the shipped card half-way through, with four parties.
"""

import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from parts.measuring import Figure, compare_computing
from parts.showing import show

from casehub.definitions.cards import Card
from casehub.definitions.loading import load_definitions
from casehub.workflow.calendar import COPENHAGEN, Calendar
from casehub.workflow.engine import Event, Party, Run, complete, join, occur, reasons, start

AT = datetime(2026, 11, 26, 15, 0, tzinfo=COPENHAGEN)
PARTIES = [Party(kind, kind) for kind in ("politi", "kommune", "psykiatri", "kriminalforsorg")]
POLICIES = Path(__file__).parents[1] / "policies"


def half_way(card: Card, calendar: Calendar) -> Run:
    """Triaged and shared, nobody has answered yet."""
    roles = {"referrer": "politi", "coordinator": "politi"}
    run = start(card, acute=False, roles=roles, at=AT, calendar=calendar)
    for key, outcome in (("henvendelse", None), ("noedvendighed", None), ("triage", "accept")):
        run = complete(run, key=key, at=AT, outcome=outcome, calendar=calendar)
    run = occur(run, Event("meeting", AT + timedelta(days=20)), calendar=calendar)
    return join(run, PARTIES, at=AT, calendar=calendar)


def figures() -> Iterator[Figure]:
    """An event, a step completed, and why each step waits."""
    definitions = load_definitions(POLICIES)
    card = definitions.cards["psp-henvendelse"]
    found = definitions.calendars[card.calendar]
    calendar = Calendar(found.saturday_counts, found.closed, found.holidays)
    run = half_way(card, calendar)
    moved = Event("meeting", AT + timedelta(days=27))
    copies = "the same run copied, with the event"

    def copied() -> Run:
        return replace(run, events=(*run.events, moved), steps=tuple(replace(part) for part in run.steps))

    yield compare_computing(
        f"a meeting is moved: {len(run.steps)} parts derived again",
        lambda: occur(run, moved, calendar=calendar),
        copies,
        copied,
    )
    yield compare_computing(
        "a party's part is completed",
        lambda: complete(run, key="svar", party="kommune", at=AT, outcome="nothing", calendar=calendar),
        copies,
        copied,
    )
    yield compare_computing(
        "why each part waits, as its page says",
        lambda: [reasons(run, key=part.key, party=part.party) for part in run.steps],
        copies,
        copied,
    )


if __name__ == "__main__":
    show(figures())
