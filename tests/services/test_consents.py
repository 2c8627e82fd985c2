"""Consent as a basis: it must cover giver, recipient and kind of information; what rests on it ends with it."""

import pytest
from psycopg.errors import IntegrityConstraintViolation

from casehub.services import cases, consents, files, notes, parties
from casehub.services.errors import Conflict, FormRefused, NotFound
from casehub.services.terms import Terms
from tests.house import House
from tests.services.scenes import (
    DISTRICT,
    KIF,
    KOMMUNE,
    POLICE,
    PSYCHIATRY,
    SOCIAL,
    alter,
    consent,
    entries_of,
    fetch_file,
    look,
    put_file,
    read,
    refer,
    share,
    triage,
    write_note,
)

SAID = "Han har sagt ja, hvis I ringer først."


def shared(house: House):
    """An open case with police, kommune and psychiatry, and no consent."""
    case_id = refer(house)
    triage(house, case_id)
    share(house, case_id, SOCIAL, DISTRICT)
    house.run_jobs()
    return case_id


def withdraw(house: House, login: str, case_id, consent_id):
    with house.work(login) as ctx:
        consents.withdraw_consent(ctx, case_id=case_id, consent_id=consent_id)


def texts(house: House, login: str, case_id) -> list[str]:
    return [note.text for note in read(house, login, case_id).notes]


def test_without_a_consent_that_covers_it_nothing_is_given_on_one_and_that_is_on_record(house: House):
    case_id = shared(house)
    consent(house, "psykiatri.midt", case_id, KOMMUNE)  # not the police
    consent(house, "psykiatri.midt", case_id, POLICE, information=["almindelige"])  # not health
    consent(house, "politi.herning", case_id, KOMMUNE)  # not psychiatry

    def give() -> None:
        with pytest.raises(FormRefused) as refused:
            write_note(house, "psykiatri.midt", case_id, SAID, [(POLICE, "samtykke")])
        assert "ikke skrevet et samtykke op" in refused.value.errors[f"basis-{POLICE}"]

    [entry] = entries_of(house, give)
    assert (entry["event"], entry["outcome"]) == ("note.written", "refused")
    assert entry["policies"] == ["disclosure-consent-missing"]
    assert texts(house, "psykiatri.midt", case_id) == []
    with house.work("psykiatri.midt") as ctx:  # what it does cover can be given
        notes.write_note(
            ctx, case_id=case_id, text="Har fået ny bolig.", readers=[notes.ReaderChoice(POLICE, "samtykke")],
            purpose="samordning", necessity="De leder efter ham.", terms=Terms(information=("almindelige",), prompted="asked"),
        )  # fmt: skip
    assert texts(house, "politi.herning", case_id) == ["Har fået ny bolig."]
    line = read(house, "politi.herning", case_id).disclosures[-1]
    assert (line.information, line.prompted) == (
        "Almindelige oplysninger, fx om bolig og forsørgelse",
        "Modtageren har bedt om det",
    )


def test_withdrawn_over_for_any_of_them_it_ends_at_once_all_that_rests_on_it(house: House):
    case_id = shared(house)
    given = consent(house, "politi.herning", case_id, KOMMUNE, PSYCHIATRY)
    note = write_note(house, "psykiatri.midt", case_id, SAID, [(POLICE, "samtykke"), (KOMMUNE, "samtykke")])
    file = put_file(house, "psykiatri.midt", case_id, readers=[(POLICE, "samtykke")])
    other = write_note(house, "psykiatri.midt", case_id, "På § 43.", [(POLICE, "sundhedslov-43-2-2")])
    house.run_jobs(POLICE)  # one has taken it in, the other not yet
    assert SAID in texts(house, "politi.herning", case_id)
    assert SAID in texts(house, "kommune.herning", case_id)
    withdraw(house, "kommune.herning", case_id, given)
    assert texts(house, "politi.herning", case_id) == ["På § 43."]
    assert texts(house, "kommune.herning", case_id) == []
    with pytest.raises(NotFound):
        fetch_file(house, "politi.herning", case_id, file)
    assert SAID in texts(house, "psykiatri.midt", case_id)
    kept = look(
        house, "SELECT wrapped FROM item_grant WHERE item_id = %s AND granted_to <> %s", note, PSYCHIATRY
    )
    assert len(kept) == 3
    assert {row for (row,) in kept} == {None}
    told = [line for line in read(house, "politi.herning", case_id).disclosures if line.consent_over]
    assert [line.from_name for line in told] == [told[0].from_name] * 2
    assert {line.consent_over for line in told} == {"samtykket er trukket tilbage"}
    with house.work("psykiatri.midt") as ctx:  # it can be given again, on another basis
        notes.disclose_note(
            ctx, case_id=case_id, item_id=note, readers=[notes.ReaderChoice(POLICE, "sundhedslov-43-2-2")],
            purpose="forebyggelse", necessity="De skal vide det.",
        )  # fmt: skip
    house.run_jobs(POLICE)
    assert sorted(texts(house, "politi.herning", case_id)) == sorted([SAID, "På § 43."])
    assert other != note


