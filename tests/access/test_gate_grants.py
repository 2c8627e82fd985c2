"""What is disclosed reaches those it was given to, before and after their own job, and through the tovholder's hands;
a grant that nobody signed opens nothing and stands in nobody's way.
"""

from uuid import UUID

import pytest
from psycopg.errors import InsufficientPrivilege
from sqlalchemy.exc import ProgrammingError

from casehub.model import new_id
from casehub.services import cases, parties
from casehub.services.errors import FormRefused
from tests.house import House
from tests.services.scenes import (
    DISTRICT,
    KIF,
    KOMMUNE,
    POLICE,
    PSYCHIATRY,
    alter,
    entries,
    entries_of,
    look,
    open_case,
    read,
    refer,
    share,
    triage,
    write_note,
)

NAME = "Asger Fjeldgaard Prøvesen"


def known(house: House, login: str) -> list[UUID]:
    with house.work(login) as ctx:
        return [line.id for line in cases.find_known(ctx, network="psp", cpr="6703851234")]


@pytest.mark.parametrize("jobs_between", [True, False], ids=["re-wrapped", "as received"])
def test_a_referral_of_a_kommune_reaches_psychiatry_through_the_tovholder(
    house: House, *, jobs_between: bool
) -> None:
    case_id = refer(house, "kommune.herning")
    [(onward,)] = look(house, "SELECT DISTINCT onward FROM item_grant g JOIN item i ON i.id = item_id"
                              " WHERE form = 'hpke' AND kind IN ('identity', 'referral')")  # fmt: skip
    assert onward is True
    entry = entries(house)[-1]
    assert (entry["recipients"], entry["basis"]) == ([POLICE], ["retsplejelov-115-2"])

    if jobs_between:
        assert house.run_jobs() == 3  # identity, referral and the necessity note
    triage(house, case_id)
    share(house, case_id, DISTRICT, KIF)
    assert read(house, "kriminalforsorgen", case_id).identity is not None
    before = read(house, "psykiatri.midt", case_id)
    house.run_jobs()
    after = read(house, "psykiatri.midt", case_id)
    assert before == after
    assert after.identity is not None
    assert (after.identity.name, after.identity.cpr) == (NAME, "670385-1234")
    assert dict(after.referral)["Bekymring"].startswith("Råber")
    assert [(told.from_name, told.to_name) for told in after.disclosures] == [
        ("Midt- og Vestjyllands Politi", "Psykiatrien i Region Midtjylland")
    ]
    # everyone who holds the identity finds it under their own keys, the tovholder's authority too
    for login in ("kommune.herning", "tovholder", "psykiatri.midt"):
        assert known(house, login) == [case_id], login


def test_what_was_given_without_leave_is_not_passed_on(house: House) -> None:
    """The police may pass the kommune's referral on, but psychiatry, given it by them, may not."""
    case_id = refer(house, "kommune.herning")
    triage(house, case_id)
    share(house, case_id, DISTRICT)
    house.run_jobs()
    grants = look(
        house,
        "SELECT granted_by, granted_to, onward FROM item_grant JOIN item ON item.id = item_id"
        " WHERE form = 'hpke' AND kind = 'identity' ORDER BY item_grant.id",
    )
    assert grants == [(KOMMUNE, POLICE, True), (POLICE, PSYCHIATRY, False)]
    with (
        house.work("psykiatri.midt") as ctx,
        pytest.raises(ProgrammingError) as refused,
    ):  # the database's own lock
        ctx.session.connection().exec_driver_sql(
            "INSERT INTO item_grant (id, case_id, item_id, item_version_id, granted_by, granted_to, form, key_version,"
            " signing_version, wrapped, signature, onward, disclosure_id, entry_id)"
            " SELECT %s, case_id, item_id, item_version_id, 'psykiatri-midt', 'kriminalforsorgen', 'hpke', 1, 1,"
            " wrapped, 'x', false, disclosure_id, entry_id FROM item_grant WHERE form = 'hpke' LIMIT 1",
            (new_id(),),
        )
    assert isinstance(refused.value.orig, InsufficientPrivilege)


