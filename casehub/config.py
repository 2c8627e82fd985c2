"""One frozen Config from the environment; lists every missing or wrong key at once."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOG_EXPORT = re.compile(r"(ocsf|csv):(/.+)")
ADDRESS = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
PUBLIC_URL = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?")
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
SCANNER = re.compile(r"unix:/.+|tcp:[^:]+:[0-9]{1,5}|command:\s*\S.*")


class ConfigError(Exception):
    """One or more settings are missing or wrong; the message names them all, one a line."""


class Security(StrEnum):
    """How a connection to the mail server is kept secret: from its first byte, after STARTTLS, or (on this machine alone) not."""

    TLS = "smtps"
    STARTTLS = "smtp"
    NONE = "smtp+plain"


PORTS = {Security.TLS: 465, Security.STARTTLS: 587, Security.NONE: 25}


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where mail is handed in. The password is in no text that is made of this."""

    host: str
    port: int
    security: Security
    user: str | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class MailSettings:
    """All that mails need: `sender`, an address; `public_url`, where staff reach the service, without a slash at the end."""

    server: SmtpServer
    sender: str
    public_url: str


@dataclass(frozen=True, slots=True)
class Config:
    """The settings of one process.

    `home`: state directory (CASEHUB_HOME). `port`: CASEHUB_PORT. `database_url`: CASEHUB_DATABASE_URL, a libpq URL of the
    app login; None means the embedded server. `policies`: CASEHUB_POLICIES. `authorities`: CASEHUB_AUTHORITIES, the
    authority ids whose keys this node holds, comma-separated; None means all in its keystore.
    `keystore`: CASEHUB_KEYSTORE, the keyset file, or a PKCS#11 token as a `pkcs11:` URI (RFC 7512).
    `witnesses`: CASEHUB_WITNESSES, a file that names the log's witnesses; None means there are none.
    `scanner`: CASEHUB_SCANNER, as `casehub.scanning` opens it; None means that files are not looked through.
    `keystore_passphrase_file`: CASEHUB_KEYSTORE_PASSPHRASE_FILE, what opens a keyset file instead of its key file.
    `log_export`: CASEHUB_LOG_EXPORT, (format, directory) the worker hands the log out in; None means it does not.
    `backup_days`: CASEHUB_BACKUP_DAYS, for how many days backups of the database are kept.
    `message_days`: CASEHUB_MESSAGE_DAYS, for how many days messages to staff, and mails that were sent, are kept.
    `mail`: CASEHUB_SMTP_URL, CASEHUB_MAIL_FROM and CASEHUB_PUBLIC_URL, all three or none; None means that no mail is sent.
    `secure_cookies`: CASEHUB_INSECURE_COOKIES=1 turns it off for plain http on 127.0.0.1.
    """

    home: Path
    port: int
    database_url: str | None
    policies: Path
    authorities: frozenset[str] | None
    keystore: Path | str
    scanner: str | None
    backup_days: int
    message_days: int
    secure_cookies: bool
    witnesses: Path | None = None
    keystore_passphrase_file: Path | None = None
    log_export: tuple[str, Path] | None = None
    mail: MailSettings | None = None


def default_home() -> Path:
    """`./var`, or `/var/lib/casehub` as root."""
    return Path("/var/lib/casehub") if os.geteuid() == 0 else Path("var").resolve()


