"""Oral disclosures: said by telephone or at a meeting, recorded afterwards with their own time."""

from uuid import UUID

from casehub.access.actions import Action
from casehub.audit import Event
from casehub.services.audience import (
    LONGEST_NECESSITY,
    ReaderChoice,
    check_audience,
    choosing,
    save_health_disclosure,
)
from casehub.services.checking import Checking
from casehub.services.context import Context
from casehub.services.running import load_running
from casehub.services.terms import NO_TERMS, Terms


def record_oral_disclosure(
    ctx: Context,
    *,
    case_id: UUID,
    to: str,
    basis: str,
    purpose: str,
    necessity: str,
    content: str,
    happened_at: str,
    terms: Terms = NO_TERMS,
) -> UUID:
    """Record what was said to whom. `happened_at`: Danish local time; not in the future. FormRefused, NotFound."""
    with ctx.gate.write_case(
        action=Action.DISCLOSURE_RECORD, case_id=case_id, event=Event.DISCLOSURE_RECORDED
    ) as writing:
        rows = writing.case
        check = Checking()
        said = check.text("content", content, longest=LONGEST_NECESSITY)
        when = check.moment("happened_at", happened_at)
        if when and when > ctx.now:
            check.wrong("happened_at", "Tidspunktet ligger i fremtiden. Skriv, hvornår det blev sagt.")
        reader = ReaderChoice(to, basis)
        audience = check_audience(
            check,
            choosing(ctx, writing),
            readers=[reader],
            purpose=purpose,
            necessity=necessity,
            terms=terms,
        )
        check.done()
        [ground] = audience.grounds
        oral = writing.seal(case=rows.case, kind="oral", content={"text": said})
        disclosure = writing.disclose(
            case=rows.case,
            items=(),
            ground=ground,
            necessity=audience.necessity,
            happened_at=when,
            oral=oral,
        )
        if ground.basis.inform_citizen:
            save_health_disclosure(writing, load_running(ctx, rows))
    return disclosure.id
