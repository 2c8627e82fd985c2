"""What is said and written about one invented citizen, all of it to be searched for afterwards."""

from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

COPENHAGEN = ZoneInfo("Europe/Copenhagen")


@dataclass(frozen=True, slots=True)
class Story:
    """One case. Every text is of its own kind, so that finding it anywhere tells where it came from."""

    cpr: str = "670385-1234"
    name: str = "Asger Fjeldgaard Prøvesen"
    address: str = "Prøvevej 14, 2. tv, 7400 Herning"
    phone: str = "10 20 30 40"
    safe_contact: str = "Ring kun på hverdage før kl. 12, aldrig til søsteren."
    concern: str = "Råber ad naboerne om natten og åbner ikke for hjemmeplejen."
    necessity: str = "Ingen af os kan hjælpe ham alene."
    triage: str = "Tre myndigheder kender ham hver for sig."
    why_kommune: str = "Kommunen har sagen om hans bolig."
    why_psychiatry: str = "Distriktspsykiatrien har ham i behandling."
    private: str = "Mener, at naboen sender stråler gennem væggen."
    shared: str = "Er i behandling. Ring til distriktspsykiatrien ved uro."
    why_shared: str = "Politi og kommune møder ham, når han er urolig."
    mistaken: str = "Har fået ny medicin og sover hele dagen."
    why_mistaken: str = "Politiet skal kende virkningen."
    why_recalled: str = "Notatet handler om en anden patient."
    breach_facts: str = "Helbredsoplysninger om en anden patient."
    oral: str = "Sagt i telefonen: bostøtten kommer hver tirsdag."
    why_oral: str = "Betjenten stod ved hans dør."
    minutes: str = "Kommunen samler trådene; psykiatrien taler medicin."
    why_minutes: str = "Alle tre skal kende aftalerne fra mødet."
    first_action: str = "Bostøtten besøger ham hver tirsdag."
    second_action: str = "Overlægen indkalder til medicinsamtale."
    why_actions: str = "Alle skal vide, hvem der gør hvad."
    status: str = "Begge handlinger er gennemført som aftalt."
    why_status: str = "Gruppen skal kunne lukke sagen."
    closing: str = "Han tager imod bostøtte og medicin."
    why_closing: str = "Parterne skal vide, at sagen er slut."

    @property
    def secrets(self) -> tuple[str, ...]:
        """Everything above, and the parts by which the citizen would be known; also the CPR number without its dash."""
        texts = tuple(getattr(self, field.name) for field in fields(self))
        return (
            *texts,
            *self.name.split()[:2],
            self.cpr.replace("-", ""),
            self.phone.replace(" ", ""),
            "Prøvevej",
        )


def danish_now() -> datetime:
    return datetime.now(COPENHAGEN)


def in_days(days: int) -> str:
    """A day from now, as a date field takes it."""
    return day_in(days).isoformat()


def day_in(days: int) -> date:
    return danish_now().date() + timedelta(days=days)
