"""A case in every network that the service ships with: begun by one who takes part, walked to closure by those whose steps
they are. What the forms ask comes from the definition files, so a new network is walked too.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from casehub.definitions.cards import Field
from casehub.services import cases, parties, referrals, steps
from casehub.services.errors import FormRefused, NotFound
from casehub.services.views import StepForm
from casehub.workflow.calendar import COPENHAGEN
from tests.house import House, referral
from tests.services.scenes import look, read

PEOPLE = (
    "politi.herning",
    "tovholder",
    "personfarlig",
    "kommune.herning",
    "boern.herning",
    "bevilling.herning",
    "psykiatri.midt",
    "kriminalforsorgen",
)
# by the age they tell in 2026: 41, 14 and 20 years
ADULT, CHILD, YOUNG = "670385-1234", "610512-5234", "610506-5234"
BUSINESS = "99000007"  # a CVR number that no business has
CPR = {"ssp": CHILD, "ssp-plus": YOUNG, "bevilling": BUSINESS}
MOST_ROUNDS = 15
JOURNAL = "5100-70112-00042-26"


def begin(house: House, network: str, login: str = "politi.herning", **changed: object) -> UUID:
    """A referral with what the network's form offers first, unless it is said otherwise."""
    with house.work(login) as ctx:
        form = referrals.read_referral_form(ctx, network=network)
        offered = {
            "cpr": CPR.get(network, ADULT),
            "indicators": tuple(choice.value for choice in form.indicators),
            "source": form.sources[0].value,
            "purpose": form.purposes[0].value,
            "basis": form.bases[0].value if form.bases else "",
        }
        return referrals.create_referral(ctx, network=network, data=referral(**(offered | changed)))


def walk(house: House, case_id: UUID) -> list[tuple[str, str]]:
    """Everybody does what they can until nothing is left: (login, step) in order."""
    done: list[tuple[str, str]] = []
    for _ in range(MOST_ROUNDS):
        deeds = list(_each_deed(house, case_id))
        if not deeds:
            return done
        done += deeds
    raise AssertionError(f"no end after {MOST_ROUNDS} rounds: {done}")


def _each_deed(house: House, case_id: UUID) -> Iterator[tuple[str, str]]:
    for login in PEOPLE:
        try:
            case = read(house, login, case_id)
        except NotFound:
            continue
        if case.may_share and share(house, login, case_id):
            yield login, "share"
        for step in case.steps:
            if step.can_complete:
                house.clock.turn(minutes=10)
                complete(house, login, case_id, step.id)
                yield login, step.key


def share(house: House, login: str, case_id: UUID) -> bool:
    """Share with everyone proposed that there is a basis for; whether there was anyone."""
    with house.work(login) as ctx:
        form = parties.propose_parties(ctx, case_id=case_id)
    possible = [each for each in form.proposals if each.bases or each.authority == form.own_authority]
    chosen = [
        parties.PartyChoice(each.unit_id, each.bases[0].value if each.bases else "", "Er med i forløbet.")
        for each in possible
    ]
    if chosen:
        with house.work(login) as ctx:
            parties.share_case(ctx, case_id=case_id, parties=chosen, purpose=form.purposes[0].value)
        house.run_jobs()
    return bool(chosen)


def complete(house: House, login: str, case_id: UUID, step_id: UUID) -> None:
    """Fill in the form with the first answer of each choice."""
    with house.work(login) as ctx:
        form = steps.read_step(ctx, case_id=case_id, step_id=step_id)
    values = {field.id: _value(house, field, form) for field in form.fields}
    with house.work(login) as ctx:
        steps.complete_step(
            ctx, case_id=case_id, step_id=step_id, version=form.step.version, values=values  # type: ignore[arg-type]
        )  # fmt: skip


def _value(house: House, field: Field, form: StepForm) -> object:
    today = house.clock().astimezone(COPENHAGEN).date()
    ahead = field.id in {"meeting_on", "next_meeting", "deletion_on"}
    row = {"text": "Ringer.", "owner": form.parties[0].value, "date": today.isoformat()}
    return {
        "choice": field.choices[0].id if field.choices else "",
        "checks": [choice.id for choice in field.choices],
        "date": (today + timedelta(days=20 if ahead else 0)).isoformat(),
        "datetime": f"{house.clock().astimezone(COPENHAGEN):%Y-%m-%dT%H:%M}",
        "party": form.parties[0].value,
        "actions": [row],
        "journal_number": JOURNAL,
    }.get(field.type, "Skrevet i trinnet.")


def test_a_case_in_each_network_runs_from_its_beginning_to_closure(house: House) -> None:
    definitions = house.runtime.catalogue.current
    for network in definitions.networks.values():
        case_id = begin(house, network.id)
        done = walk(house, case_id)
        case = read(house, "politi.herning", case_id)
        assert (network.id, case.state) == (network.id, "closed"), [
            (step.key, step.state, step.reasons) for step in case.steps
        ]
        assert case.number.startswith(f"{network.prefix}-")
        must = {
            step.key for step in case.steps if step.state != "done" and not step.optional and not step.reasons
        }
        assert must == set(), network.id
        assert done


