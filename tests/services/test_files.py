"""Files beside everything else that happens to a case: others at work, access that ends, disclosures, and the log's check."""

from collections.abc import Callable, Iterator
from uuid import UUID

import pytest
from psycopg import connect

from casehub.services import files
from casehub.services.errors import CaseErased, FormRefused, NotFound
from tests.audit.test_verifying import verify
from tests.house import House
from tests.services.scenes import (
    KOMMUNE,
    POLICE,
    PSYCHIATRY,
    alter,
    ask_erasure,
    confirm,
    end,
    entries,
    entries_of,
    fetch_file,
    look,
    open_case,
    put_file,
    read,
    rows,
    write_note,
)

CONTENT = b"%PDF-1.7\n" + bytes(range(256)) * 12_000  # three chunks


def slowly(content: bytes, meanwhile: Callable[[], object]) -> Iterator[bytes]:
    """The content in two halves, with something happening in between."""
    yield content[: len(content) // 2]
    meanwhile()
    yield content[len(content) // 2 :]


def put_slowly(house: House, case_id: UUID, meanwhile: Callable[[], object]) -> UUID:
    with house.work("psykiatri.midt") as ctx:
        upload = files.Upload("Langsom.pdf", slowly(CONTENT, meanwhile))
        return files.write_file(ctx, case_id=case_id, upload=upload)


def test_others_write_in_the_case_while_a_file_arrives(house: House) -> None:
    case_id = open_case(house)
    alter(house, f"ALTER DATABASE {house.database.name} SET lock_timeout = '2s'")
    house.runtime.engine.dispose()
    file = put_slowly(
        house,
        case_id,
        lambda: write_note(house, "kommune.herning", case_id, "Imens.", [(PSYCHIATRY, "samtykke")]),
    )
    assert fetch_file(house, "psykiatri.midt", case_id, file) == CONTENT
    assert [note.text for note in read(house, "psykiatri.midt", case_id).notes] == ["Imens."]


def test_who_lost_access_while_the_file_arrived_has_written_nothing(house: House) -> None:
    case_id = open_case(house)
    close = (
        f"SET session_replication_role = replica; UPDATE cases SET state = 'closed' WHERE id = '{case_id}'"
    )

    def put() -> None:
        with pytest.raises(NotFound):
            put_slowly(house, case_id, lambda: alter(house, close))

    assert [(entry["event"], entry["outcome"]) for entry in entries_of(house, put)] == [
        ("file.written", "refused")
    ]
    assert rows(house)["file_chunk"] == 0


def test_an_upload_that_breaks_off_leaves_no_trace(house: House) -> None:
    case_id = open_case(house)
    before = rows(house)

    def breaks() -> None:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        put_slowly(house, case_id, breaks)
    assert rows(house) == before


def test_each_authority_opens_it_by_its_own_key_before_and_after_taking_it_in(house: House) -> None:
    case_id = open_case(house)
    file = put_file(
        house,
        "psykiatri.midt",
        case_id,
        content=CONTENT,
        readers=[(POLICE, "samtykke"), (KOMMUNE, "samtykke")],
    )
    waiting = [fetch_file(house, login, case_id, file) for login in ("politi.herning", "kommune.herning")]
    house.run_jobs()
    taken_in = [fetch_file(house, login, case_id, file) for login in ("politi.herning", "kommune.herning")]
    assert waiting == taken_in == [CONTENT, CONTENT]
    forms = look(house, "SELECT form, granted_to FROM item_grant WHERE item_id = %s ORDER BY 2, 1", file)
    assert forms == [
        ("compartment", KOMMUNE), ("hpke", KOMMUNE), ("compartment", POLICE), ("hpke", POLICE), ("compartment", PSYCHIATRY),
    ]  # fmt: skip


def test_a_file_is_given_to_no_one_twice_and_by_its_owner_alone(house: House) -> None:
    case_id = open_case(house)
    file = put_file(house, "psykiatri.midt", case_id, readers=[(POLICE, "samtykke")])

    def disclose(login: str, to: str) -> None:
        with house.work(login) as ctx:
            files.disclose_file(
                ctx, case_id=case_id, item_id=file, readers=[files.ReaderChoice(to, "samtykke")],
                purpose="forebyggelse", necessity="Nødvendigt.",
            )  # fmt: skip

    with pytest.raises(FormRefused) as told:
        disclose("psykiatri.midt", POLICE)
    assert "kan allerede læse filen" in told.value.errors["readers"]
    for login in ("politi.herning", "kommune.herning", "politi.skive"):
        with pytest.raises(NotFound):
            disclose(login, KOMMUNE)
    note = write_note(house, "psykiatri.midt", case_id, "Et notat er ingen fil.")
    with house.work("psykiatri.midt") as ctx, pytest.raises(NotFound):
        files.read_file(ctx, case_id=case_id, item_id=note)


def test_nothing_of_a_file_is_in_the_log(house: House) -> None:
    case_id = open_case(house)
    file = put_file(house, "psykiatri.midt", case_id, name="Erklæring om Asger.pdf")
    fetch_file(house, "psykiatri.midt", case_id, file)
    said = repr(entries(house))
    assert "Asger" not in said
    assert "Erkl" not in said


CHANGES = {
    "a chunk": ("UPDATE file_chunk SET sealed = sealed || 'x' WHERE number = 1", "a chunk is not what its own hash says"),
    "a chunk with its hash": (
        "UPDATE file_chunk SET sealed = 'x', sha256 = sha256('x') WHERE number = 1",
        "of its writing names other chunks",
    ),
    "one chunk gone": ("DELETE FROM file_chunk WHERE number = 2", "of its writing names other chunks"),
    "all gone": ("DELETE FROM file_chunk", "of its writing names other chunks"),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_the_logs_check_names_a_file_that_was_changed_without_any_key(house: House, change: str) -> None:
    put_file(house, "psykiatri.midt", open_case(house), content=CONTENT, readers=[(POLICE, "samtykke")])
    house.runtime.keep_log()
    whole = verify(house)
    assert (whole.exit_code, whole.stderr) == (0, "")
    statement, told = CHANGES[change]
    with connect(house.database.superuser_url) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(statement.encode())
    broken = verify(house)
    assert broken.exit_code != 0
    assert told in broken.stdout + broken.stderr


def test_a_file_is_erased_with_the_case_for_who_erases_and_stays_with_those_it_was_given(
    house: House,
) -> None:
    case_id = open_case(house)
    file = put_file(house, "politi.herning", case_id, content=CONTENT, readers=[(KOMMUNE, "samtykke")])
    house.run_jobs()
    end(house, case_id)
    confirm(house, "politi.herning", ask_erasure(house, "politi.herning-stedfortraeder", case_id))

    def fetch() -> None:
        with pytest.raises((CaseErased, NotFound)):
            fetch_file(house, "politi.herning", case_id, file)

    [entry] = entries_of(house, fetch)
    assert (entry["event"], entry["outcome"]) == ("file.read", "refused")
    assert fetch_file(house, "kommune.herning", case_id, file) == CONTENT
    house.runtime.keep_log()
    whole = verify(house)
    assert (whole.exit_code, whole.stderr) == (0, "")
