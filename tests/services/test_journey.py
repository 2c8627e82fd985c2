"""The journey of a PSP case through the services: from first contact to closure, who sees what on the way."""

from uuid import UUID

import pytest

from casehub.services import cases, day, disclosures, log, notes, parties, referrals, steps
from casehub.services.errors import NotFound
from casehub.services.views import CaseView, StepView
from tests.house import House, referral

SECRET = "Mener at naboen sender stråler gennem væggen."
SHARED = "Er i behandling; ring til distriktspsykiatrien ved uro."


def test_a_psp_case_runs_from_first_contact_to_closure(house: House) -> None:
    with house.work("politi.herning") as ctx:
        assert cases.find_known(ctx, network="psp", cpr="670385 1234") == ()
    with house.work("politi.herning") as ctx:
        case_id = referrals.create_referral(ctx, network="psp", data=referral())

    only_the_police_know(house, case_id)
    triage(house, case_id)
    share(house, case_id)
    house.run_jobs()

    kommune = read(house, "kommune.herning", case_id)
    assert kommune.identity is not None
    assert kommune.identity.name == "Asger Fjeldgaard Prøvesen"
    assert kommune.identity.reach.safe_contact == "Ring kun på hverdage før kl. 12, aldrig til søsteren."
    with house.work("kommune.herning") as ctx:
        assert [line.id for line in cases.find_known(ctx, network="psp", cpr="6703851234")] == [case_id]

    psychiatry_answers_and_writes(house, case_id)
    the_group_meets_and_closes(house, case_id)
    reviewers_see_it_all_without_content(house, case_id)


def only_the_police_know(house: House, case_id: UUID) -> None:
    assert read(house, "politi.herning", case_id).identity is not None
    assert read(house, "tovholder", case_id).state == "referred"
    for login in ("politi.skive", "kommune.herning", "psykiatri.midt", "administrator", "kontrol.politi"):
        with pytest.raises(NotFound):
            read(house, login, case_id)


def triage(house: House, case_id: UUID) -> None:
    complete(
        house, "tovholder", case_id, "triage", decision="accept", reason="Hører til.", meeting_on="2026-12-15"
    )
    assert read(house, "tovholder", case_id).state == "open"


def share(house: House, case_id: UUID) -> None:
    with house.work("tovholder") as ctx:
        proposals = {
            proposal.unit_id: proposal for proposal in parties.propose_parties(ctx, case_id=case_id).proposals
        }
    assert set(proposals) == {"herning-kommune/social", "psykiatri-midt/distrikt", "kriminalforsorgen/kif"}
    assert not proposals["kriminalforsorgen/kif"].preselected
    chosen = [
        parties.PartyChoice(unit, proposals[unit].bases[0].value, "Har borgeren i forløb.")
        for unit in ("herning-kommune/social", "psykiatri-midt/distrikt")
    ]
    with house.work("tovholder") as ctx:
        parties.share_case(ctx, case_id=case_id, parties=chosen, purpose="forebyggelse")
    with pytest.raises(NotFound):
        read(house, "kriminalforsorgen", case_id)


def psychiatry_answers_and_writes(house: House, case_id: UUID) -> None:
    complete(house, "psykiatri.midt", case_id, "svar", answer="disclose", remark="")
    with house.work("psykiatri.midt") as ctx:
        notes.write_note(ctx, case_id=case_id, text=SECRET)
    with house.work("psykiatri.midt") as ctx:
        notes.write_note(
            ctx,
            case_id=case_id,
            text=SHARED,
            readers=[
                notes.ReaderChoice("mvj-politi", "sundhedslov-43-2-2"),
                notes.ReaderChoice("herning-kommune", "sundhedslov-43-2-2"),
            ],
            purpose="forebyggelse",
            necessity="De møder ham om natten.",
        )
    assert [note.text for note in read(house, "kommune.herning", case_id).notes] == [SHARED]
    house.run_jobs()
    assert [note.text for note in read(house, "kommune.herning", case_id).notes] == [SHARED]
    assert [note.text for note in read(house, "psykiatri.midt", case_id).notes] == [SECRET, SHARED]
    assert step(read(house, "psykiatri.midt", case_id), "orientering").can_complete

    with house.work("kommune.herning") as ctx:
        disclosures.record_oral_disclosure(
            ctx,
            case_id=case_id,
            to="mvj-politi",
            basis="retsplejelov-115-2",
            purpose="forebyggelse",
            necessity="Betjenten stod ved døren.",
            content="Sagt i telefonen: han har en bostøtte.",
            happened_at="2026-11-24T07:40",
        )
    oral = [found for found in read(house, "politi.herning", case_id).disclosures if found.oral]
    assert [found.content for found in oral] == ["Sagt i telefonen: han har en bostøtte."]
    assert oral[0].happened_at < oral[0].recorded_at


