"""Every use case there is, each as one act on one prepared case, and the entry it must leave.

A test holds this table to the public functions of the services, so that a new use case cannot be forgotten here.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from casehub import services
from casehub.access.actor import Actor
from casehub.model import Absence, Staff
from casehub.services import (
    absences,
    access_reports,
    administration,
    approvals,
    assessments,
    breaches,
    calendar_feed,
    calling,
    card_versions,
    case_access,
    cases,
    consents,
    contact_network,
    coverage,
    day,
    desk,
    disclosures,
    drafts,
    duty_phones,
    erasing,
    exclusions,
    explanations,
    files,
    forums,
    glass,
    grants,
    journals,
    log,
    log_search,
    meetings,
    messages,
    minutes,
    moving,
    news,
    notes,
    parties,
    plans,
    queues,
    recalls,
    referrals,
    reports,
    retirement,
    reviews,
    samples,
    signals,
    staff_mail,
    step_changes,
    steps,
    viewers,
    wheel,
)
from casehub.services.context import Context
from casehub.services.errors import NotFound
from casehub.services.recall_views import BreachReport
from casehub.workflow.calendar import COPENHAGEN
from tests.house import House, referral
from tests.services.scenes import (
    DISTRICT,
    GROUP,
    KIF,
    KOMMUNE,
    POLICE,
    PRISONS,
    PSYCHIATRY,
    SOCIAL,
    alter,
    answered,
    ask,
    assess,
    bar,
    call_meeting,
    concluded_report,
    confirmed_answer,
    consent,
    look,
    put_file,
    recall_with_breach,
    refer,
    share,
    step_of,
    system,
    triage,
    write_note,
)

# what use cases are built of; none is called by a door
INTERNAL = frozenset(
    {
        "access_report_content",
        "asked",
        "assessment_views",
        "audience",
        "case_view",
        "consent_views",
        "contacts",
        "duties",
        "evidence",
        "facts",
        "invitations",
        "held_case",
        "identities",
        "person_views",
        "item_lines",
        "log_lines",
        "look_ups",
        "recipients",
        "telling",
        "openings",
        "own_tasks",
        "posts",
        "review_lines",
        "signal_lines",
        "taking_back",
        "running",
        "seats",
        "tasks_given",
        "wording",
    }
)
OWN_TESTS = frozenset({"keys", "final_erasure"})  # an operator's, held to its entries by test_keys.py
UNRECORDED = {
    "queues.queue_of_own": "a part of the administrator's page, which its visit recorded",
    "calendar_feed.may_have_calendar": "whether to show the way to one's own calendar",
    "acute.acute_calls": "a part of a case's page, which its reading recorded",
    "messages.count_unread": "a number, of what one was told oneself",
    "log_search.read_search_form": "what a search can be for, from the definitions and the code alone",
    "card_pages.list_cards": "the cards, from the definitions alone",
    "card_pages.read_card": "a card, from the definitions alone",
    "wheel.may_wait": "which tasks nobody has to do now, for the watch over their deadlines",
    "glass.check_glass": "what is wrong with a form, before anything is asked",
    "wheel.held_back": "what must be done before, for whoever completes",
    "forums.meeting_resource": "what Cedar is asked about, from a row",
    "forums.plan_year": "a year, from the definitions alone",
    "wheel.tasks_due": "what of the wheel waits for one, for Min dag, which leaves its own entry",
    "referrals.list_networks": "names of networks, from the definitions alone",
    "referrals.some_business": "whether a network is about a business, from the definitions alone",
    "referrals.read_referral_form": "the form's questions, from the definitions alone",
}
CONSENT = "samtykke"
LOKALRAAD = "lokalraad-0657"
REVIEWER = "kontrol.politi"
KEEPER = "politi.sekretariat.leder"
STATION = "mvj-politi/herning"


@dataclass(frozen=True, slots=True)
class Stage:
    """One case, prepared so that every act can be done on it."""

    case: UUID
    note: UUID
    file: UUID
    assessment: UUID
    step: UUID
    given: UUID
    withdrawn: UUID
    breach: UUID
    ready: UUID
    version: int
    questions: tuple[UUID, ...]
    answer: UUID
    line: UUID
    signal: UUID
    sample: UUID
    reviews: tuple[UUID, ...]
    meeting: UUID
    begun: UUID
    decision: UUID
    message: UUID
    task: UUID
    council: UUID
    approved: UUID
    cousin: UUID
    exclusion: UUID
    consent: UUID


@dataclass(frozen=True, slots=True)
class Act:
    """A use case done by someone, and what its entry says. `login`: one of the cast, or `system:<authority>`."""

    name: str
    login: str
    do: Callable[[Context, Stage], object]
    event: str
    kinds: frozenset[str]
    recipients: tuple[str, ...] = ()
    basis: tuple[str, ...] = ()
    purpose: str | None = None
    justified: int = 0
    opens: bool = False

    def actor(self, house: House) -> Actor:
        """Who does it."""
        _, is_system, authority = self.login.partition("system:")
        return system(house, authority) if is_system else house.actor(self.login)


def set_stage(house: House) -> Stage:
    """Kommune and psychiatry take part; what was disclosed to the kommune waits; steps are overdue in ten days."""
    case_id = refer(house)
    triage(house, case_id)
    consent(house, "tovholder", case_id, KOMMUNE, PSYCHIATRY, PRISONS)
    agreed = consent(house, "politi.herning", case_id, KOMMUNE)
    share(house, case_id, SOCIAL, DISTRICT)
    house.run_jobs(POLICE, PSYCHIATRY)
    with house.work("politi.skive") as ctx:
        absences.note_absence(ctx, data=absences.AbsenceInput("", "2027-06-01", ""))
    note = write_note(house, "psykiatri.midt", case_id, "Kun for os.")
    given, withdrawn, *broken = (
        write_note(house, "psykiatri.midt", case_id, text, [(POLICE, CONSENT)])
        for text in ("Forkert sag.", "Også forkert.", "Brud.", "Brud igen.")
    )
    with house.work("psykiatri.midt") as ctx:
        recalls.recall_item(
            ctx, case_id=case_id, item_id=withdrawn, reason="Forkert.", breach="nej", aware_at=""
        )
    breach, ready = (recall_with_breach(house, "psykiatri.midt", case_id, each) for each in broken)
    file = put_file(house, "psykiatri.midt", case_id)
    begun, meeting = (call_meeting(house, case_id, days=days) for days in (0.02, 21))
    with house.work("tovholder") as ctx:
        decision = minutes.write_decision(
            ctx, meeting_id=meeting, case_id=case_id, text="Ring.", owner=POLICE, due_on="2026-12-20"
        )
    assessment = assess(house, "psykiatri.midt", case_id, answered("truende"))
    step = step_of(house, "psykiatri.midt", case_id, "svar")
    with house.work("politi.herning") as ctx:
        drafts.save_draft(ctx, path="/kladde", fields={"text": ["halvt skrevet"]})
    questions = tuple(ask(house, "politi.herning-stedfortraeder", f"borger {number}") for number in range(3))
    with house.work("psykiatri.midt") as ctx:
        erasing.set_hold(ctx, case_id=case_id, reason="En klage bliver behandlet.")
    answer = confirmed_answer(house, "politi.herning", "politi.herning-stedfortraeder")
    line, signal, sample, opened = set_desk(house)
    barred = bar(house, "tovholder", case_id, "politi.skive")
    house.clock.turn(hours=1)
    return Stage(
        case_id,
        note,
        file,
        assessment,
        step.id,
        given,
        withdrawn,
        breach,
        ready,
        step.version,
        questions,
        answer,
        line,
        signal,
        sample,
        opened,
        meeting,
        begun,
        decision,
        told(house),
        wheel_task(house),
        *councils(house),
        house.staff["personfarlig"],
        barred,
        agreed,
    )


def told(house: House) -> UUID:
    """Of what the others did, the police's contact is told."""
    with house.runtime.work(system(house, POLICE)) as ctx:
        news.tell_news(ctx)
    mine = "SELECT id FROM message WHERE staff_id = %s"
    [(message,)] = look(house, mine, house.staff["politi.herning"])
    assert isinstance(message, UUID)
    return message


