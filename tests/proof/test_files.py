"""A large file through a browser and granian, up and down: the same bytes, little memory, and on no disk in clear.

The server's own temporary directory is watched, and so is every file it has open: what is unlinked is seen as well.
"""

import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from http.client import HTTPConnection, HTTPResponse, IncompleteRead
from pathlib import Path
from threading import Event, Thread
from uuid import UUID

import psutil
import pytest
from playwright.sync_api import Page

from casehub.demo.people import PASSWORD
from casehub.embedded import EmbeddedServer
from casehub.web.files import AT_ONCE
from tests.databases import copy_of
from tests.house import live_in
from tests.journeys.chromium import open_browser
from tests.journeys.place import Place, open_place
from tests.proof.conftest import Proof
from tests.proof.searching import Search, files_below
from tests.services.scenes import open_case

TIMES = AT_ONCE + 1
SERVICE_UNAVAILABLE = 503
# an upload holds its transaction, which has written, and waits for more
UNDER_WAY = (
    "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE state = 'idle in transaction' AND backend_xid IS NOT NULL"
    " AND datname = current_database())"
)
MARK = "Kvæstbjærg"
MOST_GROWTH = 40 << 20
LARGEST = 100 << 20


@dataclass
class Watch:
    """What the serving processes held at most beyond what they began with, and the files that they had open for writing."""

    serving: list[psutil.Process]
    written: set[str] = field(default_factory=set)
    began: dict[int, int] = field(default_factory=dict)

    def begin(self) -> None:
        for process in self.serving:
            Path(f"/proc/{process.pid}/clear_refs").write_text("5")  # the peak is counted anew (proc(5))
            self.began[process.pid] = process.memory_info().rss

    def growth(self) -> int:
        """Bytes of resident memory at the peak, beyond the beginning."""
        return max(_peak(process.pid) - self.began[process.pid] for process in self.serving)

    def look(self) -> None:
        for process in self.serving:
            for descriptor in Path(f"/proc/{process.pid}/fd").iterdir():
                with suppress(OSError):
                    if stat.S_ISREG(descriptor.stat().st_mode) and _is_written(process.pid, descriptor.name):
                        self.written.add(str(descriptor.readlink()))

    @contextmanager
    def looking(self) -> Iterator[None]:
        done = Event()

        def look() -> None:
            while not done.wait(0.005):
                self.look()

        thread = Thread(target=look)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()


def _peak(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) << 10


def _is_written(pid: int, descriptor: str) -> bool:
    info = Path(f"/proc/{pid}/fdinfo/{descriptor}").read_text().splitlines()
    flags = int(next(line for line in info if line.startswith("flags")).split()[1], 8)
    return flags & os.O_ACCMODE != os.O_RDONLY


