"""The gate refuses alike what is absent and what is forbidden, records it on its own, and undoes what was pending."""

import inspect
from collections.abc import Callable
from uuid import UUID

import pytest

from casehub.access.actions import Action
from casehub.access.gate import Gate, NotFound, NotOpened
from casehub.audit import Event
from casehub.model import new_id
from casehub.services import cases, disclosures, notes, parties, steps
from casehub.services.context import Context
from tests.house import House
from tests.services.scenes import (
    POLICE,
    alter,
    entries_of,
    look,
    open_case,
    read,
    refer,
    rows,
    step_of,
    traffic,
    write_note,
)

Use = Callable[[Context, UUID], object]
ABSENT_STEP = new_id()
# every use case that is given the id of a case
ADDRESSED: dict[str, tuple[str, Use]] = {
    "read_case": ("case.read", lambda ctx, case_id: cases.read_case(ctx, case_id=case_id)),
    "propose_parties": ("case.read", lambda ctx, case_id: parties.propose_parties(ctx, case_id=case_id)),
    "share_case": (
        "case.shared",
        lambda ctx, case_id: parties.share_case(ctx, case_id=case_id, parties=[], purpose="forebyggelse"),
    ),
    "read_step": (
        "step.read",
        lambda ctx, case_id: steps.read_step(ctx, case_id=case_id, step_id=ABSENT_STEP),
    ),
    "complete_step": (
        "step.completed",
        lambda ctx, case_id: steps.complete_step(
            ctx, case_id=case_id, step_id=ABSENT_STEP, version=1, values={}
        ),
    ),
    "skip_step": (
        "step.skipped",
        lambda ctx, case_id: steps.skip_step(ctx, case_id=case_id, step_id=ABSENT_STEP, version=1, reason=""),
    ),
    "read_note_form": ("case.read", lambda ctx, case_id: notes.read_note_form(ctx, case_id=case_id)),
    "write_note": ("note.written", lambda ctx, case_id: notes.write_note(ctx, case_id=case_id, text="")),
    "disclose_note": (
        "item.disclosed",
        lambda ctx, case_id: notes.disclose_note(
            ctx, case_id=case_id, item_id=ABSENT_STEP, readers=[], purpose="", necessity=""
        ),
    ),
    "record_oral_disclosure": (
        "disclosure.recorded",
        lambda ctx, case_id: disclosures.record_oral_disclosure(
            ctx, case_id=case_id, to="", basis="", purpose="", necessity="", content="", happened_at=""
        ),
    ),
}


def test_every_use_case_of_a_case_is_tried() -> None:
    addressed = {
        name
        for room in (cases, disclosures, notes, parties, steps)
        for name, function in inspect.getmembers(room, inspect.isfunction)
        if function.__module__ == room.__name__
        and not name.startswith("_")
        and "case_id" in inspect.signature(function).parameters
    }
    assert addressed == ADDRESSED.keys()


def test_absent_and_forbidden_are_refused_by_the_same_work(house: House) -> None:
    case_id = open_case(house)
    # of another station, of an authority that takes no part, and of those who never read a case
    for login in ("politi.skive", "kommune.skive", "kontrol.politi", "administrator"):
        for name, (event, use) in ADDRESSED.items():
            shapes = {}
            for asked in (case_id, new_id()):
                actor = house.actor(login)
                with traffic(house) as heard:
                    left = entries_of(
                        house, lambda asked=asked, actor=actor, use=use: refused(house, actor, use, asked)
                    )
                shapes[asked] = heard.shape
                assert [entry["outcome"] for entry in left] == ["refused"], (login, name)
                assert left[0]["event"] == event, (login, name)
                assert [ref["case"] for ref in left[0]["objects"]] == [str(asked)], (login, name)
                assert left[0]["actor"] == str(actor.staff_id)
            known, unknown = shapes.values()
            assert known == unknown, (login, name)
            assert known.count("COMMIT") == 1, (login, name)


def refused(house: House, actor: object, use: Use, case_id: UUID) -> None:
    with pytest.raises(NotFound) as told, house.runtime.work(actor) as ctx:  # type: ignore[arg-type]
        use(ctx, case_id)
    assert str(told.value) == ""


def test_what_is_absent_within_a_case_one_may_read_is_refused_on_record_too(house: House) -> None:
    case_id = open_case(house)
    for name in ("read_step", "complete_step", "skip_step", "disclose_note"):
        event, use = ADDRESSED[name]
        actor = house.actor("politi.herning")
        left = entries_of(house, lambda use=use, actor=actor: refused(house, actor, use, case_id))
        assert [(entry["event"], entry["outcome"]) for entry in left] == [(event, "refused")], name


def test_a_participant_who_is_not_the_tovholder_can_neither_propose_nor_share(house: House) -> None:
    case_id = open_case(house)
    for name in ("propose_parties", "share_case"):
        _, use = ADDRESSED[name]
        actor = house.actor("politi.herning")
        left = entries_of(house, lambda use=use, actor=actor: refused(house, actor, use, case_id))
        assert [entry["outcome"] for entry in left] == ["refused"], name


