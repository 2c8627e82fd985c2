"""Looking at pages as those do who cannot see them, or see them small: axe-core at 1280 and at 390 px."""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from playwright.sync_api import Page

from tests.journeys.cast import WIDE

AXE = Path(__file__).parents[2] / "casehub" / "web" / "static" / "vendor" / "axe" / "axe.min.js"
RUN = "axe.run(document, {resultTypes: ['violations']})"


@dataclass(slots=True)
class Eyes:
    """What was seen, by the journey's names of the pages; each is looked at once."""

    seen: dict[str, list[str]] = field(default_factory=dict)

    def __call__(self, name: str, page: Page) -> None:
        if name not in self.seen:
            self.seen[name] = faults(page)

    @property
    def faults(self) -> dict[str, list[str]]:
        return {name: found for name, found in self.seen.items() if found}


def faults(page: Page) -> list[str]:
    """What axe finds, and what sticks out, at both widths; the page is left as it was."""
    page.evaluate(_axe())  # not an inline script: the policy stays in force
    found = []
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 844})
        for fault in page.evaluate(RUN)["violations"]:
            found += [f"{width} px: {fault['id']}: {node['html']}" for node in fault["nodes"]]
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(f"{width} px: wider than the window")
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    return found


@cache
def _axe() -> str:
    return AXE.read_text()
