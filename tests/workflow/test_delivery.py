"""When a mail may go: by the person's choice, in Danish time, and at once for what is acute."""

from datetime import datetime, time

import pytest

from casehub.workflow.calendar import COPENHAGEN
from casehub.workflow.delivery import Choice, Delivery, mail_at

NIGHT = (time(20), time(6))
LUNCH = (time(12), time(13))
NOW, DAILY, NEVER = Delivery.IMMEDIATE, Delivery.DIGEST, Delivery.IN_APP


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=COPENHAGEN)


@pytest.mark.parametrize(
    ("choice", "now", "expected"),
    [
        (Choice(), "2026-11-24T23:00", "2026-11-24T23:00"),
        (Choice(NOW, NIGHT), "2026-11-24T19:59", "2026-11-24T19:59"),
        (Choice(NOW, NIGHT), "2026-11-24T20:00", "2026-11-25T06:00"),
        (Choice(NOW, NIGHT), "2026-11-25T05:59", "2026-11-25T06:00"),
        (Choice(NOW, NIGHT), "2026-11-25T06:00", "2026-11-25T06:00"),
        (Choice(NOW, LUNCH), "2026-11-25T12:30", "2026-11-25T13:00"),
        (Choice(NOW, NIGHT), "2026-10-24T23:00", "2026-10-25T06:00"),  # summer time ends: one hour longer
        (Choice(DAILY), "2026-11-24T06:59", "2026-11-24T07:00"),
        (Choice(DAILY), "2026-11-24T07:01", "2026-11-25T07:00"),
        (Choice(DAILY, (time(20), time(9))), "2026-11-24T12:00", "2026-11-25T09:00"),
        (Choice(NEVER), "2026-11-24T12:00", None),
    ],
)
def test_a_mail_goes_when_the_person_wants_it(choice: Choice, now: str, expected: str | None) -> None:
    found = mail_at(choice, now=at(now), acute=False)
    assert found == (at(expected) if expected else None)
    assert mail_at(choice, now=at(now), acute=True) == at(now)
