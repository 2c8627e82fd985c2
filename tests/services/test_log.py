"""A reviewer sees what the own staff did and what was done to the own data or case, and nothing else; no content ever."""

import base64
from uuid import UUID

from casehub.model import new_id
from casehub.services import cases, log
from casehub.services.context import Context
from casehub.services.errors import NotFound
from casehub.services.log_views import LogLine
from tests.house import House, referral
from tests.services.scenes import (
    KOMMUNE,
    POLICE,
    alter,
    entries,
    look,
    open_case,
    read,
    refer,
    share,
    triage,
    write_note,
)

SECRET = "Mener at naboen sender stråler."
GIVEN = "Tager sin medicin."


def review(house: House, login: str) -> list[LogLine]:
    """The whole log as a reviewer pages through it, oldest first."""
    lines: list[LogLine] = []
    before = None
    while True:
        with house.work(login) as ctx:
            page = log.read_log(ctx, before=before)
        lines += page.lines
        before = page.before
        if before is None:
            return lines[::-1]


def attempt(house: House, login: str, case_id: UUID) -> None:
    try:
        read(house, login, case_id)
    except NotFound:
        return
    raise AssertionError(f"{login} read {case_id}")


def test_each_sees_its_own_and_what_concerns_it_in_order(house: House) -> None:
    case_id = open_case(house)
    write_note(house, "psykiatri.midt", case_id, SECRET)
    write_note(house, "psykiatri.midt", case_id, GIVEN, [(KOMMUNE, "samtykke")])
    house.run_jobs(KOMMUNE)
    for login in ("kommune.herning", "psykiatri.midt"):
        read(house, login, case_id)

    kommune, psychiatry = review(house, "kontrol.herning"), review(house, "kontrol.psykiatri-midt")
    assert [line.at for line in kommune] == sorted(line.at for line in kommune)
    # the note given to the kommune is there with who gave it, on which basis and for what
    [given] = [line for line in kommune if line.event == "note.written"]
    assert (given.actor, given.basis, given.recipients) == (
        "Astrid Lyngholm",
        "Borgerens samtykke",
        ("Herning Kommune",),
    )
    assert given.purpose is not None
    # psychiatry sees who read what it gave, and that alone of it
    [seen] = [line for line in psychiatry if line.event == "case.read" and line.actor == "Birgitte Fuglsang"]
    assert "notat (Psykiatrien i Region Midtjylland)" in seen.objects
    assert not any("Midt- og Vestjyllands Politi" in found for found in seen.objects)
    # what psychiatry wrote and read for itself is no one else's
    written = [line for line in psychiatry if line.event == "note.written"]
    assert len(written) == 2
    for reviewer in ("kontrol.politi", "kontrol.herning"):
        shown = [line for line in review(house, reviewer) if line.event in {"note.written", "step.read"}]
        assert len(shown) == (reviewer == "kontrol.herning")
        readings = [line for line in review(house, reviewer) if line.actor == "Astrid Lyngholm"]
        assert all("notat" not in " ".join(line.objects) for line in readings if line.event == "case.read")


def test_what_another_authority_does_within_itself_is_absent(house: House) -> None:
    refer(house, "kommune.herning")
    with house.work("kommune.skive") as ctx:
        cases.list_cases(ctx)
    with house.work("kommune.herning") as ctx:
        cases.find_known(ctx, network="psp", cpr="670385-1234")
    lines = review(house, "kontrol.politi")
    foreign = {line.actor for line in lines if line.authority not in {"Midt- og Vestjyllands Politi", "–"}}
    assert foreign == {"Birgitte Fuglsang"}
    assert {line.event for line in lines if line.actor == "Birgitte Fuglsang"} == {"case.referred"}
    assert all(
        line.actor in {"Rita Skovlund", "–", "casehub"} for line in review(house, "kontrol.psykiatri-midt")
    )