def the_group_meets_and_closes(house: House, case_id: UUID) -> None:
    complete(house, "kommune.herning", case_id, "svar", answer="nothing")
    complete(house, "politi.herning", case_id, "svar", answer="declines", reason="")
    complete(house, "psykiatri.midt", case_id, "orientering", informed="informed", informed_on="2026-11-24")
    house.clock.turn(days=21)
    complete(
        house,
        "tovholder",
        case_id,
        "moede",
        held_on="2026-12-15",
        minutes="Kommunen tager over.",
        next_meeting="2027-01-12",
    )
    complete(house, "tovholder", case_id, "ansvarlig", party="herning-kommune")
    actions = [
        {"text": "Besøg hver tirsdag", "owner": "herning-kommune", "date": "2026-12-22"},
        {"text": "Medicinsamtale", "owner": "psykiatri-midt", "date": "2027-01-05"},
    ]
    complete(house, "kommune.herning", case_id, "handlinger", actions=actions)
    with house.work("kommune.herning") as ctx:
        [task] = day.read_day(ctx).tasks
        assert (task.title, task.overdue) == ("Gør status på handlingerne", False)
    house.clock.turn(days=40)
    with house.work("kommune.herning") as ctx:
        assert [task.overdue for task in day.read_day(ctx).tasks] == [True]
    complete(house, "kommune.herning", case_id, "status", progress="finished", status="Begge er gjort.")
    complete(
        house,
        "tovholder",
        case_id,
        "luk",
        reason="resolved",
        explanation="Får hjælp.",
        deletion_on="2027-12-31",
    )
    closed = read(house, "kommune.herning", case_id)
    assert closed.state == "closed"
    assert closed.deletion_on is not None
    assert not closed.may_write


def reviewers_see_it_all_without_content(house: House, case_id: UUID) -> None:
    with house.work("kontrol.politi") as ctx:
        lines = log.read_log(ctx).lines
    assert any(line.outcome == "refused" and line.actor == "Karsten Salling" for line in lines)
    with house.work("kontrol.herning") as ctx:
        kommune = log.read_log(ctx).lines
    assert any(line.event == "case.read" and line.actor == "Birgitte Fuglsang" for line in kommune)
    assert any(line.basis and "115" in line.basis for line in kommune)
    shown = repr((lines, kommune))
    for secret in (SECRET, SHARED, "Prøvesen", "670385", "Prøvevej", "bostøtte"):
        assert secret not in shown
    named = [case.text for line in kommune if line.outcome == "allowed" for case in line.cases]
    assert named
    assert str(case_id) not in named  # by its number


def read(house: House, login: str, case_id: UUID) -> CaseView:
    with house.work(login) as ctx:
        return cases.read_case(ctx, case_id=case_id)


def step(case: CaseView, key: str, responsible: str | None = None) -> StepView:
    [found] = [view for view in case.steps if view.key == key and responsible in {None, view.responsible}]
    return found


def complete(house: House, login: str, case_id: UUID, key: str, **values: object) -> None:
    mine = [view for view in read(house, login, case_id).steps if view.key == key and view.can_complete]
    assert len(mine) == 1, (
        login,
        key,
        [(v.responsible, v.state, v.reasons) for v in read(house, login, case_id).steps if v.key == key],
    )
    with house.work(login) as ctx:
        steps.complete_step(
            ctx,
            case_id=case_id,
            step_id=mine[0].id,
            version=mine[0].version,
            values=values,  # type: ignore[arg-type]
        )