@pytest.fixture
def made(proof: Proof, tmp_path: Path) -> Path:
    """A file as large as may be, full of what must not be found, and of noise that does not repeat."""
    size = proof.size(small=5_000_001, full=LARGEST)
    path = tmp_path / "Optagelse æøå.pdf"
    noise = os.urandom(1 << 20)
    with path.open("wb") as file:
        file.write(b"%PDF-1.7\n")
        for number in range(size // len(noise) + 1):
            file.write(f"\r\n--{MARK} {number} ".encode() + noise[number % 997 :])
        file.truncate(size)
    return path


@pytest.fixture
def case_and_place(
    cluster: EmbeddedServer, house_template: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[UUID, Place, dict[str, Path]]]:
    """A case three authorities take part in, served; and every directory the service can write to."""
    name, template_home = house_template
    home, logs = tmp_path / "home", tmp_path / "logs"
    shutil.copytree(template_home, home)
    logs.mkdir()
    temporary = Path(tempfile.mkdtemp(prefix="casehub-proof-tmp-"))
    monkeypatch.setenv("TMPDIR", str(temporary))
    with copy_of(cluster, name) as database:
        with live_in(database, home) as house:
            case_id = open_case(house)
        with open_place(cluster, database, home, logs) as place:
            monkeypatch.delenv("TMPDIR")
            places = {"state": home, "output": logs, "temporary": temporary, "database": cluster.data}
            yield case_id, place, places
    shutil.rmtree(temporary)


def test_a_file_of_100_mb(
    proof: Proof, made: Path, case_and_place: tuple[UUID, Place, dict[str, Path]]
) -> None:
    """A file of 100 MB goes up and down through the browser: the same bytes, bounded memory, nowhere in clear"""
    case_id, place, places = case_and_place
    size = made.stat().st_size
    watch = Watch(_serving())
    with open_browser() as browser:
        page = browser.new_page(base_url=place.url, locale="da", accept_downloads=True)
        _sign_in(page, "psykiatri.midt")
        _up(page, case_id, _a_small_one(made))  # what is loaded at the first file is no growth
        watch.begin()
        with watch.looking():
            begun = time.perf_counter()
            _up(page, case_id, made)
            up, growth_up = time.perf_counter() - begun, watch.growth()
            watch.begin()
            begun = time.perf_counter()
            with page.expect_download() as downloading:
                page.get_by_role("link", name=made.name, exact=False).first.click()
            fetched = Path(downloading.value.path())
            down, growth_down = time.perf_counter() - begun, watch.growth()
        assert downloading.value.suggested_filename == made.name
        assert _digest(fetched) == _digest(made)
        line = Line(page, place, f"/sager/{case_id}/filer")
        line.break_uploads()
        line.break_downloads()
        line.find_a_broken_chunk()

    assert max(growth_up, growth_down) < MOST_GROWTH
    assert {name for name in watch.written if not name.startswith(str(places["output"]))} == set()
    [(chunks, stored)] = place.rows("SELECT count(*), sum(octet_length(sealed)) FROM file_chunk WHERE"
                                    " item_version_id = (SELECT item_version_id FROM file_chunk ORDER BY number DESC LIMIT 1)")  # fmt: skip
    assert stored == size + 16 * int(str(chunks))
    search = Search(words=[MARK], numbers={})
    assert search.seek([made])[1], "the search finds it where it is"
    searched, found = search.seek(files_below(*places.values()))
    assert found == {}

    proof.figure("bytes of the file", size)
    proof.figure("memory of the server beyond its beginning, up", round(growth_up / 2**20, 1), "MiB")
    proof.figure("memory of the server beyond its beginning, down", round(growth_down / 2**20, 1), "MiB")
    proof.figure("up", round(size / 2**20 / up, 1), "MiB a second")
    proof.figure("down", round(size / 2**20 / down, 1), "MiB a second")
    proof.figure("searched for the clear text", round(searched / 2**20), "MiB")
    proof.figure("found", 0)


@dataclass
class Line:
    """What happens to a file between browser and server, spoken by hand in the browser's session."""

    page: Page
    place: Place
    path: str

    def break_uploads(self) -> None:
        """More of them than there is room for at a time: each leaves nothing, and gives its room back."""
        self.page.goto(f"{self.path}/ny")
        token = self.page.locator("main input[name=csrf_token]").input_value()
        before = self._standing()
        body = (
            f'--b\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{token}\r\n'
            '--b\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n%PDF-'
        ).encode() + bytes(3 << 20)
        for _ in range(TIMES):
            with self._connected() as connection:
                connection.putrequest("POST", f"{self.path}/ny")
                for name, value in (
                    ("Cookie", self._cookie()),
                    ("Content-Type", "multipart/form-data; boundary=b"),
                    ("Content-Length", str(50 << 20)),
                ):
                    connection.putheader(name, value)
                connection.endheaders(body)
                self.place.wait_until(UNDER_WAY)
            self.place.wait_until(f"SELECT NOT ({UNDER_WAY.removeprefix('SELECT ')})")
        assert self._standing() == before

    def break_downloads(self) -> None:
        """As many: the server goes on to the next."""
        for _ in range(TIMES):
            with self._fetching() as response:
                assert len(response.read(1 << 16)) == 1 << 16
        until = time.monotonic() + 20
        while True:
            with self._fetching() as response:
                if response.status != SERVICE_UNAVAILABLE:  # the last of them is noticed by now
                    break
            assert time.monotonic() < until
            time.sleep(0.1)
        with self._fetching() as response:
            assert len(response.read()) == int(response.headers["Content-Length"])

    def find_a_broken_chunk(self) -> None:
        """The last of the file: what comes before it was right and is sent, and the line ends short of the length told."""
        self.place.change(
            "UPDATE file_chunk SET sealed = set_byte(sealed, 0, get_byte(sealed, 0) # 1) WHERE number ="
            " (SELECT max(number) FROM file_chunk)"
        )
        with self._fetching() as response, pytest.raises(IncompleteRead) as short:
            response.read()
        assert len(short.value.partial) % (1 << 20) == 0
        assert len(short.value.partial) < int(response.headers["Content-Length"])
        self.place.wait_until(
            "SELECT event = 'item.opening_failed' FROM audit_content ORDER BY entry_id DESC LIMIT 1"
        )

    def _standing(self) -> object:
        return self.place.rows(
            "SELECT (SELECT count(*) FROM file_chunk), (SELECT count(*) FROM item),"
            " (SELECT count(*) FROM audit_content WHERE starts_with(event, 'file.'))"
        )

    @contextmanager
    def _fetching(self) -> Iterator[HTTPResponse]:
        [(item,)] = self.place.rows(
            "SELECT v.item_id FROM file_chunk JOIN item_version v ON v.id = item_version_id ORDER BY number DESC LIMIT 1"
        )
        with self._connected() as connection:
            connection.request("GET", f"{self.path}/{item}", headers={"Cookie": self._cookie()})
            with connection.getresponse() as response:
                yield response

    @contextmanager
    def _connected(self) -> Iterator[HTTPConnection]:
        with closing(HTTPConnection(self.place.url.removeprefix("http://"), timeout=60)) as connection:
            yield connection

    def _cookie(self) -> str:
        return "; ".join(f"{each['name']}={each['value']}" for each in self.page.context.cookies())


def _serving() -> list[psutil.Process]:
    """The processes of `casehub serve`."""
    family = psutil.Process().children(recursive=True)
    return [process for process in family if process.cmdline()[-1:] == ["serve"]]


def _sign_in(page: Page, login: str) -> None:
    page.goto("/log-ind")
    page.get_by_label("Brugernavn").fill(login)
    page.get_by_label("Adgangskode").fill(PASSWORD)
    page.get_by_role("button", name="Log ind").click()


def _up(page: Page, case_id: UUID, file: Path) -> None:
    page.goto(f"/sager/{case_id}/filer/ny")
    page.get_by_role("button", name="Gå videre").click()
    page.get_by_label("Fil", exact=True).set_input_files(file)
    page.get_by_role("button", name="Gem filen").click(timeout=600_000)
    page.get_by_text("Filen er gemt.").wait_for(timeout=600_000)


def _a_small_one(beside: Path) -> Path:
    path = beside.with_name("Lille.txt")
    path.write_text("Aftale.")
    return path


def _digest(path: Path) -> str:
    whole = sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            whole.update(block)
    return whole.hexdigest()
