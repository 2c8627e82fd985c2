"""When something happened in a run, seen by one party or by all: what deadlines are counted from and what `when` asks.

A step's own events follow from its parts, so that a step done over moves them; all others from the event log. Reads only.
"""

from datetime import datetime

from casehub.workflow.run import APPOINTMENTS, Run, StepRun, StepStatus


def moment(run: Run, name: str, party: str | None = None) -> datetime | None:
    """When the event `name` took place, seen by `party` (its own, where the event is per party); None if it has not.

    `step.<key>` is when the last part of that step was settled (for a party with a part of its own: that part),
    `step.<key>.<outcome>` when it was first answered so by a part that concerns the party.
    """
    prefix, _, rest = name.partition(".")
    key, _, outcome = rest.partition(".")
    if prefix == "step" and any(step.key == key for step in run.card.steps):
        return _answered(run, key, outcome, party) if outcome else _settled(run, key, party)
    times = [event.at for event in run.events if event.name == name and _concerns(event.party, party)]
    if not times:
        return None
    return times[-1] if name in APPOINTMENTS else min(times)


def happened(run: Run, name: str, party: str | None = None) -> bool:
    """Whether the event `name` took place, seen by `party`. A step recorded as not needed or impossible has not been done."""
    prefix, _, key = name.partition(".")
    if prefix == "step" and any(step.key == key for step in run.card.steps):
        parts = _own_or_all(run.last_settled(key), party)
        return moment(run, name, party) is not None and any(part.status is StepStatus.DONE for part in parts)
    return moment(run, name, party) is not None


def begun(run: Run, part: StepRun) -> datetime | None:
    """When this round of a part was begun; None for the first, which began with the case."""
    names = {f"repeat.{part.key}", f"reopen.{part.key}"}
    again = [event.at for event in run.events if event.name in names and event.party == part.party]
    return again[part.round - 2] if part.round > 1 else None


def _settled(run: Run, key: str, party: str | None) -> datetime | None:
    parts = _own_or_all(run.parts(key), party)
    settled = {part.party: part.done_at for part in run.last_settled(key)}
    times = [settled.get(part.party) for part in parts]
    known = [at for at in times if at is not None]
    missing = party is None and run.lacks_a_party(run.card.step(key))
    return max(known) if known and len(known) == len(times) and not missing else None


def _answered(run: Run, key: str, outcome: str, party: str | None) -> datetime | None:
    parts = (part for part in run.last_settled(key) if _concerns(part.party, party))
    times = [part.done_at for part in parts if part.outcome == outcome and part.done_at]
    return min(times) if times else None


def _own_or_all(parts: tuple[StepRun, ...], party: str | None) -> tuple[StepRun, ...]:
    own = tuple(part for part in parts if party is not None and part.party == party)
    return own or parts


def _concerns(event_party: str | None, party: str | None) -> bool:
    return party is None or event_party is None or event_party == party
