"""The house as the demo sets it up, for tests: organisation, keys, definitions and a fixed cast, on a real database.

The cast: `politi.herning` refers, `tovholder` triages (`personfarlig` in honour cases), `kommune.herning`, `boern.herning`, `psykiatri.midt` and `kriminalforsorgen` take
part, `politi.skive` and `kommune.skive` have no access, `kontrol.*` review, `administrator` administers.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from casehub.access import receiving
from casehub.access.actor import Actor, system_actor
from casehub.config import Config, read_config
from casehub.demo.loading import add_person
from casehub.demo.people import people
from casehub.model import Staff
from casehub.preparing import set_up
from casehub.runtime import Runtime
from casehub.services.context import Context
from casehub.services.referrals import ReferralInput
from tests.databases import Database

CAST = (
    "politi.sekretariat.leder",
    "kommune.herning.leder",
    "politi.herning",
    "politi.herning-stedfortraeder",
    "politi.skive",
    "tovholder",
    "personfarlig",
    "kommune.herning",
    "boern.herning",
    "bevilling.herning",
    "kommune.skive",
    "psykiatri.midt",
    "kriminalforsorgen",
    "kontrol.politi",
    "kontrol.politi-stedfortraeder",
    "kontrol.herning",
    "kontrol.psykiatri-midt",
    "administrator",
)
HERNING = "0657"
# a Tuesday morning in Denmark
START = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


@dataclass(slots=True)
class Clock:
    """A clock that tests turn."""

    now: datetime = START

    def __call__(self) -> datetime:
        """The time it shows."""
        return self.now

    def turn(self, **by: float) -> None:
        """Turn it forward by days, hours, minutes ..."""
        self.now += timedelta(**by)


@dataclass(slots=True)
class House:
    """A running node and who is in it."""

    runtime: Runtime
    database: Database
    clock: Clock
    staff: dict[str, UUID] = field(default_factory=dict)

    def actor(self, login: str) -> Actor:
        """One of the cast, as of now."""
        actor = self.runtime.actor(self.staff[login])
        assert actor is not None
        return actor

    @contextmanager
    def work(self, login: str) -> Iterator[Context]:
        """One unit of work of one of the cast."""
        with self.runtime.work(self.actor(login)) as ctx:
            yield ctx

    def run_jobs(self, *authorities: str) -> int:
        """What the workers of these authorities (or all) would do with the grants that wait."""
        accepted = 0
        for authority in authorities or sorted(self.runtime.authorities):
            kind = self.runtime.catalogue.authority_kind(authority)
            with self.runtime.work(system_actor(authority, kind)) as ctx:
                accepted += receiving.accept_grants(ctx.gate)
        return accepted


def config_for(database_url: str, home: Path) -> Config:
    """A node's settings."""
    return read_config(
        {"CASEHUB_HOME": str(home), "CASEHUB_DATABASE_URL": database_url, "CASEHUB_INSECURE_COOKIES": "1"}
    )


def furnish(database: Database, home: Path) -> None:
    """Set up the organisation, keys and the cast on an empty, migrated database."""
    config = config_for(database.app_url, home)
    set_up(config, owner_url=database.owner_url)
    runtime = Runtime.open(config)
    try:
        for person in people():
            if person.login in CAST:
                with runtime.work_as_operator() as ctx:
                    add_person(ctx, person)
    finally:
        runtime.close()


@contextmanager
def live_in(database: Database, home: Path) -> Iterator[House]:
    """A node running on a furnished database."""
    clock = Clock()
    runtime = Runtime.open(config_for(database.app_url, home), clock=clock)
    try:
        with runtime.work_as_operator() as ctx:
            staff = {row.login: row.id for row in ctx.session.scalars(select(Staff))}
        yield House(runtime, database, clock, staff)
    finally:
        runtime.close()


def referral(**changed: object) -> ReferralInput:
    """A referral as typed, of an invented citizen with a replacement CPR number."""
    values: dict[str, object] = {
        "name": "Asger Fjeldgaard Prøvesen",
        "cpr": "670385-1234",
        "address": "Prøvevej 14, 2. tv, 7400 Herning",
        "phone": "10 20 30 40",
        "kommune": HERNING,
        "indicators": ("truende", "sygdomsindsigt"),
        "source": "doegnrapport",
        "concern": "Råber ad naboerne om natten og åbner ikke for hjemmeplejen.",
        "necessity": "Ingen af os kan hjælpe ham alene.",
        "purpose": "forebyggelse",
        "child_involved": False,
        "safe_contact": "Ring kun på hverdage før kl. 12, aldrig til søsteren.",
        "acute": False,
    }
    return ReferralInput(**{**values, **changed})  # type: ignore[arg-type]