def councils(house: House) -> tuple[UUID, UUID]:
    """Two meetings of a lokalråd that have begun: one with minutes in draft, one with minutes approved. And a whole plan."""
    made = []
    for _ in range(2):
        at = (house.clock() + timedelta(minutes=1)).astimezone(COPENHAGEN).isoformat()[:16]
        with house.work("politi.herning") as ctx:
            data = forums.CallInput(at, "Herning", "1. Færdsel")
            made.append(forums.call_meeting(ctx, forum_id=LOKALRAAD, data=data))
    house.clock.turn(minutes=2)
    for meeting_id in made:
        with house.work("politi.herning") as ctx:
            forums.write_minutes(ctx, forum_id=LOKALRAAD, meeting_id=meeting_id, text="Aftalt.", version=0)
    with house.work("politi.herning-stedfortraeder") as ctx:
        forums.approve_minutes(ctx, forum_id=LOKALRAAD, meeting_id=made[1], version=1)
    with house.work("politi.herning") as ctx:
        texts = dict.fromkeys(("prioriteringer", "initiativer", "fora", "evaluering", "aftaler"), "Ja.")
        plans.write_plan(ctx, forum_id=LOKALRAAD, year=2040, texts=texts)
    return made[0], made[1]


def wheel_task(house: House) -> UUID:
    """A task of the year wheel, the only one that was made: the rest are made by the job."""
    with house.runtime.work(system(house, POLICE)) as ctx:
        wheel.make_tasks(ctx)
    kept = "obligation = 'tv-overvaagning' AND cycle = 2026"
    alter(house, f"SET session_replication_role = replica; DELETE FROM wheel_task WHERE NOT ({kept})")
    [(task,)] = look(house, f"SELECT id FROM wheel_task WHERE {kept}")
    found: UUID = task
    return found


def set_desk(house: House) -> tuple[UUID, UUID, UUID, tuple[UUID, ...]]:
    """A look-up of the police, a signal, a sample, and three reviews: asked, concluded, and concluded."""
    with pytest.raises(NotFound), house.work("kommune.skive") as ctx:
        cases.read_case(ctx, case_id=look(house, "SELECT id FROM cases")[0][0])
    with house.runtime.work(system(house, POLICE)) as ctx:
        signals.find_signals(ctx)
    [(signal,)] = look(house, "SELECT id FROM log_signal")
    mine = "SELECT entry_id FROM audit_content WHERE actor_id = %s AND outcome = 'allowed' LIMIT 1"
    [(line,)] = look(house, mine, house.staff["politi.herning"])
    with house.work("kontrol.politi") as ctx:
        sample = samples.draw_sample(ctx, size="3")
    opened = []
    for _ in range(3):
        with house.work("kontrol.politi") as ctx:
            about = reviews.About(entry=line)
            opened.append(reviews.open_review(ctx, about=about, question="Hvad var opgaven?"))
    for review_id in opened[1:]:
        with house.work("kontrol.politi") as ctx:
            reviews.conclude_review(ctx, review_id=review_id, outcome="i-orden", reason="Det var hans sag.")
    return line, signal, sample, tuple(opened)


def _share(ctx: Context, stage: Stage) -> None:
    chosen = [parties.PartyChoice(KIF, CONSENT, "Har ham i tilsyn.")]
    parties.share_case(ctx, case_id=stage.case, parties=chosen, purpose="forebyggelse")


def _complete(ctx: Context, stage: Stage) -> None:
    steps.complete_step(
        ctx,
        case_id=stage.case,
        step_id=stage.step,
        version=stage.version,
        values={"answer": "disclose", "remark": "Se notatet."},
        readers=[steps.ReaderChoice(POLICE, "sundhedslov-43-2-2")],
        purpose="samordning",
        necessity="De skal vide det.",
    )


def _write(ctx: Context, stage: Stage) -> None:
    notes.write_note(
        ctx,
        case_id=stage.case,
        text="Kom til skade i går.",
        readers=[notes.ReaderChoice(PSYCHIATRY, "retsplejelov-115-2")],
        purpose="forebyggelse",
        necessity="De følger ham.",
    )


def _disclose(ctx: Context, stage: Stage) -> None:
    notes.disclose_note(
        ctx,
        case_id=stage.case,
        item_id=stage.note,
        readers=[notes.ReaderChoice(KOMMUNE, "sundhedslov-43-2-2"), notes.ReaderChoice(POLICE, CONSENT)],
        purpose="forebyggelse",
        necessity="De møder ham.",
    )


