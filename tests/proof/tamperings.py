"""What a superuser can do to the log in the database, one class each, made as well as it can be made.

A tampering is given a connection with every trigger out of its way and a source of chance. It returns what the check
must name: an entry's id or position, a checkpoint, a table; '' where any finding will do.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from random import Random
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, text

from casehub.model import new_id
from casehub.transparency.cosignatures import Cosignature
from casehub.transparency.notes import Checkpoint, VerifierKey, sign_checkpoint
from casehub.transparency.tree import Frontier, leaf_hash
from casehub.vault.log_key import LogSigner
from tests.witness.notaries import Notary

TABLES = ("audit_commitment", "audit_leaf", "audit_node", "audit_checkpoint", "audit_cosignature")
NOBODYS = "\u2014 nobody AAAAAAAA\n"  # the line that makes a note of a text
CHANGEABLE = {
    "text": "{0} || 'x'", "bytea": "{0} || '\\x00'", "bool": "NOT {0}", "int4": "{0} + 1", "int8": "{0} + 1",
    "timestamptz": "{0} + interval '1 second'", "date": "{0} + 1", "uuid": "gen_random_uuid()",
}  # fmt: skip
STRANGER = Ed25519PrivateKey.from_private_bytes(b"the key of somebody quite other!")


@dataclass(slots=True)
class Scene:
    """`size`: entries in the log. `signer`: the log's own key, for the thief of it. `witnesses`: that cosigned it."""

    connection: Connection
    chance: Random
    size: int
    signer: LogSigner
    witnesses: tuple[Notary, ...]

    def do(self, statement: str, **values: Any) -> Any:
        return self.connection.execute(text(statement), values)

    def entry(self, first: int = 0) -> Any:
        """Some entry from `first` on, with its content: position, id, commitment, nonce, content."""
        position = self.chance.randrange(first, self.size)
        found = self.do(
            "SELECT l.position, c.id, c.leaf AS commitment, k.nonce, k.content FROM audit_leaf l"
            " JOIN audit_commitment c ON c.id = l.commitment_id JOIN audit_content k ON k.entry_id = c.id"
            " WHERE l.position >= :it ORDER BY l.position LIMIT 1",
            it=position,
        ).one_or_none()
        return found or self.entry(first)

    def row(self) -> Any:
        """Some recorded row: its table, key, the key's columns, a condition that finds it, and its entry."""
        tables = self.do(
            "SELECT name, keys FROM listed_tables() WHERE EXISTS (SELECT FROM audit_change WHERE table_name = name"
            " AND salt IS NOT NULL)"
        ).all()
        table, keys = self.chance.choice(tables)
        lines = self.do(
            "SELECT key, entry_id FROM audit_change WHERE table_name = :table AND salt IS NOT NULL ORDER BY key",
            table=table,
        ).all()
        key, entry = self.chance.choice(lines)
        return RecordedRow(table, tuple(keys), key, entry)

    def two(self) -> tuple[Any, Any]:
        first = second = self.entry()
        while second.id == first.id:
            second = self.entry()
        return first, second


@dataclass(frozen=True, slots=True)
class RecordedRow:
    """A recorded row and the line that lists it."""

    table: str
    keys: tuple[str, ...]
    key: str
    entry: UUID

    @property
    def found(self) -> str:
        """The condition that finds it, for `:key`."""
        columns = ", ".join(f"'{name}'" for name in self.keys)
        return f"key_of(to_jsonb({self.table}), ARRAY[{columns}]) = :key"

    def __str__(self) -> str:
        return f"{self.table} {self.key}"


Tampering = Callable[[Scene], str]
CLASSES: dict[str, Tampering] = {}


def tampering(function: Tampering) -> Tampering:
    CLASSES[function.__name__] = function
    return function


def disarm(connection: Connection) -> None:
    """Take every trigger and foreign key out of the way, as a superuser can."""
    connection.execute(text("SET LOCAL session_replication_role = replica"))
    for table in TABLES:
        connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))


def changed(content: bytes) -> bytes:
    """The same entry with another request id: still a well-formed entry."""
    fields = json.loads(content)
    fields["request"] += "x"
    return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


# --- contents


@tampering
def edit_a_content(scene: Scene) -> str:
    entry = scene.entry()
    scene.do(
        "UPDATE audit_content SET content = :it WHERE entry_id = :id", it=changed(entry.content), id=entry.id
    )
    return str(entry.id)


