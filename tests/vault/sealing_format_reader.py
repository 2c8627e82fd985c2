"""A reader of the sealing format written from docs/sealing-format.md alone: it imports nothing of casehub.

HPKE is spelt out from RFC 9180 and the X-Wing construction, so it checks the library's suite too.
"""

import base64
import hashlib
import hmac
import json
from uuid import UUID

from argon2.low_level import Type, hash_secret_raw
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash


class Refused(Exception):
    pass


def context(label: str, *fields: str | int | bytes | UUID) -> bytes:
    out = b""
    for field in ("casehub/2", label, *fields):
        match field:
            case str():
                raw = field.encode("utf-8")
            case int():
                raw = field.to_bytes(8, "big")
            case UUID():
                raw = field.bytes
            case _:
                raw = field
        out += len(raw).to_bytes(4, "big") + raw
    return out


def extract(salt: bytes, ikm: bytes) -> bytes:
    return hmac.new(salt or bytes(32), ikm, hashlib.sha256).digest()


def expand(prk: bytes, info: bytes, length: int) -> bytes:
    out, block, counter = b"", b"", 1
    while len(out) < length:
        block = hmac.new(prk, block + info + bytes([counter]), hashlib.sha256).digest()
        out, counter = out + block, counter + 1
    return out[:length]


def open_box(key: bytes, bound_to: bytes, box: bytes) -> bytes:
    if box[0] != 2:
        raise Refused("version")
    salt, commitment, ciphertext = box[1:33], box[33:65], box[65:]
    derived = ConcatKDFHash(SHA512(), 64, b"casehub/2 box" + salt + bound_to).derive(key)
    if not hmac.compare_digest(derived[32:], commitment):
        raise Refused("commitment")
    return AESGCM(derived[:32]).decrypt(bytes(12), ciphertext, bound_to)


def open_keyset(file: dict, *, key_file: str | None = None, passphrase: str | None = None) -> dict:
    unlock = file["unlock"]
    if unlock["kind"] == "key-file":
        key = base64.b64decode(key_file.strip().removeprefix("casehub-keyset-key/1:"))
    else:
        key = hash_secret_raw(
            passphrase.encode(),
            base64.b64decode(unlock["salt"]),
            time_cost=unlock["time"],
            memory_cost=unlock["memory_kib"],
            parallelism=unlock["lanes"],
            hash_len=32,
            type=Type.ID,
            version=0x13,
        )
    bound_to = context(
        "keyset", file["installation"], json.dumps(unlock, sort_keys=True, separators=(",", ":"))
    )
    return json.loads(open_box(key, bound_to, base64.b64decode(file["sealed"])))


def unwrap_authority_key(kek: bytes, installation: str, row: dict) -> bytes:
    public = row["public"] or b""
    inner = context("authority-key", row["authority"], row["purpose"], row["version"], public)
    return open_box(
        kek, context("kek", installation, row["authority"], row["kek_version"], inner), row["wrapped"]
    )


def check_public(installation: str, row: dict, signing_publics: dict[tuple[str, int], bytes]) -> None:
    version, signature = int.from_bytes(row["public_signature"][:4], "big"), row["public_signature"][4:]
    message = context(
        "public-key", installation, row["authority"], row["purpose"], row["version"], row["public"]
    )
    Ed25519PublicKey.from_public_bytes(signing_publics[row["authority"], version]).verify(signature, message)


def open_compartment(working: bytes, row: dict) -> bytes:
    bound_to = context("compartment", row["id"], row["case_id"], row["authority"], row["key_version"])
    return open_box(working, bound_to, row["wrapped"])


def unwrap_item_key(compartment_key: bytes, compartment: dict, item_version: UUID, wrap: bytes) -> bytes:
    bound_to = context(
        "item-key", compartment["id"], compartment["case_id"], compartment["authority"], item_version
    )
    return open_box(compartment_key, bound_to, wrap)