def _recall(ctx: Context, stage: Stage) -> None:
    recalls.recall_item(
        ctx,
        case_id=stage.case,
        item_id=stage.given,
        reason="Hører til i en anden sag.",
        breach="ja",
        aware_at="2026-11-24T09:30",
    )


def _begin(ctx: Context, stage: Stage) -> None:
    recalls.begin_breach(
        ctx, case_id=stage.case, item_id=stage.withdrawn, what="Alligevel.", aware_at="2026-11-24T09:30"
    )


def _save(ctx: Context, stage: Stage) -> None:
    report = BreachReport(what="Givet til den forkerte.")
    breaches.save_breach(ctx, case_id=stage.case, breach_id=stage.breach, version=1, report=report)


def _conclude(ctx: Context, stage: Stage) -> None:
    report = concluded_report()
    breaches.conclude_breach(ctx, case_id=stage.case, breach_id=stage.ready, version=1, report=report)


def _put_file(ctx: Context, stage: Stage) -> None:
    files.write_file(
        ctx,
        case_id=stage.case,
        upload=files.Upload("Billede.png", iter([b"\x89PNG\r\n\x1a\n", bytes(2_000_000)])),
        description="Døren",
        readers=[files.ReaderChoice(PSYCHIATRY, "retsplejelov-115-2")],
        purpose="forebyggelse",
        necessity="De følger ham.",
    )


def _disclose_file(ctx: Context, stage: Stage) -> None:
    files.disclose_file(
        ctx,
        case_id=stage.case,
        item_id=stage.file,
        readers=[files.ReaderChoice(POLICE, CONSENT)],
        purpose="forebyggelse",
        necessity="De møder ham.",
    )


def _call(ctx: Context, stage: Stage) -> None:
    guest = ctx.session.scalars(select(Staff.id).where(Staff.login == "kommune.herning")).one()
    data = calling.CallInput(GROUP, "2027-01-12T09:00", "Holstebro", (stage.case,), (guest,))
    calling.call_meeting(ctx, data=data)


def _hold(ctx: Context, stage: Stage) -> None:
    me = ctx.actor.staff_id
    assert me
    meetings.hold_meeting(ctx, meeting_id=stage.begun, attended=[me], on_paper=[me])


def _decide(ctx: Context, stage: Stage) -> None:
    minutes.write_decision(
        ctx,
        meeting_id=stage.meeting,
        case_id=stage.case,
        text="Boligsocial støtte.",
        owner=KOMMUNE,
        due_on="2026-12-20",
        readers=[notes.ReaderChoice(KOMMUNE, "retsplejelov-115-1-2")],
        purpose="forebyggelse",
        necessity="De skal gøre det.",
    )


def _tell(ctx: Context, stage: Stage) -> None:
    disclosures.record_oral_disclosure(
        ctx,
        case_id=stage.case,
        to=POLICE,
        basis="retsplejelov-115-2",
        purpose="forebyggelse",
        necessity="Betjenten stod ved døren.",
        content="Sagt i telefonen.",
        happened_at="2026-11-24T07:40",
    )


def _consent(ctx: Context, stage: Stage) -> None:
    data = consents.ConsentInput((KOMMUNE,), ("helbred",), "oral", "2026-11-24", "2027-11-24", "Mig", "Ja.")
    consents.record_consent(ctx, case_id=stage.case, data=data)


def _someone(ctx: Context) -> UUID:
    """One's own id: of the authority, as it must be."""
    assert ctx.actor.staff_id is not None
    return ctx.actor.staff_id


def _colleague(ctx: Context, login: str = "personfarlig") -> UUID:
    return ctx.session.scalars(select(Staff.id).where(Staff.login == login)).one()


def _assess(ctx: Context, stage: Stage) -> UUID:
    return assessments.write_assessment(
        ctx,
        case_id=stage.case,
        checklist_id="psp-kendetegn",
        version="",
        data=assessments.AssessmentInput(answered("truende", "fare")),
        readers=[notes.ReaderChoice(POLICE, "sundhedslov-43-2-2")],
        purpose="forebyggelse",
        necessity="De kører ud til ham.",
    )


def _disclose_assessment(ctx: Context, stage: Stage) -> None:
    assessments.disclose_assessment(
        ctx,
        case_id=stage.case,
        item_id=stage.assessment,
        readers=[notes.ReaderChoice(POLICE, CONSENT)],
        purpose="forebyggelse",
        necessity="De kører ud til ham.",
    )


def _give_duty(ctx: Context, _: Stage) -> None:
    someone = ctx.session.scalars(select(Staff.id).where(Staff.login == "politi.skive")).one()
    data = contact_network.DutyInput(str(someone), "stedfortraeder", "2027-06-01", "", _post(ctx).seen)
    contact_network.give_duty(ctx, network="psp", unit_id=STATION, data=data)


def _end_duty(ctx: Context, _: Stage) -> None:
    post = _post(ctx)
    contact_network.change_duty(
        ctx, duty_id=post.duties[0].id, valid_to="2027-05-01", seen=post.seen, at_once=False, despite_gap=True
    )