@tampering
def edit_a_content_and_its_commitment(scene: Scene) -> str:
    entry = scene.entry()
    content = changed(entry.content)
    scene.do("UPDATE audit_content SET content = :it WHERE entry_id = :id", it=content, id=entry.id)
    scene.do(
        "UPDATE audit_commitment SET leaf = :it WHERE id = :id",
        it=sha256(entry.nonce + content).digest(),
        id=entry.id,
    )
    return str(entry.id)


@tampering
def edit_an_entry_and_all_its_hashes(scene: Scene) -> str:
    _edit_with_hashes(scene, scene.entry())
    return "those that were signed"


@tampering
def move_the_end_of_the_nonce(scene: Scene) -> str:
    entry = scene.entry()
    scene.do(
        "UPDATE audit_content SET nonce = :nonce, content = :content WHERE entry_id = :id",
        nonce=entry.nonce[:-1], content=entry.nonce[-1:] + entry.content, id=entry.id,
    )  # fmt: skip
    return str(entry.id)


@tampering
def swap_two_contents(scene: Scene) -> str:
    first, second = scene.two()
    for one, other in ((first, second), (second, first)):
        scene.do(
            "UPDATE audit_content SET nonce = :nonce, content = :content WHERE entry_id = :id",
            nonce=other.nonce, content=other.content, id=one.id,
        )  # fmt: skip
    return str(first.id)


@tampering
def erase_a_content_without_recording_it(scene: Scene) -> str:
    entry = scene.entry()
    scene.do("DELETE FROM audit_object WHERE entry_id = :id", id=entry.id)
    scene.do("DELETE FROM audit_content WHERE entry_id = :id", id=entry.id)
    return str(entry.id)


@tampering
def change_the_time(scene: Scene) -> str:
    entry = scene.entry()
    scene.do("UPDATE audit_content SET at = at + interval '1 microsecond' WHERE entry_id = :id", id=entry.id)
    return f"{entry.id}): its column at"


@tampering
def change_a_column_that_searches_believe(scene: Scene) -> str:
    entry = scene.entry()
    column, value = scene.chance.choice([
        ("actor_id", "gen_random_uuid()"), ("authority_id", "'other'"), ("unit_id", "'other'"), ("event", "'other'"),
        ("outcome", "'other'"), ("concerned", "concerned || 'other'::text"),
    ])  # fmt: skip
    scene.do(f"UPDATE audit_content SET {column} = {value} WHERE entry_id = :id", id=entry.id)
    return f"{entry.id}): its column {column}"


@tampering
def change_what_an_entry_names(scene: Scene) -> str:
    entry = scene.entry()
    while not json.loads(entry.content)["objects"]:
        entry = scene.entry()
    scene.do(
        scene.chance.choice([
            "DELETE FROM audit_object WHERE entry_id = :id AND position = 0",
            "UPDATE audit_object SET case_id = gen_random_uuid() WHERE entry_id = :id AND position = 0",
            "UPDATE audit_object SET authority_id = 'other' WHERE entry_id = :id AND position = 0",
            "UPDATE audit_object SET object_id = 'other' WHERE entry_id = :id AND position = 0",
            "INSERT INTO audit_object (entry_id, position, kind, object_id) VALUES (:id, 99, 'case', 'other')",
        ]),
        id=entry.id,
    )  # fmt: skip
    return f"{entry.id}): its rows in audit_object"


# --- the tree


@tampering
def delete_an_entry(scene: Scene) -> str:
    entry = scene.entry()
    for table, column in (
        ("object", "entry_id"),
        ("content", "entry_id"),
        ("leaf", "commitment_id"),
        ("commitment", "id"),
    ):
        scene.do(f"DELETE FROM audit_{table} WHERE {column} = :id", id=entry.id)
    return ""


@tampering
def delete_an_entry_and_close_the_gap(scene: Scene) -> str:
    entry = scene.entry()
    for table, column in (
        ("object", "entry_id"),
        ("content", "entry_id"),
        ("leaf", "commitment_id"),
        ("commitment", "id"),
    ):
        scene.do(f"DELETE FROM audit_{table} WHERE {column} = :id", id=entry.id)
    _shift(scene, entry.position + 1, -1)
    return ""


