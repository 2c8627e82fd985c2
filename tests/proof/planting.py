"""Values that exist nowhere else, and people by the thousand who are known by them, written through the gate as a referral is."""

import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from casehub.access.actions import Action
from casehub.audit import Event
from casehub.values import Address, Cpr, PersonName, Phone
from tests.databases import Database
from tests.house import House, live_in
from tests.services.scenes import refer

MARK = "Kvæstbjærg"  # begins every word planted, so that one search finds them all, and what is left of them
CPR, PHONE = "67038#-####", "10 47 11 ##"  # what every number planted looks like; nobody has been given them
MOST_PEOPLE = 100_000  # numbers of that shape
IN_ONE_CASE = 250
WRITERS = 2


class Plants:
    """Values that exist nowhere else, one set for each number; telephone numbers come again after a hundred."""

    def __init__(self) -> None:
        self.planted = 0

    def text(self, number: int, what: str) -> str:
        """A sentence nobody else writes."""
        return self._count(f"{MARK} {what} {number}: åbner ikke døren for nogen.")

    def name(self, number: int) -> str:
        """A name."""
        return self._count(f"{MARK} Prøvesen{_letters(number)}")

    def address(self, number: int) -> str:
        """An address."""
        return self._count(f"{MARK}{_letters(number)}vej 14, 2. tv, 7400 Herning")

    def cpr(self, number: int) -> str:
        """A replacement number of 1880 to 1989."""
        return self._count(f"67038{number // 10_000}-{number % 10_000:04}")

    def phone(self, number: int) -> str:
        """A number that cannot be called."""
        return self._count(f"10 47 11 {number % 100:02}")

    def _count(self, value: str) -> str:
        self.planted += 1
        return value


def plant_people(house: House, plants: Plants, numbers: range, *, writers: int) -> float:
    """Write them down, by so many processes at once; the seconds it took."""
    began = time.monotonic()
    parts = [range(numbers.start + at, numbers.stop, writers) for at in range(writers)]
    if writers == 1:
        planted = [_plant(house, numbers)]
    else:
        with ProcessPoolExecutor(writers, mp_context=get_context("spawn")) as processes:
            home = house.runtime.config.home
            planted = list(processes.map(_plant_in, [house.database] * writers, [home] * writers, parts))
    plants.planted += sum(planted)
    return time.monotonic() - began


def _plant_in(database: Database, home: Path, numbers: range) -> int:
    with live_in(database, home) as house:
        return _plant(house, numbers)


def _plant(house: House, numbers: range) -> int:
    """An identity each, sealed as `services.referrals` does; how many values that were.

    Indexed by the CPR number alone: all the tokens of a name and an address, which the journeys make, would be most of the run.
    """
    plants = Plants()
    for start in range(0, len(numbers), IN_ONE_CASE):
        case_id = refer(house)
        with (
            house.work("politi.herning") as ctx,
            ctx.gate.write_case(
                action=Action.ITEM_WRITE, case_id=case_id, event=Event.NOTE_WRITTEN
            ) as writing,
        ):
            for number in numbers[start : start + IN_ONE_CASE]:
                values = {
                    "cpr": Cpr.parse(plants.cpr(number), today=ctx.today),
                    "name": PersonName.parse(plants.name(number)),
                    "address": Address.parse(plants.address(number)),
                    "phone": Phone.parse(plants.phone(number)),
                }
                index = {field: value.normalised for field, value in values.items()}
                content = {field: str(value) for field, value in values.items()} | {"index": index}
                sealed = writing.seal(case=writing.case.case, kind="identity", content=content)
                writing.index(rows=sealed, purpose="psp", values={"cpr": index["cpr"]})
    return plants.planted


def _letters(number: int) -> str:
    return "".join("abcdefghij"[int(digit)] for digit in f"{number:05}")