def _post(ctx: Context) -> contact_network.PostView:
    """The station's post, read past the gate: the act itself leaves the one entry."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(ctx.gate), "visit", lambda *_, **__: None)
        return contact_network.read_post(ctx, network="psp", unit_id=STATION)


def _end_absence(ctx: Context, _: Stage) -> None:
    noted = select(Absence.id).where(Absence.staff_id != ctx.actor.staff_id)
    absences.end_absence(ctx, absence_id=ctx.session.scalars(noted).one())


def _kinds(*kinds: str) -> frozenset[str]:
    return frozenset(kinds)


_IN_A_REPORT = _kinds(
    "consent",
    "approval",
    "assessment",
    "case",
    "decision",
    "identity",
    "referral",
    "necessity",
    "evidence",
    "note",
    "file",
    "oral",
)
ACTS = (
    Act(
        "calling.read_call_form",
        "tovholder",
        lambda ctx, stage: calling.read_call_form(ctx, group=GROUP, chosen=[stage.case]),
        "case.listed",
        _kinds("case"),
    ),
    Act(
        "cases.list_cases",
        "politi.herning",
        lambda ctx, _: cases.list_cases(ctx),
        "case.listed",
        _kinds("case"),
    ),
    Act(
        "cases.find_known",
        "politi.herning",
        lambda ctx, _: cases.find_known(ctx, network="psp", cpr="670385-1234"),
        "case.searched",
        _kinds("case"),
    ),
    Act(
        "cases.search_cases",
        "politi.herning",
        lambda ctx, _: cases.search_cases(ctx, cpr="", name="Prøvesen Asger", phone="", address=""),
        "case.searched",
        _kinds("case"),
    ),
    Act(
        "cases.read_case",
        "kommune.herning",
        lambda ctx, stage: cases.read_case(ctx, case_id=stage.case),
        "case.read",
        _kinds("case", "identity", "referral", "necessity"),
        opens=True,
    ),
    Act(
        "journals.export_journal",
        "kommune.herning",
        lambda ctx, stage: journals.export_journal(ctx, case_id=stage.case),
        "case.exported",
        _kinds("case", "identity", "referral", "necessity"),
        opens=True,
    ),
    Act(
        "viewers.read_viewers",
        "kommune.herning",
        lambda ctx, stage: viewers.read_viewers(ctx, case_id=stage.case),
        "case.viewers_read",
        _kinds("case"),
    ),
    Act(
        "case_access.explain_case",
        "kommune.herning",
        lambda ctx, stage: case_access.explain_case(ctx, case_id=stage.case, person=ctx.actor.staff_id),
        "access.explained",
        _kinds("case", "staff"),
    ),
    Act(
        "case_access.explain_to_reviewer",
        "kontrol.politi",
        lambda ctx, stage: case_access.explain_to_reviewer(
            ctx, case_id=stage.case, person=ctx.actor.staff_id or stage.case
        ),
        "access.explained",
        _kinds("case", "staff"),
    ),
    Act(
        "card_versions.read_newer_card",
        "tovholder",
        lambda ctx, stage: card_versions.read_newer_card(ctx, case_id=stage.case),
        "case.read",
        _kinds("case"),
    ),
    Act("day.read_day", "tovholder", lambda ctx, _: day.read_day(ctx), "contacts.read", _kinds("case")),
    Act(
        "parties.propose_parties",
        "tovholder",
        lambda ctx, stage: parties.propose_parties(ctx, case_id=stage.case),
        "case.read",
        _kinds("case"),
    ),
    Act(
        "steps.read_step",
        "psykiatri.midt",
        lambda ctx, stage: steps.read_step(ctx, case_id=stage.case, step_id=stage.step),
        "step.read",
        _kinds("case"),
    ),
    Act(
        "step_changes.read_step_changes",
        "psykiatri.midt",
        lambda ctx, stage: step_changes.read_step_changes(ctx, case_id=stage.case, step_id=stage.step),
        "step.read",
        _kinds("case"),
    ),
    Act(
        "notes.read_note_form",
        "psykiatri.midt",
        lambda ctx, stage: notes.read_note_form(ctx, case_id=stage.case),
        "case.read",
        _kinds("case"),
    ),
    Act("log.read_log", "kontrol.politi", lambda ctx, _: log.read_log(ctx), "log.read", _kinds("authority")),
    Act(
        "log.read_case_log",
        "kontrol.politi",
        lambda ctx, stage: log.read_case_log(ctx, case_id=stage.case),
        "log.read",
        _kinds("case"),
    ),
    Act(
        "log_search.search_log",
        "kontrol.politi",
        lambda ctx, _: log_search.search_log(ctx, data=log_search.SearchInput(cpr="670385-1234")),
        "log.searched",
        _kinds("authority", "case"),
    ),
    Act(
        "administration.read_administration",
        "administrator",
        lambda ctx, _: administration.read_administration(ctx),
        "administration.read",
        _kinds("authority"),
    ),
    Act(
        "drafts.take_draft",
        "politi.herning",
        lambda ctx, _: drafts.take_draft(ctx, path="/kladde"),
        "draft.read",
        _kinds("draft"),
        opens=True,
    ),
    Act(
        "drafts.save_draft",
        "kommune.herning",
        lambda ctx, _: drafts.save_draft(ctx, path="/kladde", fields={"text": ["mit"]}),
        "draft.saved",
        _kinds("draft"),
    ),
    Act(
        "referrals.create_referral",
        "kommune.herning",
        lambda ctx, _: referrals.create_referral(ctx, network="psp", data=referral()),
        "case.referred",
        _kinds("case", "identity", "referral", "necessity"),
        (POLICE,),
        ("retsplejelov-115-2",),
        "forebyggelse",
        1,
    ),
    Act(
        "parties.share_case",
        "tovholder",
        _share,
        "case.shared",
        _kinds("case", "identity", "referral", "necessity"),
        (PRISONS,),
        (CONSENT,),
        "forebyggelse",
        1,
    ),
    Act(
        "steps.complete_step",
        "psykiatri.midt",
        _complete,
        "step.completed",
        _kinds("case", "step", "evidence", "necessity"),
        (POLICE,),
        ("sundhedslov-43-2-2",),
        "samordning",
        1,
    ),
    Act(
        "notes.write_note",
        "kommune.herning",
        _write,
        "note.written",
        _kinds("case", "note", "necessity"),
        (PSYCHIATRY,),
        ("retsplejelov-115-2",),
        "forebyggelse",
        1,
    ),
    Act(
        "consents.read_consents",
        "politi.herning",
        lambda ctx, stage: consents.read_consents(ctx, case_id=stage.case),
        "case.read",
        _kinds("case", "consent"),
        opens=True,
    ),
    Act(
        "consents.record_consent",
        "psykiatri.midt",
        _consent,
        "consent.recorded",
        _kinds("case", "consent"),
    ),
    Act(
        "consents.withdraw_consent",
        "kommune.herning",
        lambda ctx, stage: consents.withdraw_consent(ctx, case_id=stage.case, consent_id=stage.consent),
        "consent.withdrawn",
        _kinds("case", "consent"),
        (POLICE,),
    ),
    Act(
        "notes.disclose_note",
        "psykiatri.midt",
        _disclose,
        "item.disclosed",
        _kinds("case", "note", "necessity"),
        (KOMMUNE, POLICE),
        ("sundhedslov-43-2-2", CONSENT),
        "forebyggelse",
        2,
    ),
    Act(
        "recalls.read_recall",
        "psykiatri.midt",
        lambda ctx, stage: recalls.read_recall(ctx, case_id=stage.case, item_id=stage.given),
        "recall.read",
        _kinds("case", "note"),
        opens=True,
    ),
    Act(
        "recalls.recall_item",
        "psykiatri.midt",
        _recall,
        "item.recalled",
        _kinds("case", "note", "necessity", "recall", "breach"),
        (POLICE,),
    ),
    Act(
        "recalls.begin_breach",
        "psykiatri.midt",
        _begin,
        "breach.begun",
        _kinds("case", "breach"),
    ),
    Act(
        "breaches.read_breach",
        "psykiatri.midt",
        lambda ctx, stage: breaches.read_breach(ctx, case_id=stage.case, breach_id=stage.breach),
        "breach.read",
        _kinds("case", "breach"),
        opens=True,
    ),
    Act("breaches.save_breach", "psykiatri.midt", _save, "breach.saved", _kinds("case", "breach")),
    Act(
        "breaches.conclude_breach", "psykiatri.midt", _conclude, "breach.concluded", _kinds("case", "breach")
    ),
    Act(
        "assessments.read_assessments",
        "psykiatri.midt",
        lambda ctx, stage: assessments.read_assessments(ctx, case_id=stage.case),
        "case.read",
        _kinds("case", "assessment"),
        opens=True,
    ),
    Act(
        "assessments.read_assessment_form",
        "psykiatri.midt",
        lambda ctx, stage: assessments.read_assessment_form(
            ctx, case_id=stage.case, checklist_id="psp-kendetegn"
        ),
        "case.read",
        _kinds("case"),
    ),
    Act(
        "assessments.preview_assessment",
        "psykiatri.midt",
        lambda ctx, stage: assessments.preview_assessment(
            ctx,
            case_id=stage.case,
            checklist_id="psp-kendetegn",
            version="",
            data=assessments.AssessmentInput(answered()),
        ),
        "case.read",
        _kinds("case"),
    ),
    Act(
        "assessments.read_assessment_disclosure",
        "psykiatri.midt",
        lambda ctx, stage: assessments.read_assessment_disclosure(
            ctx, case_id=stage.case, item_id=stage.assessment
        ),
        "case.read",
        _kinds("case", "assessment"),
        opens=True,
    ),
    Act(
        "assessments.write_assessment",
        "psykiatri.midt",
        _assess,
        "assessment.written",
        _kinds("case", "assessment", "necessity"),
        (POLICE,),
        ("sundhedslov-43-2-2",),
        "forebyggelse",
        1,
    ),
    Act(
        "assessments.disclose_assessment",
        "psykiatri.midt",
        _disclose_assessment,
        "item.disclosed",
        _kinds("case", "assessment", "necessity"),
        (POLICE,),
        (CONSENT,),
        "forebyggelse",
        1,
    ),
    Act(
        "files.read_file_form",
        "psykiatri.midt",
        lambda ctx, stage: files.read_file_form(ctx, case_id=stage.case),
        "case.read",
        _kinds("case"),
    ),
    Act(
        "files.write_file",
        "kommune.herning",
        _put_file,
        "file.written",
        _kinds("case", "file", "necessity"),
        (PSYCHIATRY,),
        ("retsplejelov-115-2",),
        "forebyggelse",
        1,
    ),
    Act(
        "files.read_file",
        "psykiatri.midt",
        lambda ctx, stage: list(files.read_file(ctx, case_id=stage.case, item_id=stage.file).chunks),
        "file.read",
        _kinds("case", "file"),
        opens=True,
    ),
    Act(
        "files.disclose_file",
        "psykiatri.midt",
        _disclose_file,
        "item.disclosed",
        _kinds("case", "file", "necessity"),
        (POLICE,),
        (CONSENT,),
        "forebyggelse",
        1,
    ),
    Act(
        "disclosures.record_oral_disclosure",
        "kommune.herning",
        _tell,
        "disclosure.recorded",
        _kinds("case", "oral", "necessity"),
        (POLICE,),
        ("retsplejelov-115-2",),
        "forebyggelse",
        1,
    ),
    Act(
        "exclusions.read_exclusions",
        "tovholder",
        lambda ctx, stage: exclusions.read_exclusions(ctx, case_id=stage.case),
        "case.read",
        _kinds("case", "exclusion"),
        opens=True,
    ),
    Act(
        "exclusions.exclude",
        "tovholder",
        lambda ctx, stage: exclusions.exclude(
            ctx, case_id=stage.case, staff=str(stage.cousin), reason="Er i familie med borgeren."
        ),
        "exclusion.set",
        _kinds("case", "exclusion", "staff"),
    ),
    Act(
        "exclusions.lift_exclusion",
        "tovholder",
        lambda ctx, stage: exclusions.lift_exclusion(ctx, case_id=stage.case, exclusion_id=stage.exclusion),
        "exclusion.lifted",
        _kinds("case", "staff"),
    ),
    Act(
        "glass.read_glass_page",
        "politi.skive",
        lambda ctx, _: glass.read_glass_page(ctx),
        "glass.read",
        _kinds("authority"),
    ),
    Act(
        "glass.break_glass",
        "politi.skive",  # who is let in again above
        lambda ctx, _: glass.break_glass(ctx, cpr="670385-1234", kind="vagt", reason="Ingen svarer."),
        "glass.broken",
        _kinds("case", "review", "review_text"),
    ),
    Act(
        "erasing.set_hold",
        "kommune.herning",
        lambda ctx, stage: erasing.set_hold(ctx, case_id=stage.case, reason="En klage bliver behandlet."),
        "hold.set",
        _kinds("case", "hold"),
    ),
    Act(
        "erasing.read_erasure_form",
        "psykiatri.midt",
        lambda ctx, stage: erasing.read_erasure_form(ctx, case_id=stage.case),
        "case.read",
        _kinds("case", "hold"),
        opens=True,
    ),
    Act(
        "erasing.lift_hold",
        "psykiatri.midt",
        lambda ctx, stage: erasing.lift_hold(ctx, case_id=stage.case),
        "hold.lifted",
        _kinds("case", "hold"),
    ),
    Act(
        "coverage.read_coverage",
        KEEPER,
        lambda ctx, _: coverage.read_coverage(ctx),
        "contacts.read",
        _kinds("authority"),
    ),
    Act(
        "contact_network.read_post",
        "kommune.herning",
        lambda ctx, _: contact_network.read_post(ctx, network="psp", unit_id=STATION),
        "contacts.read",
        _kinds("post"),
    ),
    Act(
        "contact_network.read_duty",
        KEEPER,
        lambda ctx, _: contact_network.read_duty(ctx, duty_id=_post(ctx).duties[0].id),
        "contacts.read",
        _kinds("post"),
    ),
    Act("contact_network.give_duty", KEEPER, _give_duty, "contact.given", _kinds("contact_duty", "staff")),
    Act("contact_network.change_duty", KEEPER, _end_duty, "contact.changed", _kinds("contact_duty", "staff")),
    Act(
        "duty_phones.read_duty_phone",
        KEEPER,
        lambda ctx, _: duty_phones.read_duty_phone(ctx, unit_id=STATION),
        "contacts.read",
        _kinds("post"),
    ),
    Act(
        "duty_phones.save_duty_phone",
        KEEPER,
        lambda ctx, _: duty_phones.save_duty_phone(
            ctx, unit_id=STATION, phone="20 30 40 50", seen="10 00 00 02"
        ),
        "duty_phone.saved",
        _kinds("unit"),
    ),
    Act(
        "absences.read_absences",
        "kommune.herning",
        lambda ctx, _: absences.read_absences(ctx),
        "contacts.read",
        _kinds("authority"),
    ),
    Act(
        "absences.note_absence",
        KEEPER,
        lambda ctx, _: absences.note_absence(ctx, data=absences.AbsenceInput("", "2027-06-01", "")),
        "absence.noted",
        _kinds("absence", "staff"),
    ),
    Act("absences.end_absence", KEEPER, _end_absence, "absence.ended", _kinds("absence", "staff")),
    Act(
        "meetings.list_meetings",
        "kommune.herning",
        lambda ctx, _: meetings.list_meetings(ctx),
        "meeting.listed",
        _kinds("meeting"),
    ),
    Act(
        "meetings.read_meeting",
        "kommune.herning",
        lambda ctx, stage: meetings.read_meeting(ctx, meeting_id=stage.meeting),
        "meeting.read",
        _kinds("meeting", "case"),
    ),
    Act("calling.call_meeting", "tovholder", _call, "meeting.called", _kinds("meeting", "case"), (KOMMUNE,)),
    Act(
        "calling.move_meeting",
        "tovholder",
        lambda ctx, stage: calling.move_meeting(
            ctx, meeting_id=stage.meeting, starts_at="2027-01-19T10:00", place="Herning"
        ),
        "meeting.moved",
        _kinds("meeting", "case"),
    ),
    Act(
        "meetings.confirm_confidentiality",
        "kommune.herning",
        lambda ctx, stage: meetings.confirm_confidentiality(ctx, meeting_id=stage.meeting),
        "meeting.confirmed",
        _kinds("meeting"),
    ),
    Act("meetings.hold_meeting", "tovholder", _hold, "meeting.held", _kinds("meeting")),
    Act(
        "minutes.read_agenda_form",
        "tovholder",
        lambda ctx, stage: minutes.read_agenda_form(ctx, meeting_id=stage.meeting, case_id=stage.case),
        "case.read",
        _kinds("case"),
    ),
    Act(
        "minutes.write_decision",
        "tovholder",
        _decide,
        "decision.written",
        _kinds("case", "decision", "necessity", "meeting"),
        (KOMMUNE,),
        ("retsplejelov-115-1-2",),
        "forebyggelse",
        1,
    ),
    Act(
        "minutes.complete_decision",
        "politi.herning",
        lambda ctx, stage: minutes.complete_decision(ctx, case_id=stage.case, decision_id=stage.decision),
        "decision.completed",
        _kinds("case", "decision"),
    ),
    Act(
        "meetings.cancel_meeting",
        "tovholder",
        lambda ctx, stage: meetings.cancel_meeting(ctx, meeting_id=stage.meeting),
        "meeting.cancelled",
        _kinds("meeting"),
    ),
    Act(
        "forums.list_forums",
        "kommune.herning",
        lambda ctx, _: forums.list_forums(ctx),
        "forum.read",
        _kinds("authority"),
    ),
    Act(
        "forums.read_forum",
        "kommune.herning",
        lambda ctx, _: forums.read_forum(ctx, forum_id=LOKALRAAD),
        "forum.read",
        _kinds("forum"),
    ),
    Act(
        "forums.call_meeting",
        "politi.herning",
        lambda ctx, _: forums.call_meeting(
            ctx, forum_id=LOKALRAAD, data=forums.CallInput("2027-01-12T09:00", "Herning", "1. Plan")
        ),
        "forum.meeting_called",
        _kinds("forum_meeting"),
    ),
    Act(
        "forums.read_meeting",
        "kommune.herning",
        lambda ctx, stage: forums.read_meeting(ctx, forum_id=LOKALRAAD, meeting_id=stage.council),
        "forum.read",
        _kinds("forum"),
    ),
    Act(
        "forums.approve_minutes",
        "politi.herning-stedfortraeder",
        lambda ctx, stage: forums.approve_minutes(
            ctx, forum_id=LOKALRAAD, meeting_id=stage.council, version=1
        ),
        "forum.minutes_approved",
        _kinds("forum_meeting"),
    ),
    Act(
        "forums.write_minutes",
        "politi.herning",
        lambda ctx, stage: forums.write_minutes(
            ctx, forum_id=LOKALRAAD, meeting_id=stage.council, text="Rettet.", version=1
        ),
        "forum.minutes_written",
        _kinds("forum_meeting"),
    ),
    Act(
        "forums.send_minutes",
        "politi.herning",
        lambda ctx, stage: forums.send_minutes(ctx, forum_id=LOKALRAAD, meeting_id=stage.approved),
        "forum.minutes_sent",
        _kinds("forum_meeting"),
    ),
    Act(
        "plans.read_plan",
        "kommune.herning",
        lambda ctx, _: plans.read_plan(ctx, forum_id=LOKALRAAD, year=2040),
        "forum.read",
        _kinds("forum"),
    ),
    Act(
        "plans.write_plan",
        "politi.herning",
        lambda ctx, _: plans.write_plan(ctx, forum_id=LOKALRAAD, year=2041, texts={"fora": "Ja."}),
        "plan.written",
        _kinds("plan"),
    ),
    Act(
        "plans.adopt_plan",
        "politi.herning",
        lambda ctx, _: plans.adopt_plan(ctx, forum_id=LOKALRAAD, year=2040),
        "plan.adopted",
        _kinds("plan"),
    ),
    Act(
        "wheel.make_tasks",
        f"system:{POLICE}",
        lambda ctx, _: wheel.make_tasks(ctx),
        "wheel.made",
        _kinds("wheel_task"),
    ),
    Act(
        "wheel.read_wheel",
        "kommune.herning",
        lambda ctx, _: wheel.read_wheel(ctx, year=2026),
        "wheel.read",
        _kinds("authority"),
    ),
    Act(
        "wheel.complete_task",
        "tovholder",
        lambda ctx, stage: wheel.complete_task(ctx, task_id=stage.task),
        "wheel.completed",
        _kinds("wheel_task"),
    ),
    Act(
        "approvals.ask_approval",
        "kommune.herning",
        lambda ctx, _: approvals.ask_approval(
            ctx, kind=approvals.Kind.ACCESS_REPORT, reason="Har bedt om det."
        ),
        "approval.asked",
        _kinds("approval"),
    ),
    Act(
        "access_reports.prepare_report",
        "politi.herning",
        lambda ctx, _: access_reports.prepare_report(ctx, cpr="670385-1234"),
        "access_report.prepared",
        _kinds("case", "identity"),
        opens=True,
    ),
    Act(
        "access_reports.read_report_basis",
        "politi.herning",
        lambda ctx, stage: access_reports.read_report_basis(ctx, approval_id=stage.answer),
        "access_report.read",
        _IN_A_REPORT,
        opens=True,
    ),
    Act(
        "access_reports.make_report",
        "politi.herning",
        lambda ctx, stage: access_reports.make_report(
            ctx, approval_id=stage.answer, leave_out=(), ground="", named=False, acknowledged="ja"
        ),
        "access_report.made",
        _IN_A_REPORT,
        opens=True,
    ),
    Act(
        "approvals.read_approvals",
        "politi.herning",
        lambda ctx, _: approvals.read_approvals(ctx),
        "approval.read",
        _kinds("approval"),
        opens=True,
    ),
    Act(
        "approvals.confirm_approval",
        "politi.herning",
        lambda ctx, stage: approvals.confirm_approval(ctx, approval_id=stage.questions[0]),
        "approval.confirmed",
        _kinds("approval"),
    ),
    Act(
        "approvals.decline_approval",
        "politi.herning",
        lambda ctx, stage: approvals.decline_approval(ctx, approval_id=stage.questions[1]),
        "approval.declined",
        _kinds("approval"),
    ),
    Act(
        "approvals.withdraw_approval",
        "politi.herning-stedfortraeder",
        lambda ctx, stage: approvals.withdraw_approval(ctx, approval_id=stage.questions[2]),
        "approval.withdrawn",
        _kinds("approval"),
    ),
    Act(
        "messages.read_messages",
        "politi.herning",
        lambda ctx, _: messages.read_messages(ctx),
        "messages.read",
        _kinds("authority"),
    ),
    Act(
        "messages.open_message",
        "politi.herning",
        lambda ctx, stage: messages.open_message(ctx, message_id=stage.message),
        "message.opened",
        _kinds("message"),
    ),
    Act(
        "messages.mark_all_read",
        "politi.herning",
        lambda ctx, _: messages.mark_all_read(ctx),
        "messages.marked",
        _kinds("staff"),
    ),
    Act(
        "messages.read_choice",
        "politi.herning",
        lambda ctx, _: messages.read_choice(ctx),
        "message_choice.read",
        _kinds("authority"),
    ),
    Act(
        "messages.save_choice",
        "politi.herning",
        lambda ctx, _: messages.save_choice(ctx, delivery="digest", quiet_from="20:00", quiet_to="6:00"),
        "message_choice.saved",
        _kinds("staff"),
    ),
    Act(
        "calendar_feed.read_calendar",
        "psykiatri.midt",
        lambda ctx, _: calendar_feed.read_calendar(ctx),
        "calendar.read",
        _kinds("case"),
    ),
    Act(
        "calendar_feed.read_address",
        "politi.herning",
        lambda ctx, _: calendar_feed.read_address(ctx),
        "calendar_address.read",
        _kinds("authority"),
    ),
    Act(
        "calendar_feed.make_address",
        "politi.herning",
        lambda ctx, _: calendar_feed.make_address(ctx),
        "calendar_address.made",
        _kinds("staff"),
    ),
    Act(
        "calendar_feed.end_address",
        "politi.herning",
        lambda ctx, _: calendar_feed.end_address(ctx),
        "calendar_address.ended",
        _kinds("staff"),
    ),
    Act(
        "queues.retry_failed",
        "administrator",
        lambda ctx, _: queues.retry_failed(ctx),
        "jobs.retried",
        _kinds("authority"),
    ),
    Act(
        "staff_mail.read_staff_mail",
        "administrator",
        lambda ctx, _: staff_mail.read_staff_mail(ctx, staff_id=_someone(ctx)),
        "administration.read",
        _kinds("authority"),
    ),
    Act(
        "staff_mail.save_staff_mail",
        "administrator",
        lambda ctx, _: staff_mail.save_staff_mail(ctx, staff_id=_someone(ctx), mail="en@politi.example"),
        "staff.mail_saved",
        _kinds("staff"),
    ),
    Act(
        "retirement.keep_contacts",
        "administrator",
        lambda ctx, _: retirement.keep_contacts(ctx, staff_id=_colleague(ctx), keeps=True),
        "staff.appointed",
        _kinds("staff"),
    ),
    Act(
        "retirement.read_retirement",
        "administrator",
        lambda ctx, _: retirement.read_retirement(ctx, staff_id=_colleague(ctx)),
        "administration.read",
        _kinds("authority"),
    ),
    Act(
        "retirement.retire_staff",
        "administrator",
        lambda ctx, _: retirement.retire_staff(
            ctx, staff_id=_colleague(ctx), successor=str(_colleague(ctx, "tovholder")), despite_gap=False
        ),
        "staff.retired",
        _kinds("staff", "contact_duty"),
    ),
    Act(
        "moving.read_move_form",
        "tovholder",
        lambda ctx, stage: moving.read_move_form(ctx, case_id=stage.case),
        "case.read",
        _kinds("case"),
    ),
    Act(
        "moving.move_case",
        "tovholder",
        lambda ctx, stage: moving.move_case(ctx, case_id=stage.case, kommune="0779", seen="0657"),
        "case.moved",
        _kinds("case"),
    ),
    Act("desk.read_desk", REVIEWER, lambda ctx, _: desk.read_desk(ctx), "desk.read", _kinds("authority")),
    Act(
        "signals.list_signals",
        REVIEWER,
        lambda ctx, _: signals.list_signals(ctx),
        "signal.read",
        _kinds("authority"),
    ),
    Act(
        "signals.read_signal",
        REVIEWER,
        lambda ctx, stage: signals.read_signal(ctx, signal_id=stage.signal),
        "signal.read",
        _kinds("authority"),
    ),
    Act(
        "signals.set_aside",
        REVIEWER,
        lambda ctx, stage: signals.set_aside(ctx, signal_id=stage.signal),
        "signal.set_aside",
        _kinds("signal"),
    ),
    Act(
        "samples.draw_sample",
        REVIEWER,
        lambda ctx, _: samples.draw_sample(ctx, size="5"),
        "log.sampled",
        _kinds("sample"),
    ),
    Act(
        "samples.list_samples",
        REVIEWER,
        lambda ctx, _: samples.list_samples(ctx),
        "desk.read",
        _kinds("authority"),
    ),
    Act(
        "samples.read_sample",
        REVIEWER,
        lambda ctx, stage: samples.read_sample(ctx, sample_id=stage.sample),
        "log.read",
        _kinds("authority"),
    ),
    Act(
        "reviews.read_new_review",
        REVIEWER,
        lambda ctx, stage: reviews.read_new_review(ctx, about=reviews.About(entry=stage.line)),
        "log.read",
        _kinds("authority"),
    ),
    Act(
        "reviews.open_review",
        REVIEWER,
        lambda ctx, stage: reviews.open_review(ctx, about=reviews.About(entry=stage.line)),
        "review.opened",
        _kinds("review", "staff", "entry"),
    ),
    Act(
        "reviews.list_reviews",
        REVIEWER,
        lambda ctx, _: reviews.list_reviews(ctx),
        "review.read",
        _kinds("authority"),
    ),
    Act(
        "reviews.read_review",
        REVIEWER,
        lambda ctx, stage: reviews.read_review(ctx, review_id=stage.reviews[0]),
        "review.read",
        _kinds("review", "review_text"),
        opens=True,
    ),
    Act(
        "reviews.ask_explanation",
        REVIEWER,
        lambda ctx, stage: reviews.ask_explanation(ctx, review_id=stage.reviews[0], question="Igen?"),
        "review.asked",
        _kinds("review", "review_text"),
    ),
    Act(
        "explanations.read_request",
        "politi.herning",
        lambda ctx, stage: explanations.read_request(ctx, review_id=stage.reviews[0]),
        "review.read",
        _kinds("review", "review_text"),
        opens=True,
    ),
    Act(
        "explanations.explain",
        "politi.herning",
        lambda ctx, stage: explanations.explain(ctx, review_id=stage.reviews[0], text="Jeg havde vagten."),
        "review.answered",
        _kinds("review", "review_text"),
    ),
    Act(
        "reviews.conclude_review",
        REVIEWER,
        lambda ctx, stage: reviews.conclude_review(
            ctx, review_id=stage.reviews[0], outcome="vejledning", reason="Skulle have spurgt."
        ),
        "review.concluded",
        _kinds("review", "review_text"),
    ),
    Act(
        "reviews.close_review",
        f"{REVIEWER}-stedfortraeder",
        lambda ctx, stage: reviews.close_review(ctx, review_id=stage.reviews[1]),
        "review.closed",
        _kinds("review"),
    ),
    Act(
        "reviews.return_review",
        f"{REVIEWER}-stedfortraeder",
        lambda ctx, stage: reviews.return_review(
            ctx, review_id=stage.reviews[2], reason="Spørg også om lørdagen."
        ),
        "review.returned",
        _kinds("review", "review_text"),
    ),
    Act(
        "reports.list_months",
        REVIEWER,
        lambda ctx, _: reports.list_months(ctx),
        "desk.read",
        _kinds("authority"),
    ),
    Act(
        "reports.make_report",
        REVIEWER,
        lambda ctx, _: reports.make_report(ctx, month="2026-11", standing=None),
        "log.reported",
        _kinds("authority"),
    ),
    Act(
        "grants.accept_grants",
        f"system:{KOMMUNE}",
        lambda ctx, stage: grants.accept_grants(ctx, stage.case),
        "grant.accepted",
        _kinds("case", "decision", "identity", "referral", "necessity", "note"),
    ),
)
"""All but those that need a clock turned or a card that says more, and have tests of their own."""
ELSEWHERE = frozenset(
    {
        "acute.tell_acute",
        "acute.note_answer",
        "deadlines.watch_deadlines",
        "task_deadlines.watch_tasks",
        "mails.collect_mails",
        "queues.mark_run",
        "mails.send_next",
        "news.tell_news",
        "messages.prune_messages",
        "news.tell_deletions",
        "glass.remind_of_reviews",
        "news.tell_agreements",
        "card_versions.renew_card",
        "coverage.tell_gaps",
        "steps.skip_step",
        "step_changes.mark_step_impossible",
        "step_changes.extend_step",
        "step_changes.suspend_step",
        "step_changes.repeat_step",
        "step_changes.reopen_step",
        "step_changes.add_step",
        "step_changes.hand_step_over",
        "step_changes.assign_step",
        "approvals.expire_approvals",
        "access_reports.ask_report",
        "signals.find_signals",
        "minutes.write_minutes",
    }
)


def use_cases() -> set[str]:
    """Every public function of the services that is handed a Context, those of INTERNAL and OWN_TESTS rooms aside."""
    found = set()
    names = {found.name for found in pkgutil.iter_modules(services.__path__)} - INTERNAL - OWN_TESTS
    for room in (importlib.import_module(f"casehub.services.{name}") for name in sorted(names)):
        for name, function in inspect.getmembers(room, inspect.isfunction):
            first = next(iter(inspect.signature(function).parameters.values()), None)
            own = function.__module__ == room.__name__ and not name.startswith("_")
            if own and first is not None and first.annotation is Context:
                found.add(f"{room.__name__.rpartition('.')[2]}.{name}")
    return found