def test_another_authoritys_note_cannot_be_disclosed_or_told_from_none(house: House) -> None:
    case_id = open_case(house)
    kept = write_note(house, "psykiatri.midt", case_id, "Kun for os.")
    given = write_note(house, "psykiatri.midt", case_id, "For jer.", [(POLICE, "samtykke")])

    def disclose(ctx: Context, item_id: UUID) -> None:
        notes.disclose_note(
            ctx,
            case_id=case_id,
            item_id=item_id,
            readers=[notes.ReaderChoice("herning-kommune", "retsplejelov-115-1-2")],
            purpose="forebyggelse",
            necessity="Nødvendigt.",
        )

    for item in (kept, given, new_id()):
        left = entries_of(
            house, lambda item=item: refused(house, house.actor("politi.herning"), disclose, item)
        )
        assert [entry["outcome"] for entry in left] == ["refused"]
    assert str(kept) not in repr(left)


def test_a_refusal_undoes_what_was_pending_and_keeps_only_its_own_entry(house: House) -> None:
    case_id = refer(house)
    before = rows(house)

    def write_and_read(ctx: Context, asked: UUID) -> None:
        with ctx.gate.create(action=Action.DRAFT_SAVE, event=Event.DRAFT_SAVED) as writing:
            writing.save_draft(path="/", fields={})
            ctx.gate.read_case(case_id=asked, event=Event.CASE_READ)

    refused(house, house.actor("politi.skive"), write_and_read, case_id)
    after = rows(house)
    changed = {table: after[table] - before[table] for table in after if after[table] != before[table]}
    assert changed == {"audit_commitment": 1, "audit_content": 1, "audit_object": 1}


def test_the_gate_has_these_doors_and_no_others() -> None:
    doors = {name for name, _ in inspect.getmembers(Gate, inspect.isfunction) if not name.startswith("_")}
    assert doors == {
        "may", "may_each", "require", "explain", "read_case", "read_file", "receive_file", "refuse_file", "list_cases", "bound", "find_cases", "search_log", "visit", "create", "write_case",
        "read_draft", "read_approvals", "write_approval", "read_citizen", "read_approved",
        "read_review", "write_review", "list_meetings", "read_meeting", "call_meeting", "write_meeting", "move_meeting",
        "list_wheel", "write_wheel_task", "break_glass", "why_not_disclose",
    }  # fmt: skip


def test_an_item_whose_bytes_were_changed_is_not_opened_and_that_is_on_record(house: House) -> None:
    case_id = open_case(house)
    note = write_note(house, "psykiatri.midt", case_id, "Kun for os.")
    alter(
        house,
        "ALTER TABLE item_version DISABLE TRIGGER require_entry",
        f"UPDATE item_version SET sealed = set_byte(sealed, 40, get_byte(sealed, 40) # 1) WHERE item_id = '{note}'",
    )
    left = entries_of(house, lambda: not_opened(house, case_id))
    assert [(entry["event"], entry["outcome"]) for entry in left] == [
        ("case.read", "allowed"),
        ("item.opening_failed", "failed"),
    ]
    assert [ref["id"] for ref in left[1]["objects"]] == [str(note)]


def test_a_swapped_older_ciphertext_is_not_taken_for_the_recorded_one(house: House) -> None:
    case_id = open_case(house)
    first, second = (write_note(house, "psykiatri.midt", case_id, text) for text in ("Første.", "Anden."))
    alter(
        house,
        "ALTER TABLE item_version DISABLE TRIGGER require_entry",
        f"""UPDATE item_version v SET sealed = o.sealed, sha256 = o.sha256 FROM item_version o
            WHERE v.item_id = '{second}' AND o.item_id = '{first}'""",
    )
    not_opened(house, case_id)


def not_opened(house: House, case_id: UUID) -> None:
    with pytest.raises(NotOpened):
        read(house, "psykiatri.midt", case_id)


def test_rows_written_past_the_gate_are_refused(house: House) -> None:
    case_id = refer(house)
    with house.work("tovholder") as ctx:
        case = ctx.session.get(cases.Case, case_id)
        assert case is not None
        case.state = "closed"
        with pytest.raises(LookupError, match="audit entry"):
            ctx.session.flush()
        ctx.session.rollback()
    [(state,)] = look(house, "SELECT state FROM cases WHERE id = %s", case_id)
    assert state == "referred"


def test_one_unit_of_work_that_reads_and_then_writes_sees_what_others_wrote_meanwhile(house: House) -> None:
    case_id = open_case(house)
    form = step_of(house, "psykiatri.midt", case_id, "svar")
    with house.work("psykiatri.midt") as ctx:
        reading = ctx.gate.read_case(case_id=case_id, event=Event.CASE_READ)
        with house.work("psykiatri.midt") as other:
            steps.complete_step(
                other, case_id=case_id, step_id=form.id, version=form.version, values={"answer": "nothing"}
            )
        with pytest.raises(steps.Conflict):
            steps.complete_step(
                ctx, case_id=case_id, step_id=form.id, version=form.version, values={"answer": "declines"}
            )
    assert reading.content  # held on to all the while, and so the rows in the session too
