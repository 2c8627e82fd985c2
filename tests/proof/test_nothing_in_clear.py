"""What is written about people is nowhere in clear text: not in the database, a dump, the log, WAL or data files.

The server here is set to tell its log everything, every statement and parameter: more than ours ever does.
"""

import base64
import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote
from uuid import UUID

import pytest
from psycopg import connect

from casehub.embedded import EmbeddedServer
from casehub.model.bootstrap import NODE, OWNER, create_database, create_login, create_roles, migrate
from casehub.services import cases, disclosures, drafts, notes, steps
from casehub.services.errors import FormRefused, NotFound
from casehub.values.text import fold
from tests.databases import OTHER_NODE, copy_of
from tests.house import HERNING, House, furnish, live_in
from tests.proof.conftest import Proof
from tests.proof.crashing import fail_in_the_database, fail_in_the_processes, served
from tests.proof.planting import CPR, MARK, MOST_PEOPLE, PHONE, WRITERS, Plants, plant_people
from tests.proof.searching import Search, files_below
from tests.services.scenes import (
    DISTRICT,
    KIF,
    KOMMUNE,
    POLICE,
    PSYCHIATRY,
    SOCIAL,
    complete,
    consent,
    read,
    refer,
    share,
    triage,
    write_note,
)

TALKATIVE = {
    "fsync": "off",
    "log_statement": "all",
    "log_min_messages": "notice",
    "log_min_error_statement": "notice",
    "log_min_duration_statement": "0",
    "log_parameter_max_length": "-1",
    "log_parameter_max_length_on_error": "-1",
    "log_error_verbosity": "verbose",
    "wal_level": "logical",
    "wal_keep_size": "64GB",  # nothing that was written is gone before it is searched
    "work_mem": "64kB",  # so that what is sorted is sorted on disk
    "temp_file_limit": "1GB",
    "max_connections": "50",
}
CRASHES = 4  # people who are in hand when something goes wrong


@pytest.fixture
def server() -> Iterator[EmbeddedServer]:
    """A cluster of its own, whose files can be searched; on disk, for at full size they are more than memory holds."""
    home = Path(tempfile.mkdtemp(prefix="casehub-proof-"))
    try:
        server = EmbeddedServer.start(home, settings=TALKATIVE)
        try:
            create_roles(
                server.superuser_url(),
                owner_password=server.password(OWNER),
                node_password=server.password(NODE),
            )
            create_login(server.superuser_url(), OTHER_NODE, password=server.password(OTHER_NODE))
            yield server
        finally:
            server.stop(immediately=True)
    finally:
        shutil.rmtree(home)


@pytest.fixture
def lived_in(server: EmbeddedServer) -> Iterator[House]:
    """The house on that cluster."""
    home = Path(tempfile.mkdtemp(prefix="casehub-proof-"))
    create_database(server.superuser_url(), "template_proof")
    migrate(server.url(OWNER, "template_proof"))
    with copy_of(server, "template_proof", name="proof") as database:
        furnish(database, home)
        with live_in(database, home) as house:
            yield house
    shutil.rmtree(home)


def test_nothing_in_clear(proof: Proof, server: EmbeddedServer, lived_in: House, tmp_path: Path) -> None:
    """Nothing about a citizen is in clear text in the database, its dump, log, WAL or files, nor in what web, worker or a crash leave"""
    plants = Plants()
    journeys, people = proof.size(small=2, full=100), proof.size(small=40, full=MOST_PEOPLE - CRASHES)
    for number in range(journeys):
        journey(lived_in, plants, number)
    seconds = plant_people(
        lived_in, plants, range(journeys, people), writers=proof.size(small=1, full=WRITERS)
    )
    (crashes := tmp_path / "crashes").mkdir()
    failed = fail_in_the_database(lived_in, plants, people, crashes / "tracebacks")
    with served(server, lived_in, tmp_path / "served") as processes:
        fail_in_the_processes(processes, lived_in, plants, people + 1, crashes / "page.html")
        assert processes.core_limits() == {"0"}
    assert processes.elsewhere() == set()
    assert list(processes.temporary.iterdir()) == []

    search = Search(words=[MARK], numbers=[CPR, PHONE])
    with sorting_on_disk(server, lived_in):
        places = written(server, lived_in, tmp_path / "first")
    searched, found = search.seek(files_below(*places.values(), crashes, *processes.written))
    assert found == {}

    # what the search is worth: values put where they must not be are found in each of the places
    leaked = {plants.name(0), plants.address(0), plants.cpr(0), plants.phone(0)}
    leak(lived_in, leaked)
    for name, place in written(server, lived_in, tmp_path / "leaked").items():
        hits = set().union(*search.seek(files_below(place))[1].values())
        assert {value for value in leaked if any(hit in value.encode() for hit in hits)} == leaked, name

    proof.figure("journeys from first contact to closure", journeys)
    proof.figure("people with CPR number, name, address and telephone planted", people + CRASHES)
    proof.figure("values planted", plants.planted)
    proof.figure("planted in", round(seconds), "s")
    proof.figure("statements that failed with such values in hand", failed)
    proof.figure("forms searched for", len(search.texts) + len(search.patterns))
    proof.figure("searched", round(searched / 2**20), "MiB")
    proof.figure("found", 0)


