"""What a witness answers, to the letter of c2sp.org/tlog-witness, and that it never forgets or contradicts itself."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path

import pytest

from casehub.transparency.notes import NoteRefused
from casehub.witness.deciding import Reply, add_checkpoint
from casehub.witness.home import Home, WitnessRefused
from tests.transparency.outsider import Key, read_checkpoint, submission
from tests.witness.logs import Log, entries

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
SIZE = "text/x.tlog.size"


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def home(tmp_path: Path, log: Log) -> Home:
    Home.create(tmp_path / "home", "example.com/witness")
    (tmp_path / "home" / "logs").write_text(f"{log.vkey}\n")
    return Home.open(tmp_path / "home")


def answer(home: Home, body: bytes) -> Reply:
    return add_checkpoint(home, body, lambda: NOW)


def held(home: Home, log: Log) -> int:
    note = home.checkpoint_of(log.name).read_text()
    tree = read_checkpoint(note, Key.read(log.vkey), [Key.read(str(home.key))])
    assert tree.cosigned
    return tree.size


def test_a_log_that_grows_is_cosigned_at_each_step_and_the_newest_is_kept(home: Home, log: Log):
    old = 0
    for size in (1, 2, 2, 3, 8, 13, 300):
        reply = answer(home, log.submission(entries(size), old=old))
        assert (reply.status, reply.text.count("\n")) == (200, 1)
        note = log.checkpoint(entries(size)) + reply.text
        tree = read_checkpoint(note, Key.read(log.vkey), [Key.read(str(home.key))])
        assert (tree.size, tree.cosigned) == (size, {"example.com/witness": int(NOW.timestamp())})
        assert held(home, log) == size
        old = size


def test_another_old_size_is_answered_with_the_one_that_is_known(home: Home, log: Log):
    assert answer(home, log.submission(entries(5), old=3)) == Reply(HTTPStatus.CONFLICT, "0\n", SIZE)
    answer(home, log.submission(entries(5), old=0))
    for old in (0, 4, 6):
        assert answer(home, log.submission(entries(9), old=old)) == Reply(HTTPStatus.CONFLICT, "5\n", SIZE)
    smaller = log.submission(entries(3), old=3)
    assert answer(home, smaller) == Reply(HTTPStatus.CONFLICT, "5\n", SIZE)
    assert held(home, log) == 5


def test_a_fork_is_not_cosigned_whatever_its_size(home: Home, log: Log):
    answer(home, log.submission(entries(5), old=0))
    same = answer(home, submission(5, [], log.checkpoint(entries(5, "other"))))
    assert (same.status, same.kind) == (409, SIZE)
    grown = [*entries(5, "other"), *entries(4)]
    assert answer(home, log.submission(grown, old=5)).status == 422
    honest = log.submission(entries(9), old=5)
    assert answer(home, honest.replace(b"\n\n", b"\n" + b"A" * 43 + b"=\n\n", 1)).status == 422
    assert held(home, log) == 5
    assert answer(home, honest).status == 200


def test_what_is_sent_with_no_tree_before_it_needs_no_proof_and_may_hold_none(home: Home, log: Log):
    first = log.submission(entries(5), old=0)
    assert answer(home, first.replace(b"\n\n", b"\n" + b"A" * 43 + b"=\n\n", 1)).status == 422
    assert answer(home, first).status == 200


def test_a_log_or_a_key_that_is_not_known_is_told_apart(home: Home, log: Log):
    assert answer(home, Log("example.com/other").submission(entries(2), old=0)).status == 404
    assert answer(home, Log(log.name).submission(entries(2), old=0)).status == 403
    forged = log.submission(entries(2), old=0).replace(b"\n2\n", b"\n3\n")
    assert answer(home, forged).status == 403
    assert not home.checkpoint_of(log.name).exists()


@pytest.mark.parametrize(
    "change",
    [
        lambda _: b"",
        lambda body: body[:-1],
        lambda body: body.replace(b"old 0", b"old 00"),
        lambda body: body.replace(b"old 0", b"old -1"),
        lambda body: body.replace(b"old 0", b"old "),
        lambda body: body.replace(b"old 0", b"old 99999999999999999999"),
        lambda body: body.replace(b"old 0", b"old 9"),  # larger than the checkpoint
        lambda body: body.replace(b"old 0", b"new 0"),
        lambda body: body.replace(b"\n\n", b"\nAAAA\n\n", 1),
        lambda body: body.replace(b"\n\n", b"\n" + b"\n".join([b"A" * 43 + b"="] * 64) + b"\n\n", 1),
        lambda body: body.replace(b"\n\n", b"\n", 1),
        lambda body: body.replace(b"\n5\n", b"\nfive\n"),
        lambda body: body + b"\xff",
    ],
)  # fmt: skip
def test_what_is_no_submission_is_a_bad_request(home: Home, log: Log, change):
    assert answer(home, change(log.submission(entries(5), old=0))).status == 400


def test_two_requests_at_once_never_roll_back(home: Home, log: Log):
    """The race the specification warns of: the smaller tree must not be kept after the larger was cosigned."""
    answer(home, log.submission(entries(10), old=0))
    for base in range(10, 40, 3):
        bodies = [log.submission(entries(base + more), old=base) for more in (1, 2, 3)] * 2
        with ThreadPoolExecutor(6) as pool:
            statuses = sorted(reply.status for reply in pool.map(lambda body: answer(home, body), bodies))
        # one of the sizes won, perhaps asked twice; whatever came later was told the size
        assert statuses[0] == 200
        size = held(home, log)
        assert base < size <= base + 3
        last = answer(home, log.submission(entries(base + 3), old=size))
        assert last.status == 200


def test_a_witness_that_lost_what_it_cosigned_or_cannot_read_it_signs_nothing(home: Home, log: Log):
    answer(home, log.submission(entries(5), old=0))
    kept = home.checkpoint_of(log.name)
    kept.write_text(kept.read_text().replace("\n5\n", "\n4\n"))
    with pytest.raises(NoteRefused):
        answer(home, log.submission(entries(9), old=4))
    kept.unlink()
    kept.parent.rmdir()
    with pytest.raises(WitnessRefused, match="must not go on with this key"):
        Home.open(home.path)


def test_the_key_is_made_once_and_closed_to_others(home: Home):
    Home.create(home.path, "example.com/again")
    assert Home.open(home.path).key == home.key
    assert (home.path / "key").stat().st_mode & 0o777 == 0o600
    assert home.path.stat().st_mode & 0o777 == 0o700
    with pytest.raises(WitnessRefused, match="no name for a witness"):
        Home.create(home.path / "other", "two words")