@tampering
def delete_a_commitment(scene: Scene) -> str:
    entry = scene.entry()
    scene.do("DELETE FROM audit_commitment WHERE id = :id", id=entry.id)
    return str(entry.id)


@tampering
def insert_an_entry(scene: Scene) -> str:
    entry = scene.entry()
    _shift(scene, entry.position, +1)
    fields = json.loads(entry.content)
    fields["id"] = str(new_id())
    content = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    commitment = sha256(entry.nonce + content).digest()
    scene.do("INSERT INTO audit_commitment (id, leaf, txid) SELECT :new, :leaf, txid FROM audit_commitment WHERE id = :id",
             new=UUID(fields["id"]), leaf=commitment, id=entry.id)  # fmt: skip
    scene.do(
        "INSERT INTO audit_content SELECT :new, nonce, :content, at, actor_id, authority_id, unit_id, event, outcome, concerned"
        " FROM audit_content WHERE entry_id = :id", new=UUID(fields["id"]), content=content, id=entry.id,
    )  # fmt: skip
    scene.do("INSERT INTO audit_object SELECT :new, position, case_id, authority_id, kind, object_id FROM audit_object"
             " WHERE entry_id = :id", new=UUID(fields["id"]), id=entry.id)  # fmt: skip
    scene.do("INSERT INTO audit_leaf VALUES (:at, :new, :leaf)",
             at=entry.position, new=UUID(fields["id"]), leaf=leaf_hash(commitment))  # fmt: skip
    return "those that were signed"


@tampering
def insert_before_the_first(scene: Scene) -> str:
    scene.do("INSERT INTO audit_leaf SELECT -1, gen_random_uuid(), leaf FROM audit_leaf WHERE position = 0")
    return "positions"


@tampering
def move_a_leaf(scene: Scene) -> str:
    first, second = scene.two()
    _exchange(scene, first.position, second.position)
    return "those that were signed"


@tampering
def point_a_leaf_at_another_entry(scene: Scene) -> str:
    entry = scene.entry()
    scene.do(
        "UPDATE audit_leaf SET commitment_id = gen_random_uuid() WHERE position = :at", at=entry.position
    )
    return f"entry {entry.position} "


@tampering
def change_a_leaf(scene: Scene) -> str:
    entry = scene.entry()
    scene.do("UPDATE audit_leaf SET leaf = sha256(leaf) WHERE position = :at", at=entry.position)
    return str(entry.id)


@tampering
def truncate_the_end(scene: Scene) -> str:
    _cut(scene, _before_the_last_checkpoint(scene))
    return "cut off or rolled back"


@tampering
def truncate_it_all(scene: Scene) -> str:
    scene.do("TRUNCATE audit_commitment, audit_content, audit_object, audit_leaf, audit_node CASCADE")
    return ""


@tampering
def hide_an_entry_from_the_sequencer(scene: Scene) -> str:
    entry = new_id()
    scene.do("INSERT INTO audit_commitment (id, leaf, txid) VALUES (:id, sha256('x'), '3'::xid8)", id=entry)
    return str(entry)


@tampering
def change_a_kept_subtree(scene: Scene) -> str:
    scene.do(
        "INSERT INTO audit_node SELECT 1, 0, sha256('x') ON CONFLICT (level, number) DO UPDATE SET hash = EXCLUDED.hash"
    )
    return "subtree 0 of level 1"


# --- checkpoints and keys


@tampering
def restore_an_older_backup(scene: Scene) -> str:
    """Whole and signed, only not the newest: seen by what a witness holds, and by nothing else."""
    size = _before_the_last_checkpoint(scene)
    _cut(scene, size)
    _forget_checkpoints(scene, size)
    return "witness"


@tampering
def fork_with_the_real_key(scene: Scene) -> str:
    """Rewrite the end and sign it anew with the log's own key: a second history, seen by what a witness holds."""
    first = _before_the_last_checkpoint(scene)
    entry = scene.entry(first)
    _edit_with_hashes(scene, entry)
    frontier = Frontier()
    frontier.extend(scene.do("SELECT leaf FROM audit_leaf ORDER BY position").scalars())
    scene.do("DELETE FROM audit_node WHERE number >= :first >> (8 * level)", first=first)
    _forget_checkpoints(scene, first)
    checkpoint = Checkpoint(scene.signer.origin, frontier.size, frontier.root())
    note = sign_checkpoint(
        checkpoint, key=VerifierKey(checkpoint.origin, scene.signer.public), sign=scene.signer.sign
    )
    scene.do(
        "INSERT INTO audit_checkpoint VALUES (:size, :root, :note)",
        size=checkpoint.size,
        root=checkpoint.root,
        note=note,
    )
    return "witness"


