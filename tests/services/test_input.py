"""Bad input is told apart, field by field, and leaves nothing behind; what is merely odd is taken."""

from collections.abc import Callable

import pytest

from casehub.services import cases, disclosures, drafts, notes, parties, referrals, steps
from casehub.services.audience import choosing
from casehub.services.context import Context
from casehub.services.errors import FormRefused, NotFound, SignInRefused
from casehub.services.terms import NO_TERMS
from tests.house import House, referral
from tests.services.scenes import (
    DISTRICT,
    KOMMUNE,
    POLICE,
    PSYCHIATRY,
    complete,
    entries,
    entries_of,
    look,
    open_case,
    read,
    refer,
    rows,
    step_of,
    triage,
)

MEGABYTE = "æ" * 1_000_000
REFERRALS: dict[str, tuple[dict[str, object], set[str]]] = {
    "investigation": ({"purpose": "efterforskning"}, {"purpose"}),
    "prosecution": ({"purpose": "strafforfoelgning"}, {"purpose"}),
    "no purpose": ({"purpose": ""}, {"purpose"}),
    "impossible birth date": ({"cpr": "310285-1234"}, {"cpr"}),
    "impossible replacement": ({"cpr": "910285-1234"}, {"cpr"}),
    "born tomorrow": ({"cpr": "251126-4123"}, {"cpr"}),
    "too few digits": ({"cpr": "67038-1234"}, {"cpr"}),
    "no name": ({"name": "  "}, {"name"}),
    "unknown kommune": ({"kommune": "0101"}, {"kommune"}),
    "unknown source": ({"source": "sladder"}, {"source"}),
    "no indicator": ({"indicators": ()}, {"indicators"}),
    "unknown indicator": ({"indicators": ("truende", "venstrehåndet")}, {"indicators"}),
    "a megabyte": ({"concern": MEGABYTE, "necessity": MEGABYTE}, {"concern", "necessity"}),
    "no necessity": ({"necessity": ""}, {"necessity"}),
    "everything at once": (
        {"name": "\0", "cpr": "\0", "address": "\0", "phone": "\0", "concern": "\0", "necessity": "\0",
         "safe_contact": "\0", "purpose": "\0", "kommune": "\0", "source": "\0", "indicators": ("\0",)},
        {"name", "cpr", "address", "phone", "concern", "necessity", "safe_contact", "purpose", "kommune", "source",
         "indicators"},
    ),
}  # fmt: skip


def refused(house: House, login: str, use: Callable[[Context], object]) -> set[str]:
    """The fields told of; nothing may be left behind, no entry and no job. What may not be given leaves that it was refused."""
    before = rows(house)
    with pytest.raises(FormRefused) as told, house.work(login) as ctx:
        use(ctx)
    left = {table for table, count in rows(house).items() if count != before[table]}
    assert left in (set(), {"audit_commitment", "audit_content", "audit_object"} & left)
    if left:
        assert entries(house)[-1]["outcome"] == "refused"
    assert all(message.strip() for message in told.value.errors.values())
    return set(told.value.errors)


def test_a_referral_is_told_all_that_is_wrong_with_it_and_leaves_nothing(house: House) -> None:
    for login in ("politi.herning", "kommune.herning"):
        for name, (changed, fields) in REFERRALS.items():
            data = referral(**changed)
            wrong = refused(
                house, login, lambda ctx, d=data: referrals.create_referral(ctx, network="psp", data=d)
            )
            assert wrong == fields, name
        wrong = refused(
            house, login, lambda ctx: referrals.create_referral(ctx, network="xyz", data=referral())
        )
        assert wrong == {"network"}


def test_a_refusal_repeats_nothing_of_what_was_typed(house: House) -> None:
    with pytest.raises(FormRefused) as told, house.work("politi.herning") as ctx:
        referrals.create_referral(ctx, network="psp", data=referral(cpr="310285-1234", concern=MEGABYTE))
    assert "310285" not in repr(told.value)
    assert len(repr(told.value.errors)) < 500


@pytest.mark.parametrize(
    "cpr", ["010203-0000", "670385-1234", "6703851234", " 670385 1234 ", "６７０３８５‐1234"]
)
def test_odd_but_possible_numbers_are_taken(house: House, cpr: str) -> None:
    case_id = refer(house, cpr=cpr)
    with house.work("politi.herning") as ctx:
        assert [line.id for line in cases.find_known(ctx, network="psp", cpr=cpr)] == [case_id]