def journey(house: House, plants: Plants, number: int) -> None:
    """One case with everything a person can write in it; every second one is referred by the kommune."""
    by_kommune = number % 2 == 1
    case_id = refer(
        house,
        "kommune.herning" if by_kommune else "politi.herning",
        name=plants.name(number),
        cpr=(cpr := plants.cpr(number)),
        address=plants.address(number),
        phone=plants.phone(number),
        kommune=HERNING,
        concern=plants.text(number, "bekymring"),
        necessity=plants.text(number, "nødvendighed"),
        safe_contact=plants.text(number, "sikker kontakt"),
    )
    with house.work("politi.herning") as ctx:
        cases.find_known(ctx, network="psp", cpr=cpr)
    triage(house, case_id)
    consent(house, "tovholder", case_id, KOMMUNE, PSYCHIATRY, "kriminalforsorgen")
    if by_kommune:
        share(house, case_id, DISTRICT, KIF, necessity=plants.text(number, "deling"))
    else:
        house.run_jobs()
        share(house, case_id, SOCIAL, DISTRICT, KIF, necessity=plants.text(number, "deling"))
    house.run_jobs()
    police = "tovholder" if by_kommune else "politi.herning"  # who of the police takes part
    write(house, plants, number, case_id)
    go_wrong(house, plants, number, case_id, police)
    meet_and_close(house, plants, number, case_id, police)
    for login in (police, "kommune.herning", "psykiatri.midt", "kriminalforsorgen", "tovholder"):
        page = read(house, login, case_id)
        assert page.identity is not None
        assert page.identity.cpr == cpr


def write(house: House, plants: Plants, number: int, case_id: UUID) -> None:
    for login in ("kommune.herning", "psykiatri.midt"):
        write_note(house, login, case_id, plants.text(number, "eget notat " + login))
    note = write_note(
        house, "psykiatri.midt", case_id, plants.text(number, "delt notat"), [(POLICE, "samtykke")]
    )
    with house.work("psykiatri.midt") as ctx:
        notes.disclose_note(
            ctx, case_id=case_id, item_id=note, readers=[notes.ReaderChoice(KOMMUNE, "sundhedslov-43-2-2")],
            purpose="forebyggelse", necessity=plants.text(number, "begrundelse"),
        )  # fmt: skip
    with house.work("kommune.herning") as ctx:
        disclosures.record_oral_disclosure(
            ctx, case_id=case_id, to=POLICE, basis="retsplejelov-115-2", purpose="forebyggelse",
            necessity=plants.text(number, "mundtlig grund"), content=plants.text(number, "sagt i telefonen"),
            happened_at="2026-11-24T07:40",
        )  # fmt: skip
    with house.work("psykiatri.midt") as ctx:
        drafts.save_draft(ctx, path=f"/sager/{case_id}", fields={"text": [plants.text(number, "kladde")]})


def go_wrong(house: House, plants: Plants, number: int, case_id: UUID, police: str) -> None:
    """What is refused, and what fails in the database, leaves as little."""
    with suppress(FormRefused), house.work(police) as ctx:
        reader = notes.ReaderChoice("findes-ikke", "x")
        notes.write_note(ctx, case_id=case_id, text=plants.text(number, "afvist"), readers=[reader])
    with suppress(NotFound), house.work("kommune.skive") as ctx:
        notes.write_note(ctx, case_id=case_id, text=plants.text(number, "uden adgang"))
    with (
        suppress(ZeroDivisionError),
        house.work(police) as ctx,
        ctx.gate.write_case(
            action=notes.Action.ITEM_WRITE, case_id=case_id, event=notes.Event.NOTE_WRITTEN
        ) as writing,
    ):
        writing.seal(case=writing.case.case, kind="note", content={"text": plants.text(number, "fortrudt")})
        raise ZeroDivisionError
    with suppress(Exception):
        house.runtime.sign_in(
            login="politi.herning", password=plants.text(number, "kodeord"), address="192.0.2.1"
        )


