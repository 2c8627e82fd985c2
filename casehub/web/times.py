"""Times as people read them: Danish words, always in Europe/Copenhagen.

Deadlines that end a day (23:59:59) show the day alone. Pure functions; `now` is an argument.
"""

from datetime import date, datetime, timedelta

from casehub.services.wording import MONTHS
from casehub.workflow.calendar import COPENHAGEN, ends_the_day

DAYS = ("mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag", "søndag")
HOUR = timedelta(hours=1)


def day_text(day: date) -> str:
    """`tirsdag 24. november 2026`. A datetime is first turned into its Danish day."""
    if isinstance(day, datetime):
        day = day.astimezone(COPENHAGEN).date()
    return f"{DAYS[day.weekday()]} {day.day}. {MONTHS[day.month - 1]} {day.year}"


def typed_day_text(text: str) -> str:
    """A typed date in Danish words; as it was typed if it is none."""
    try:
        return day_text(date.fromisoformat(text))
    except ValueError:
        return text


def local_time_text(text: str) -> str:
    """A typed local time (2026-12-01T14:30) in Danish words; as it was typed if it is none."""
    try:
        return time_text(datetime.fromisoformat(text).replace(tzinfo=COPENHAGEN))
    except ValueError:
        return text


def clock_text(at: datetime) -> str:
    """`12.05`: the Danish way of writing 12:05."""
    return at.astimezone(COPENHAGEN).strftime("%H.%M")


def time_text(at: datetime) -> str:
    """`tirsdag 24. november 2026 kl. 12.00`."""
    return f"{day_text(at)} kl. {clock_text(at)}"


def short_text(at: datetime) -> str:
    """`24. nov. 2026 kl. 12.00`, for tables."""
    local = at.astimezone(COPENHAGEN)
    month = MONTHS[local.month - 1]
    named = month if len(month) <= len("april") else f"{month[:3]}."
    return f"{local.day}. {named} {local.year} kl. {clock_text(at)}"


def log_text(at: datetime) -> str:
    """`24.11.2026 kl. 12.00.05`: the order of log lines can be seen."""
    return at.astimezone(COPENHAGEN).strftime("%d.%m.%Y kl. %H.%M.%S")


def deadline_text(due: datetime) -> str:
    """The deadline as a day, with the clock time only when it is not the end of the day."""
    return day_text(due) if ends_the_day(due) else time_text(due)


def remaining_text(due: datetime, now: datetime) -> str:
    """How long there is left: `i dag`, `om 3 timer`, `i morgen`, `om 2 dage`, `2 dage over fristen`."""
    days = (due.astimezone(COPENHAGEN).date() - now.astimezone(COPENHAGEN).date()).days
    if due < now:
        return f"{_late(due, now, -days)} over fristen"
    if days == 0 and not ends_the_day(due):
        return f"om {_amount(max(1, round((due - now) / HOUR)), 'time', 'timer')}"
    named = {0: "i dag", 1: "i morgen"}
    return named.get(days, f"om {_amount(days, 'dag', 'dage')}")


def _late(due: datetime, now: datetime, days: int) -> str:
    if days == 0:
        hours = int((now - due) / HOUR)
        return _amount(hours, "time", "timer") if hours else "under en time"
    return _amount(days, "dag", "dage")


def _amount(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