@tampering
def fork_and_show_each_witness_its_own(scene: Scene) -> str:
    """The second history is cosigned too, by a witness that was never shown the first: the other one's copy tells."""
    fork_with_the_real_key(scene)
    note = scene.do("SELECT note FROM audit_checkpoint ORDER BY size DESC LIMIT 1").scalar()
    _put_cosignature(scene, scene.size, scene.witnesses[1].cosign(note))
    return "witness"


@tampering
def swap_the_key_and_sign_all_again(scene: Scene) -> str:
    origin = scene.do("SELECT origin FROM log_key").scalar()
    public = STRANGER.public_key().public_bytes_raw()
    scene.do("UPDATE log_key SET public = :it", it=public)
    for size, root in scene.do("SELECT size, root FROM audit_checkpoint").all():
        note = sign_checkpoint(
            Checkpoint(origin, size, root), key=VerifierKey(origin, public), sign=STRANGER.sign
        )
        scene.do("UPDATE audit_checkpoint SET note = :note WHERE size = :size", note=note, size=size)
    return "swapped"


@tampering
def replace_a_checkpoint_by_another(scene: Scene) -> str:
    size = scene.do("SELECT max(size) FROM audit_checkpoint").scalar()
    scene.do(
        "UPDATE audit_checkpoint SET note = (SELECT note FROM audit_checkpoint ORDER BY size LIMIT 1) WHERE size = :size",
        size=size,
    )
    return f"checkpoint of {size}"


@tampering
def change_a_checkpoints_root(scene: Scene) -> str:
    size = scene.do("SELECT max(size) FROM audit_checkpoint").scalar()
    scene.do("UPDATE audit_checkpoint SET root = sha256('x') WHERE size = :size", size=size)
    return f"checkpoint of {size}"


@tampering
def change_a_checkpoints_note(scene: Scene) -> str:
    size = scene.do("SELECT max(size) FROM audit_checkpoint").scalar()
    scene.do(
        "UPDATE audit_checkpoint SET note = overlay(note placing 'x' from 12) WHERE size = :size", size=size
    )
    return f"checkpoint of {size}"


@tampering
def sign_a_checkpoint_with_a_strange_key(scene: Scene) -> str:
    origin = scene.do("SELECT origin FROM log_key").scalar()
    key = VerifierKey(origin, STRANGER.public_key().public_bytes_raw())
    note = sign_checkpoint(Checkpoint(origin, scene.size + 1, bytes(32)), key=key, sign=STRANGER.sign)
    scene.do(
        "INSERT INTO audit_checkpoint VALUES (:size, :root, :note)",
        size=scene.size + 1,
        root=bytes(32),
        note=note,
    )
    return f"checkpoint of {scene.size + 1}"


@tampering
def delete_every_checkpoint(scene: Scene) -> str:
    _forget_checkpoints(scene, 0)
    return "checkpoints"


# --- cosignatures


@tampering
def replay_a_cosignature(scene: Scene) -> str:
    older = _before_the_last_checkpoint(scene)
    scene.do(
        "UPDATE audit_cosignature c SET signature = older.signature FROM audit_cosignature older"
        " WHERE c.size = :size AND older.size = :older AND older.witness = c.witness AND c.witness = :witness",
        size=scene.size, older=older, witness=scene.chance.choice(scene.witnesses).key.name,
    )  # fmt: skip
    return f"is replayed: it was made on the checkpoint of {older}"


@tampering
def put_a_cosignature_of_another_log(scene: Scene) -> str:
    other = Checkpoint("casehub/other", scene.size, bytes(32)).text()
    _put_cosignature(scene, scene.size, scene.chance.choice(scene.witnesses).cosign(f"{other}\n{NOBODYS}"))
    return f"checkpoint of {scene.size}: the cosignature of"


