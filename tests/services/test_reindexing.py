"""The search index made again under a new key: by two administrators, while people search, with every opening on record."""

from uuid import UUID

import pytest
from sqlalchemy.exc import DBAPIError

from casehub.access.actions import Action
from casehub.audit import Event
from casehub.demo.loading import add_person
from casehub.demo.people import people
from casehub.model import AuthorityKey, IndexToken, Sealed
from casehub.services import approvals, cases, keys
from casehub.services.approvals import Kind
from casehub.services.errors import NotFound
from casehub.services.keys import KeysRefused
from tests.house import House
from tests.services.scenes import POLICE, entries_of, look, refer, system
from tests.services.test_keys import retire, rotate, status, working

SECOND = "administrator-stedfortraeder"


@pytest.fixture
def house(house_of_own_keys: House) -> House:
    """With two administrators."""
    person = next(each for each in people() if each.login == SECOND)
    with house_of_own_keys.runtime.work_as_operator() as ctx:
        add_person(ctx, person)
    asked = "SELECT id FROM staff WHERE login = %s"
    [(house_of_own_keys.staff[SECOND],)] = look(house_of_own_keys, asked, SECOND)
    return house_of_own_keys


def ask(house: House) -> UUID:
    with house.work("administrator") as ctx:
        return approvals.ask_approval(ctx, kind=Kind.REKEY_INDEX, reason="Et bånd er væk.")


def confirm(house: House, login: str, asked: UUID) -> None:
    with house.work(login) as ctx:
        approvals.confirm_approval(ctx, approval_id=asked)


def refuse(house: House) -> None:
    with pytest.raises(KeysRefused, match="two of its administrators"):
        rotate(house.runtime, POLICE, "index")
    assert versions(house) == [(1,)]


def found(house: House) -> list[object]:
    with house.work("politi.herning") as ctx:
        return [line.id for line in cases.search_cases(ctx, cpr="", name="Prøvesen", phone="", address="")]


def versions(house: House) -> list[tuple[object, ...]]:
    asked = "SELECT DISTINCT key_version FROM index_token WHERE authority_id = %s ORDER BY 1"
    return look(house, asked, POLICE)


def test_two_agree_and_every_citizen_is_found_before_during_and_after(house: House) -> None:
    many = {refer(house, cpr=f"670385-{number:04}") for number in range(3)}
    refuse(house)  # nobody asked
    asked = ask(house)
    refuse(house)  # one alone
    with pytest.raises(NotFound):
        confirm(house, "administrator", asked)
    refuse(house)
    confirm(house, SECOND, asked)

    left = entries_of(house, lambda: rotate(house.runtime, POLICE, "index"))
    assert [entry["event"] for entry in left] == ["keys.rotation_begun", "keys.rotated"]
    assert str(asked) in {ref["id"] for ref in left[0]["objects"]}
    assert len([ref for ref in left[1]["objects"] if ref["kind"] == "identity"]) == len(many)
    assert versions(house) == [(2,)]
    assert set(found(house)) == many
    late = refer(house, cpr="670385-0009")
    retire(house.runtime, POLICE, "index", 1)
    assert set(found(house)) == {*many, late}
    assert status(house, POLICE)["index", 2].protects[0][1] == "index tokens"
    with pytest.raises(KeysRefused, match="two of its administrators"):  # what was agreed is used up
        rotate(house.runtime, POLICE, "index")


def test_a_stopped_one_goes_on_where_it_was_and_both_keys_find_meanwhile(house: House) -> None:
    before = refer(house)
    confirm(house, SECOND, ask(house))
    stopped = keys.rotate(
        lambda: working(house.runtime, POLICE), house.runtime.keys.keystore, purpose="index"
    )
    next(stopped)  # the key is made, no token yet
    stopped.close()
    after = refer(house, cpr="670385-0001")
    assert versions(house) == [(1,), (2,)]
    assert set(found(house)) == {before, after}
    assert rotate(house.runtime, POLICE, "index").taken_up
    assert versions(house) == [(2,)]
    assert set(found(house)) == {before, after}


def test_the_database_wants_the_two_as_well(house: House) -> None:
    refer(house)
    with (
        pytest.raises(DBAPIError, match="two people"),
        house.runtime.work(system(house, POLICE)) as ctx,
        ctx.gate.create(action=Action.KEYS_ROTATE, event=Event.KEYS_ROTATION_BEGUN) as writing,
    ):
        writing.add(
            AuthorityKey(
                authority_id=POLICE,
                purpose="index",
                version=2,
                kek_version=1,
                wrapped=Sealed(b"x"),
                created_at=writing.now,
            )
        )
    with (
        house.runtime.work(system(house, POLICE)) as ctx,
        ctx.gate.create(action=Action.KEYS_ROTATE, event=Event.KEYS_ROTATED),
    ):  # nothing may go while there is no newer key
        assert ctx.session.query(IndexToken).delete() == 0
