"""Settings as they are typed: what cannot be meant is told by name, and never with a password in it."""

import pytest

from casehub.config import ConfigError, Security, SmtpServer, read_config

MAIL = {
    "CASEHUB_MAIL_FROM": "casehub@myndighed.example",
    "CASEHUB_PUBLIC_URL": "https://casehub.myndighed.example",
}


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtps://mail.example", SmtpServer("mail.example", 465, Security.TLS)),
        (
            "smtp://a%40b:h%2Fm@mail.example:2525",
            SmtpServer("mail.example", 2525, Security.STARTTLS, "a@b", "h/m"),
        ),
        ("smtp+plain://127.0.0.1", SmtpServer("127.0.0.1", 25, Security.NONE)),
        ("smtp+plain://mail.example", None),
        ("http://mail.example", None),
        ("smtp://u:hemmelig@mail.example/x", None),
        ("smtp://u:hemmelig@mail.example:port", None),
    ],
)
def test_the_mail_server_is_reached_under_tls_or_on_this_machine(url: str, expected: SmtpServer | None):
    settings = {"CASEHUB_SMTP_URL": url, **MAIL}
    if expected is None:
        with pytest.raises(ConfigError, match="CASEHUB_SMTP_URL") as refused:
            read_config(settings)
        assert "hemmelig" not in str(refused.value)
        return
    config = read_config(settings)
    assert config.mail is not None
    assert config.mail.server == expected
    assert "h/m" not in repr(config)


def test_mail_needs_its_sender_and_its_address():
    with pytest.raises(ConfigError, match="needs CASEHUB_MAIL_FROM"):
        read_config({"CASEHUB_SMTP_URL": "smtps://mail.example"})
    with pytest.raises(ConfigError, match=r"CASEHUB_PUBLIC_URL.*\n.*CASEHUB_MAIL_FROM"):
        read_config({"CASEHUB_PUBLIC_URL": "https://a.example/x?y", "CASEHUB_MAIL_FROM": "a b@c"})
