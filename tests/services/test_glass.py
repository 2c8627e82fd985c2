"""Break-glass: opened for hours, to be read alone, told at once, named in every entry, and reviewed by someone else."""

from datetime import timedelta
from uuid import UUID

import pytest

from casehub.audit import Event
from casehub.services import cases, glass, messages, notes, reviews, viewers
from casehub.services.errors import FormRefused, NotFound
from tests.house import House
from tests.services.scenes import POLICE, bar, entries_of, look, open_case, system, traffic

BREAKER = "politi.skive"
CPR = "670385-1234"


@pytest.fixture
def case_id(house: House) -> UUID:
    return open_case(house)


def smash(house: House, login: str = BREAKER, cpr: str = CPR) -> None:
    with house.work(login) as ctx:
        glass.break_glass(ctx, cpr=cpr, kind="liv-og-helbred", reason="Han truer med at springe.")


def reads(house: House, login: str, case_id: UUID) -> bool:
    try:
        with house.work(login) as ctx:
            cases.read_case(ctx, case_id=case_id)
    except NotFound:
        return False
    return True


def test_it_opens_what_one_could_not_see_to_be_read_and_nothing_else_and_closes_by_itself(
    house: House, case_id: UUID
) -> None:
    assert not reads(house, BREAKER, case_id)
    smash(house)
    [read] = entries_of(house, lambda: reads(house, BREAKER, case_id))
    [(opened,)] = look(house, "SELECT id FROM break_glass")
    assert (read["outcome"], read["detail"]["break_glass"]) == ("allowed", str(opened))
    assert {"identity", "referral"} <= {ref["kind"] for ref in read["objects"]}
    with house.work(BREAKER) as ctx:
        assert [line.case_id for line in glass.read_glass_page(ctx).open] == [case_id]
    with house.work(BREAKER) as ctx:
        assert not any(line.id == case_id for line in cases.list_cases(ctx))
    for refused in (
        lambda ctx: notes.write_note(ctx, case_id=case_id, text="Jeg var her."),
        lambda ctx: viewers.read_viewers(ctx, case_id=case_id),
    ):
        with pytest.raises(NotFound), house.work(BREAKER) as ctx:
            refused(ctx)
    house.clock.turn(hours=4)
    assert not reads(house, BREAKER, case_id)


def test_who_works_on_it_and_the_reviewers_are_told_in_its_transaction_and_mailed_in_quiet_hours_too(
    house: House, case_id: UUID
) -> None:
    for login in ("politi.herning", "kontrol.politi"):
        with house.work(login) as ctx:
            messages.save_choice(ctx, delivery="immediate", quiet_from="00:00", quiet_to="23:59")
    [entry] = entries_of(house, lambda: smash(house))
    told = "SELECT staff_id, case_id IS NULL, mail_at <= at FROM message WHERE kind = 'glass'"
    found = {staff: (no_case, at_once) for staff, no_case, at_once in look(house, told)}
    assert found[house.staff["politi.herning"]] == (False, True)
    assert found[house.staff["kontrol.politi"]] == (True, True)
    assert house.staff[BREAKER] not in found
    assert house.staff["kommune.herning"] not in found  # another authority's
    assert "springe" not in repr(entry)
    for login, text in (("politi.herning", "nødadgang"), ("kontrol.politi", "nødadgang")):
        with house.work(login) as ctx:
            assert any(text in line.text for line in messages.read_messages(ctx))


def test_a_review_begins_by_itself_with_the_reason_and_all_that_was_read_and_another_concludes_it(
    house: House, case_id: UUID
) -> None:
    smash(house)
    reads(house, BREAKER, case_id)
    with house.work("kontrol.politi") as ctx:
        [line] = reviews.list_reviews(ctx)
    assert line.opened_by.startswith("casehub")
    assert timedelta(days=2) < line.due_at - house.clock() < timedelta(days=6)
    with house.work("kontrol.politi") as ctx:
        review = reviews.read_review(ctx, review_id=line.id)
    assert [text.text for text in review.texts] == ["Han truer med at springe."]
    assert len(review.lines) == 2  # the break-glass, and what was read under it
    with pytest.raises(NotFound), house.work(BREAKER) as ctx:
        reviews.conclude_review(ctx, review_id=line.id, outcome="i-orden", reason="Det var det.")
    with house.work("kontrol.politi") as ctx:
        reviews.conclude_review(ctx, review_id=line.id, outcome="i-orden", reason="Det var det.")


def test_reviewers_are_reminded_once_before_its_deadline(house: House, case_id: UUID) -> None:
    assert case_id
    smash(house)
    reminded = "SELECT count(*) FROM message WHERE kind = 'review'"
    for days, expected in ((0, 0), (2, 2), (1, 2)):
        house.clock.turn(days=days)
        with house.runtime.work(system(house, POLICE)) as ctx:
            glass.remind_of_reviews(ctx)
        assert look(house, reminded) == [(expected,)]


def test_nothing_to_open_and_a_case_one_is_barred_from_are_the_same_answer_and_the_same_work(
    house: House, case_id: UUID
) -> None:
    bar(house, "tovholder", case_id, BREAKER)
    work = []
    for cpr in (CPR, "670385-1235"):
        with traffic(house) as heard, pytest.raises(NotFound):
            smash(house, cpr=cpr)
        work.append([line.partition(" ")[0] for line in heard.shape])
    assert work[0] == work[1]
    assert look(house, "SELECT count(*) FROM break_glass") == [(0,)]
    assert not reads(house, BREAKER, case_id)


@pytest.mark.parametrize("login", ["politi.herning", "kommune.skive", "kontrol.politi", "administrator"])
def test_who_sees_it_already_another_authority_and_other_duties_open_nothing(
    house: House, case_id: UUID, login: str
) -> None:
    assert case_id
    [entry] = entries_of(house, lambda: _refused(house, login))
    assert (entry["event"], entry["outcome"]) == (Event.GLASS_BROKEN, "refused")


def _refused(house: House, login: str) -> None:
    with pytest.raises(NotFound):
        smash(house, login)


def test_being_barred_ends_it_at_once(house: House, case_id: UUID) -> None:
    smash(house)
    assert reads(house, BREAKER, case_id)
    bar(house, "tovholder", case_id, BREAKER)
    assert not reads(house, BREAKER, case_id)


def test_what_is_missing_is_told_beside_its_field(house: House) -> None:
    with pytest.raises(FormRefused) as refused, house.work(BREAKER) as ctx:
        glass.break_glass(ctx, cpr="1", kind="nysgerrig", reason=" ")
    assert set(refused.value.errors) == {"cpr", "kind", "reason"}
