"""Two authorities on one database, each with a node of its own: login, home, keystore, web and worker, set up as an operator does.

They share a case across the two nodes; then all there is is stolen from the one.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import rmtree

import pytest
from click.testing import CliRunner
from playwright.sync_api import Browser
from psycopg import Connection, connect
from psycopg.errors import InsufficientPrivilege
from psycopg.sql import SQL, Identifier, Literal

from casehub.cli import main
from casehub.demo.loading import add_person
from casehub.demo.people import people
from casehub.embedded import EmbeddedServer
from casehub.model.bootstrap import GROUPS, NODE, OWNER
from casehub.runtime import Runtime
from casehub.vault.keystore import FileKeyset, KeystoreError
from tests.conftest import HASTY
from tests.databases import Database, place_for_cluster
from tests.house import CAST, config_for
from tests.journeys import chapters
from tests.journeys.cast import Cast
from tests.journeys.place import Place, open_place
from tests.journeys.story import Story
from tests.journeys.thief import in_memory, steal

POLICE, HEALTH = "mvj-politi", "psykiatri-midt"
HEALTH_LOGIN = f"{NODE}_psykiatri"
STORY = Story(cpr="690385-1234", name="Viggo Bakkegaard Opdigtet")


@dataclass(frozen=True, slots=True)
class Node:
    """One authority's: its state directory and its login."""

    authority: str
    home: Path
    url: str

    def casehub(self, *arguments: str, typed: str | None = None) -> str:
        """Run a command on it; what it says."""
        settings = {
            "CASEHUB_HOME": str(self.home),
            "CASEHUB_AUTHORITIES": self.authority,
            "CASEHUB_DATABASE_URL": self.url,
        }
        done = CliRunner().invoke(main, arguments, env=settings, input=typed, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    @property
    def keyset(self) -> FileKeyset:
        return FileKeyset.open(self.home / "keystore.json")


@pytest.fixture(scope="module")
def server(postgres_binaries: Path | None) -> Iterator[EmbeddedServer]:
    """A cluster on which nobody has been yet."""
    home = place_for_cluster()
    server = EmbeddedServer.start(home, binaries=postgres_binaries, settings=HASTY)
    try:
        yield server
    finally:
        server.stop(immediately=True)
        rmtree(home)


@pytest.fixture(scope="module")
def nodes(server: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> tuple[Node, Node]:
    """The police's node and psychiatry's, as docs/operating.md sets them up."""
    at = tmp_path_factory.mktemp("nodes")
    superuser = server.superuser_url()
    police = Node(POLICE, at / "police", "")
    police.casehub("db", "init", "--superuser", superuser)
    police.casehub("db", "add-node", "psykiatri", "--authorities", HEALTH, "--superuser", superuser)
    secrets = police.home / "secrets"
    police = replace(police, url=(secrets / f"{NODE}.url").read_text())
    health = Node(HEALTH, at / "health", (secrets / f"{HEALTH_LOGIN}.url").read_text())
    told = police.casehub("keys", "pins", "export", str(at / "police.json"))
    asked = health.casehub("keys", "pins", "import", str(at / "police.json"), typed="y\n")
    assert told.strip() in asked  # the fingerprint the two custodians compare
    health.casehub("keys", "pins", "export", str(at / "health.json"))
    police.casehub("keys", "pins", "import", str(at / "health.json"), typed="y\n")
    assert police.casehub("keys", "pins", "list") == health.casehub("keys", "pins", "list")
    for node in (police, health):
        hire(node)
    return police, health


def hire(node: Node) -> None:
    """The cast's people of this authority, added on its own node."""
    runtime = Runtime.open(replace(config_for(node.url, node.home), authorities=frozenset({node.authority})))
    try:
        for person in people():
            if person.login in CAST and person.authority == node.authority:
                with runtime.work_as_operator() as ctx:
                    add_person(ctx, person)
    finally:
        runtime.close()


@pytest.fixture(scope="module")
def database(server: EmbeddedServer, nodes: tuple[Node, Node]) -> Database:
    """What both share."""
    police, health = nodes
    owner = (police.home / "secrets" / f"{OWNER}.url").read_text()
    return Database("casehub", police.url, health.url, owner, server.superuser_url("casehub"))


@pytest.fixture(scope="module")
def places(
    server: EmbeddedServer,
    database: Database,
    nodes: tuple[Node, Node],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Place, Place]]:
    """Web and worker of each node."""
    first, second = (
        open_place(
            server,
            database,
            node.home,
            tmp_path_factory.mktemp(node.authority),
            CASEHUB_AUTHORITIES=node.authority,
            CASEHUB_DATABASE_URL=node.url,
        )
        for node in nodes
    )
    with first as police, second as health:
        yield police, health


def test_two_authorities_share_a_case_across_their_own_nodes_and_neither_can_open_the_others(
    browser: Browser, database: Database, nodes: tuple[Node, Node], places: tuple[Place, Place]
):
    police, health = (Cast(browser, place.url) for place in places)
    case = chapters.refer(police, STORY)
    assert health["psykiatri.midt"].go(case) == 404
    chapters.triage(police, STORY, case)
    share_with_the_one_that_is_connected(police, case)
    psychiatry_keeps_a_note_and_discloses_another(health, case)
    officer = police["politi.herning"]
    assert officer.go(case) == 200
    assert [note.strip() for note in officer.page.locator(".note .typed").all_inner_texts()] == [STORY.shared]
    assert STORY.private not in officer.page.content()
    nobody_gets_in_on_the_others_node(police, health, case)
    both_workers_take_in_what_was_given(places[0], case)
    for cast in (police, health):
        cast.leave()

    with connect(database.superuser_url, autocommit=True) as everything:
        what_the_login_reaches(nodes[0], everything)
        what_the_keys_open(nodes, places, everything)


def share_with_the_one_that_is_connected(police: Cast, case: str) -> None:
    """The kommune runs no node yet: it cannot be chosen, and the page says why."""
    tovholder = police["tovholder"]
    tovholder.go(f"{case}/parter")
    kommune, psychiatry = (
        tovholder.page.locator("fieldset.party").filter(has_text=unit)
        for unit in ("Herning Kommune", "Distriktspsykiatri")
    )
    assert "ikke koblet til endnu" in kommune.inner_text()
    assert kommune.locator("input[type=checkbox]").is_disabled()
    assert psychiatry.locator("input[type=checkbox]").is_checked()
    psychiatry.locator("textarea").fill(STORY.why_psychiatry)
    tovholder.tick("Forebyggelse")
    assert tovholder.press("Gå videre") == 200
    assert tovholder.press("Del sagen med") == 200


def psychiatry_keeps_a_note_and_discloses_another(health: Cast, case: str) -> None:
    psychiatry = health["psykiatri.midt"]
    assert psychiatry.go(case) == 200
    assert STORY.name in psychiatry.text
    psychiatry.go(f"{case}/noter/ny")
    psychiatry.fill("Notat", STORY.private)
    assert psychiatry.press("Gå videre") == 200
    assert psychiatry.press("Gem notatet") == 200
    psychiatry.go(f"{case}/noter/ny")
    psychiatry.fill("Notat", STORY.shared)
    psychiatry.tick(chapters.POLICE)
    psychiatry.select(f"Hjemmel for at give det til {chapters.POLICE}", chapters.HEALTH)
    psychiatry.tick("Forebyggelse")
    psychiatry.fill("Hvorfor er det nødvendigt", STORY.why_shared)
    assert psychiatry.press("Gå videre") == 200
    assert psychiatry.press("Gem notatet til") == 200
    assert STORY.private in psychiatry.text


def nobody_gets_in_on_the_others_node(police: Cast, health: Cast, case: str) -> None:
    """Neither with their password nor with the session they have at home."""
    for away, home, login in ((police, health, "psykiatri.midt"), (health, police, "politi.herning")):
        stranger = away.stranger()
        stranger.go("/log-ind")
        stranger.sign_in(login)
        assert stranger.path == "/log-ind"
        assert "Brugernavn eller adgangskode er forkert" in stranger.text
        guest = away.stranger()
        guest.page.context.add_cookies(home[login].page.context.cookies())  # type: ignore[arg-type]
        guest.go(case)
        assert guest.path.startswith("/log-ind")


def both_workers_take_in_what_was_given(place: Place, case: str) -> None:
    [case_id] = re.findall(r"[0-9a-f-]{36}", case)
    place.wait_until(
        "SELECT count(DISTINCT granted_to) = 2 FROM item_grant"
        " WHERE case_id = %s AND form = 'compartment' AND granted_by <> granted_to",
        case_id,
    )


def what_the_login_reaches(police: Node, everything: Connection[tuple[object, ...]]) -> None:
    """The police's login, whatever it sets, finds the ciphertext of what it was given and of nothing else of psychiatry's."""
    given, kept = (_sealed_notes(everything, given=given) for given in (True, False))
    tables = [str(name) for (name,) in everything.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")]  # fmt: skip
    seen = ""
    with connect(police.url, autocommit=True) as thief:
        for role in (*GROUPS, OWNER, HEALTH_LOGIN, "postgres"):
            if role != "casehub_app":
                with pytest.raises(InsufficientPrivilege):
                    thief.execute(SQL("SET ROLE {}").format(Identifier(role)))
        with pytest.raises(InsufficientPrivilege):
            thief.execute(SQL("SET SESSION AUTHORIZATION {}").format(Identifier(HEALTH_LOGIN)))
        for planted in (  # a way in by psychiatry's own front door
            """INSERT INTO web_session SELECT 'x', id, jsonb_build_object('_user_id', id), now(), now(), now() + '1 hour'
               FROM staff WHERE login = 'psykiatri.midt'""",
            """INSERT INTO contact_duty SELECT gen_random_uuid(), staff_id, network, d.unit_id, 'tovholder', valid_from, NULL,
               d.entry_id FROM contact_duty d JOIN staff ON staff.id = staff_id WHERE login = 'psykiatri.midt'""",
        ):
            with pytest.raises(InsufficientPrivilege, match="row-level security"):
                thief.execute(planted.encode())
        forged = thief.execute("UPDATE staff SET password_hash = 'x' WHERE login = 'psykiatri.midt'")
        assert forged.rowcount == 0
        for authority in ("", POLICE, HEALTH, f"{POLICE},{HEALTH}", "%"):
            thief.execute(SQL("SET casehub.authority = {}").format(Literal(authority)))
            for table in tables:
                seen += _all_of(thief, table)
        thief.execute("SET row_security = off")
        seen += "".join(_all_of(thief, table) for table in tables)
    assert all(sealed.hex() in seen for sealed in given)
    assert [sealed for sealed in kept if sealed.hex() in seen] == []
    wraps = everything.execute("SELECT wrapped FROM compartment WHERE authority_id = %s", [HEALTH]).fetchall()
    assert [wrap for (wrap,) in wraps if bytes(wrap).hex() in seen] == []  # type: ignore[arg-type]


def _all_of(thief: Connection[tuple[object, ...]], table: str) -> str:
    try:
        rows = thief.execute(SQL("SELECT t::text FROM {} t").format(Identifier(table))).fetchall()
    except InsufficientPrivilege:  # the table is closed to it, or would not be shown whole
        return ""
    return "\n".join(str(row) for (row,) in rows)


def _sealed_notes(everything: Connection[tuple[object, ...]], *, given: bool) -> list[bytes]:
    found = everything.execute(
        "SELECT sealed FROM item_version v JOIN item i ON i.id = v.item_id WHERE kind = 'note' AND i.authority_id = %s AND %s ="
        " EXISTS (SELECT FROM item_grant g WHERE g.item_version_id = v.id AND granted_to = %s)",
        [HEALTH, given, POLICE],
    ).fetchall()
    assert len(found) == 1
    return [bytes(sealed) for (sealed,) in found]  # type: ignore[call-overload]


def what_the_keys_open(
    nodes: tuple[Node, Node], places: tuple[Place, Place], everything: Connection[tuple[object, ...]]
) -> None:
    """The police's keys open what the police wrote and were given; psychiatry's note only psychiatry's do."""
    mine, theirs = (steal(node.keyset, everything) for node in nodes)
    assert (mine.holds(STORY.concern), mine.holds(STORY.shared), mine.holds(STORY.private)) == (
        True,
        True,
        False,
    )
    assert (theirs.holds(STORY.shared), theirs.holds(STORY.private)) == (True, True)

    only_theirs = theirs.keys - mine.keys
    note = {STORY.private.encode(code) for code in ("utf-8", "latin-1", "utf-16-le", "utf-32-le")}
    assert in_memory(places[0].processes, {*only_theirs, *note}) == set()
    # what that search is worth: each node's own KEK is in its own memory
    for node, place in zip(nodes, places, strict=True):
        kek = node.keyset.export(node.authority).keks[node.authority][1]
        assert in_memory(place.processes, {kek}) == {kek}


def test_a_public_key_swapped_in_the_database_is_refused_by_both_nodes(
    database: Database, nodes: tuple[Node, Node]
):
    swap = """UPDATE authority_key k SET public = o.public, public_signature = o.public_signature FROM authority_key o
              WHERE k.authority_id = %s AND o.authority_id = %s AND k.purpose = 'receiving' AND o.purpose = 'receiving'"""
    for swapped, other in ((HEALTH, POLICE), (POLICE, HEALTH)):
        with connect(database.superuser_url) as everything:
            everything.execute("SET session_replication_role = replica")
            before = everything.execute(
                "SELECT public, public_signature FROM authority_key WHERE authority_id = %s AND purpose = 'receiving'",
                [swapped],
            ).fetchone()
            everything.execute(swap, [swapped, other])
            everything.commit()
            for node in nodes:
                with pytest.raises(KeystoreError, match=f"receiving key, version 1, of '{swapped}'"):
                    Runtime.open(
                        replace(config_for(node.url, node.home), authorities=frozenset({node.authority}))
                    )
            everything.execute(
                "UPDATE authority_key SET public = %s, public_signature = %s WHERE authority_id = %s AND purpose = 'receiving'",
                [*before, swapped],  # type: ignore[misc]
            )
