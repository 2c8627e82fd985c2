"""What an opened item says, as (label, text) lines: for whoever takes it back, gives it to more, or takes it out.

Of a file it is what it is, not what is in it.
"""

from casehub.access.gate import Content, Reading
from casehub.access.rows import ItemRows
from casehub.services.assessment_views import KIND as ASSESSMENT
from casehub.services.assessment_views import assessment_lines
from casehub.services.context import Context
from casehub.services.evidence import evidence_lines, outcome_text
from casehub.services.running import load_running
from casehub.values.file_name import safe_name

Lines = tuple[tuple[str, str], ...]


def item_lines(ctx: Context, reading: Reading, rows: ItemRows, content: Content) -> Lines:
    """Of an item of a kind that is given to others one by one (`ITEM_WORDS`)."""
    if rows.item.kind == "evidence":
        return _step_lines(ctx, reading, rows, content)
    if rows.item.kind == ASSESSMENT:
        return assessment_lines(ctx, content)
    if rows.item.kind == "file":
        lines = (("Fil", safe_name(content["name"])), ("Beskrivelse", content["description"]))
        return tuple((label, text) for label, text in lines if text)
    return (("Sagt" if rows.item.kind == "oral" else "Notat", content["text"]),)


def _step_lines(ctx: Context, reading: Reading, rows: ItemRows, content: Content) -> Lines:
    running = load_running(ctx, reading.rows)
    row = next(row for row in reading.rows.steps if row.evidence_item == rows.item.id)
    step = running.step_of(row)
    lines = [("Trin", f"{step.number}. {step.title}"), ("Svar", outcome_text(step, row.outcome) or "")]
    return tuple(
        (label, text) for label, text in (*lines, *evidence_lines(ctx.catalogue, step, content)) if text
    )
