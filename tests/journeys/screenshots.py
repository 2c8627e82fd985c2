"""`python -m tests.journeys.screenshots`: the pictures of docs/screenshots, taken on the journey itself at two widths."""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page

from casehub.embedded import EmbeddedServer
from casehub.model.bootstrap import NODE, OWNER, create_database, create_roles, migrate
from tests.databases import copy_of, place_for_cluster
from tests.house import furnish
from tests.journeys import chapters
from tests.journeys.cast import WIDE, Cast
from tests.journeys.chromium import open_browser
from tests.journeys.place import Place, open_place
from tests.journeys.story import Story
from tests.journeys.test_psp_journey import what_is_overdue_is_seen_at_once

WHERE = Path(__file__).parents[2] / "docs" / "screenshots"
# the journey's name of a page: the picture's, and how far down it goes at 1280 and at 390 px
PICTURES = {
    "day-late": ("day", 1000, 1100),
    "case-psychiatry": ("case", 1300, 1500),
    "referral": ("referral", 1400, 1500),
    "parties": ("parties", 1400, 1500),
    "log-kontrol.politi": ("log", 1500, 1500),
    "desk-kontrol.politi": ("desk", 1200, 1500),
    "note-confirm": ("note-confirm", 1000, 1300),
}
MOST_BYTES = 300_000


def take(name: str, page: Page) -> None:
    """Both pictures of a page, if it is one of those wanted."""
    if name not in PICTURES:
        return
    picture, *heights = PICTURES[name]
    for width, most in zip((1280, 390), heights, strict=True):
        page.set_viewport_size({"width": width, "height": 844})
        page.evaluate("scrollTo(0, 0); document.activeElement.blur()")
        height = min(most, page.evaluate("document.documentElement.scrollHeight"))
        path = WHERE / f"{picture}-{width}.png"
        page.screenshot(path=path, full_page=True, clip={"x": 0, "y": 0, "width": width, "height": height})
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise ValueError(f"{path.name} has {size} bytes: let it show less of the page")
        sys.stdout.write(f"{path.name}: {width} x {height}, {size // 1000} kB\n")
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]


def walk(cast: Cast, place: Place) -> None:
    """Three cases, so that nobody's day is empty; the one that is shared last stands on top of the log."""
    quiet = Cast(cast.browser, cast.url)
    first = Story(cpr="730385-1234", name="Freja Lundsgaard Opfundet")
    waiting = chapters.refer(quiet, first)
    _share(quiet, Story(cpr="740385-1234", name="Gorm Hedegaard Fantasi"), chapters.MEETING_IN_DAYS + 7)
    story = Story()
    case = _share(cast, story, chapters.MEETING_IN_DAYS)
    kept = chapters.psychiatry_answers_and_writes(cast, story, case)
    chapters.the_kommune_reads_the_one_note(cast, story, case, kept)
    what_is_overdue_is_seen_at_once(cast, place, case)
    chapters.triage(quiet, first, waiting)
    chapters.share(quiet, first, waiting)
    quiet["politi.skive"].go(case)
    place.ask_worker("find_signals", authority="mvj-politi")
    place.wait_until("SELECT count(*) > 0 FROM log_signal")
    reviewer = cast["kontrol.politi"]
    reviewer.show("desk-kontrol.politi")
    reviewer.go("/log")
    reviewer.show("log-kontrol.politi")
    quiet.leave()
    cast.leave()


def _share(cast: Cast, story: Story, meeting_in_days: int) -> str:
    case = chapters.refer(cast, story)
    chapters.triage(cast, story, case, meeting_in_days)
    chapters.share(cast, story, case)
    return case


@contextmanager
def furnished_place() -> Iterator[Place]:
    """A served casehub of its own, gone afterwards."""
    server_home = place_for_cluster()
    home = Path(tempfile.mkdtemp(prefix="casehub-pictures-"))
    server = EmbeddedServer.start(server_home, settings={"fsync": "off"})
    try:
        passwords = {"owner_password": server.password(OWNER), "node_password": server.password(NODE)}
        create_roles(server.superuser_url(), **passwords)
        create_database(server.superuser_url(), "pictures")
        migrate(server.url(OWNER, "pictures"))
        with copy_of(server, "pictures", "pictured") as database:
            furnish(database, home)
            with open_place(server, database, home, home) as place:
                yield place
    finally:
        server.stop(immediately=True)
        shutil.rmtree(server_home)
        shutil.rmtree(home)


def main() -> None:
    """Take them all."""
    WHERE.mkdir(parents=True, exist_ok=True)
    with furnished_place() as place, open_browser() as browser:
        walk(Cast(browser, place.url, take), place)


if __name__ == "__main__":
    main()
