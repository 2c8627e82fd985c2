"""Danish words for states and deadlines, said once."""

from casehub.definitions.cards import Deadline, DeadlineKind, DeadlineUnit

_STATES = {
    "referred": "Venter på visitation",
    "open": "I gang",
    "redirected": "Henvist til et andet tilbud",
    "rejected": "Afvist",
    "closed": "Lukket",
}
_UNITS = {
    DeadlineUnit.HOURS: ("time", "timer"),
    DeadlineUnit.WORKING_DAYS: ("hverdag", "hverdage"),
    DeadlineUnit.CALENDAR_DAYS: ("dag", "dage"),
    DeadlineUnit.MONTHS: ("måned", "måneder"),
}
_KINDS = {
    DeadlineKind.STATUTORY: "Lovfrist",
    DeadlineKind.TARGET: "Mål",
    DeadlineKind.AS_SOON_AS_POSSIBLE: "Snarest muligt",
    DeadlineKind.DEFAULT: "Egen frist",
}
# whose work is under retshåndhævelsesloven (lov nr. 410 af 27. april 2017) where it is about crime, prevention included
_LAW_ENFORCEMENT = frozenset({"politi", "kriminalforsorg"})


def notify_text(authority_kind: str) -> str:
    """When an authority of this kind must report a breach, with its source."""
    source = (
        "retshåndhævelseslovens § 28"
        if authority_kind in _LAW_ENFORCEMENT
        else "databeskyttelsesforordningens artikel 33"
    )
    return f"Senest 72 timer efter, at I blev klar over bruddet. Lovfrist. Kilde: {source}"


def state_text(state: str) -> str:
    """A case's state in Danish."""
    return _STATES[state]


def deadline_text(deadline: Deadline | None, *, acute: bool) -> str:
    """A deadline's length, kind and source in one Danish line; "" if the step has none."""
    if deadline is None:
        return ""
    used = deadline.acute if acute and deadline.acute else deadline
    return f"{_length(used)}. {_KINDS[used.kind]}. Kilde: {used.source}"


def _length(deadline: Deadline) -> str:
    if deadline.unit is DeadlineUnit.SAME_DAY:
        return "Samme dag"
    if deadline.unit is DeadlineUnit.AT_EVENT:
        return "På mødet"
    amount = abs(deadline.amount)
    one, many = _UNITS[deadline.unit]
    return f"{amount} {one if amount == 1 else many}{' før' if deadline.amount < 0 else ''}"
