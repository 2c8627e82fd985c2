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

    def two(self) -> tuple[Any, Any]:
        first = second = self.entry()
        while second.id == first.id:
            second = self.entry()
        return first, second


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
