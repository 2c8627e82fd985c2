"""Writes the generated pages: the state table, one page per action card, and what the log holds, settings, addresses and
access policies (a module each in `rendering`).

`make docs` writes them; `make check` runs it with --check, which fails and names what is stale.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from rendering.access import render_access
from rendering.cards import render_card
from rendering.events import render_events
from rendering.routes import render_routes
from rendering.settings import render_settings

from casehub.definitions.loading import load_definitions
from casehub.services.card_pages import describe_card
from casehub.workflow.table import render_state_table

DOCS = Path(__file__).parent
POLICIES = DOCS.parent / "policies"


def pages() -> Iterator[tuple[Path, str]]:
    """Every generated page and what it must hold."""
    yield DOCS / "state-table.md", render_state_table()
    yield DOCS / "events.md", render_events()
    yield DOCS / "settings.md", render_settings()
    yield DOCS / "routes.md", render_routes()
    yield DOCS / "access.md", render_access(POLICIES / "access")
    definitions = load_definitions(POLICIES)
    for card in definitions.cards.values():
        view = describe_card(card, definitions.networks[card.network])
        yield DOCS / "cards" / f"{card.id}.md", render_card(view)


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
