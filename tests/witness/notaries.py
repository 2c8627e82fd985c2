"""Witnesses that cosign what they are handed, in this process and without memory: for logs that have many checkpoints."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from psycopg import connect

from casehub.transparency.cosignatures import Cosignature, WitnessKey, cosign
from casehub.transparency.notes import split_note
from casehub.transparency.trust import Group, Trust, Witness


@dataclass
class Notary:
    name: str
    private: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    @property
    def key(self) -> WitnessKey:
        return WitnessKey(self.name, self.private.public_key().public_bytes_raw())

    def cosign(self, note: str, at: datetime | None = None) -> Cosignature:
        return cosign(split_note(note)[0], key=self.key, sign=self.private.sign, at=at or datetime.now(UTC))

    def cosign_all(self, database_url: str) -> None:
        """Cosign every checkpoint of a log, as its worker would have kept it."""
        with connect(database_url) as connection:
            for size, note in connection.execute("SELECT size, note FROM audit_checkpoint").fetchall():
                given = self.cosign(note)
                connection.execute(
                    "INSERT INTO audit_cosignature VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
                    [size, given.key.name, given.key.id, given.signature],
                )


def trusting(*notaries: Notary, least: int) -> Trust:
    witnesses = tuple(Witness(each.name.partition(".")[0], each.key, None) for each in notaries)
    return Trust((), witnesses, Group(least, tuple(each.key for each in witnesses)))
