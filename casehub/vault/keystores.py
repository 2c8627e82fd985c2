"""Which keystore CASEHUB_KEYSTORE names: a file, or a token by its `pkcs11:` URI. For the runtime and the key commands."""

from pathlib import Path

from casehub.vault.keystore import FileKeyset, KeyStore
from casehub.vault.token_keystore import TokenKeystore
from casehub.vault.token_uri import TokenUri

__all__ = ["open_keystore", "open_or_create_keystore"]


def open_keystore(location: Path | str) -> KeyStore:
    """Open what is there; KeystoreError in one line otherwise."""
    if isinstance(location, Path):
        return FileKeyset.open(location)
    return TokenKeystore.open(TokenUri.parse(location))


def open_or_create_keystore(location: Path | str) -> KeyStore:
    """Open what is there, or make the keystore of a new installation."""
    if isinstance(location, Path):
        return FileKeyset.open(location) if location.exists() else FileKeyset.create(location)
    uri = TokenUri.parse(location)
    return TokenKeystore.open(uri) if TokenKeystore.holds(uri) else TokenKeystore.create(uri)
