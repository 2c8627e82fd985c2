"""Recovering a KEK: split so that some custodians together have it and no fewer (SLIP-39), and put back on an empty machine.

What is split is the current KEK itself; a document beside the shares, sealed under it, holds what else the machine needs:
the pins. The document alone opens nothing. Older KEKs are not in it: what the shares of one version restore ends with
those shares, so that an old KEK can be destroyed wherever it is. For the key commands.
"""

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from shamir_mnemonic import MnemonicError, combine_mnemonics, generate_mnemonics

from casehub.vault.box import BoxRefused, open_box, seal_box
from casehub.vault.encoding import context
from casehub.vault.errors import KeystoreError
from casehub.vault.keyset_file import from_json, to_json
from casehub.vault.keystore import FileKeyset, KeyStore

__all__ = ["Backup", "forget_restored", "restore_kek", "restored_keks", "split_kek"]

FORMAT = "casehub-kek-backup/2"
FEWEST, MOST = 2, 16


@dataclass(frozen=True, slots=True, repr=False)
class Backup:
    """`shares`: one line of words for each custodian, any `needed` of which give the KEK back. `document`: JSON text."""

    authority: str
    kek_version: int
    needed: int
    shares: tuple[str, ...]
    document: str


def split_kek(keystore: KeyStore, authority: str, *, needed: int = 2, shares: int = 3) -> Backup:
    """Split the authority's current KEK among `shares` custodians; KeystoreError for a KEK that cannot leave its token."""
    if not isinstance(keystore, FileKeyset):
        raise KeystoreError(
            f"{keystore!r}: a KEK in a token never leaves it; back the token up with its own means"
        )
    if not FEWEST <= needed <= shares <= MOST:
        raise KeystoreError(
            f"{needed} of {shares} custodians: at least {FEWEST} must be needed, so that nobody can alone, and at most"
            f" {MOST} can have a share"
        )
    contents, version = keystore.export(authority), keystore.current_version(authority)
    kek = contents.keks[authority][version]
    [words] = generate_mnemonics(1, [(needed, shares)], kek)
    sealed = seal_box(kek, _context(contents.installation, authority, version), to_json(contents).encode())
    document = {
        "format": FORMAT,
        "installation": contents.installation,
        "authority": authority,
        "kek_version": version,
        "sealed": base64.b64encode(sealed).decode(),
    }
    return Backup(authority, version, needed, tuple(words), json.dumps(document, indent=1) + "\n")


def restore_kek(
    path: Path, *, document: str, shares: Iterable[str], passphrase: str | None = None
) -> FileKeyset:
    """Put what was backed up into the keyset at `path`, which is made if it is not there.

    KeystoreError in one line: too few or foreign shares, a misspelt word, a damaged document, or a keyset of another
    installation at `path`. Nothing is written then.
    """
    installation, authority, version, sealed = _parse(document)
    try:
        kek = combine_mnemonics([" ".join(share.split()) for share in shares])
    except MnemonicError as error:
        raise KeystoreError(f"the shares do not give a KEK: {error}") from None
    try:
        contents = from_json(installation, open_box(kek, _context(installation, authority, version), sealed))
    except (BoxRefused, ValueError):  # ValueError: a secret that is no key
        raise KeystoreError(
            f"the shares do not belong to this backup of {authority!r} (KEK version {version}), or it is damaged"
        ) from None
    keyset = (
        FileKeyset.open(path, passphrase=passphrase)
        if path.exists()
        else FileKeyset.create(path, passphrase=passphrase, installation=installation)
    )
    keyset.take_in(contents)
    return keyset


def restored_keks(keystore: KeyStore) -> tuple[tuple[str, int], ...]:
    """Give what was put back here and is not in the log yet: (authority, KEK version)."""
    return keystore.restored() if isinstance(keystore, FileKeyset) else ()


def forget_restored(keystore: KeyStore) -> None:
    """The log has it now."""
    if isinstance(keystore, FileKeyset):
        keystore.forget_restored()


def _parse(document: str) -> tuple[str, str, int, bytes]:
    try:
        outer = json.loads(document)
        sealed = base64.b64decode(outer["sealed"], validate=True)
        found = str(UUID(outer["installation"])), str(outer["authority"]), int(outer["kek_version"]), sealed
        known = outer["format"] == FORMAT
    except (ValueError, KeyError, TypeError, AttributeError):
        known = False
    if not known:
        raise KeystoreError("this is not a whole backup document of a KEK (truncated or foreign)")
    return found


def _context(installation: str, authority: str, version: int) -> bytes:
    return context("kek-backup", installation, authority, version)