def plant(house: House, note: UUID, *, to: str) -> None:
    """A grant of a note that nobody disclosed, as the database's administrator could plant it."""
    alter(
        house,
        "ALTER TABLE item_grant DISABLE TRIGGER require_entry",
        f"""INSERT INTO item_grant (id, case_id, item_id, item_version_id, granted_by, granted_to, form, key_version,
               signing_version, wrapped, signature, onward, disclosure_id, entry_id)
            SELECT '{new_id()}', v.case_id, v.item_id, v.id, g.granted_by, '{to}', 'hpke', g.key_version,
               g.signing_version, g.wrapped, g.signature, false, g.disclosure_id, g.entry_id
            FROM item_version v, item_grant g
            WHERE v.item_id = '{note}' AND g.form = 'hpke' AND g.granted_to = '{to}' AND g.granted_by = v.authority_id
            LIMIT 1""",
        "ALTER TABLE item_grant ENABLE TRIGGER require_entry",
    )


def test_a_grant_nobody_signed_is_refused_on_record_and_stands_in_nobodys_way(house: House) -> None:
    case_id = open_case(house)
    write_note(house, "psykiatri.midt", case_id, "For jer.", [(KOMMUNE, "samtykke")])
    kept = write_note(house, "psykiatri.midt", case_id, "Kun for os.")
    plant(house, kept, to=KOMMUNE)
    write_note(house, "psykiatri.midt", case_id, "Også for jer.", [(KOMMUNE, "samtykke")])
    [(planted,)] = look(
        house, "SELECT count(*) FROM item_grant WHERE item_id = %s AND granted_to = %s", kept, KOMMUNE
    )
    assert planted == 1

    # before the job: what was truly given is read; what was not is recorded as not opened, and is not there
    left = entries_of(house, lambda: reads_the_two(house, case_id))
    assert [(entry["event"], entry["outcome"]) for entry in left] == [
        ("case.read", "allowed"),
        ("item.opening_failed", "failed"),
    ]
    assert [ref["id"] for ref in left[1]["objects"]] == [str(kept)]

    left = entries_of(house, lambda: house.run_jobs(KOMMUNE))
    assert [entry["event"] for entry in left] == ["grant.accepted", "grant.refused"]
    accepted, refused = left
    assert str(kept) not in repr(accepted["objects"])
    assert [ref["id"] for ref in refused["objects"]] == [str(case_id), str(kept)]
    reads_the_two(house, case_id)

    # alone, it leaves one entry that says refused, and none that says accepted
    left = entries_of(house, lambda: house.run_jobs(KOMMUNE))
    assert [entry["event"] for entry in left] == ["grant.refused"]


def reads_the_two(house: House, case_id: UUID) -> None:
    page = read(house, "kommune.herning", case_id)
    assert [note.text for note in page.notes] == ["For jer.", "Også for jer."]
    assert page.identity is not None


def test_a_grant_moved_to_another_item_opens_nothing(house: House) -> None:
    case_id = open_case(house)
    kept = write_note(house, "psykiatri.midt", case_id, "Kun for os.")
    write_note(house, "psykiatri.midt", case_id, "For jer.", [(KOMMUNE, "samtykke")])
    alter(
        house,
        "ALTER TABLE item_grant DISABLE TRIGGER require_entry",
        f"""UPDATE item_grant SET item_id = v.item_id, item_version_id = v.id FROM item_version v
            WHERE v.item_id = '{kept}' AND granted_to = '{KOMMUNE}' AND form = 'hpke'
              AND item_grant.item_id IN (SELECT id FROM item WHERE kind = 'note')""",
    )
    assert read(house, "kommune.herning", case_id).notes == ()
    house.run_jobs(KOMMUNE)
    assert read(house, "kommune.herning", case_id).notes == ()


def test_a_party_is_chosen_once_and_from_those_proposed(house: House) -> None:
    case_id = refer(house)
    triage(house, case_id)
    once = parties.PartyChoice(DISTRICT, "retsplejelov-115-1-2", "Har ham i behandling.")
    elsewhere = parties.PartyChoice("skive-kommune/social", "retsplejelov-115-1-2", "Kender ham.")
    for chosen in ([once, once], [once, elsewhere], []):
        with house.work("tovholder") as ctx, pytest.raises(FormRefused) as told:
            parties.share_case(ctx, case_id=case_id, parties=chosen, purpose="forebyggelse")
        assert set(told.value.errors) == {"parties"}
    assert look(house, "SELECT count(*) FROM disclosure") == [(0,)]
