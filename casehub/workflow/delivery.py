"""When a mail may tell somebody of a message: at once, with the day's others, or not at all; and never in quiet hours.

Pure functions of the person's choice and the moment, in Danish time. An acute case waits for nothing.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

from casehub.workflow.calendar import COPENHAGEN

DIGEST_AT = time(7)


class Delivery(StrEnum):
    """How a person wants mails."""

    IMMEDIATE = "immediate"
    DIGEST = "digest"
    IN_APP = "in_app"


@dataclass(frozen=True, slots=True)
class Choice:
    """`quiet`: from when to when no mail is sent, over midnight if the first is the later; None: at any time."""

    delivery: Delivery = Delivery.IMMEDIATE
    quiet: tuple[time, time] | None = None


def mail_at(choice: Choice, *, now: datetime, acute: bool) -> datetime | None:
    """When the mail may go; None if there shall be none."""
    if acute:
        return now
    if choice.delivery is Delivery.IN_APP:
        return None
    at = _next(DIGEST_AT, now) if choice.delivery is Delivery.DIGEST else now
    return _after_quiet(choice.quiet, at)


def _after_quiet(quiet: tuple[time, time] | None, at: datetime) -> datetime:
    if quiet is None:
        return at
    begin, end = quiet
    clock = at.astimezone(COPENHAGEN).time()
    is_quiet = begin <= clock < end if begin <= end else clock >= begin or clock < end
    return _next(end, at) if is_quiet else at


def _next(clock: time, after: datetime) -> datetime:
    """The next moment the clock shows that, not before `after`."""
    local = after.astimezone(COPENHAGEN)
    day = local.date() if local.time() <= clock else local.date() + timedelta(days=1)
    return datetime.combine(day, clock, COPENHAGEN)
