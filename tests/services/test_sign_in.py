"""Signing in: the same words for every refusal, on record, a limit that opens again, and no way in for who has left."""

from datetime import timedelta

import pytest

from casehub.access.gate import NotFound
from casehub.demo.people import PASSWORD
from casehub.services import cases, log
from casehub.services.errors import SignInRefused
from casehub.services.sign_in import MOST_PER_LOGIN
from casehub.services.throttling import MOST_PER_ADDRESS, WINDOW
from tests.house import House
from tests.services.scenes import POLICE, alter, entries, entries_of, look, open_case, read, traffic

ADDRESS = "192.0.2.7"


def sign_in(
    house: House, login: str = "politi.herning", password: str = PASSWORD, address: str = ADDRESS
) -> str:
    """The message of the refusal; "" when it worked."""
    try:
        actor = house.runtime.sign_in(login=login, password=password, address=address)
    except SignInRefused as refused:
        return refused.message
    assert actor.staff_id == house.staff[login]
    return ""


def test_the_right_password_opens_and_is_on_record(house: House) -> None:
    left = entries_of(house, lambda: sign_in(house))
    [entry] = left
    assert (entry["event"], entry["outcome"], entry["actor"], entry["authority"]) == (
        "session.signed_in", "allowed", str(house.staff["politi.herning"]), POLICE,
    )  # fmt: skip


def test_refusals_are_alike_on_record_and_hold_no_word_of_what_was_typed(house: House) -> None:
    wrong = sign_in(house, password="Hemmeligt-9")
    unknown = sign_in(house, login="findes.ikke", password="Hemmeligt-9")
    nul = sign_in(house, login="politi.herning\0", password="Hemmeligt-9")
    assert wrong == unknown == nul
    assert "forkert" in wrong
    kept = entries(house)[-3:]
    assert [(entry["event"], entry["outcome"]) for entry in kept] == [("session.signed_in", "refused")] * 3
    assert [entry["authority"] for entry in kept] == [POLICE, None, None]
    everything = repr(look(house, "SELECT * FROM audit_content")) + repr(
        look(house, "SELECT * FROM sign_in_attempt")
    )
    assert "Hemmeligt" not in everything
    assert "findes.ikke" not in everything
    assert ADDRESS not in everything


def test_an_unknown_login_costs_as_many_statements_as_a_known_one(house: House) -> None:
    with traffic(house) as known:
        sign_in(house, password="forkert-adgangskode")
    with traffic(house) as unknown:
        sign_in(house, login="findes.ikke", password="forkert-adgangskode")
    # all but the name of what the entry is about: there is nobody to name
    assert known.shape == unknown.shape


def test_after_five_failures_even_the_right_password_waits_and_then_opens_again(house: House) -> None:
    for _ in range(MOST_PER_LOGIN):
        assert "forkert" in sign_in(house, password="forkert-adgangskode")
    told = sign_in(house, login="POLITI.herning", password="forkert-adgangskode")
    assert "kvarter" in told
    left = entries_of(house, lambda: sign_in(house))
    assert [(entry["outcome"], entry["detail"]) for entry in left] == [("refused", {"why": "throttled"})]
    assert sign_in(house, login="tovholder") == ""  # another is not kept out
    house.clock.now += WINDOW + timedelta(seconds=1)
    assert sign_in(house) == ""


def test_an_unknown_login_is_throttled_in_the_same_words(house: House) -> None:
    for _ in range(MOST_PER_LOGIN):
        assert "forkert" in sign_in(house, login="findes.ikke")
    assert "kvarter" in sign_in(house, login="findes.ikke")


def test_one_address_that_tries_many_logins_is_stopped(house: House) -> None:
    alter(
        house,
        "INSERT INTO sign_in_attempt (id, key, at) SELECT gen_random_uuid(), 'k', now() FROM generate_series(1, 2)",
    )
    for number in range(MOST_PER_ADDRESS):
        sign_in(house, login=f"gaet{number}", password="forkert-adgangskode")
    assert "kvarter" in sign_in(house)
    assert sign_in(house, address="192.0.2.8") == ""


def test_who_has_left_is_out_at_the_next_request_and_is_no_longer_to_be_called(house: House) -> None:
    case_id = open_case(house)
    actor = house.runtime.actor(house.staff["politi.herning"])
    assert actor is not None
    assert "Søren Hestbæk" in repr(read(house, "kommune.herning", case_id).contacts)
    alter(
        house,
        "ALTER TABLE staff DISABLE TRIGGER require_entry",
        "UPDATE staff SET retired_at = now() WHERE login = 'politi.herning'",
    )
    assert house.runtime.actor(actor.staff_id) is None
    assert "forkert" in sign_in(house)
    assert "Søren Hestbæk" not in repr(read(house, "kommune.herning", case_id).contacts)


def test_a_duty_that_ended_no_longer_opens_the_case(house: House) -> None:
    case_id = open_case(house)
    assert read(house, "kommune.herning", case_id).number
    alter(
        house,
        "ALTER TABLE contact_duty DISABLE TRIGGER require_entry",
        f"UPDATE contact_duty SET valid_to = '2026-11-23' WHERE staff_id = '{house.staff['kommune.herning']}'",
    )
    with pytest.raises(NotFound), house.work("kommune.herning") as ctx:
        cases.read_case(ctx, case_id=case_id)


def test_a_failed_sign_in_of_ones_staff_is_seen_by_ones_reviewer(house: House) -> None:
    sign_in(house, password="forkert-adgangskode")
    with house.work("kontrol.politi") as ctx:
        lines = [line for line in log.read_log(ctx).lines if line.event == "session.signed_in"]
    assert [(line.actor, line.outcome) for line in lines] == [("Søren Hestbæk", "refused")]