def test_those_who_may_not_refer_or_search_are_refused_on_record_before_their_form_is_looked_at(
    house: House,
) -> None:
    uses: tuple[Callable[[Context], object], ...] = (
        lambda ctx: referrals.create_referral(ctx, network="psp", data=referral(cpr="nonsense")),
        lambda ctx: referrals.read_referral_form(ctx, network="psp"),
        lambda ctx: cases.find_known(ctx, network="psp", cpr="nonsense"),
    )
    for login in ("kontrol.politi", "administrator"):
        for use in uses:
            left = entries_of(house, lambda use=use, login=login: not_found(house, login, use))
            assert [(entry["outcome"], entry["actor"]) for entry in left] == [
                ("refused", str(house.staff[login]))
            ]


def not_found(house: House, login: str, use: Callable[[Context], object]) -> None:
    with pytest.raises(NotFound), house.work(login) as ctx:
        use(ctx)


def test_a_case_that_was_not_taken_up_cannot_be_shared(house: House) -> None:
    case_id = refer(house)
    chosen = [parties.PartyChoice(DISTRICT, "retsplejelov-115-1-2", "Behandler ham.")]
    not_found(
        house,
        "tovholder",
        lambda ctx: parties.share_case(ctx, case_id=case_id, parties=chosen, purpose="forebyggelse"),
    )


def test_sharing_demands_a_basis_of_the_pair_a_purpose_and_a_reason(house: House) -> None:
    case_id = refer(house)
    triage(house, case_id)

    def share(basis: str, necessity: str, purpose: str) -> Callable[[Context], object]:
        chosen = [parties.PartyChoice(DISTRICT, basis, necessity)]
        return lambda ctx: parties.share_case(ctx, case_id=case_id, parties=chosen, purpose=purpose)

    good = ("retsplejelov-115-1-2", "Behandler ham.", "forebyggelse")
    for wrong, field in {
        ("sundhedslov-43-2-2", *good[1:]): f"basis-{DISTRICT}",
        ("", *good[1:]): f"basis-{DISTRICT}",
        (good[0], " ", good[2]): f"necessity-{DISTRICT}",
        (good[0], MEGABYTE, good[2]): f"necessity-{DISTRICT}",
        (good[0], "\0", good[2]): f"necessity-{DISTRICT}",
        (*good[:2], "efterforskning"): "purpose",
        (*good[:2], "ydelseskontrol"): "purpose",
    }.items():
        assert refused(house, "tovholder", share(*wrong)) == {field}


def test_a_note_is_disclosed_only_to_parties_on_their_bases_for_a_lawful_purpose(house: House) -> None:
    case_id = open_case(house)

    def write(
        *, to: str = POLICE, basis: str = "sundhedslov-43-2-2", purpose: str = "forebyggelse",
        necessity: str = "Nødvendigt.", text: str = "Et notat.", times: int = 1,
    ) -> Callable[[Context], object]:  # fmt: skip
        readers = [notes.ReaderChoice(to, basis)] * times
        return lambda ctx: notes.write_note(
            ctx, case_id=case_id, text=text, readers=readers, purpose=purpose, necessity=necessity
        )

    for use, field in (
        (write(to="kriminalforsorgen"), "readers"),  # in the network, but not in the case
        (write(to="skive-kommune"), "readers"),
        (write(to=PSYCHIATRY), "readers"),
        (write(times=2), "readers"),
        (write(basis="retsplejelov-115-1-2"), f"basis-{POLICE}"),  # the police's own
        (write(purpose="efterforskning"), "purpose"),
        (write(necessity=""), "necessity"),
        (write(text=MEGABYTE), "text"),
        (write(text="a\0b"), "text"),
        (write(text=" \n"), "text"),
    ):
        assert refused(house, "psykiatri.midt", use) == {field}


def test_what_was_said_was_said_at_a_time_that_has_been(house: House) -> None:
    case_id = open_case(house)

    def tell(happened_at: str, to: str = POLICE) -> Callable[[Context], object]:
        return lambda ctx: disclosures.record_oral_disclosure(
            ctx, case_id=case_id, to=to, basis="retsplejelov-115-2", purpose="forebyggelse",
            necessity="Nødvendigt.", content="Sagt.", happened_at=happened_at,
        )  # fmt: skip

    # 09:00 is now; a time before anything there could be kept of it would stand in the way of reading the case
    for typed in (
        "2026-11-24T09:01",
        "",
        "i går",
        "0001-01-01T00:00",
        "1026-11-24T08:00",
        "2026-02-30T10:00",
    ):
        assert refused(house, "kommune.herning", tell(typed)) == {"happened_at"}, typed
    assert refused(house, "kommune.herning", tell("2026-11-24T08:00", to=KOMMUNE)) == {"readers"}
    with house.work("kommune.herning") as ctx:
        tell("2026-11-24T09:00")(ctx)
    assert len(read(house, "kommune.herning", case_id).disclosures) == 2