def test_an_honour_case_is_locked_to_safe_contact_open_at_once_and_closed_by_both(house: House) -> None:
    with pytest.raises(FormRefused) as refused:
        begin(house, "aeresrelateret", safe_contact="")
    assert set(refused.value.errors) == {"safe_contact"}
    case_id = begin(house, "aeresrelateret", cpr=CHILD)
    opened = read(house, "personfarlig", case_id)
    assert opened.state == "open"
    [lock] = [step for step in opened.steps if step.key == "laas"]
    assert lock.state == "done"
    assert opened.identity is not None
    assert opened.identity.reach.safe_contact
    with pytest.raises(NotFound):
        read(house, "tovholder", case_id)  # another network's

    done = [key for _, key in walk(house, case_id)]
    assert "underretning" in done
    assert "handleplan" not in done  # that is for those of age
    assert done.count("luk") == 2
    [(first,)] = look(
        house,
        "SELECT count(DISTINCT at) FROM case_event WHERE case_id = %s AND name = 'step.luk.safe'",
        case_id,
    )
    assert first == 2
    raised = {name for (name,) in look(house, "SELECT name FROM case_event WHERE case_id = %s", case_id)}
    assert "citizen_minor" in raised
    assert "citizen_adult" not in raised
    # the criminal track: the police have a number and a day, the kommune has neither, nor that there is a case
    [track] = [step for step in read(house, "personfarlig", case_id).steps if step.key == "straffespor"]
    assert JOURNAL in dict(track.evidence).values()
    [theirs] = [step for step in read(house, "boern.herning", case_id).steps if step.key == "straffespor"]
    assert (theirs.state, theirs.evidence, theirs.outcome_text) == ("done", (), None)


@pytest.mark.parametrize(
    ("reference", "readers"),
    [
        ("Han slog hende", ()),
        (f"{JOURNAL} knivstikkeri", ()),
        ("670385-1234", ()),
        (JOURNAL, ("herning-kommune",)),
    ],
)
def test_on_the_criminal_track_nothing_is_said_but_a_number_and_it_is_given_to_nobody(
    house: House, reference: str, readers: tuple[str, ...]
) -> None:
    case_id = begin(house, "aeresrelateret")
    for key in ("fare", "personfarlig"):
        for login in ("politi.herning", "personfarlig"):
            for step in read(house, login, case_id).steps:
                if step.key == key and step.can_complete:
                    complete(house, login, case_id, step.id)
    [step] = [step for step in read(house, "personfarlig", case_id).steps if step.key == "straffespor"]
    with house.work("personfarlig") as ctx:
        assert steps.read_step(ctx, case_id=case_id, step_id=step.id).readers == ()
    values = {"investigation": "opened", "reference": reference, "opened_on": "2026-11-24"}
    with pytest.raises(FormRefused) as refused, house.work("personfarlig") as ctx:
        steps.complete_step(
            ctx, case_id=case_id, step_id=step.id, version=step.version, values=values,
            readers=[steps.ReaderChoice(each, "databeskyttelseslov-8") for each in readers],
            purpose="beskyttelse", necessity="Nej.",
        )  # fmt: skip
    assert set(refused.value.errors) == {"readers" if readers else "reference"}


def test_consent_is_never_presumed(house: House) -> None:
    with pytest.raises(FormRefused) as refused:
        begin(house, "aeresrelateret", login="kommune.herning", basis="")
    assert set(refused.value.errors) == {"basis"}
    begin(house, "aeresrelateret", login="kommune.herning", basis="databeskyttelseslov-8")
    with house.work("politi.herning") as ctx:
        form = referrals.read_referral_form(ctx, network="aeresrelateret")
    assert form.bases == ()  # the tovholder is of one's own authority: nothing is disclosed


def test_partner_violence_is_assessed_by_the_police_before_the_kommune_can_see_anything(house: House) -> None:
    with pytest.raises(FormRefused):
        begin(house, "samlivsvold", address="Prøvevej, Herning")
    case_id = begin(house, "samlivsvold")
    assert read(house, "personfarlig", case_id).state == "referred"
    assert not read(house, "personfarlig", case_id).may_share
    with pytest.raises(NotFound):
        read(house, "kommune.herning", case_id)


def test_a_network_of_one_age_refuses_another_and_says_which_to_choose(house: House) -> None:
    with pytest.raises(FormRefused) as refused:
        begin(house, "ssp", cpr=YOUNG)
    assert "SSP+" in refused.value.errors["cpr"]
    with pytest.raises(FormRefused):
        begin(house, "ssp-plus", cpr=CHILD)


def test_one_refers_only_in_networks_that_ones_unit_takes_part_in(house: House) -> None:
    with house.work("psykiatri.midt") as ctx:
        offered = {choice.value for choice in referrals.list_networks(ctx)}
    assert offered == {"psp", "aeresrelateret", "samlivsvold"}
    with house.work("psykiatri.midt") as ctx, pytest.raises(FormRefused):
        referrals.read_referral_form(ctx, network="ssp")
    with house.work("psykiatri.midt") as ctx, pytest.raises(FormRefused):
        referrals.create_referral(ctx, network="ssp", data=replace(referral(), cpr=CHILD))


def test_a_licence_is_about_a_business_and_is_found_by_its_number(house: House) -> None:
    with pytest.raises(FormRefused) as refused:
        begin(house, "bevilling", cpr=ADULT)
    assert "CVR" in refused.value.errors["cpr"]
    case_id = begin(house, "bevilling")
    opened = read(house, "bevilling.herning", case_id)
    assert opened.identity is not None
    assert (opened.identity.cvr, opened.identity.cpr) == (BUSINESS, "")
    with house.work("politi.herning") as ctx:
        assert [line.id for line in cases.find_known(ctx, network="bevilling", cpr="DK 99000007")] == [
            case_id
        ]
    with house.work("politi.herning") as ctx:
        assert cases.find_known(ctx, network="psp", cpr=ADULT) == ()
    with pytest.raises(NotFound):
        read(house, "kommune.herning", case_id)  # who has cases about citizens has none about businesses
