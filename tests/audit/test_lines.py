"""The log as others' tools read it: OCSF held to the published schema, CSV to RFC 4180, over every event there is."""

import csv
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from jsonschema import Draft202012Validator
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

from casehub.audit import Category, Entry, Event, ObjectRef, Outcome
from casehub.audit.lines import COLUMNS, FORMULA, Format, line_writer
from casehub.audit.ocsf import BY_CATEGORY, OCSF_VERSION, ocsf_event
from casehub.model import new_id
from tests.audit.commands import casehub
from tests.house import START, House
from tests.services.acts import ACTS, set_stage
from tests.services.scenes import POLICE, look

OBJECTS = (
    (),
    (ObjectRef("staff", str(new_id()), None, POLICE),),
    (ObjectRef("case", str(new_id()), new_id(), POLICE), ObjectRef("note", str(new_id()), sha256="ab")),
)


@pytest.fixture(scope="module")
def schemas() -> Mapping[int, Draft202012Validator]:
    source = OcsfJsonSchemaEmbedded(get_ocsf_schema(version=OCSF_VERSION))
    names = {uid: source.lookup_class_name_from_uid(class_uid=uid) for uid in (3001, 3002, 3004, 6001)}
    return {
        uid: Draft202012Validator(source.get_class_schema(class_name=name, profiles=["host"]))
        for uid, name in names.items()
    }


def entry(
    event: Event, outcome: Outcome, objects: tuple[ObjectRef, ...], actor: UUID | None
) -> dict[str, Any]:
    written = Entry(
        new_id(), START, event, outcome, "r", actor, authority=POLICE if actor else None, unit="a" if actor else None,
        objects=objects, recipients=(POLICE,), policies=("p",), detail={"count": "1"},
    )  # fmt: skip
    fields: dict[str, Any] = json.loads(written.content())
    return fields


def test_every_category_has_a_class_and_an_activity():
    assert BY_CATEGORY.keys() == set(Category)


@pytest.mark.parametrize("event", Event)
def test_every_event_is_valid_ocsf_whatever_came_of_it(
    event: Event, schemas: Mapping[int, Draft202012Validator]
):
    for outcome in Outcome:
        for objects in OBJECTS:
            for actor in (None, new_id()):
                fields = entry(event, outcome, objects, actor)
                told = ocsf_event(7, fields)
                assert not list(schemas[told["class_uid"]].iter_errors(told))
                assert "observables" not in told
                assert told["time"] == int(START.timestamp() * 1000)
                assert (told["metadata"]["uid"], told["metadata"]["sequence"]) == (fields["id"], 7)
                assert (told["status_id"] == 1) == (outcome == Outcome.ALLOWED)


def test_the_schema_would_tell_of_what_is_wrong(schemas: Mapping[int, Draft202012Validator]):
    told = ocsf_event(0, entry(Event.CASE_READ, Outcome.ALLOWED, (), None))
    for wrong in (told | {"activity_id": 55}, told | {"citizen": "x"}, {**told, "metadata": {}}):
        assert list(schemas[6001].iter_errors(wrong))


@pytest.mark.parametrize("start", FORMULA)
def test_no_cell_is_a_formula(start: str):
    fields = entry(Event.CASE_READ, Outcome.ALLOWED, (), None) | {"purpose": f'{start}HYPERLINK("http://x")'}
    file = io.StringIO(newline="")
    line_writer(file, Format.CSV)(1, fields)
    [_, row] = csv.reader(io.StringIO(file.getvalue(), newline=""))
    assert row[COLUMNS.index("purpose")] == f'\'{start}HYPERLINK("http://x")'
    assert file.getvalue().count("\r\n") >= 2


def test_a_walked_case_is_handed_out_whole_to_its_authority_and_on_record(house: House, tmp_path: Path):
    stage = set_stage(house)
    for act in ACTS:
        with house.runtime.work(act.actor(house)) as ctx:
            act.do(ctx, stage)
    house.runtime.keep_log()
    visible = look(
        house,
        "SELECT position::int, k.content FROM audit_leaf JOIN audit_content k ON k.entry_id = commitment_id"
        " WHERE authority_id = %s OR concerned @> ARRAY[%s] OR outcome = 'refused' AND EXISTS ("
        "   SELECT FROM audit_object o JOIN participant p USING (case_id)"
        "   WHERE o.entry_id = k.entry_id AND p.authority_id = %s) ORDER BY position",
        POLICE,
        POLICE,
        POLICE,
    )
    [(last,)] = look(house, "SELECT max(position) FROM audit_leaf")
    wanted = [(position, json.loads(content)) for position, content in visible]
    assert len({fields["event"] for _, fields in wanted}) > 20
    for form in Format:
        path = tmp_path / form
        done = casehub(house, "audit", "export", path, "--format", form, "--authority", POLICE)
        assert done.exit_code == 0, done.stderr
        assert path.stat().st_mode & 0o077 == 0
        [(content,)] = look(house, "SELECT content FROM audit_content ORDER BY entry_id DESC LIMIT 1")
        recorded = json.loads(content)
        assert (recorded["event"], recorded["objects"][0]["authority"]) == ("log.exported", POLICE)
        assert recorded["detail"] == {
            "format": form,
            "count": str(len(wanted)),
            "first": "0",
            "last": str(last),
        }
    lines = (tmp_path / Format.OCSF).read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == [ocsf_event(*each) for each in wanted]
    with (tmp_path / Format.CSV).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    told = [(int(row["position"]), row["id"], json.loads(row["objects"] or "[]")) for row in rows]
    assert told == [(position, fields["id"], fields["objects"]) for position, fields in wanted]


def test_an_export_begins_where_it_is_told_and_replaces_no_file(kept: House, tmp_path: Path):
    def export(name: str, *arguments: object) -> tuple[int, list[dict[str, Any]], str]:
        done = casehub(
            kept, "audit", "export", tmp_path / name, "--authority", POLICE, "--format", "ocsf", *arguments
        )
        lines = (tmp_path / name).read_text().splitlines() if (tmp_path / name).exists() else []
        return done.exit_code, [json.loads(line) for line in lines], done.stderr

    _, whole, _ = export("whole")
    positions = [each["metadata"]["sequence"] for each in whole]
    assert len(positions) > 2
    assert [each["metadata"]["sequence"] for each in export("a", "--after", positions[1])[1]] == positions[2:]
    assert export("b", "--since", "2999-01-01")[1] == []
    code, again, told = export("whole")
    assert (code, again) == (1, whole)
    assert "is there already" in told
    other = casehub(kept, "audit", "export", tmp_path / "x", "--format", "csv", "--authority", "nobody")
    assert (other.exit_code, "does not hold the keys of nobody" in other.stderr) == (1, True)
    assert casehub(kept, "audit", "export", tmp_path / "x", "--format", "csv", "--all").exit_code == 2
    assert casehub(kept, "audit", "export", tmp_path / "x", "--after", "1").exit_code == 2
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a", "b", "whole"]
