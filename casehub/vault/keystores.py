"""The keystore the settings name: a file, sealed under its key file or a passphrase, or a token by its `pkcs11:` URI.

For the runtime and the key commands.
"""

from pathlib import Path

from casehub.config import Config
from casehub.vault.errors import KeystoreError
from casehub.vault.keyset_file import read_private
from casehub.vault.keystore import FileKeyset, KeyStore
from casehub.vault.token_keystore import TokenKeystore
from casehub.vault.token_uri import TokenUri

__all__ = ["keystore_is_there", "open_keystore", "open_or_create_keystore", "read_passphrase"]


def keystore_is_there(config: Config) -> bool:
    """Whether there is something to open."""
    if isinstance(config.keystore, Path):
        return config.keystore.exists()
    return TokenKeystore.holds(TokenUri.parse(config.keystore))


def open_keystore(config: Config) -> KeyStore:
    """Open what is there; KeystoreError in one line otherwise."""
    if isinstance(config.keystore, Path):
        return FileKeyset.open(config.keystore, passphrase=read_passphrase(config))
    return TokenKeystore.open(TokenUri.parse(config.keystore))


def open_or_create_keystore(config: Config, *, installation: str | None = None) -> KeyStore:
    """Open what is there, or make a keystore, of a new installation unless one is named."""
    if keystore_is_there(config):
        return open_keystore(config)
    if isinstance(config.keystore, Path):
        return FileKeyset.create(
            config.keystore, passphrase=read_passphrase(config), installation=installation
        )
    return TokenKeystore.create(TokenUri.parse(config.keystore), installation=installation)


def read_passphrase(config: Config) -> str | None:
    """Give the keyset's passphrase from its private file; None where there is none, and a key file opens it."""
    path = config.keystore_passphrase_file
    if path is None:
        return None
    passphrase = read_private(path, "passphrase", "check CASEHUB_KEYSTORE_PASSPHRASE_FILE").rstrip("\r\n")
    if not passphrase:
        raise KeystoreError(f"{path}: the passphrase is empty")
    return passphrase