def read_config(environ: Mapping[str, str]) -> Config:
    """Read a Config; raises ConfigError naming every wrong key."""
    wrong: list[str] = []
    home = Path(environ.get("CASEHUB_HOME") or default_home()).expanduser().resolve()
    port = _port(environ.get("CASEHUB_PORT", "8000"), wrong)
    database_url = environ.get("CASEHUB_DATABASE_URL") or None
    if database_url and not database_url.startswith(("postgresql://", "postgres://")):
        wrong.append("CASEHUB_DATABASE_URL: must begin with postgresql://")
    policies = Path(environ.get("CASEHUB_POLICIES") or Path(__file__).parent.parent / "policies").resolve()
    if not policies.is_dir():
        wrong.append(f"CASEHUB_POLICIES: {policies} is not a directory")
    named = environ.get("CASEHUB_AUTHORITIES")
    authorities = frozenset(part.strip() for part in named.split(",") if part.strip()) if named else None
    backup_days = _days(environ, "CASEHUB_BACKUP_DAYS", "35", wrong)
    message_days = _days(environ, "CASEHUB_MESSAGE_DAYS", "180", wrong)
    keystore = _keystore(environ.get("CASEHUB_KEYSTORE") or str(home / "keystore.json"))
    witnesses = _witnesses(environ.get("CASEHUB_WITNESSES"), wrong)
    scanner = environ.get("CASEHUB_SCANNER") or None
    if scanner and not SCANNER.fullmatch(scanner):
        wrong.append(f"CASEHUB_SCANNER: {scanner!r} is none of unix:PATH, tcp:HOST:PORT and command:PROGRAM")
    passphrase_file = environ.get("CASEHUB_KEYSTORE_PASSPHRASE_FILE") or None
    if passphrase_file and not isinstance(keystore, Path):
        wrong.append(
            "CASEHUB_KEYSTORE_PASSPHRASE_FILE: opens a keyset file; a token has its PIN (pin-source in CASEHUB_KEYSTORE)"
        )
    log_export = _log_export(environ.get("CASEHUB_LOG_EXPORT"), wrong)
    mail = _mail(environ, wrong)
    unknown = sorted(key for key in environ if key.startswith("CASEHUB_") and key not in KEYS)
    wrong.extend(f"{key}: is not a setting of casehub; known are {', '.join(KEYS)}" for key in unknown)
    if wrong:
        raise ConfigError("\n".join(wrong))
    return Config(
        home=home,
        port=port,
        database_url=database_url,
        policies=policies,
        authorities=authorities,
        keystore=keystore,
        scanner=scanner,
        backup_days=backup_days,
        message_days=message_days,
        secure_cookies=environ.get("CASEHUB_INSECURE_COOKIES") != "1",
        witnesses=witnesses,
        keystore_passphrase_file=Path(passphrase_file).expanduser().resolve() if passphrase_file else None,
        log_export=log_export,
        mail=mail,
    )


# every setting there is, as docs/settings.md tells it
KEYS: Mapping[str, str] = {
    "CASEHUB_HOME": "State directory: the embedded database, the keyset, the node's secrets and logs. Default `./var`, as "
    "root `/var/lib/casehub`. Closed to others.",
    "CASEHUB_PORT": "Port of the web. Default 8000.",
    "CASEHUB_DATABASE_URL": "The database as the node's own login reaches it: `postgresql://…`, PostgreSQL 15 or later. "
    "Unset: the embedded server, for `casehub demo` alone; `serve` and `worker` refuse it.",
    "CASEHUB_POLICIES": "Directory of definitions and access policies. Default: `policies` beside the code.",
    "CASEHUB_AUTHORITIES": "Ids of the authorities whose keys this node holds, divided by commas. Default: all in its keystore.",
    "CASEHUB_KEYSTORE": (
        "The keyset file; its key file lies beside it (`.key`). Default `keystore.json` in `CASEHUB_HOME`. Or a PKCS#11 "
        "token: `pkcs11:token=LABEL?module-path=LIBRARY&pin-source=file:PATH` (RFC 7512)."
    ),
    "CASEHUB_WITNESSES": "File that names the log's witnesses and how many are enough (c2sp.org/tlog-policy). The node that signs "
    "the log asks those with a URL. Unset: nobody is asked, and no entry counts as witnessed.",
    "CASEHUB_SCANNER": (
        "What looks uploaded files through before they are kept: clamd of ClamAV, `unix:/run/clamav/clamd.ctl` or "
        "`tcp:127.0.0.1:3310`, or `command:PROGRAM`, which reads the file on standard input and exits 0, or 1 if it found "
        "something. A file without a verdict is refused. Unset: no file is looked through."
    ),
    "CASEHUB_KEYSTORE_PASSPHRASE_FILE": (
        "A file with the passphrase of the keyset file (one line, for its user alone, best on a file system in memory, as "
        "systemd's `LoadCredential=` gives): the keyset is then sealed by Argon2id of it and has no key file. A new keyset "
        "is made so when it is set; one that has a key file is refused with it."
    ),
    "CASEHUB_LOG_EXPORT": (
        "`ocsf:/DIRECTORY` or `csv:/DIRECTORY`: each fifth minute the worker writes what is new in the log for each of its "
        "authorities to a directory of that authority's in it, each entry once. Unset: nothing is handed out by itself."
    ),
    "CASEHUB_SMTP_URL": (
        "The mail server that takes mails to staff: `smtps://USER:PASSWORD@HOST:465` (TLS) or `smtp://USER:PASSWORD@HOST:587` "
        "(STARTTLS, and never without); `smtp+plain://127.0.0.1:25` for one on the same machine. User and password can be left "
        "out, and are percent-encoded. With `CASEHUB_MAIL_FROM` and `CASEHUB_PUBLIC_URL`. Unset: no mail is sent."
    ),
    "CASEHUB_MAIL_FROM": "The address mails to staff come from: `casehub@example.dk`.",
    "CASEHUB_PUBLIC_URL": "Where staff reach the service: `https://casehub.example.dk`. It stands in mails.",
    "CASEHUB_BACKUP_DAYS": (
        "For how many days backups of the database are kept, default 35. A replaced KEK is destroyed when that many days have"
        " passed: until then a backup needs it, and with it what was erased can be brought back."
    ),
    "CASEHUB_MESSAGE_DAYS": (
        "For how many days messages to staff are kept, read or not, and what is known of mails that were sent; default 180. What they"
        " tell of stays on record."
    ),
    "CASEHUB_INSECURE_COOKIES": "`1` lets the session cookie pass over plain http. For 127.0.0.1 and the demo alone.",
}


