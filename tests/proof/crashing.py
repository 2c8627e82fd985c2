"""What goes wrong while something about a citizen is in hand: in the database, in the web and in the worker, and what each says.

Nothing here is mocked: constraints are added that the next row breaks, statements are made to take too long, and what
comes of it is collected where an operator would find it.
"""

import re
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar
from pathlib import Path
from types import SimpleNamespace
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener

import pytest
from sqlalchemy import text

from casehub.demo.people import PASSWORD
from casehub.embedded import EmbeddedServer
from casehub.model.bootstrap import NODE
from casehub.services import referrals
from tests.house import House, referral
from tests.journeys.place import Place, open_place
from tests.proof.planting import Plants
from tests.services.scenes import POLICE, alter
from tests.web.acting import first_choices
from tests.web.browsing import form_of

WORKED_OFF = """
    SELECT count(*) = 0 FROM procrastinate_jobs WHERE task_name = 'accept_grants' AND status IN ('todo', 'doing')
"""
WATCHED = Path(__file__).parent / "watched"
# a row of each of these fails while a referral or a note is written: PostgreSQL tells such a row in full
BROKEN = (
    "cases",
    "participant",
    "step",
    "item",
    "item_version",
    "item_grant",
    "index_token",
    "audit_content",
)
# what PostgreSQL tells of a failing statement: as it comes, and all there is
TELLING = {"log_min_error_statement": ("error", "debug5"), "log_min_messages": ("warning", "debug5")}


def fail_in_the_database(house: House, plants: Plants, number: int, said: Path) -> int:
    """Break a constraint of each table, and let a statement time out, under both settings; how many statements failed."""
    failures = 0
    with said.open("a") as file:
        for at in range(2):
            for setting, values in TELLING.items():
                alter(house, f"ALTER ROLE {NODE} SET {setting} = '{values[at]}'")
            house.runtime.engine.dispose()  # sessions that begin now take it up
            for table in BROKEN:
                with _broken(house, table):
                    failures += _told(file.write, lambda: _refer(house, plants, number))
            with _slow(house):
                failures += _told(file.write, lambda: _refer(house, plants, number, at_most="20ms"))
    return failures


def _refer(house: House, plants: Plants, number: int, *, at_most: str = "0") -> None:
    data = referral(
        cpr=plants.cpr(number),
        name=plants.name(number),
        address=plants.address(number),
        phone=plants.phone(number),
        concern=plants.text(number, "bekymring"),
        safe_contact=plants.text(number, "sikker kontakt"),
    )
    with house.work("politi.herning") as ctx:
        ctx.session.execute(text(f"SET LOCAL statement_timeout = '{at_most}'"))
        referrals.create_referral(ctx, network="psp", data=data)


def _told(tell: Callable[[str], object], act: Callable[[], object]) -> int:
    """What a crash would print: the traceback, the errors it came from included."""
    with pytest.raises(Exception) as failure:  # noqa: PT011 (which one is the database's to say)
        act()
    tell("".join(traceback.format_exception(failure.value)))
    return 1


