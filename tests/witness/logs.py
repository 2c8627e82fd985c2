"""Logs for witnesses, made by the specifications alone: entries that anybody can count up, signed by a key of the test's."""

import base64
from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.transparency.outsider import consistency, submission, tree_root


def entries(count: int, kind: str = "entry") -> list[bytes]:
    return [sha256(f"{kind} {number}".encode()).digest() for number in range(count)]


@dataclass
class Log:
    """A log that signs what it is told to sign, forks included."""

    name: str = "example.com/log"
    private: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    @property
    def id(self) -> bytes:
        return sha256(
            f"{self.name}\n".encode() + b"\x01" + self.private.public_key().public_bytes_raw()
        ).digest()[:4]

    @property
    def vkey(self) -> str:
        encoded = base64.b64encode(b"\x01" + self.private.public_key().public_bytes_raw()).decode()
        return f"{self.name}+{self.id.hex()}+{encoded}"

    def checkpoint(self, of: list[bytes], *, size: int | None = None) -> str:
        text = (
            f"{self.name}\n{len(of) if size is None else size}\n{base64.b64encode(tree_root(of)).decode()}\n"
        )
        signature = base64.b64encode(self.id + self.private.sign(text.encode())).decode()
        return f"{text}\n\u2014 {self.name} {signature}\n"

    def submission(self, of: list[bytes], *, old: int) -> bytes:
        return submission(old, consistency(of, old) if 0 < old <= len(of) else [], self.checkpoint(of))
