"""Which keystore CASEHUB_KEYSTORE names: a file, or a token by its `pkcs11:` URI. For the runtime and the key commands."""

from pathlib import Path

from casehub.vault.keystore import FileKeyset, KeyStore
from casehub.vault.token_keystore import TokenKeystore
from casehub.vault.token_uri import TokenUri

__all__ = ["keystore_is_there", "open_keystore", "open_or_create_keystore"]


def keystore_is_there(location: Path | str) -> bool:
    """Whether there is something to open."""
    return location.exists() if isinstance(location, Path) else TokenKeystore.holds(TokenUri.parse(location))


def open_keystore(location: Path | str) -> KeyStore:
    """Open what is there; KeystoreError in one line otherwise."""
    if isinstance(location, Path):
        return FileKeyset.open(location)
    return TokenKeystore.open(TokenUri.parse(location))


def open_or_create_keystore(location: Path | str, *, installation: str | None = None) -> KeyStore:
    """Open what is there, or make a keystore, of a new installation unless one is named."""
    if keystore_is_there(location):
        return open_keystore(location)
    if isinstance(location, Path):
        return FileKeyset.create(location, installation=installation)
    return TokenKeystore.create(TokenUri.parse(location), installation=installation)