@tampering
def put_a_cosignature_on_another_root(scene: Scene) -> str:
    other = Checkpoint(scene.signer.origin, scene.size, sha256(b"other").digest()).text()
    _put_cosignature(scene, scene.size, scene.chance.choice(scene.witnesses).cosign(f"{other}\n{NOBODYS}"))
    return f"checkpoint of {scene.size}: the cosignature of"


@tampering
def change_the_time_of_a_cosignature(scene: Scene) -> str:
    scene.do(
        "UPDATE audit_cosignature SET signature = set_byte(signature, 7, 255 - get_byte(signature, 7))"
        " WHERE size = :size AND witness = :witness",
        size=scene.size, witness=scene.chance.choice(scene.witnesses).key.name,
    )  # fmt: skip
    return "does not belong to this checkpoint"


@tampering
def have_a_cosignature_made_in_the_future(scene: Scene) -> str:
    note = scene.do("SELECT note FROM audit_checkpoint ORDER BY size DESC LIMIT 1").scalar()
    ahead = datetime.now(UTC) + timedelta(days=scene.chance.randrange(1, 1_000))
    _put_cosignature(scene, scene.size, scene.chance.choice(scene.witnesses).cosign(note, ahead))
    return "is from the future"


@tampering
def remove_the_newest_cosignature(scene: Scene) -> str:
    name = scene.chance.choice(scene.witnesses).key.name
    scene.do(
        "DELETE FROM audit_cosignature WHERE size = :size AND witness = :name", size=scene.size, name=name
    )
    return f"lost the cosignature of {name}"


@tampering
def remove_every_cosignature(scene: Scene) -> str:
    scene.do("DELETE FROM audit_cosignature")
    return "none was cosigned by enough"


@tampering
def show_an_older_witnessed_checkpoint_as_the_newest(scene: Scene) -> str:
    """The leaves stay, and seem to wait for their checkpoint."""
    _forget_checkpoints(scene, _before_the_last_checkpoint(scene))
    return f"no checkpoint of {scene.size} any more"


@tampering
def remove_a_checkpoint_and_leave_its_cosignatures(scene: Scene) -> str:
    scene.do("DELETE FROM audit_checkpoint WHERE size = :size", size=scene.size)
    return f"checkpoint of {scene.size}: is gone, and was cosigned"


# --- what the log speaks of


@tampering
def put_another_ciphertext_in_place(scene: Scene) -> str:
    version = scene.do("SELECT id FROM item_version ORDER BY id LIMIT 1").scalar()
    scene.do("UPDATE item_version SET sealed = sealed || '\\x00' WHERE id = :id", id=version)
    return str(version)


@tampering
def put_another_ciphertext_in_place_with_its_hash(scene: Scene) -> str:
    version = scene.do("SELECT id FROM item_version ORDER BY id LIMIT 1").scalar()
    scene.do(
        "UPDATE item_version SET sealed = sealed || '\\x00', sha256 = sha256(sealed || '\\x00') WHERE id = :id",
        id=version,
    )
    return str(version)


@tampering
def change_a_row_without_an_entry(scene: Scene) -> str:
    scene.do(
        "UPDATE staff SET role = 'administrator', entry_id = gen_random_uuid() WHERE id = (SELECT min(id::text)::uuid FROM staff)"
    )
    return "1 of staff"


@tampering
def end_a_grant_without_an_entry(scene: Scene) -> str:
    found = scene.do(
        "UPDATE item_grant SET wrapped = NULL, ended_at = now()"
        " WHERE id = (SELECT id FROM item_grant ORDER BY id LIMIT 1) RETURNING id"
    )
    return f"grant {found.scalar_one()}"


@tampering
def open_again_what_was_recalled(scene: Scene) -> str:
    """The others' grant is put back as a backup has it; the recall itself still stands."""
    grant, item = new_id(), "(SELECT id FROM item LIMIT 1)"
    scene.do(
        f"INSERT INTO recall SELECT id, case_id, id, kind, authority_id, created_by, now(), id, entry_id FROM item WHERE id = {item}"
    )
    scene.do(
        "INSERT INTO item_grant (id, case_id, item_id, item_version_id, granted_by, granted_to, form, wrapped, onward,"
        " signature, entry_id)"
        " SELECT :id, case_id, item_id, item_version_id, granted_by, 'herning-kommune', 'hpke', 'w', false, 's', entry_id"
        f" FROM item_grant WHERE item_id = {item} LIMIT 1",
        id=grant,
    )
    return f"grant {grant}"