def meet_and_close(house: House, plants: Plants, number: int, case_id: UUID, police: str) -> None:
    def done(login: str, key: str, **values: object) -> None:
        [found] = [
            view for view in read(house, login, case_id).steps if view.key == key and view.can_complete
        ]
        with house.work(login) as ctx:
            steps.complete_step(
                ctx, case_id=case_id, step_id=found.id, version=found.version, values=values,  # type: ignore[arg-type]
                readers=[steps.ReaderChoice(PSYCHIATRY, "samtykke")] if login != "psykiatri.midt" else [],
                purpose="forebyggelse", necessity=plants.text(number, "hvorfor " + key),
            )  # fmt: skip

    for login in ("kommune.herning", "kriminalforsorgen", "psykiatri.midt"):
        complete(
            house, login, case_id, "svar", answer="disclose", remark=plants.text(number, "svar " + login)
        )
    done(police, "svar", answer="declines", reason=plants.text(number, "afslag"), remark="")
    complete(
        house,
        "psykiatri.midt",
        case_id,
        "orientering",
        informed="exempt",
        exemption=plants.text(number, "undladt"),
    )
    done(
        "tovholder", "moede",
        held_on="2026-11-24", minutes=plants.text(number, "referat"), next_meeting="2027-01-12",
    )  # fmt: skip
    done("tovholder", "ansvarlig", party=KOMMUNE)
    action = {"text": plants.text(number, "handling"), "owner": KOMMUNE, "date": "2026-12-22"}
    done("kommune.herning", "handlinger", actions=[action])
    done("kommune.herning", "status", progress="finished", status=plants.text(number, "status"))
    done(
        "tovholder", "luk",
        reason="resolved", explanation=plants.text(number, "lukning"), deletion_on="2027-10-31",
    )  # fmt: skip


def written(server: EmbeddedServer, house: House, at: Path) -> dict[str, Path]:
    """Everything the server has, brought to its files and copied: it goes on working meanwhile."""
    at.mkdir()
    with connect(house.database.superuser_url, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
    dump = at / "dump.sql"
    command = [server.binaries / "pg_dump", "--inserts", "--file", dump, house.database.superuser_url]
    subprocess.run(command, check=True, capture_output=True)
    data = shutil.copytree(
        server.data,
        at / "data",
        ignore=shutil.ignore_patterns("pg_wal", "postmaster.pid"),
        copy_function=_copy_if_there,
    )
    wal = shutil.copytree(server.data / "pg_wal", at / "wal", copy_function=_copy_if_there)
    log = Path(shutil.copy(server.log, at / "server.log"))
    assert b"log_statement" in (server.data / "postgresql.conf").read_bytes()
    return {"dump": dump, "data": Path(data), "write-ahead log": Path(wal), "server's log": log}


def _copy_if_there(source: str, target: str) -> None:
    """The living server removes a file between the listing and the copying now and then."""
    with suppress(FileNotFoundError):
        shutil.copy2(source, target)


@contextmanager
def sorting_on_disk(server: EmbeddedServer, house: House) -> Iterator[None]:
    """Somebody sorts what is sealed, and has not finished: some megabytes lie in the server's temporary files."""
    with connect(house.database.superuser_url) as connection:
        connection.execute(
            "DECLARE halfway CURSOR FOR SELECT * FROM (SELECT * FROM item_version LIMIT 1000) v, generate_series(1, 10)"
            " ORDER BY sha256"
        )
        connection.execute("FETCH 1 FROM halfway")
        assert files_below(*server.data.glob("base/pgsql_tmp")) != []
        yield


def leak(house: House, values: set[str]) -> None:
    """Put values where they must not be."""
    with connect(house.database.superuser_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE leak (said text)")
        for value in values:
            connection.execute("INSERT INTO leak SELECT %s", [value])


def test_the_search_finds_what_is_there_in_every_dress(tmp_path: Path) -> None:
    word, search = "Kvæstbjærg", Search(words=["Kvæstbjærg"], numbers=["670385-1###"])
    raw = f"og {word} åbner".encode()
    for number, dressed in enumerate(
        (
            raw,
            raw.hex().encode(),
            raw.hex().upper().encode(),
            *(base64.b64encode(b"x" * lead + raw) for lead in range(3)),
            base64.b64encode(raw).hex().encode(),
            word.encode("utf-16-le"),
            word.encode("latin-1"),
            fold(word).encode(),
            word.upper().encode(),
            json.dumps(word).encode(),
            quote(word).encode(),
            b"'6703851234'",
            b" 670385-1234 ",
            b"6703851234".hex().encode(),
            base64.b64encode(b"cpr: 670385-1234"),
        )
    ):
        assert search.seek([_file(tmp_path, dressed)])[1], number
    for dressed in (b"a6703851234", b"67038512345", b"kvist", b"670385-12"):
        assert not search.seek([_file(tmp_path, dressed)])[1]


def _file(folder: Path, middle: bytes) -> Path:
    file = folder / "file"
    file.write_bytes(b"\0" * 100 + middle + b"\xff" * 100)
    return file
