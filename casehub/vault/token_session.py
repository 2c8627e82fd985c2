"""The one session of this process with a PKCS#11 token: logged in once, used by one thread at a time, opened again after
the token was away. Whatever the token answers becomes a KeystoreError of one line. For `token_keystore` alone.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock
from typing import NoReturn

import pkcs11
from pkcs11 import exceptions

from casehub.vault.errors import KeystoreError
from casehub.vault.token_uri import TokenUri

# being logged in is of the process, not of the session: a second session would be logged out by the end of the first
_SESSIONS: dict[str, pkcs11.Session] = {}
_ONE_AT_A_TIME = RLock()
_IDENTITY = {"token": "label", "serial": "serial", "manufacturer": "manufacturer_id", "model": "model"}

GONE = (
    exceptions.DeviceRemoved,
    exceptions.DeviceError,
    exceptions.NoSuchToken,
    exceptions.SlotIDInvalid,
    exceptions.TokenNotPresent,
    exceptions.TokenNotRecognised,
    exceptions.SessionHandleInvalid,
    exceptions.SessionClosed,
    exceptions.ObjectHandleInvalid,
    exceptions.KeyHandleInvalid,
    exceptions.GeneralError,
)
REASONS: tuple[tuple[tuple[type[Exception], ...], str], ...] = (
    ((exceptions.PinIncorrect, exceptions.PinInvalid, exceptions.PinLenRange),
     "the PIN is wrong; correct it before the token locks itself"),
    ((exceptions.PinLocked,), "the PIN is locked after too many wrong ones; unlock it with the security officer's PIN"),
    ((exceptions.PinExpired, exceptions.UserPinNotInitialized), "the user PIN must be set anew with the token's own tool"),
    ((exceptions.TokenWriteProtected, exceptions.SessionReadOnly), "the token is write-protected"),
    ((exceptions.MultipleTokensReturned,), "several tokens fit; add serial= to the URI"),
    (GONE, "the token was removed or does not answer; put it back and try again"),
)  # fmt: skip


@contextmanager
def session_with(uri: TokenUri) -> Iterator[pkcs11.Session]:
    """Use the session. A fault ends it, so that the next use opens a new one."""
    with _ONE_AT_A_TIME:
        name = f"{uri.module} {uri}"
        try:
            if name not in _SESSIONS:
                _SESSIONS[name] = _open(uri)
            yield _SESSIONS[name]
        except exceptions.PKCS11Error as error:
            _forget(name)
            _tell(uri, error)


def _open(uri: TokenUri) -> pkcs11.Session:
    token = _token(uri)
    try:
        return token.open(rw=True, user_pin=uri.pin())
    except exceptions.UserAlreadyLoggedIn:
        return token.open(rw=True)


def _token(uri: TokenUri) -> pkcs11.Token:
    try:
        library = pkcs11.lib(uri.module)
        if not _SESSIONS:  # else a token put in since the library was loaded would not be seen
            library.reinitialize()
        slots = library.get_slots(token_present=True)
    except exceptions.PKCS11Error as error:
        if "loading" not in str(error):
            raise
        raise KeystoreError(
            f"{uri.module}: is not a PKCS#11 library that can be loaded; check module-path"
        ) from None
    fitting = [token for token in (slot.get_token() for slot in slots) if _fits(uri, token)]
    if not fitting:
        raise exceptions.NoSuchToken
    if len(fitting) > 1:
        raise exceptions.MultipleTokensReturned
    return fitting[0]


def _fits(uri: TokenUri, token: pkcs11.Token) -> bool:
    return all(_text(getattr(token, _IDENTITY[name])) == wanted for name, wanted in uri.token.items())


def _text(value: str | bytes) -> str:
    return (value.decode(errors="replace") if isinstance(value, bytes) else value).strip()


def _forget(name: str) -> None:
    session = _SESSIONS.pop(name, None)
    if session is not None:
        try:
            session.close()
        except exceptions.PKCS11Error:
            return  # it was gone already


def _tell(uri: TokenUri, error: Exception) -> NoReturn:
    reason = next((text for kinds, text in REASONS if isinstance(error, kinds)), None)
    raise KeystoreError(f"{uri}: {reason or f'the token answered {type(error).__name__}'}") from None