@tampering
def destroy_a_compartment_without_an_entry(scene: Scene) -> str:
    """As erasing does, but nobody agreed, and the log knows nothing of it."""
    found = scene.do(
        "UPDATE compartment SET wrapped = NULL, destroyed_at = now()"
        " WHERE id = (SELECT id FROM compartment ORDER BY id LIMIT 1) RETURNING id"
    )
    return f"compartment {found.scalar_one()}"


# --- recorded rows, of any table, and the list of their changes


@tampering
def change_a_row_under_its_entry(scene: Scene) -> str:
    row = scene.row()
    columns = scene.do(
        "SELECT attname, typname FROM pg_attribute a JOIN pg_type t ON t.oid = atttypid WHERE attrelid = (:table)::regclass"
        " AND attnum > 0 AND NOT attisdropped AND attname <> ALL (:keys) AND attname <> 'entry_id' AND NOT EXISTS"
        " (SELECT FROM pg_constraint WHERE conrelid = attrelid AND contype = 'c' AND attnum = ANY (conkey))"
        " AND typname = ANY (:types) ORDER BY attname",
        table=row.table, keys=list(row.keys), types=list(CHANGEABLE),
    ).all()  # fmt: skip
    filled = [
        (name, kind)
        for name, kind in columns
        if scene.do(f"SELECT {name} IS NOT NULL FROM {row.table} WHERE {row.found}", key=row.key).scalar()
    ]
    name, kind = scene.chance.choice(filled)
    scene.do(
        f"UPDATE {row.table} SET {name} = {CHANGEABLE[kind].format(name)} WHERE {row.found}", key=row.key
    )
    return f"{row}: is not as entry {row.entry} left it"


@tampering
def remove_a_row(scene: Scene) -> str:
    row = scene.row()
    scene.do(f"DELETE FROM {row.table} WHERE {row.found}", key=row.key)
    return f"{row}: is gone"


@tampering
def remove_a_row_and_spend_its_line(scene: Scene) -> str:
    row = scene.row()
    scene.do(f"DELETE FROM {row.table} WHERE {row.found}", key=row.key)
    scene.do(SPEND, table=row.table, key=row.key)
    return f"was removed after entry {row.entry}"


@tampering
def remove_a_row_and_its_line(scene: Scene) -> str:
    row = scene.row()
    scene.do(f"DELETE FROM {row.table} WHERE {row.found}", key=row.key)
    scene.do(
        "DELETE FROM audit_change WHERE table_name = :table AND key = :key", table=row.table, key=row.key
    )
    return f"({row.entry}): the changes listed under it"


@tampering
def plant_a_row_under_an_entry(scene: Scene) -> str:
    return f"participant {_planted(scene)[0]}: was never written"


@tampering
def plant_a_row_and_list_it_under_an_entry(scene: Scene) -> str:
    key, entry = _planted(scene)
    scene.do(
        "INSERT INTO audit_change SELECT 'participant', :key, :entry, 's', NULL,"
        " mark_of('s', 'participant', :key, NULL, to_jsonb(participant)) FROM participant WHERE id::text = :key",
        key=key, entry=entry,
    )  # fmt: skip
    return f"({entry}): the changes listed under it"


@tampering
def put_an_older_row_back(scene: Scene) -> str:
    return f"step {_put_back(scene)}: is not as entry"


@tampering
def put_an_older_row_back_with_its_line(scene: Scene) -> str:
    key = _put_back(scene)
    scene.do(SPEND, table="step", key=key)
    old = scene.do(
        "SELECT * FROM backup.audit_change WHERE table_name = 'step' AND key = :key", key=key
    ).one()
    scene.do(
        "UPDATE audit_change SET salt = :salt, key = :key WHERE mark = :mark",
        salt=old.salt,
        key=key,
        mark=old.mark,
    )
    return f"step {key}: was changed or removed since entry {old.entry_id}"


@tampering
def list_a_change_under_another_entry(scene: Scene) -> str:
    row, other = scene.row(), scene.entry()
    scene.do(
        "UPDATE audit_change SET entry_id = :other WHERE table_name = :table AND key = :key",
        other=other.id, table=row.table, key=row.key,
    )  # fmt: skip
    return f"({row.entry}): the changes listed under it" if other.id != row.entry else ""


