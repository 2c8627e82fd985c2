"""A long log as an authority's would be, made inside the database, and what a reviewer searches it by.

For each search the bare query it needs: by the one index that finds it, without row-level security, as superuser.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg import connect

from casehub.services.log_search import LogSearch
from tests.house import House

END = datetime(2026, 11, 24, tzinfo=UTC)
PEOPLE, CASES = 3_000, 40_000
OWN, REVIEWER = "mvj-politi", "kontrol.politi"
# a twelfth is the reviewer's authority's own, as many concern its data, one in a hundred was refused; two take part in each case
MAKE = """
CREATE TEMP TABLE made AS
SELECT n, ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid AS id,
       %(end)s::timestamptz - make_interval(secs => 30.0 * (%(count)s - n)) AS at,
       ('02900000-0000-7000-8000-' || lpad(to_hex((n::bigint * 7919) %% %(people)s), 12, '0'))::uuid AS actor,
       ('03900000-0000-7000-8000-' || lpad(to_hex((n::bigint * 104729) %% %(cases)s), 12, '0'))::uuid AS case_id,
       (%(authorities)s::text[])[1 + (n::bigint * 7919) %% %(people)s %% 12] AS authority,
       CASE WHEN hashint4(n + 1) %% 13 = 0 THEN ARRAY[(%(authorities)s::text[])[1 + n %% 12]] ELSE '{}' END AS concerned,
       (ARRAY['case.read', 'case.read', 'case.read', 'case.listed', 'step.read', 'step.read', 'note.written', 'session.signed_in'])[
           1 + n %% 8] AS event,
       CASE WHEN hashint4(n) %% 100 = 7 THEN 'refused' ELSE 'allowed' END AS outcome
FROM generate_series(1, %(count)s) n;
UPDATE made SET event = 'item.disclosed' WHERE hashint4(n) %% 1000 = 3;
SET LOCAL session_replication_role = replica;
INSERT INTO audit_commitment (id, leaf) SELECT id, sha256(id::text::bytea) FROM made;
INSERT INTO audit_content (entry_id, nonce, content, at, actor_id, authority_id, unit_id, event, outcome, concerned)
SELECT id, sha256(actor::text::bytea), convert_to(json_build_object(
           'id', id, 'at', at, 'event', event, 'category', 'consultation', 'outcome', outcome, 'request', id, 'actor', actor,
           'authority', authority, 'unit', authority || '/a', 'objects', json_build_array(json_build_object(
               'kind', 'case', 'id', case_id, 'case', case_id, 'authority', NULL, 'sha256', NULL)),
           'purpose', NULL, 'basis', json_build_array(), 'justification', json_build_array(), 'recipients', json_build_array(),
           'policies', json_build_array('case-read-contact'), 'policy_version', NULL, 'detail', json_build_object())::text, 'UTF8'),
       at, actor, authority, authority || '/a', event, outcome, concerned FROM made;
INSERT INTO audit_object (entry_id, position, case_id, authority_id, kind, object_id)
SELECT id, 0, case_id, NULL, 'case', case_id::text FROM made;
INSERT INTO participant (id, case_id, authority_id, unit_id, added_by, since, entry_id)
SELECT gen_random_uuid(), case_id, authority, authority || '/a', authority, now(), id FROM (
    SELECT DISTINCT ON (case_id, which) case_id, id, (%(authorities)s::text[])[1 + ((hashtext(case_id::text) & 7) + which * 5) %% 12] AS authority
    FROM made, generate_series(1, 2) which) two;
"""
BARE = "SELECT * FROM audit_content WHERE {} ORDER BY at DESC, entry_id DESC LIMIT 51"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is searched for, and the condition and values of the bare query for it."""

    name: str
    search: LogSearch
    condition: str
    values: Mapping[str, Any]


def write_long_log(house: House, count: int) -> None:
    """Write `count` entries, half a minute apart, and let the database count them."""
    others = sorted(house.runtime.authorities - {OWN})[:11]
    values = {"count": count, "end": END, "people": PEOPLE, "cases": CASES, "authorities": [OWN, *others]}
    with connect(house.database.superuser_url) as superuser:
        for statement in MAKE.split(";\n"):
            if statement.strip():
                superuser.execute(statement.encode(), values if "%(" in statement else {})
    with connect(house.database.superuser_url, autocommit=True) as superuser:
        superuser.execute("VACUUM ANALYZE audit_commitment, audit_content, audit_object, participant")


def searches(count: int) -> tuple[Wanted, ...]:
    """Each thing a reviewer can search by, and some of them together."""
    actor = UUID(f"02900000-0000-7000-8000-{0:012x}")
    case = UUID(f"03900000-0000-7000-8000-{5:012x}")
    several = tuple(UUID(f"03900000-0000-7000-8000-{n:012x}") for n in (5, 17, 29))
    middle = END - timedelta(seconds=15 * count)
    own = "authority_id = %(own)s"
    return (
        Wanted("nothing: the newest lines", LogSearch(), own, {"own": OWN}),
        Wanted("person", LogSearch(people=(actor,)), "actor_id = %(actor)s", {"actor": actor}),
        Wanted("unit", LogSearch(unit=f"{OWN}/a"), "unit_id = %(unit)s", {"unit": f"{OWN}/a"}),
        Wanted("case", LogSearch(cases=(case,)), _NAMED, {"cases": [case]}),
        Wanted("citizen in three cases", LogSearch(cases=several), _NAMED, {"cases": list(several)}),
        Wanted("time", LogSearch(until=middle), f"at < %(until)s AND {own}", {"until": middle, "own": OWN}),
        Wanted(
            "a frequent action",
            LogSearch(events=("case.read",)),
            f"event = 'case.read' AND {own}",
            {"own": OWN},
        ),
        Wanted(
            "a rare action",
            LogSearch(events=("item.disclosed",)),
            f"event = 'item.disclosed' AND {own}",
            {"own": OWN},
        ),
        Wanted("refusals", LogSearch(outcome="refused"), _REFUSED, {"own": OWN}),
        Wanted(
            "person, time and action",
            LogSearch(people=(actor,), until=middle, events=("case.read",)),
            "actor_id = %(actor)s AND at < %(until)s AND event = 'case.read'",
            {"actor": actor, "until": middle},
        ),
    )


# by own staff, or at a case of one's own: what a refusal is shown for
_REFUSED = """outcome = 'refused' AND (authority_id = %(own)s OR EXISTS (
    SELECT FROM audit_object o JOIN participant p ON p.case_id = o.case_id
    WHERE o.entry_id = audit_content.entry_id AND p.authority_id = %(own)s OFFSET 0))"""
_NAMED = "entry_id IN (SELECT entry_id FROM audit_object WHERE case_id = ANY(%(cases)s))"
