"""Two people at once: one is told that the other was faster, and nothing is lost. Real threads, real connections."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from casehub.services import drafts, parties, steps
from casehub.services.errors import Conflict, FormRefused
from casehub.values import CaseNumber
from tests.house import START, House
from tests.services.scenes import (
    KOMMUNE,
    POLICE,
    PSYCHIATRY,
    SOCIAL,
    complete,
    entries,
    look,
    open_case,
    read,
    refer,
    share,
    step_of,
    triage,
)

PATIENCE = 60


def at_once(*acts: Callable[[], object]) -> list[object]:
    """What each act returned or raised, begun together."""
    together = Barrier(len(acts))

    def begin(act: Callable[[], object]) -> object:
        together.wait(PATIENCE)
        try:
            return act()
        except (Conflict, FormRefused) as told:
            return told

    with ThreadPoolExecutor(len(acts)) as threads:
        return [found.result(PATIENCE) for found in [threads.submit(begin, act) for act in acts]]


def test_of_two_who_complete_one_step_one_wins_and_the_other_is_told_who(house: House) -> None:
    case_id = open_case(house)
    form = step_of(house, "politi.herning", case_id, "svar")
    people = {"politi.herning": "Søren Hestbæk", "politi.herning-stedfortraeder": "Camilla Ørnbjerg"}
    actors = {login: house.actor(login) for login in people}
    before = len(entries(house))

    def answer(login: str) -> Callable[[], object]:
        def act() -> object:
            with house.runtime.work(actors[login]) as ctx:
                return steps.complete_step(
                    ctx,
                    case_id=case_id,
                    step_id=form.id,
                    version=form.version,
                    values={"answer": "nothing", "remark": login},
                )

        return act

    results = dict(zip(people, at_once(*(answer(login) for login in people)), strict=True))
    winners = [login for login, result in results.items() if result == "answer"]
    assert len(winners) == 1
    [loser] = set(people) - set(winners)
    told = results[loser]
    assert isinstance(told, Conflict)
    assert people[winners[0]] in told.message

    done = [entry for entry in entries(house)[before:] if entry["event"] == "step.completed"]
    assert [entry["actor"] for entry in done] == [str(actors[winners[0]].staff_id)]
    [kept] = [view for view in read(house, "politi.herning", case_id).steps if view.id == form.id]
    assert kept.state == "done"
    assert winners[0] in repr(kept.evidence)
    assert look(house, "SELECT count(*) FROM case_event WHERE name = 'step.svar' AND party = %s", POLICE) == [
        (1,)
    ]


def test_different_parts_of_a_step_completed_at_once_all_land_and_the_next_becomes_ready(
    house: House,
) -> None:
    case_id = open_case(house)
    logins = {"politi.herning": POLICE, "kommune.herning": KOMMUNE, "psykiatri.midt": PSYCHIATRY}
    forms = {login: step_of(house, login, case_id, "svar") for login in logins}
    actors = {login: house.actor(login) for login in logins}

    def answer(login: str) -> Callable[[], object]:
        def act() -> object:
            with house.runtime.work(actors[login]) as ctx:
                return steps.complete_step(
                    ctx,
                    case_id=case_id,
                    step_id=forms[login].id,
                    version=forms[login].version,
                    values={"answer": "disclose" if login == "psykiatri.midt" else "nothing"},
                )

        return act

    assert at_once(*(answer(login) for login in logins)) == ["answer"] * 3
    state = {(key, party): state for key, party, state in look(house, "SELECT key, party, state FROM step")}
    assert {state["svar", authority] for authority in logins.values()} == {"done"}
    assert state["moede", None] == "ready"
    events = look(house, "SELECT party FROM case_event WHERE name = 'step.svar' ORDER BY party")
    assert [party for (party,) in events] == sorted(logins.values())
    complete(
        house, "tovholder", case_id, "moede",
        held_on="2026-11-24", minutes="Kort.", next_meeting="2026-12-15",
    )  # fmt: skip


def test_of_two_who_share_with_the_same_party_one_shares(house: House) -> None:
    case_id = refer(house, "kommune.herning")
    triage(house, case_id)
    actors = [house.actor("tovholder")] * 2

    def act() -> object:
        with house.runtime.work(actors[0]) as ctx:
            chosen = [
                parties.PartyChoice("psykiatri-midt/distrikt", "retsplejelov-115-1-2", "Behandler ham.")
            ]
            return parties.share_case(ctx, case_id=case_id, parties=chosen, purpose="forebyggelse")

    results = at_once(act, act, lambda: house.run_jobs(POLICE))
    refused = [result for result in results if isinstance(result, FormRefused)]
    assert len(refused) == 1
    assert set(refused[0].errors) == {"parties"}
    assert look(house, "SELECT count(*) FROM participant WHERE unit_id = 'psykiatri-midt/distrikt'") == [(1,)]
    assert look(house, "SELECT count(*) FROM disclosure WHERE to_authority = %s", PSYCHIATRY) == [(1,)]
    assert read(house, "psykiatri.midt", case_id).identity is not None


def test_two_jobs_of_one_authority_accept_each_grant_once(house: House) -> None:
    case_id = refer(house)
    triage(house, case_id)
    share(house, case_id, SOCIAL)
    accepted = at_once(*[lambda: house.run_jobs(KOMMUNE)] * 3)
    assert sum(accepted) == 3  # type: ignore[arg-type]
    twins = "SELECT count(*) FROM item_grant WHERE form = 'compartment' AND granted_to = %s"
    assert look(house, twins, KOMMUNE) == [(3,)]


def test_two_windows_that_keep_the_same_draft_at_once_lose_neither_person_their_text(house: House) -> None:
    actor = house.actor("politi.herning")

    def keep(text: str) -> Callable[[], object]:
        def act() -> object:
            with house.runtime.work(actor) as ctx:
                drafts.save_draft(ctx, path="/ny", fields={"text": [text]})

        return act

    assert at_once(keep("et"), keep("to"), keep("tre")) == [None] * 3
    with house.work("politi.herning") as ctx:
        kept = drafts.take_draft(ctx, path="/ny")
    assert kept is not None
    assert kept["text"] in (["et"], ["to"], ["tre"])


def test_a_number_that_is_taken_is_drawn_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    [(taken,)] = look(house, "SELECT number FROM cases WHERE id = %s", refer(house))
    free = CaseNumber.new("PSP", START.year)
    draws = iter([CaseNumber.parse(taken), CaseNumber.parse(taken), free])
    monkeypatch.setattr(CaseNumber, "new", lambda *_: next(draws))
    case_id = refer(house, cpr="670386-1234")
    assert look(house, "SELECT number FROM cases WHERE id = %s", case_id) == [(str(free),)]
