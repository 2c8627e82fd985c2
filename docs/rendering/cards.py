"""docs/cards/<id>.md: a card as a drawing (mermaid) and a table, in Danish as people read the cards."""

from collections.abc import Iterator

from casehub.services.card_pages import CardStepView, CardView, DeadlineView
from rendering.tables import table

HEADS = (
    "nr.",
    "trin",
    "hvem",
    "",
    "frist",
    "fristens art og kilde",
    "venter på",
    "grundlag",
    "dokumentation",
    "påmindelse og overskridelse",
)
SHAPES = {"SKAL": ('["', '"]'), "KAN": ('(["', '"])'), "MILEPÆL": ('>"', '"]')}
GATE = ('{{"', '"}}')


def render_card(card: CardView) -> str:
    """The page."""
    return f"""# {card.name}

Genereret fra `{card.file}` med `make docs`; ret kortet, ikke siden. Netværk: {card.network}.

{" ".join(card.target_group.split())}

```mermaid
flowchart TD
{chr(10).join(_drawing(card))}
```

Firkant: SKAL. Afrundet: KAN. Sekskant: en port, som holder alle senere trin tilbage. Pilene går fra et trin til dem, der venter på det.

{table(HEADS, [tuple(_cells(step)) for step in card.steps])}
"""


def _drawing(card: CardView) -> Iterator[str]:
    for step in card.steps:
        words = f"{step.number}. {step.title}".replace('"', "#quot;")
        before, after = GATE if step.gate else SHAPES[step.kind]
        yield f"  s{step.number}{before}{words}{after}"
    for step in card.steps:
        yield from (f"  s{earlier} --> s{step.number}" for earlier in step.requires)


def _cells(step: CardStepView) -> Iterator[str]:
    yield f"{step.number}{' (port)' if step.gate else ''}"
    yield "<br>".join([step.title, *(f"*{words}*" for words in step.when)])
    yield f"{step.who}{f'<br>{step.role}' if step.role else ''}"
    yield step.kind
    yield "<br>".join(_labelled(deadline) for deadline in step.deadlines) or "–"
    yield "<br>".join(deadline.force for deadline in step.deadlines) or "–"
    yield ", ".join(str(number) for number in step.requires) or "–"
    yield step.basis or "–"
    yield "; ".join(step.evidence) or "–"
    yield step.overdue or "–"


def _labelled(deadline: DeadlineView) -> str:
    return deadline.rule if deadline.label == "Frist" else f"{deadline.label.lower()}: {deadline.rule}"