SPEND = """
    UPDATE audit_change SET salt = NULL, key = encode(mark, 'hex') WHERE table_name = :table AND key = :key
"""


def _planted(scene: Scene) -> tuple[str, UUID]:
    """A participant of some authority, added under an entry that added others."""
    key, entry = new_id(), scene.do("SELECT entry_id FROM participant ORDER BY id LIMIT 1").scalar()
    scene.do(
        "INSERT INTO participant (id, case_id, authority_id, unit_id, added_by, since, entry_id)"
        " SELECT :key, case_id, unit.authority_id, unit.id, added_by, since, participant.entry_id"
        " FROM participant, unit WHERE unit.id NOT IN (SELECT unit_id FROM participant)"
        " AND participant.entry_id = :entry ORDER BY participant.id, unit.id LIMIT 1",
        key=key, entry=entry,
    )  # fmt: skip
    return str(key), entry


def _put_back(scene: Scene) -> str:
    """A step as the backup has it, from before it was changed; its key."""
    changed = scene.do(
        "SELECT id FROM step JOIN backup.step old USING (id) WHERE step.entry_id <> old.entry_id ORDER BY id"
    ).scalars()
    key = scene.chance.choice(changed.all())
    scene.do("DELETE FROM step WHERE id = :key", key=key)
    scene.do("INSERT INTO step SELECT * FROM backup.step WHERE id = :key", key=key)
    return str(key)


def _edit_with_hashes(scene: Scene, entry: Any) -> None:
    content = changed(entry.content)
    commitment = sha256(entry.nonce + content).digest()
    scene.do("UPDATE audit_content SET content = :it WHERE entry_id = :id", it=content, id=entry.id)
    scene.do("UPDATE audit_commitment SET leaf = :it WHERE id = :id", it=commitment, id=entry.id)
    scene.do(
        "UPDATE audit_leaf SET leaf = :it WHERE position = :at", it=leaf_hash(commitment), at=entry.position
    )


def _shift(scene: Scene, first: int, by: int) -> None:
    """In two steps through high numbers, as the primary key is checked row by row."""
    scene.do(
        "UPDATE audit_leaf SET position = position + :far WHERE position >= :first", first=first, far=1 << 40
    )
    scene.do(
        "UPDATE audit_leaf SET position = position - :far WHERE position >= :first",
        first=first,
        far=(1 << 40) - by,
    )


def _exchange(scene: Scene, one: int, other: int) -> None:
    for old, new in ((one, 1 << 40), (other, one), (1 << 40, other)):
        scene.do("UPDATE audit_leaf SET position = :new WHERE position = :old", old=old, new=new)


def _before_the_last_checkpoint(scene: Scene) -> int:
    sizes = [size for (size,) in scene.do("SELECT size FROM audit_checkpoint ORDER BY size DESC LIMIT 2")]
    return int(sizes[1])


def _forget_checkpoints(scene: Scene, size: int) -> None:
    """As if none had been signed after that of `size`."""
    for table in ("cosignature", "checkpoint"):
        scene.do(f"DELETE FROM audit_{table} WHERE size > :size", size=size)


def _put_cosignature(scene: Scene, size: int, given: Cosignature) -> None:
    scene.do(
        "INSERT INTO audit_cosignature VALUES (:size, :witness, :key_id, :signature)"
        " ON CONFLICT (size, witness, key_id) DO UPDATE SET signature = EXCLUDED.signature",
        size=size, witness=given.key.name, key_id=given.key.id, signature=given.signature,
    )  # fmt: skip


def _cut(scene: Scene, size: int) -> None:
    scene.do(
        "CREATE TEMPORARY TABLE cut ON COMMIT DROP AS SELECT commitment_id AS id FROM audit_leaf WHERE position >= :size",
        size=size,
    )
    for table, column in (("object", "entry_id"), ("content", "entry_id"), ("commitment", "id")):
        scene.do(f"DELETE FROM audit_{table} WHERE {column} IN (SELECT id FROM cut)")
    scene.do("DELETE FROM audit_leaf WHERE position >= :size", size=size)
    for level in (1, 2):
        scene.do(
            "DELETE FROM audit_node WHERE level = :level AND number >= :whole",
            level=level,
            whole=size >> (8 * level),
        )
    scene.do("DROP TABLE cut")
