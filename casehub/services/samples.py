"""Samples (stikprøver): an unpredictable draw of recent look-ups by own staff that nothing explains. Kept as it was drawn.

Drawn by the operating system's randomness, so that nobody can know beforehand what will be looked at.
"""

from collections import Counter
from datetime import timedelta
from random import SystemRandom
from uuid import UUID

from sqlalchemy import select

from casehub.access.actions import Action
from casehub.audit import Event, ObjectRef
from casehub.model import LogSample, Staff, new_id
from casehub.services.checking import Checking
from casehub.services.context import Context
from casehub.services.desk_views import LeftOut, SamplesView, SampleView
from casehub.services.errors import NotFound
from casehub.services.log_lines import lines_of
from casehub.services.look_ups import REASONS, find_look_ups
from casehub.values.text import ValueRefused

MOST_LISTED = 50
_CHANCE = SystemRandom()


def draw_sample(ctx: Context, *, size: str) -> UUID:
    """Draw and keep a sample; its id. `size` as typed. FormRefused; NotFound for all but reviewers."""
    control = ctx.catalogue.current.control
    with ctx.gate.create(action=Action.LOG_SAMPLE, event=Event.LOG_SAMPLED) as writing:
        check = Checking()
        wanted = check.value("size", size, lambda typed: _whole(typed, control.sample_most)) or 0
        check.done()
        since = ctx.now - timedelta(days=control.sample_days)
        look_ups = find_look_ups(ctx, since=since, until=ctx.now)
        eligible = [each.entry_id for each in look_ups if each.reason is None]
        drawn = _CHANCE.sample(eligible, min(wanted, len(eligible)))
        sample = LogSample(
            id=new_id(),
            authority_id=ctx.actor.authority,
            drawn_by=ctx.actor.staff_id,
            drawn_at=ctx.now,
            since=since,
            wanted=wanted,
            considered=len(look_ups),
            left_out=dict(Counter(each.reason for each in look_ups if each.reason)),
            eligible=len(eligible),
            entries=drawn,
        )
        writing.add(sample)
        writing.objects.append(ObjectRef("sample", str(sample.id), None, ctx.actor.authority))
        writing.objects.extend(ObjectRef("entry", str(each)) for each in drawn)
    return sample.id


def list_samples(ctx: Context) -> SamplesView:
    """Draws so far, newest first, without their lines. NotFound for all but reviewers."""
    ctx.gate.visit(action=Action.LOG_READ, event=Event.DESK_READ)
    newest = select(LogSample).order_by(LogSample.drawn_at.desc()).limit(MOST_LISTED)
    control = ctx.catalogue.current.control
    samples = tuple(_view(ctx, row) for row in ctx.session.scalars(newest))
    return SamplesView(samples, control.sample_size, control.sample_most, control.sample_days)


def read_sample(ctx: Context, *, sample_id: UUID) -> SampleView:
    """A draw with the lines that were drawn. NotFound."""
    ctx.gate.visit(action=Action.LOG_READ, event=Event.LOG_READ)
    sample = ctx.session.get(LogSample, sample_id)
    if sample is None:
        raise NotFound
    return _view(ctx, sample, with_lines=True)


def _whole(typed: str, most: int) -> int:
    if typed.strip().isascii() and typed.strip().isdigit() and 1 <= int(typed.strip()[:9]) <= most:
        return int(typed)
    raise ValueRefused(f"Skriv et helt tal fra 1 til {most}.")


def _view(ctx: Context, row: LogSample, *, with_lines: bool = False) -> SampleView:
    who = ctx.session.get_one(Staff, row.drawn_by)
    left_out = (LeftOut(words, row.left_out.get(reason, 0)) for reason, words in REASONS.items())
    return SampleView(
        id=row.id,
        drawn_by=who.name,
        drawn_at=row.drawn_at,
        since=row.since,
        wanted=row.wanted,
        considered=row.considered,
        eligible=row.eligible,
        left_out=tuple(each for each in left_out if each.count),
        drawn=len(row.entries),
        lines=lines_of(ctx, row.entries) if with_lines else (),
    )