def _keystore(text: str) -> Path | str:
    return text if text.startswith("pkcs11:") else Path(text).expanduser().resolve()


def _witnesses(text: str | None, wrong: list[str]) -> Path | None:
    if not text:
        return None
    path = Path(text).expanduser().resolve()
    if not path.is_file():
        wrong.append(f"CASEHUB_WITNESSES: {path} is not a file")
    return path


def _mail(environ: Mapping[str, str], wrong: list[str]) -> MailSettings | None:
    names = ("CASEHUB_SMTP_URL", "CASEHUB_MAIL_FROM", "CASEHUB_PUBLIC_URL")
    url, sender, public = (environ.get(name) or None for name in names)
    if public is not None and not PUBLIC_URL.fullmatch(public):
        wrong.append(f"CASEHUB_PUBLIC_URL: {public!r} is not an address like https://casehub.example.dk")
    if sender is not None and not ADDRESS.fullmatch(sender):
        wrong.append(f"CASEHUB_MAIL_FROM: {sender!r} is not an address like casehub@example.dk")
    if url is None:
        return None
    server = _smtp(url)
    if server is None:  # not the value: it may hold a password
        wrong.append(
            "CASEHUB_SMTP_URL: must be smtps://, smtp:// or (to this machine alone) smtp+plain:// with a host"
        )
    if sender is None or public is None:
        wrong.append("CASEHUB_SMTP_URL: needs CASEHUB_MAIL_FROM and CASEHUB_PUBLIC_URL")
        return None
    return MailSettings(server, sender, public) if server else None


def _smtp(url: str) -> SmtpServer | None:
    try:
        parts = urlsplit(url)
        security, port = Security(parts.scheme), parts.port
    except ValueError:
        return None
    if not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment:
        return None
    if security is Security.NONE and parts.hostname not in LOOPBACK:
        return None
    user = unquote(parts.username) if parts.username else None
    password = unquote(parts.password) if parts.password else None
    return SmtpServer(parts.hostname, port or PORTS[security], security, user, password)


def _log_export(text: str | None, wrong: list[str]) -> tuple[str, Path] | None:
    if not text:
        return None
    found = LOG_EXPORT.fullmatch(text)
    if found is None or not Path(found[2]).is_dir():
        wrong.append(
            f"CASEHUB_LOG_EXPORT: {text!r} is neither ocsf: nor csv: with a directory that is there, from /"
        )
        return None
    return found[1], Path(found[2])


def _days(environ: Mapping[str, str], key: str, default: str, wrong: list[str]) -> int:
    text, most = environ.get(key, default), 3_660
    if text.isdecimal() and 0 < int(text) <= most:
        return int(text)
    wrong.append(f"{key}: {text!r} is not a number of days between 1 and {most}")
    return most


def _port(text: str, wrong: list[str]) -> int:
    highest = 65535
    if text.isdecimal() and 0 < int(text) <= highest:
        return int(text)
    wrong.append(f"CASEHUB_PORT: {text!r} is not a port between 1 and {highest}")
    return 0