def test_an_attempt_by_one_who_takes_no_part_is_seen_by_those_who_do_and_by_no_others(house: House) -> None:
    case_id = refer(house)
    attempt(house, "kommune.skive", case_id)
    attempt(house, "kommune.skive", new_id())

    def attempts(reviewer: str) -> list[LogLine]:
        return [line for line in review(house, reviewer) if line.outcome == "refused"]

    [seen] = attempts("kontrol.politi")
    assert (seen.actor, seen.authority, seen.event) == ("Annelise Furland", "Skive Kommune", "case.read")
    assert [case.text for case in seen.cases] == [look(house, "SELECT number FROM cases")[0][0]]
    assert attempts("kontrol.herning") == []
    assert attempts("kontrol.psykiatri-midt") == []
    # who comes into the case later sees what was tried at it before
    triage(house, case_id)
    share(house, case_id, "herning-kommune/social")
    assert [line.actor for line in attempts("kontrol.herning")] == ["Annelise Furland"]


def test_only_refused_attempts_are_shared_so(house: House) -> None:
    """An entry of another's that names our case and was allowed is theirs, unless it concerns our data."""
    case_id = open_case(house)
    with house.work("psykiatri.midt") as ctx:
        ctx.gate.read_case(case_id=case_id, event=log.Event.CASE_READ, wanted=lambda _: ())
    [(entry_id,)] = look(house, "SELECT max(entry_id::text)::uuid FROM audit_content")
    with house.runtime.work(house.actor("kontrol.politi")) as ctx:
        assert _visible(ctx, entry_id) == 0
    with house.runtime.work(house.actor("kontrol.psykiatri-midt")) as ctx:
        assert _visible(ctx, entry_id) == 1


def _visible(ctx: Context, entry_id: UUID) -> int:
    found = ctx.session.scalars(
        log.select(log.AuditContent.entry_id).where(log.AuditContent.entry_id == entry_id)
    )
    return len(found.all())


def test_nobody_but_a_reviewer_reads_the_log_and_reading_it_is_on_record(house: House) -> None:
    for login in ("politi.herning", "tovholder", "administrator"):
        try:
            review(house, login)
        except NotFound:
            assert [entries(house)[-1][key] for key in ("event", "outcome")] == ["log.read", "refused"]
        else:
            raise AssertionError(login)
    assert [line.event for line in review(house, "kontrol.politi")][-1] == "log.read"


def test_paging_gives_every_entry_once(house: House) -> None:
    for _ in range(60):
        with house.work("politi.herning") as ctx:
            cases.list_cases(ctx)
    lines = review(house, "kontrol.politi")
    assert len({line.id for line in lines}) == len(lines) >= 60
    with house.work("kontrol.politi") as ctx:
        assert log.read_log(ctx, before="nonsense").lines[0].event == "log.read"


def test_no_entry_holds_a_word_of_what_it_is_about(house: House) -> None:
    case_id = open_case(house)
    write_note(house, "psykiatri.midt", case_id, GIVEN, [(POLICE, "samtykke")])
    told = referral()
    words = [told.name, told.cpr, told.cpr.replace("-", ""), told.address, told.phone, told.concern, told.necessity,
             told.safe_contact, GIVEN, "De møder ham om natten.", "Hører til."]  # fmt: skip
    kept = b"".join(bytes(content) for (content,) in look(house, "SELECT content FROM audit_content"))
    shown = repr(
        [review(house, login) for login in ("kontrol.politi", "kontrol.herning", "kontrol.psykiatri-midt")]
    )
    for word in words:
        for form in (word.encode(), word.encode().hex().encode(), base64.b64encode(word.encode())):
            assert form not in kept, word
        assert word not in shown


def test_a_reviewers_view_survives_an_entry_of_a_case_that_is_not_there(house: House) -> None:
    missing = new_id()
    attempt(house, "politi.herning", missing)
    [line] = [line for line in review(house, "kontrol.politi") if line.outcome == "refused"]
    assert [case.text for case in line.cases] == [str(missing)]


def test_a_reviewer_who_is_given_a_contact_duty_past_the_services_still_reads_no_case(house: House) -> None:
    case_id = open_case(house)
    alter(
        house,
        "ALTER TABLE contact_duty DISABLE TRIGGER require_entry",
        f"""INSERT INTO contact_duty (id, staff_id, network, unit_id, function, valid_from, entry_id)
            SELECT gen_random_uuid(), '{house.staff["kontrol.politi"]}', network, unit_id, function, valid_from, entry_id
            FROM contact_duty WHERE staff_id = '{house.staff["tovholder"]}'""",
    )
    attempt(house, "kontrol.politi", case_id)
