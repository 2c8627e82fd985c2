"""What was being typed: sealed, for the same person, once, for 24 hours."""

import pytest

from casehub.access.gate import NotOpened
from casehub.services import drafts
from tests.house import House
from tests.services.scenes import alter, entries_of, look

TYPED = {"text": ["Hun sagde at Prøvesen var på vej."], "readers": ["mvj-politi", "psykiatri-midt"]}
PATH = "/sager/1/note"


def keep(house: House, login: str = "politi.herning") -> None:
    with house.work(login) as ctx:
        drafts.save_draft(ctx, path=PATH, fields=TYPED)


def take(house: House, login: str = "politi.herning", path: str = PATH) -> object:
    with house.work(login) as ctx:
        return drafts.take_draft(ctx, path=path)


def test_it_comes_back_once_and_its_taking_is_on_record(house: House) -> None:
    keep(house)
    assert b"Pr\xc3\xb8vesen" not in b"".join(
        bytes(row[0]) for row in look(house, "SELECT sealed FROM draft")
    )
    left = entries_of(house, lambda: equal(take(house), TYPED))
    assert [entry["event"] for entry in left] == ["draft.read"]
    assert take(house) is None
    assert look(house, "SELECT count(*) FROM draft") == [(0,)]


def equal(found: object, wanted: object) -> None:
    assert found == wanted


def test_nobody_else_gets_it_nor_another_page(house: House) -> None:
    keep(house)
    for login in ("politi.herning-stedfortraeder", "tovholder", "kommune.herning"):
        assert take(house, login) is None
    assert take(house, path="/sager/2/note") is None
    assert take(house) == TYPED


def test_after_24_hours_it_is_gone(house: House) -> None:
    keep(house)
    house.clock.turn(hours=24)
    assert take(house) is None
    keep(house, "politi.herning-stedfortraeder")  # sweeps what has expired
    assert look(house, "SELECT count(*) FROM draft") == [(1,)]
    keep(house)
    house.clock.turn(hours=23, minutes=59)
    assert take(house) == TYPED


def test_a_newer_draft_of_the_same_page_takes_the_place_of_the_older(house: House) -> None:
    keep(house)
    with house.work("politi.herning") as ctx:
        drafts.save_draft(ctx, path=PATH, fields={"text": ["nyt"]})
    assert look(house, "SELECT count(*) FROM draft") == [(1,)]
    assert take(house) == {"text": ["nyt"]}


def test_a_draft_moved_to_another_person_or_row_does_not_open(house: House) -> None:
    keep(house)
    keep(house, "tovholder")
    alter(
        house,
        "ALTER TABLE draft DISABLE TRIGGER require_entry",
        f"""UPDATE draft SET sealed = other.sealed FROM draft other
            WHERE draft.staff_id = '{house.staff["tovholder"]}' AND other.staff_id <> draft.staff_id""",
    )
    left = entries_of(house, lambda: does_not_open(house))
    assert [(entry["event"], entry["outcome"]) for entry in left] == [
        ("draft.read", "allowed"),
        ("item.opening_failed", "failed"),
    ]


def does_not_open(house: House) -> None:
    with pytest.raises(NotOpened):
        take(house, "tovholder")
