"""What was taken back is gone for all who were given it, at once; who opened it is known; a breach is written up."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import pytest
from psycopg import connect

from casehub.services import breaches, day, disclosures, files, notes, recalls, steps
from casehub.services.breaches import NOT_REPORTED
from casehub.services.context import Context
from casehub.services.errors import Conflict, FormRefused, NotFound
from casehub.services.recall_views import BreachReport, BreachView, RecallView, TakingBack
from casehub.services.views import CaseView
from tests.audit.test_verifying import verify
from tests.house import House
from tests.services.scenes import (
    KOMMUNE,
    POLICE,
    alter,
    concluded_report,
    entries_of,
    fetch_file,
    look,
    open_case,
    read,
    recall_with_breach,
    step_of,
    write_note,
)
from tests.story import engine, speaking_for

TEXT = "Handler om en anden borger."
READERS = [(POLICE, "samtykke"), (KOMMUNE, "sundhedslov-43-2-2")]
PSYCHIATRIST = "psykiatri.midt"


def recall(house: House, case_id: UUID, note: UUID, login: str = PSYCHIATRIST, **changed: str) -> None:
    values = {"reason": "Forkert sag.", "breach": "nej", "aware_at": "", **changed}
    with house.work(login) as ctx:
        recalls.recall_item(ctx, case_id=case_id, item_id=note, **values)  # type: ignore[arg-type]


def known(house: House, case_id: UUID, note: UUID) -> RecallView:
    with house.work(PSYCHIATRIST) as ctx:
        return recalls.read_recall(ctx, case_id=case_id, item_id=note)


def report(house: House, case_id: UUID, breach: UUID) -> BreachView:
    with house.work(PSYCHIATRIST) as ctx:
        return breaches.read_breach(ctx, case_id=case_id, breach_id=breach)


@pytest.mark.parametrize("accepted", [True, False], ids=["accepted", "waiting"])
def test_it_is_gone_for_all_it_was_given_to_and_stays_with_its_owner(house: House, *, accepted: bool) -> None:
    case_id = open_case(house)
    note = write_note(house, PSYCHIATRIST, case_id, TEXT, READERS)
    stays = write_note(house, PSYCHIATRIST, case_id, "Den rette sag.", READERS[:1])
    if accepted:
        house.run_jobs(POLICE, KOMMUNE)
    assert {line.text for line in read(house, "politi.herning", case_id).notes} == {TEXT, "Den rette sag."}
    entry, *more = entries_of(house, lambda: recall(house, case_id, note))
    assert (entry["event"], entry["recipients"], more) == ("item.recalled", [KOMMUNE, POLICE], [])

    for login, left in {"politi.herning": [stays], "kommune.herning": []}.items():
        page = read(house, login, case_id)
        assert [line.id for line in page.notes] == left
        assert [(gone.owner, gone.at) for gone in page.withdrawn] == [
            ("Psykiatrien i Region Midtjylland", house.clock())
        ]
        why = [line.necessity for line in page.disclosures if line.recalled_at]
        assert why == [""]
        assert "Forkert sag." not in repr(page)
    assert house.run_jobs(POLICE, KOMMUNE) == (
        0 if accepted else 2
    )  # the note that stays, and why it was given

    own = read(house, PSYCHIATRIST, case_id)
    [mine] = [line for line in own.notes if line.id == note]
    assert (mine.text, mine.readers) == (TEXT, ("Psykiatrien i Region Midtjylland",))
    assert mine.taking_back
    assert mine.taking_back.recalled
    assert mine.taking_back.recalled.reason == "Forkert sag."
    assert own.withdrawn == ()
    house.runtime.keep_log()
    told = verify(house)
    assert (told.exit_code, told.stderr) == (0, ""), told.stdout


@pytest.mark.parametrize("kind", ["file", "evidence", "oral"])
def test_a_file_an_answer_and_what_was_said_are_taken_back_as_a_note_is(house: House, kind: str) -> None:
    case_id = open_case(house)
    given = GIVE[kind](house, case_id)
    house.run_jobs(POLICE)
    before = read(house, "politi.herning", case_id)
    assert TEXT in repr(before)
    if kind == "file":
        fetch_file(house, "politi.herning", case_id, given)
    [offer] = [each for each in offers(read(house, PSYCHIATRIST, case_id)) if each.item_id == given]
    assert offer.recalled is None
    assert not offers(before)
    page = known(house, case_id, given)
    assert (page.kind, page.given) == (kind, True)
    assert TEXT in repr(page.shown)
    [opened] = [line for line in page.facts.openings if not line.own]
    assert (opened.times, opened.fetched) == ((2, True) if kind == "file" else (1, False))

    breach = recall_with_breach(house, PSYCHIATRIST, case_id, given)
    after = read(house, "politi.herning", case_id)
    assert TEXT not in repr(after)
    assert WHY not in repr(after)
    assert (WITHDRAWN[kind](after), WITHDRAWN[kind](before)) == (house.clock(), None)
    if kind == "file":
        with pytest.raises(NotFound):
            fetch_file(house, "politi.herning", case_id, given)
        assert fetch_file(house, PSYCHIATRIST, case_id, given)
    own = read(house, PSYCHIATRIST, case_id)
    assert TEXT in repr(own)
    [offer] = [each for each in offers(own) if each.item_id == given]
    assert offer.recalled
    assert offer.recalled.breach_id == breach
    assert report(house, case_id, breach).item_id == given
    with pytest.raises(Conflict, match="er allerede trukket tilbage"):
        recall(house, case_id, given)
    with speaking_for(engine(house.database.app_url), POLICE) as connection:
        seen = f"SELECT count(*) FROM item_version WHERE item_id = '{given}'"
        assert connection.exec_driver_sql(seen).scalar_one() == 0


def give_file(house: House, case_id: UUID) -> UUID:
    with house.work(PSYCHIATRIST) as ctx:
        return files.write_file(
            ctx,
            case_id=case_id,
            upload=files.Upload("Brev.txt", iter([b"Aftale."])),
            description=TEXT,
            readers=[files.ReaderChoice(POLICE, "samtykke")],
            purpose="forebyggelse",
            necessity=WHY,
        )


def give_answer(house: House, case_id: UUID) -> UUID:
    found = step_of(house, PSYCHIATRIST, case_id, "svar")
    with house.work(PSYCHIATRIST) as ctx:
        steps.complete_step(
            ctx, case_id=case_id, step_id=found.id, version=found.version,
            values={"answer": "disclose", "remark": TEXT}, readers=[steps.ReaderChoice(POLICE, "samtykke")],
            purpose="forebyggelse", necessity=WHY,
        )  # fmt: skip
    [(item,)] = look(house, "SELECT evidence_item FROM step WHERE id = %s", found.id)
    return UUID(str(item))


def give_orally(house: House, case_id: UUID) -> UUID:
    with house.work(PSYCHIATRIST) as ctx:
        said = disclosures.record_oral_disclosure(
            ctx, case_id=case_id, to=POLICE, basis="samtykke", purpose="forebyggelse", necessity=WHY,
            content=TEXT, happened_at="2026-11-24T09:00",
        )  # fmt: skip
    [(item,)] = look(house, "SELECT content_item FROM disclosure WHERE id = %s", said)
    return UUID(str(item))


def offers(page: CaseView) -> list[TakingBack]:
    parts = (*page.notes, *page.files, *page.steps, *page.disclosures)
    return [part.taking_back for part in parts if part.taking_back]


WHY = "De møder ham om natten."
GIVE = {"file": give_file, "evidence": give_answer, "oral": give_orally}
WITHDRAWN: dict[str, Callable[[CaseView], datetime | None]] = {
    "file": lambda page: next((gone.at for gone in page.withdrawn if gone.kind == "file"), None),
    "evidence": lambda page: next((step.withdrawn_at for step in page.steps if step.withdrawn_at), None),
    "oral": lambda page: next((line.recalled_at for line in page.disclosures if line.oral), None),
}


def test_whoever_was_given_it_reads_no_byte_of_it_by_its_own_login(house: House) -> None:
    case_id = open_case(house)
    note = write_note(house, PSYCHIATRIST, case_id, TEXT, READERS)
    house.run_jobs(POLICE)
    sealed = f"SELECT count(sealed) FROM item_version WHERE item_id = '{note}'"
    wraps = f"SELECT count(wrapped) FROM item_grant WHERE item_id = '{note}'"

    def seen() -> list[int]:
        with speaking_for(engine(house.database.app_url), POLICE) as connection:
            return [connection.exec_driver_sql(query).scalar_one() for query in (sealed, wraps)]

    assert seen() == [1, 2]
    recall(house, case_id, note)
    assert seen() == [0, 0]
    assert look(house, wraps) == [(1,)]  # the owner's own


def test_nobody_but_its_owner_takes_it_back_and_nobody_acts_on_it_afterwards(house: House) -> None:
    case_id = open_case(house)
    note = write_note(house, PSYCHIATRIST, case_id, TEXT, READERS)
    for login in ("politi.herning", "kommune.herning", "politi.skive", "kontrol.psykiatri-midt"):
        with pytest.raises(NotFound):
            recall(house, case_id, note, login)
    recall(house, case_id, note)
    for login in ("politi.herning", "kommune.herning"):
        acts: list[Callable[[Context], object]] = [
            lambda ctx: recalls.read_recall(ctx, case_id=case_id, item_id=note),
            lambda ctx: notes.read_note_form(ctx, case_id=case_id, item_id=note),
            lambda ctx: disclose(ctx, case_id, note),
        ]
        for act in acts:
            with house.work(login) as ctx, pytest.raises(NotFound):
                act(ctx)
    with pytest.raises(Conflict, match="allerede trukket tilbage"):
        recall(house, case_id, note)
    with house.work(PSYCHIATRIST) as ctx, pytest.raises(Conflict, match="kan ikke videregives igen"):
        disclose(ctx, case_id, note)
    kept = write_note(house, PSYCHIATRIST, case_id, "Kun for os.")
    with pytest.raises(Conflict, match="ikke videregivet til nogen"):
        recall(house, case_id, kept)


def disclose(ctx: Context, case_id: UUID, note: UUID) -> None:
    readers = [notes.ReaderChoice(KOMMUNE, "sundhedslov-43-2-2")]
    notes.disclose_note(
        ctx, case_id=case_id, item_id=note, readers=readers, purpose="forebyggelse", necessity="Igen."
    )


def test_a_note_is_not_given_twice_to_one_who_has_it(house: House) -> None:
    """So that all necessity notes are known by the grants that came with them, and go with the note."""
    case_id = open_case(house)
    note = write_note(house, PSYCHIATRIST, case_id, TEXT, READERS)
    with house.work(PSYCHIATRIST) as ctx, pytest.raises(FormRefused) as told:
        disclose(ctx, case_id, note)
    assert told.value.errors == {"readers": "Herning Kommune kan allerede læse notatet."}


def test_a_case_that_is_closed_stops_no_recall(house: House) -> None:
    case_id = open_case(house)
    note = write_note(house, PSYCHIATRIST, case_id, TEXT, READERS)
    alter(
        house,
        "ALTER TABLE cases DISABLE TRIGGER require_entry",
        f"UPDATE cases SET state = 'closed' WHERE id = '{case_id}'",
        "ALTER TABLE cases ENABLE TRIGGER require_entry",
    )
    breach = recall_with_breach(house, PSYCHIATRIST, case_id, note)
    save(house, case_id, breach, 1, BreachReport(what="Forkert sag."))
    assert read(house, "politi.herning", case_id).notes == ()


def test_what_is_missing_is_told_and_nothing_is_taken_back(house: House) -> None:
    case_id = open_case(house)
    note = write_note(house, PSYCHIATRIST, case_id, TEXT, READERS)
    wrong: list[tuple[dict[str, str], set[str]]] = [
        ({"reason": " ", "breach": ""}, {"reason", "breach"}),
        ({"breach": "ja"}, {"aware_at"}),
        ({"breach": "ja", "aware_at": "2030-01-01T10:00"}, {"aware_at"}),
        ({"breach": "ja", "aware_at": "2020-01-01T10:00"}, {"aware_at"}),
    ]
    for changed, fields in wrong:
        with pytest.raises(FormRefused) as told:
            recall(house, case_id, note, **changed)
        assert set(told.value.errors) == fields
    assert look(house, "SELECT count(*) FROM recall") == [(0,)]
    assert len(read(house, "politi.herning", case_id).notes) == 1


def test_who_opened_it_and_who_could_have_is_known_and_frozen_with_the_report(house: House) -> None:
    case_id = open_case(house)
    note = write_note(house, PSYCHIATRIST, case_id, TEXT, READERS)
    written = house.clock()
    house.clock.turn(hours=1)
    opened = house.clock()
    read(house, "politi.herning", case_id)
    house.clock.turn(hours=1)
    read(house, "politi.herning", case_id)
    with house.work("kommune.herning") as ctx:  # opens nothing of the note
        disclosures.record_oral_disclosure(
            ctx, case_id=case_id, to=POLICE, basis="samtykke", purpose="forebyggelse", necessity="Akut.",
            content="Døren stod åben.", happened_at="2026-11-24T09:00",
        )  # fmt: skip
    breach = recall_with_breach(house, PSYCHIATRIST, case_id, note)
    read(house, "politi.herning", case_id)  # it is not there any more
    facts = report(house, case_id, breach).facts
    assert [(line.to, line.at) for line in facts.given] == [
        ("Midt- og Vestjyllands Politi", written),
        ("Herning Kommune", written),
    ]
    assert "§ 43" in facts.given[1].basis
    [line] = [line for line in facts.openings if not line.own]
    assert line.authority == "Midt- og Vestjyllands Politi"
    assert (line.times, line.first, line.last) == (2, opened, house.clock())
    assert line.name == house.actor("politi.herning").name
    assert line.title
    assert facts.unopened == ("Herning Kommune",)
    assert facts.recalled_at == house.clock()

    save(house, case_id, breach, 1, BreachReport(what="Forkert sag."))
    with house.work(PSYCHIATRIST) as ctx:
        breaches.conclude_breach(ctx, case_id=case_id, breach_id=breach, version=2, report=concluded_report())
    frozen = report(house, case_id, breach).facts
    house.clock.turn(days=2)
    read(house, PSYCHIATRIST, case_id)
    assert report(house, case_id, breach).facts == frozen
    assert len(known(house, case_id, note).facts.openings) == 2  # and live where one looks at the note


def save(house: House, case_id: UUID, breach: UUID, version: int, written: BreachReport) -> None:
    with house.work(PSYCHIATRIST) as ctx:
        breaches.save_breach(ctx, case_id=case_id, breach_id=breach, version=version, report=written)


def test_a_breach_has_72_hours_stands_on_min_dag_and_is_concluded_once(house: House) -> None:
    case_id = open_case(house)
    note = write_note(house, PSYCHIATRIST, case_id, TEXT, READERS)
    breach = recall_with_breach(house, PSYCHIATRIST, case_id, note)
    begun = report(house, case_id, breach)
    assert (begun.due_at - begun.aware_at).total_seconds() == 72 * 3600
    assert begun.report.what == "Skrevet i den forkerte sag."
    assert "artikel 33" in begun.source

    def on_the_day(login: str) -> list[bool]:
        with house.work(login) as ctx:
            return [line.overdue for line in day.read_day(ctx).breaches]

    assert (on_the_day(PSYCHIATRIST), on_the_day("politi.herning")) == ([False], [])
    house.clock.turn(hours=73)
    assert on_the_day(PSYCHIATRIST) == [True]
    with house.work("politi.herning") as ctx, pytest.raises(NotFound):
        breaches.read_breach(ctx, case_id=case_id, breach_id=breach)

    whole = concluded_report()
    refused: list[tuple[BreachReport, set[str]]] = [
        (BreachReport(what="Kun det."), {"categories", "consequences", "measures", "informed", "outcome"}),
        (replace(whole, reported_on="2031-01-01"), {"reported_on"}),
        (replace(whole, outcome=NOT_REPORTED), {"why_not"}),
    ]
    for written, fields in refused:
        with house.work(PSYCHIATRIST) as ctx, pytest.raises(FormRefused) as told:
            breaches.conclude_breach(ctx, case_id=case_id, breach_id=breach, version=1, report=written)
        assert set(told.value.errors) == fields
    save(house, case_id, breach, 1, replace(whole, outcome=""))
    with pytest.raises(Conflict, match="siden du åbnede den"):
        save(house, case_id, breach, 1, whole)
    with house.work(PSYCHIATRIST) as ctx:
        breaches.conclude_breach(ctx, case_id=case_id, breach_id=breach, version=2, report=whole)
    assert on_the_day(PSYCHIATRIST) == []
    done = report(house, case_id, breach)
    assert (done.report, done.concluded_at, done.overdue) == (whole, house.clock(), False)
    with pytest.raises(Conflict, match="afsluttet"):
        save(house, case_id, breach, 3, whole)
    with connect(house.database.app_url) as connection:
        connection.execute("SELECT set_config('casehub.authority', 'psykiatri-midt', true)")
        again = connection.execute("UPDATE breach SET concluded_at = NULL")
        assert again.rowcount == 0


def test_a_report_can_begin_later_and_only_once(house: House) -> None:
    case_id = open_case(house)
    note = write_note(house, PSYCHIATRIST, case_id, TEXT, READERS)

    def begin() -> None:
        with house.work(PSYCHIATRIST) as ctx:
            recalls.begin_breach(
                ctx, case_id=case_id, item_id=note, what="Alligevel.", aware_at="2026-11-24T09:00"
            )

    with pytest.raises(Conflict, match="ikke trukket tilbage endnu"):
        begin()
    recall(house, case_id, note)
    begin()
    with pytest.raises(Conflict, match="allerede en brudrapport"):
        begin()
    notice = known(house, case_id, note).recalled
    assert notice
    assert notice.breach_id
    assert notice.reason == "Forkert sag."
