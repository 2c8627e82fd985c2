"""Writes the generated pages: the state table, one page per action card, in Danish as people read the cards, and what the
log holds, settings, addresses and access policies (a module each in `rendering`).

`make docs` writes them; `make check` runs it with --check, which fails and names what is stale.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from rendering.access import render_access
from rendering.events import render_events
from rendering.routes import render_routes
from rendering.settings import render_settings

from casehub.definitions.cards import Card, Deadline, DeadlineUnit, Step
from casehub.definitions.loading import Definitions, load_definitions
from casehub.services.wording import recurring_day
from casehub.workflow.table import render_state_table

DOCS = Path(__file__).parent
POLICIES = DOCS.parent / "policies"

UNITS = {
    DeadlineUnit.HOURS: ("time", "timer"),
    DeadlineUnit.WORKING_DAYS: ("arbejdsdag", "arbejdsdage"),
    DeadlineUnit.CALENDAR_DAYS: ("dag", "dage"),
    DeadlineUnit.MONTHS: ("måned", "måneder"),
}


def pages() -> Iterator[tuple[Path, str]]:
    """Every generated page and what it must hold."""
    yield DOCS / "state-table.md", render_state_table()
    yield DOCS / "events.md", render_events()
    yield DOCS / "settings.md", render_settings()
    yield DOCS / "routes.md", render_routes()
    yield DOCS / "access.md", render_access(POLICIES / "access")
    definitions = load_definitions(POLICIES)
    for card in definitions.cards.values():
        yield DOCS / "cards" / f"{card.id}.md", render_card(card, file_of(card, definitions))


def file_of(card: Card, definitions: Definitions) -> str:
    """Where the card stands: in a file of its own, or in its network's."""
    own = card.sha256 != definitions.networks[card.network].sha256
    return f"policies/cards/{card.id}.yaml" if own else f"policies/networks/{card.network}.yaml"


def render_card(card: Card, file: str) -> str:
    """The card as a table: number, what, who, SKAL or KAN, deadline, what comes first, legal basis."""
    rows = "\n".join(f"| {' | '.join(_cells(step, card))} |" for step in card.steps)
    return f"""# {card.name}

Genereret fra `{file}` med `make docs`; ret kortet, ikke siden.

| nr. | trin | hvem | | frist | fristens art | kræver trin | grundlag |
| --- | --- | --- | --- | --- | --- | --- | --- |
{rows}

Med * er porte: intet senere trin kan begynde før dem.
"""


def _cells(step: Step, card: Card) -> Iterator[str]:
    yield f"{step.number}{' *' if step.gate else ''}"
    yield _flat(step.title) + "".join(f"<br>kun efter `{event}`" for event in step.when)
    yield f"{_flat(step.role)} (`{', '.join(step.each_of) or step.party}`)" if step.party else "–"
    yield step.kind.value
    deadline, acute = step.deadline, step.deadline and step.deadline.acute
    yield "–" if deadline is None else _when(deadline) + (f"<br>akut: {_when(acute)}" if acute else "")
    yield "–" if deadline is None else f"{deadline.kind.value.replace('_', ' ')}: {_flat(deadline.source)}"
    yield ", ".join(str(card.step(key).number) for key in step.requires) or "–"
    yield _flat(step.basis)


def _when(deadline: Deadline) -> str:
    if deadline.unit is DeadlineUnit.SAME_DAY:
        return f"samme dag som `{deadline.of}`"
    if deadline.unit is DeadlineUnit.AT_EVENT:
        return f"ved `{deadline.of}`"
    if deadline.on is not None:
        return f"{recurring_day(deadline.on).lower()}, første gang efter `{deadline.of}`"
    one, more = UNITS[deadline.unit]
    count = abs(deadline.amount)
    side = "før" if deadline.amount < 0 else "efter"
    return f"{count} {one if count == 1 else more} {side} `{deadline.of}`"


def _flat(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def main() -> int:
    """Write what changed, or with --check tell what is stale."""
    stale = [
        (path, text)
        for path, text in pages()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    if "--check" in sys.argv[1:]:
        for path, _ in stale:
            print(f"{path.relative_to(DOCS.parent)} is stale: run `make docs`", file=sys.stderr)
        return 1 if stale else 0
    for path, text in stale:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        print(f"wrote {path.relative_to(DOCS.parent)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