def open_item(item_key: bytes, place: dict, case_id: UUID, sealed: bytes, sha256: bytes) -> bytes:
    if not hmac.compare_digest(hashlib.sha256(sealed).digest(), sha256):
        raise Refused("not what was recorded")
    bound_to = context(
        "item",
        place["authority"],
        place["table"],
        place["column"],
        place["row_id"],
        place["version"],
        case_id,
    )
    return open_box(item_key, bound_to, sealed)


def open_chunks(
    item_key: bytes, place: dict, case_id: UUID, chunks: list[bytes], digest: bytes
) -> list[bytes]:
    if not hmac.compare_digest(
        hashlib.sha256(b"".join(hashlib.sha256(c).digest() for c in chunks)).digest(), digest
    ):
        raise Refused("not the chunks that were recorded")
    bound_to = context(
        "stream",
        place["authority"],
        place["table"],
        place["column"],
        place["row_id"],
        place["version"],
        case_id,
    )
    key = ConcatKDFHash(SHA512(), 32, b"casehub/2 stream" + bound_to).derive(item_key)
    return [
        AESGCM(key).decrypt(
            bytes(7) + number.to_bytes(4, "big") + bytes([number == len(chunks) - 1]), chunk, bound_to
        )
        for number, chunk in enumerate(chunks)
    ]


def open_own(working: bytes, place: dict, key_version: int, sealed: bytes) -> bytes:
    bound_to = context(
        "own",
        place["authority"],
        place["table"],
        place["column"],
        place["row_id"],
        place["version"],
        key_version,
    )
    return open_box(working, bound_to, sealed)


def open_grant(receiving_seed: bytes, signing_public: bytes, binding: dict, grant: dict) -> bytes:
    fields = [
        binding[name]
        for name in ("case_id", "item_id", "item_version_id", "granted_by", "granted_to", "disclosure_id")
    ]
    sealed = grant["wrapped"]
    signed = context("signed-grant", *fields, grant["key_version"], grant["signing_version"], sealed)
    Ed25519PublicKey.from_public_bytes(signing_public).verify(grant["signature"], signed)
    expanded = hashlib.shake_256(receiving_seed).digest(96)
    mlkem, x25519 = expanded[:64], X25519PrivateKey.from_private_bytes(expanded[64:])
    ephemeral = sealed[1088:1120]
    shared = hashlib.sha3_256(
        MLKEM768PrivateKey.from_seed_bytes(mlkem).decapsulate(sealed[:1088])
        + x25519.exchange(X25519PublicKey.from_public_bytes(ephemeral))
        + ephemeral
        + x25519.public_key().public_bytes_raw()
        + b"\\.//^\\"
    ).digest()
    return _hpke_open(shared, context("grant", *fields, grant["key_version"]), sealed[1120:])


def _hpke_open(shared: bytes, info: bytes, ciphertext: bytes) -> bytes:
    """RFC 9180, 5.1: base mode, key schedule, first message."""
    suite = b"HPKE" + bytes.fromhex("647a00010002")

    def labeled_extract(salt: bytes, label: bytes, ikm: bytes) -> bytes:
        return extract(salt, b"HPKE-v1" + suite + label + ikm)

    def labeled_expand(prk: bytes, label: bytes, info: bytes, length: int) -> bytes:
        return expand(prk, length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info, length)

    schedule = b"\0" + labeled_extract(b"", b"psk_id_hash", b"") + labeled_extract(b"", b"info_hash", info)
    secret = labeled_extract(shared, b"secret", b"")
    key = labeled_expand(secret, b"key", schedule, 32)
    nonce = labeled_expand(secret, b"base_nonce", schedule, 12)
    return AESGCM(key).decrypt(nonce, ciphertext, b"")


def token(index_key: bytes, name: tuple[str, str, str, int], value: str) -> bytes:
    field_key = expand(extract(b"", index_key), context("index", *name), 32)
    return hmac.new(field_key, value.encode(), hashlib.sha256).digest()
