"""Mails go to a real mail server, over TLS, with nothing in them; what is not taken is kept until it is."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext
from subprocess import run
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword

from casehub.audit import Event
from casehub.config import MailSettings, Security, SmtpServer
from casehub.model import Staff
from casehub.outbound.mail import StaffMail, compose, connected
from casehub.services import mails, news
from casehub.services.mails import Sent
from tests.house import START, House
from tests.journeys.place import free_port
from tests.services.scenes import POLICE, look, refer, system

USER, PASSWORD = "casehub", "kun-til-proeven-8"


@dataclass
class Inbox:
    """What the server took, as bytes; `refuses`: those addresses are nobody's."""

    taken: list[bytes] = field(default_factory=list)
    refuses: set[str] = field(default_factory=set)

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's name)
        self, _server: object, _session: object, envelope: Envelope, to: str, _o: object
    ) -> str:
        if to in self.refuses:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(to)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 (aiosmtpd's name)
        self, _server: object, _session: object, envelope: Envelope
    ) -> str:
        assert isinstance(envelope.content, bytes)
        self.taken.append(envelope.content)
        return "250 OK"

    @property
    def mails(self) -> list[EmailMessage]:
        return [message_from_bytes(each, policy=policy.default) for each in self.taken]  # type: ignore[misc]


def check(_server: object, _session: object, _envelope: object, _mechanism: str, given: Any) -> AuthResult:
    good = isinstance(given, LoginPassword) and (given.login, given.password) == (
        USER.encode(),
        PASSWORD.encode(),
    )
    return AuthResult(success=good)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    where = tmp_path_factory.mktemp("tls")
    files = where / "key.pem", where / "certificate.pem"
    run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", files[0], "-out", files[1]],
        check=True, capture_output=True,
    )  # fmt: skip
    return files


@pytest.fixture
def served(
    request: pytest.FixtureRequest, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Inbox, MailSettings]]:
    """A mail server that takes nothing from one who has not signed in over TLS."""
    security = getattr(request, "param", Security.STARTTLS)
    key, chain = certificate
    tls = SSLContext(PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(chain, key)
    monkeypatch.setenv("SSL_CERT_FILE", str(chain))
    inbox, port = Inbox(), free_port()
    wrapped = (
        {"ssl_context": tls} if security is Security.TLS else {"tls_context": tls, "require_starttls": True}
    )
    server = Controller(
        inbox, hostname="localhost", port=port, authenticator=check, auth_required=security is Security.STARTTLS, auth_require_tls=security is Security.STARTTLS, **wrapped
    )  # fmt: skip
    server.start()
    try:
        yield inbox, settings(port, security)
    finally:
        server.stop()


def settings(port: int, security: Security, password: str = PASSWORD) -> MailSettings:
    server = SmtpServer("localhost", port, security, USER, password)
    return MailSettings(server, "casehub@myndighed.example", "https://casehub.myndighed.example")


def give_address(house: House, login: str, address: str) -> None:
    with house.runtime.work_as_operator() as ctx, ctx.record(Event.STAFF_ADDED):
        staff = ctx.session.get(Staff, house.staff[login])
        assert staff is not None
        staff.mail = address


def prepare(house: House, *others: str) -> None:
    """The tovholder has an address, as have these others, and there is news."""
    for login in ("tovholder", *others):
        give_address(house, login, f"{login}@politi.example")
    refer(house)
    with house.runtime.work(system(house, POLICE)) as ctx:
        news.tell_news(ctx)


def collect(house: House) -> None:
    with house.runtime.work(system(house, POLICE)) as ctx:
        mails.collect_mails(ctx)


def send(house: House, to: MailSettings) -> Sent:
    """One mail, as the worker does it."""

    def post(mail: StaffMail, address: str) -> None:
        with connected(to) as server:
            server.send_message(compose(mail, to=address, settings=to))

    with house.runtime.work(system(house, POLICE)) as ctx:
        return mails.send_next(ctx, post)


@pytest.mark.parametrize("served", [Security.TLS, Security.STARTTLS], indirect=True)
def test_a_mail_says_that_there_is_something_and_never_what(
    house: House, served: tuple[Inbox, MailSettings]
) -> None:
    inbox, server = served
    prepare(house)
    collect(house)
    assert (send(house, server), send(house, server)) == (Sent.TAKEN, Sent.NONE_LEFT)
    [mail] = inbox.mails
    [(mail_id,)] = look(house, "SELECT id FROM mail")
    assert (mail["To"], mail["Message-ID"]) == ("tovholder@politi.example", f"<{mail_id}@myndighed.example>")
    text = f"{mail['Subject']} {mail.get_content()}"
    assert "Der er 1 ny besked til dig." in text
    assert "https://casehub.myndighed.example/beskeder" in text
    [(number,)] = look(house, "SELECT number FROM cases")
    for word in ("Prøvesen", "670385", number, "Herning", "PSP", "sag "):
        assert word not in text


def test_sent_again_after_a_kill_it_has_the_same_message_id(
    house: House, served: tuple[Inbox, MailSettings]
) -> None:
    inbox, server = served
    prepare(house)
    collect(house)

    def killed(mail: StaffMail, address: str) -> None:
        with connected(server) as connection:
            connection.send_message(compose(mail, to=address, settings=server))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), house.runtime.work(system(house, POLICE)) as ctx:
        mails.send_next(ctx, killed)
    house.clock.turn(hours=3)
    assert send(house, server) is Sent.TAKEN
    first, second = inbox.taken
    assert first == second


def test_while_the_server_is_gone_for_a_day_nothing_is_lost_and_it_is_told(
    house: House, served: tuple[Inbox, MailSettings]
) -> None:
    inbox, server = served
    gone = settings(free_port(), server.server.security)
    prepare(house)
    collect(house)
    tried = 0
    for _ in range(24 * 4):
        outcome = send(house, gone)
        tried += outcome is Sent.NO_SERVER
        house.clock.turn(minutes=15)
    assert 24 <= tried <= 40
    [standing] = look(house, "SELECT count(*), min(made_at) FROM mail WHERE sent_at IS NULL AND tries > 0")
    assert standing == (1, START)
    assert send(house, server) is Sent.TAKEN
    assert len(inbox.taken) == 1
    assert look(house, "SELECT count(*) FROM mail WHERE sent_at IS NULL") == [(0,)]


def test_one_who_is_refused_stands_in_nobodys_way(house: House, served: tuple[Inbox, MailSettings]) -> None:
    inbox, server = served
    inbox.refuses.add("tovholder@politi.example")
    prepare(house, "politi.herning-stedfortraeder")
    collect(house)
    outcomes = [send(house, server) for _ in range(3)]
    assert sorted(outcomes) == sorted([Sent.REFUSED, Sent.TAKEN, Sent.NONE_LEFT])
    assert [mail["To"] for mail in inbox.mails] == ["politi.herning-stedfortraeder@politi.example"]