def test_it_counts_no_more_from_the_request_after_its_last_day_and_can_be_given_again(house: House):
    case_id = shared(house)
    consent(house, "psykiatri.midt", case_id, POLICE, until="2026-11-25")
    note = write_note(house, "psykiatri.midt", case_id, SAID, [(POLICE, "samtykke")])
    house.run_jobs(POLICE)
    house.clock.turn(hours=36)
    assert SAID in texts(house, "politi.herning", case_id)
    house.clock.turn(hours=5)
    assert texts(house, "politi.herning", case_id) == []
    [line] = [line for line in read(house, "politi.herning", case_id).disclosures if line.consent_over]
    assert line.consent_over == "samtykket er udløbet"
    with pytest.raises(FormRefused):
        write_note(house, "psykiatri.midt", case_id, "Mere.", [(POLICE, "samtykke")])
    consent(house, "psykiatri.midt", case_id, POLICE)
    with house.work("psykiatri.midt") as ctx:
        notes.disclose_note(
            ctx, case_id=case_id, item_id=note, readers=[notes.ReaderChoice(POLICE, "samtykke")],
            purpose="forebyggelse", necessity="De skal vide det.",
        )  # fmt: skip
    house.run_jobs(POLICE)
    assert texts(house, "politi.herning", case_id) == [SAID]


def test_it_exists_only_for_those_it_names_and_only_they_withdraw_it(house: House):
    case_id = shared(house)
    given = consent(house, "politi.herning", case_id, KOMMUNE)
    for login, seen in (("politi.herning", 1), ("kommune.herning", 1), ("psykiatri.midt", 0)):
        with house.work(login) as ctx:
            assert len(consents.read_consents(ctx, case_id=case_id).consents) == seen
    with house.work("kommune.herning") as ctx:
        [view] = consents.read_consents(ctx, case_id=case_id).consents
    assert (view.text, view.given_to) == ("", "")  # what the citizen said stays with whom they said it to
    for login in ("psykiatri.midt", "politi.skive", "kontrol.politi", "administrator"):
        with pytest.raises(NotFound):
            withdraw(house, login, case_id, given)
    withdraw(house, "politi.herning", case_id, given)
    with pytest.raises(Conflict):
        withdraw(house, "kommune.herning", case_id, given)


def test_the_database_ends_a_consent_once_and_lets_nothing_rest_on_one_that_is_over(house: House):
    case_id = shared(house)
    given = consent(house, "psykiatri.midt", case_id, POLICE)
    withdraw(house, "psykiatri.midt", case_id, given)
    with pytest.raises(IntegrityConstraintViolation, match="ended once"):
        alter(house, f"UPDATE consent SET ended_at = NULL, ended_by = NULL WHERE id = '{given}'")


def test_a_party_can_be_brought_in_on_a_consent_and_loses_it_all_with_that(house: House):
    case_id = shared(house)
    given = consent(house, "tovholder", case_id, "kriminalforsorgen", information=["strafbare"])
    with house.work("tovholder") as ctx:
        chosen = [parties.PartyChoice(KIF, "samtykke", "Har ham i tilsyn.")]
        parties.share_case(ctx, case_id=case_id, parties=chosen, purpose="forebyggelse")
    house.run_jobs("kriminalforsorgen")
    assert read(house, "kriminalforsorgen", case_id).identity is not None
    with house.work("kriminalforsorgen") as ctx:
        assert cases.find_known(ctx, network="psp", cpr="670385-1234")
    withdraw(house, "kriminalforsorgen", case_id, given)
    assert read(house, "kriminalforsorgen", case_id).identity is None
    with house.work("kriminalforsorgen") as ctx:
        assert cases.find_known(ctx, network="psp", cpr="670385-1234") == ()
    assert look(house, "SELECT 1 FROM index_token WHERE authority_id = 'kriminalforsorgen'") == []


def test_a_consent_is_asked_for_what_it_needs(house: House):
    case_id = shared(house)
    data = consents.ConsentInput((), (), "", "2026-12-24", "2026-11-01")
    with house.work("politi.herning") as ctx, pytest.raises(FormRefused) as refused:
        consents.record_consent(ctx, case_id=case_id, data=data)
    assert refused.value.errors.keys() == {"authorities", "information", "how", "given_on", "until"}


def test_a_form_of_a_file_is_refused_before_it_is_read(house: House):
    case_id = shared(house)

    def never():
        raise AssertionError("read")
        yield b""

    with house.work("psykiatri.midt") as ctx, pytest.raises(FormRefused):
        files.write_file(
            ctx, case_id=case_id, upload=files.Upload("a.pdf", never()),
            readers=[files.ReaderChoice(POLICE, "samtykke")], purpose="forebyggelse", necessity="Ja.",
        )  # fmt: skip