@contextmanager
def _broken(house: House, table: str, good: str = "entry_id IS NULL") -> Iterator[None]:
    """No new row of the table is good, unless it is as said: PostgreSQL tells the one it refuses."""
    name = "nothing_is_good"
    alter(house, f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({good}) NOT VALID")
    try:
        yield
    finally:
        alter(house, f"ALTER TABLE {table} DROP CONSTRAINT {name}")


@contextmanager
def _slow(house: House) -> Iterator[None]:
    alter(
        house,
        "CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(2); RETURN NEW; END $$",
        "CREATE TRIGGER dawdle BEFORE INSERT ON item_version FOR EACH ROW EXECUTE FUNCTION dawdle()",
    )
    try:
        yield
    finally:
        alter(house, "DROP TRIGGER dawdle ON item_version", "DROP FUNCTION dawdle()")


@contextmanager
def _last_attempts(house: House) -> Iterator[None]:
    """No job is tried again, so that the worker tells what became of it."""
    alter(
        house,
        "CREATE FUNCTION exhaust() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.attempts := 99; RETURN NEW; END $$",
        "CREATE TRIGGER exhaust BEFORE INSERT ON procrastinate_jobs FOR EACH ROW EXECUTE FUNCTION exhaust()",
    )
    try:
        yield
    finally:
        alter(house, "DROP TRIGGER exhaust ON procrastinate_jobs", "DROP FUNCTION exhaust()")


@dataclass(slots=True)
class Served:
    """What web and worker left while they failed: what they said, what they opened for writing, what they left in TMPDIR."""

    place: Place
    home: Path
    opened: Path
    temporary: Path

    @property
    def written(self) -> tuple[Path, ...]:
        """Everywhere that something of theirs could stand."""
        return (*self.place.outputs, self.home, self.temporary)

    def elsewhere(self) -> set[str]:
        """Files they opened for writing that are neither in their home nor a device."""
        paths = set(self.opened.read_text().splitlines())
        return {path for path in paths if not path.startswith((f"{self.home}/", "/dev/"))}

    def core_limits(self) -> set[str]:
        """How much of their memory the processes may leave on disk when they crash."""
        family = {
            each for process in self.place.processes for each in (process, *process.children(recursive=True))
        }
        limits = "\n".join(Path(f"/proc/{each.pid}/limits").read_text() for each in family)
        return set(re.findall(r"Max core file size +(\S+)", limits))


@contextmanager
def served(server: EmbeddedServer, house: House, at: Path) -> Iterator[Served]:
    """The web and the worker on the house's database, watched."""
    temporary, opened = at / "tmp", at / "opened"
    temporary.mkdir(parents=True)
    settings = {
        "TMPDIR": str(temporary),
        "PYTHONPATH": f"{WATCHED}:{Path(__file__).parents[2]}",
        "PYTHONDONTWRITEBYTECODE": "1",
        "OPENED_FOR_WRITING": str(opened),
    }
    home = house.runtime.config.home
    with open_place(server, house.database, home, at, **settings) as place:
        yield Served(place, home, opened, temporary)


def fail_in_the_processes(served: Served, house: House, plants: Plants, number: int, pages: Path) -> None:
    """A referral that comes through the web, one that fails there, and one that fails when the worker indexes it."""
    visitor = Visitor(served.place.url)
    visitor.sign_in("kommune.herning")
    shown = [visitor.refer(plants, number)]
    assert plants.name(number) in shown[0]
    with _broken(house, "item_version"):
        shown.append(visitor.refer(plants, number + 1))
    assert "Noget gik galt hos os" in shown[1]
    served.place.wait_until(WORKED_OFF, seconds=900)  # what a hundred cases left is received first
    with _broken(house, "index_token", f"authority_id <> '{POLICE}'"), _last_attempts(house):
        visitor.refer(plants, number + 2)
        served.place.wait_until("SELECT count(*) > 0 FROM procrastinate_jobs WHERE status = 'failed'")
    web, worker = (output.read_text() for output in served.place.outputs)
    assert "unforeseen IntegrityError" in web
    assert "nothing_is_good" in worker
    pages.write_text(shown[1])


class Visitor:
    """A browser without JavaScript, on a real address."""

    def __init__(self, url: str) -> None:
        self._url, self._opener = url, build_opener(HTTPCookieProcessor(CookieJar()))

    def sign_in(self, login: str) -> None:
        self._fill("/log-ind", self._send("/log-ind"), {"login": login, "password": PASSWORD})

    def refer(self, plants: Plants, number: int) -> str:
        """Send a referral; the page that comes."""
        path = "/henvendelser/ny"
        asked = {"_do": "known", "network": "psp", "cpr": plants.cpr(number)}
        form = self._fill(path, self._send(path), asked)
        typed = {
            "_do": "create",
            "network": "psp",
            "cpr": plants.cpr(number),
            "name": plants.name(number),
            "address": plants.address(number),
            "phone": plants.phone(number),
            "safe_contact": plants.text(number, "sikker kontakt"),
            "concern": plants.text(number, "bekymring"),
            "necessity": plants.text(number, "nødvendighed"),
        }
        return self._fill(path, form, {**typed, **first_choices(form)})

    def _fill(self, path: str, page: str, changes: dict[str, str]) -> str:
        fields = form_of(SimpleNamespace(text=page))  # type: ignore[arg-type]
        return self._send(path, urlencode({**fields, **changes}, doseq=True).encode())

    def _send(self, path: str, body: bytes | None = None) -> str:
        request = Request(self._url + path, data=body, headers={"Referer": self._url})  # noqa: S310 (our own address)
        try:
            with self._opener.open(request, timeout=60) as answer:
                return answer.read().decode()
        except HTTPError as refused:
            return refused.read().decode()
