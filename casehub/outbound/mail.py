"""Mail to staff: that there is something, never what.

Content-free by type: a `StaffMail` holds which kind, how many and its id, and the words are all here. Nothing of casehub is
imported but its settings, so no case can come into it. Who it is for is a member of staff; the service writes to nobody else.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from enum import StrEnum
from smtplib import SMTP, SMTP_SSL
from ssl import create_default_context
from uuid import UUID

from casehub.config import MailSettings, Security

SECONDS_TO_ANSWER = 10.0
MOST = 9999


class MailKind(StrEnum):
    """Why it is sent: the whole of what can differ besides the count."""

    ACUTE = "acute"
    NEWS = "news"
    DIGEST = "digest"


_SUBJECTS = {
    MailKind.ACUTE: "Akut: der er noget, du skal se nu",
    MailKind.NEWS: "Der er nyt til dig i casehub",
    MailKind.DIGEST: "Dagens beskeder i casehub",
}


@dataclass(frozen=True, slots=True)
class StaffMail:
    """One mail. `id`: of its row, and so of its Message-ID however often it is sent. ValueError for a count that is none."""

    id: UUID
    kind: MailKind
    count: int
    made_at: datetime

    def __post_init__(self) -> None:
        if not 0 < self.count <= MOST:
            raise ValueError(f"a mail of {self.count} messages")


def compose(mail: StaffMail, *, to: str, settings: MailSettings) -> EmailMessage:
    """The mail as it is sent. `to`: the address of a member of staff; ValueError if it would break out of its line."""
    message = EmailMessage()
    message["Message-ID"] = f"<{mail.id}@{settings.sender.rpartition('@')[2]}>"
    message["Date"] = format_datetime(mail.made_at)
    message["From"] = settings.sender
    message["To"] = to
    message["Subject"] = _SUBJECTS[mail.kind]
    message["Auto-Submitted"] = "auto-generated"
    waiting = (
        "Der er 1 ny besked til dig." if mail.count == 1 else f"Der er {mail.count} nye beskeder til dig."
    )
    message.set_content(
        f"{waiting}\n\n{settings.public_url}/beskeder\n\n"
        "Mailen siger ikke, hvad det handler om. Det ser du, når du har logget ind.\n"
        "Du kan ikke svare på mailen.\n"
    )
    return message


@contextmanager
def connected(settings: MailSettings) -> Iterator[SMTP]:
    """A session with the mail server, signed in where there is a user. SMTPException or OSError when there is none."""
    server = settings.server
    tls = create_default_context()
    if server.security is Security.TLS:
        connection: SMTP = SMTP_SSL(server.host, server.port, timeout=SECONDS_TO_ANSWER, context=tls)
    else:
        connection = SMTP(server.host, server.port, timeout=SECONDS_TO_ANSWER)
    with connection:
        if server.security is Security.STARTTLS:
            connection.starttls(context=tls)
        if server.user is not None:
            connection.login(server.user, server.password or "")
        yield connection
