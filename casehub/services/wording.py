"""Danish words for states and deadlines, said once."""

from casehub.definitions.cards import DayOfYear, Deadline, DeadlineKind, DeadlineUnit
from casehub.services.views import Choice

MONTHS = (
    "januar", "februar", "marts", "april", "maj", "juni", "juli", "august", "september", "oktober", "november", "december",
)  # fmt: skip
_STATES = {
    "referred": "Venter på visitation",
    "open": "I gang",
    "redirected": "Henvist til et andet tilbud",
    "rejected": "Afvist",
    "closed": "Lukket",
}
UNITS = {
    DeadlineUnit.HOURS: ("time", "timer"),
    DeadlineUnit.WORKING_DAYS: ("hverdag", "hverdage"),
    DeadlineUnit.CALENDAR_DAYS: ("dag", "dage"),
    DeadlineUnit.MONTHS: ("måned", "måneder"),
}
KINDS = {
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


def access_law(authority_kind: str) -> str:
    """By which law a citizen has a right to know what this authority holds."""
    if authority_kind in _LAW_ENFORCEMENT:
        return "retshåndhævelseslovens § 15"
    return "databeskyttelsesforordningens artikel 15"


def access_grounds(authority_kind: str) -> tuple[Choice, ...]:
    """On which grounds something can be left out of an answer to a citizen, each with its source."""
    if authority_kind in _LAW_ENFORCEMENT:
        return (
            Choice(
                "inquiry",
                "Afgørende hensyn til efterforskning, forebyggelse eller retsforfølgning (retshåndhævelseslovens § 16)",
            ),
            Choice(
                "others",
                "Afgørende hensyn til andres eller borgerens egne rettigheder (retshåndhævelseslovens § 16)",
            ),
        )
    return (
        Choice(
            "others", "Hensynet til andres rettigheder (databeskyttelsesforordningens artikel 15, stk. 4)"
        ),
        Choice(
            "private",
            "Afgørende hensyn til private interesser, også borgerens egne (databeskyttelseslovens § 22, stk. 1)",
        ),
        Choice("public", "Afgørende hensyn til offentlige interesser (databeskyttelseslovens § 22, stk. 2)"),
    )


def access_rights(authority_kind: str) -> tuple[str, ...]:
    """What a citizen who was answered can do, in whole sentences."""
    corrected = (
        "Er noget forkert, kan du bede os rette eller slette det (retshåndhævelseslovens § 17)."
        if authority_kind in _LAW_ENFORCEMENT
        else "Er noget forkert, kan du bede os rette det. Du kan også gøre indsigelse og i nogle tilfælde få noget slettet"
        " (databeskyttelsesforordningens artikel 16, 17, 18 og 21)."
    )
    return (
        corrected,
        (
            "Du kan klage til Datatilsynet, hvis du er utilfreds med, hvordan vi bruger oplysninger om dig:"
            " Carl Jacobsens Vej 35, 2500 Valby, datatilsynet.dk."
        ),
    )


def state_text(state: str) -> str:
    """A case's state in Danish."""
    return _STATES[state]


def deadline_text(deadline: Deadline | None) -> str:
    """A deadline's length, kind and source in one Danish line; "" for none."""
    if deadline is None:
        return ""
    return f"{_length(deadline)}. {KINDS[deadline.kind]}. Kilde: {deadline.source}"


def _length(deadline: Deadline) -> str:
    if deadline.unit is DeadlineUnit.SAME_DAY:
        return "Samme dag"
    if deadline.unit is DeadlineUnit.AT_EVENT:
        return "På mødet" if deadline.of.endswith("meeting") else "Samme dag som det, den regnes fra"
    if deadline.on is not None:
        return recurring_day(deadline.on)
    amount = abs(deadline.amount)
    one, many = UNITS[deadline.unit]
    return f"{amount} {one if amount == 1 else many}{' før' if deadline.amount < 0 else ''}"


def recurring_day(on: DayOfYear) -> str:
    """E.g. "5. januar", "Den 5. i måneden" or "5. hverdag i måneden"."""
    month = MONTHS[on.month - 1] if on.month else "måneden"
    if on.working_day is not None:
        return f"{on.working_day}. hverdag i {month}"
    return f"{on.day}. {month}" if on.month else f"Den {on.day}. i måneden"


_CHANGES = {
    "impossible": "Noteret som umuligt",
    "extend": "Fristen er forlænget",
    "suspend": "Fristen er sat i bero",
    "reopen": "Genåbnet",
    "repeat": "Gentages",
    "add": "Føjet til sagen",
    "hand": "Overdraget til en anden myndighed",
    "assign": "Givet til en medarbejder",
}


def change_text(kind: str) -> str:
    """What was done to a step, in Danish."""
    return _CHANGES[kind]
