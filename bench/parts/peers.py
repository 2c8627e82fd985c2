"""The same values sealed and opened by what others seal columns with: `StringEncryptedType` of sqlalchemy-utils, with its default
engine (AES-CBC under one key and one nonce for all) and with AES-GCM, and Fernet. A value is a column there.

Here values that belong together are one item: bound to place and version, under a key of its own that is wrapped, its hash recorded. A note
is one value and sealed as it is; what is known of a citizen is nine values in two items, as JSON.
"""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from cryptography.fernet import Fernet
from parts.measuring import Figure, compare_computing
from parts.sealed import NOTE, NOTES, Row, SealedCase, as_rows
from sqlalchemy import Unicode
from sqlalchemy.dialects import postgresql
from sqlalchemy_utils import StringEncryptedType
from sqlalchemy_utils.types.encrypted.encrypted_type import AesEngine, AesGcmEngine

from casehub.vault.sealing import SealedItem

Item = dict[str, str] | str
POSTGRESQL = postgresql.dialect()
IDENTITY: Item = {
    "name": "Anders Prøve",
    "cpr": "670385-1234",
    "address": "Søndergade 12, 2. tv., 7400 Herning",
    "phone": "+45 00 00 00 00",
    "safe_contact": "Ring kun på hverdage mellem 9 og 11",
}
REFERRAL: Item = {
    "source": "Lokalpolitiet",
    "indicators": "bekymring, psykisk lidelse, gentagne henvendelser",
    "concern": "Naboer har ringet tre gange på en måned. Han virker forvirret og bange. " * 4,
    "necessity": "De andre myndigheder kender ham og kan hjælpe ham sammen. " * 3,
}
KINDS: tuple[tuple[str, list[Item]], ...] = (
    (f"{NOTES} notes", [NOTE] * NOTES),
    ("a citizen's nine values", [IDENTITY, REFERRAL]),
)


@dataclass(frozen=True, slots=True)
class Peer:
    name: str
    seal: Callable[[str], Any]
    open: Callable[[Any], str]


def figures(case: SealedCase) -> Iterator[Figure]:
    """Sealing and opening, each against three."""
    for name, items in KINDS:
        for peer in _peers():
            yield from _against(peer, case, name, items)


def _against(peer: Peer, case: SealedCase, name: str, items: list[Item]) -> Iterator[Figure]:
    values = [value for item in items for value in ([item] if isinstance(item, str) else item.values())]
    ids = [uuid4() for _ in items]
    rows, columns = as_rows(_seal(case, items, ids), ids), [peer.seal(value) for value in values]
    if (_open(case, rows), [peer.open(each) for each in columns]) != (items, values):
        raise ValueError(f"{peer.name}: what was sealed does not come back")
    yield compare_computing(
        f"seal {name}",
        lambda: _seal(case, items, ids),
        peer.name,
        lambda: [peer.seal(value) for value in values],
    )
    yield compare_computing(
        f"open {name}", lambda: _open(case, rows), peer.name, lambda: [peer.open(each) for each in columns]
    )


def _peers() -> Iterator[Peer]:
    for engine in (AesGcmEngine, AesEngine):
        column = StringEncryptedType(Unicode, os.urandom(32), engine)
        yield Peer(
            f"StringEncryptedType, {engine.__name__}",
            partial(column.process_bind_param, dialect=POSTGRESQL),
            partial(column.process_result_value, dialect=POSTGRESQL),
        )
    yield _fernet()


def _fernet() -> Peer:
    key = Fernet(Fernet.generate_key())
    return Peer("Fernet", lambda value: key.encrypt(value.encode()), lambda kept: key.decrypt(kept).decode())


def _text(item: Item) -> str:
    return item if isinstance(item, str) else json.dumps(item, ensure_ascii=False)


def _item(text: str) -> Item:
    return json.loads(text) if text.startswith("{") else text


def _seal(case: SealedCase, items: list[Item], ids: list[UUID]) -> list[SealedItem]:
    return case.seal([_text(item).encode() for item in items], ids)


def _open(case: SealedCase, rows: tuple[Row, ...]) -> list[Item]:
    return [_item(text.decode()) for text in case.open(rows)]
