"""Which PKCS#11 token and how to log in to it, as a `pkcs11:` URI (RFC 7512). For `token_keystore` alone.

The PIN is read when it is needed and kept nowhere; no message and no repr holds it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from urllib.parse import unquote

from casehub.vault.errors import KeystoreError

SCHEME = "pkcs11:"
# what may name the token, and what else may be said
NAMES = ("token", "serial", "manufacturer", "model")
MEANS = ("module-path", "pin-source", "pin-value")


@dataclass(frozen=True, slots=True, repr=False)
class TokenUri:
    """`token`: what must fit (token, serial, manufacturer, model). `module`: the PKCS#11 library's path."""

    token: Mapping[str, str]
    module: str
    _pin_source: str | None
    _pin_value: str | None

    @classmethod
    def parse(cls, text: str) -> "TokenUri":
        """Read a URI; KeystoreError names what is wrong in it, without the PIN."""
        path, _, query = text.removeprefix(SCHEME).partition("?")
        token, means = _pairs(path, ";", NAMES), _pairs(query, "&", MEANS)
        if "token" not in token and "serial" not in token:
            raise KeystoreError(
                "CASEHUB_KEYSTORE: the pkcs11: URI names no token; write token=LABEL or serial=NUMBER"
            )
        if "module-path" not in means:
            raise KeystoreError(
                "CASEHUB_KEYSTORE: the pkcs11: URI has no module-path; name the PKCS#11 library, as in ?module-path=/usr/lib/…"
            )
        if ("pin-source" in means) == ("pin-value" in means):
            raise KeystoreError(
                "CASEHUB_KEYSTORE: the pkcs11: URI needs either pin-source=file:/… or pin-value=…"
            )
        return cls(
            MappingProxyType(token), means["module-path"], means.get("pin-source"), means.get("pin-value")
        )

    def pin(self) -> str:
        """Give the user's PIN; from a private file when `pin-source` says so."""
        if self._pin_source is None:
            return self._pin_value or ""
        path = Path(self._pin_source.removeprefix("file://").removeprefix("file:"))
        if not path.is_absolute():
            raise KeystoreError(
                f"{self}: pin-source must be the absolute path of a file, as in pin-source=file:/…"
            )
        try:
            if path.stat().st_mode & 0o077:
                raise KeystoreError(
                    f"{path}: others may read this PIN; run chmod 600 on it, and change the PIN"
                )
            return path.read_text().rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "is not text"
            raise KeystoreError(f"{path}: the PIN cannot be read: {reason}") from None

    def __str__(self) -> str:
        return SCHEME + ";".join(f"{name}={value}" for name, value in self.token.items())

    __repr__ = __str__


def _pairs(text: str, separator: str, known: tuple[str, ...]) -> dict[str, str]:
    """Split and percent-decode; RFC 7512 has a reader refuse what it does not know, and what stands twice."""
    found: dict[str, str] = {}
    for part in filter(None, text.split(separator)):
        name, is_there, value = part.partition("=")
        if not is_there or name not in known or name in found:
            raise KeystoreError(
                f"CASEHUB_KEYSTORE: the pkcs11: URI has {name!r} where each of {', '.join(known)} may stand once"
            )
        found[name] = unquote(value)
    return found