def test_steps_are_taken_in_order_once_and_by_whom_they_wait_for(house: House) -> None:
    case_id = refer(house)

    def of(key: str, login: str = "tovholder") -> tuple[object, int]:
        [view] = [view for view in read(house, login, case_id).steps if view.key == key]
        return view.id, view.version

    def do(key: str, **values: object) -> Callable[[Context], object]:
        step_id, version = of(key)
        return lambda ctx: steps.complete_step(
            ctx, case_id=case_id, step_id=step_id, version=version, values=values  # type: ignore[arg-type]
        )  # fmt: skip

    minutes = {"held_on": "2026-11-24", "minutes": "Kort.", "next_meeting": "2026-12-15"}
    assert refused(house, "tovholder", do("moede", **minutes)) == {"_step"}
    accepted = {"decision": "accept", "reason": "Hører til.", "meeting_on": "2026-12-15"}
    for changed, fields in (
        ({"decision": "måske"}, {"decision"}),
        ({"meeting_on": "2026-11-23"}, {"meeting_on"}),
        ({"meeting_on": ""}, {"meeting_on"}),
        ({"meeting_on": "9999-12-31"}, {"meeting_on"}),
        ({"meeting_on": "0001-01-01"}, {"meeting_on"}),
        ({"reason": MEGABYTE}, {"reason"}),
        ({"reason": "\0", "meeting_on": "31.02.2027"}, {"reason", "meeting_on"}),
    ):
        assert refused(house, "tovholder", do("triage", **{**accepted, **changed})) == fields, changed
    not_found(house, "politi.herning", do("triage", **accepted))  # the tovholder's

    again = do("triage", **accepted)
    complete(house, "tovholder", case_id, "triage", **accepted)
    before = rows(house)
    with pytest.raises(steps.Conflict) as told, house.work("tovholder") as ctx:
        again(ctx)
    assert "Kirsten Damhus" in told.value.message
    assert rows(house) == before


def test_a_required_step_cannot_be_passed_over_and_the_reason_is_told(house: House) -> None:
    case_id = open_case(house)
    form = step_of(house, "psykiatri.midt", case_id, "svar")

    def skip(reason: str) -> Callable[[Context], object]:
        return lambda ctx: steps.skip_step(
            ctx, case_id=case_id, step_id=form.id, version=form.version, reason=reason
        )

    assert refused(house, "psykiatri.midt", skip("Ikke nødvendigt.")) == {"_reason"}
    assert refused(house, "psykiatri.midt", skip("")) == {"_reason"}


def test_a_write_that_is_undone_leaves_no_job_and_one_that_is_kept_leaves_one(house: House) -> None:
    case_id = open_case(house)
    queued = "SELECT queue_name, task_name, args FROM procrastinate_jobs ORDER BY id"
    before = look(house, queued)

    def write() -> None:
        with (
            house.work("psykiatri.midt") as ctx,
            ctx.gate.write_case(
                action=notes.Action.ITEM_WRITE, case_id=case_id, event=notes.Event.NOTE_WRITTEN
            ) as writing,
        ):
            asked = choosing(ctx, writing).asked(POLICE, "samtykke", "forebyggelse", NO_TERMS)
            writing.disclose(case=writing.case.case, items=(), ground=asked.ground(), necessity="Ja.")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write()
    assert look(house, queued) == before
    with house.work("psykiatri.midt") as ctx:
        notes.write_note(
            ctx, case_id=case_id, text="Et.", readers=[notes.ReaderChoice(POLICE, "samtykke")],
            purpose="forebyggelse", necessity="Ja.",
        )  # fmt: skip
    assert look(house, queued)[len(before) :] == [
        (f"authority.{POLICE}", "accept_grants", {"authority": POLICE, "case": str(case_id)})
    ]


def test_a_search_for_what_is_no_number_is_told_so(house: House) -> None:
    assert refused(house, "politi.herning", lambda ctx: cases.find_known(ctx, network="psp", cpr="\0")) == {
        "cpr"
    }
    with house.work("politi.herning") as ctx:
        assert cases.find_known(ctx, network="unknown", cpr="670385-1234") == ()


def test_odd_logins_and_paths_are_turned_away_in_words(house: House) -> None:
    for login in ("\0", "x" * 100_000, "politi.herning\0", ""):
        with pytest.raises(SignInRefused):
            house.runtime.sign_in(login=login, password="\0", address="10.0.0.1\0")
    with house.work("politi.herning") as ctx:
        drafts.save_draft(ctx, path="/ny", fields={"text": ["a\0b"]})
    with house.work("politi.herning") as ctx:
        assert drafts.take_draft(ctx, path="/ny") == {"text": ["a\0b"]}
