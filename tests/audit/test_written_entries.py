"""What stands in the log after real use: bytes that were hashed, columns that repeat them, ciphertexts they vouch for."""

import hashlib
import json
from datetime import datetime

import pytest
import rfc8785
import structlog
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from casehub.audit import Entry, Event, ObjectRef, Outcome
from casehub.model import Authority, new_id
from casehub.services.operator import OperatorContext
from tests.house import START, House
from tests.services.scenes import POLICE, entries, look, open_case, refer, rows, write_note


def test_every_leaf_commits_to_the_bytes_that_are_kept(house: House) -> None:
    open_case(house)
    kept = look(
        house, "SELECT leaf, nonce, content FROM audit_commitment c JOIN audit_content ON entry_id = c.id"
    )
    assert len(kept) == look(house, "SELECT count(*) FROM audit_commitment")[0][0] > 20
    for leaf, nonce, content in kept:
        assert leaf == hashlib.sha256(nonce + content).digest()
        assert content == rfc8785.dumps(json.loads(content))
        assert len(nonce) == 32
    assert len({nonce for _, nonce, _ in kept}) == len(kept)


@given(
    texts=st.lists(st.text(), max_size=4),
    detail=st.dictionaries(st.text("abcdefghijklmnopqrstuvwxyz_", min_size=1), st.text(), max_size=4),
)
def test_the_bytes_are_those_of_rfc_8785_whatever_the_text(texts: list[str], detail: dict[str, str]) -> None:
    objects = tuple(ObjectRef(each, each, None, each) for each in texts)
    entry = Entry(
        new_id(), START, Event.CASE_READ, Outcome.ALLOWED, "é\u2028\x7f", objects=objects, basis=tuple(texts), detail=detail
    )  # fmt: skip
    assert entry.content() == rfc8785.dumps(json.loads(entry.content()))


def test_the_columns_for_searching_say_what_the_bytes_say(house: House) -> None:
    case_id = open_case(house)
    write_note(house, "psykiatri.midt", case_id, "Notat.", [(POLICE, "samtykke")])
    found = look(
        house,
        "SELECT content, entry_id::text, at, actor_id::text, authority_id, unit_id, event, outcome, concerned,"
        " (SELECT count(*) FROM audit_object o WHERE o.entry_id = c.entry_id) FROM audit_content c",
    )
    for content, entry_id, at, actor, authority, unit, event, outcome, concerned, objects in found:
        told = json.loads(content)
        assert (told["id"], told["actor"], told["authority"], told["unit"]) == (
            entry_id,
            actor,
            authority,
            unit,
        )
        assert (told["event"], told["outcome"], len(told["objects"])) == (event, outcome, objects)
        assert datetime.fromisoformat(told["at"]) == at
        owners = {ref["authority"] for ref in told["objects"] if ref["authority"]}
        assert set(concerned) == (owners | set(told["recipients"])) - {authority}


def test_an_entry_vouches_for_the_ciphertext_of_all_it_says_was_written(house: House) -> None:
    case_id = open_case(house)
    write_note(house, "psykiatri.midt", case_id, "Notat.")
    vouched = {
        ref["id"]: ref["sha256"] for entry in entries(house) for ref in entry["objects"] if ref["sha256"]
    }
    items = look(
        house, "SELECT item_id::text, encode(sha256(sealed), 'hex'), encode(sha256, 'hex') FROM item_version"
    )
    assert len(items) > 5
    for item_id, really, written in items:
        assert vouched[item_id] == really == written


def test_every_recorded_row_names_the_entry_that_was_written_with_it(house: House) -> None:
    case_id = open_case(house)
    write_note(house, "psykiatri.midt", case_id, "Notat.", [(POLICE, "samtykke")])
    known = {entry["id"]: entry for entry in entries(house)}
    by_event = {
        "cases": {"case.referred", "step.completed", "case.shared"},
        "participant": {"case.referred", "case.shared"},
        "item": {"consent.recorded", "case.referred", "step.completed", "case.shared", "note.written"},
        "disclosure": {"case.shared", "note.written"},
        "item_grant": {
            "consent.recorded",
            "case.referred",
            "step.completed",
            "case.shared",
            "note.written",
            "grant.accepted",
        },
        "index_token": {"case.referred", "grant.accepted"},
        "step": {"case.referred", "step.completed", "case.shared", "note.written"},
    }
    for table, events in by_event.items():
        named = {known[entry]["event"] for (entry,) in look(house, f"SELECT entry_id::text FROM {table}")}
        assert named, table
        assert named <= events, table


def test_a_write_by_the_operator_that_fails_leaves_nothing(house: House) -> None:
    before = rows(house)

    def add_again(ctx: OperatorContext) -> None:
        with ctx.record(Event.STAFF_ADDED):
            ctx.session.add(Authority(id=POLICE, kind="politi", name="Igen", kommuner=[]))

    with house.runtime.work_as_operator() as ctx, pytest.raises(IntegrityError):
        add_again(ctx)
    assert rows(house) == before


def test_a_request_has_one_id_from_the_door_to_the_log(house: House) -> None:
    with structlog.contextvars.bound_contextvars(request_id="dør-1"):
        refer(house)
    assert entries(house)[-1]["request"] == "dør-1"
