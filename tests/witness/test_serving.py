"""The witness over HTTP, as `casehub audit witness serve` runs it, and across kill -9."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from hashlib import sha256
from http.client import HTTPException
from pathlib import Path

from click.testing import CliRunner

from casehub.cli import main
from casehub.transparency.asking import Outcome, ask
from casehub.transparency.proofs import consistency_proof
from casehub.transparency.tree import leaf_hash, whole_root
from tests.transparency.outsider import Key, read_checkpoint
from tests.witness.logs import Log, entries
from tests.witness.running import Running, free_port, running


def prove(of: list[bytes]):
    leaves = [leaf_hash(entry) for entry in of]
    return lambda old: consistency_proof(
        lambda level, index: whole_root(leaves[index << level : (index + 1) << level]), old, len(of)
    )


def test_the_command_serves_the_specifications_answers(tmp_path: Path):
    log = Log()
    with running(tmp_path / "home", log.vkey) as server:
        assert server.post(b"nonsense")[0] == 400
        assert server.post(b"x" * 70_000)[0] == 400
        assert server.post(b"", path="/")[0] == 404
        assert server.post(b"", method="GET")[0] == 405
        assert server.post(Log("example.com/other").submission(entries(1), old=0))[0] == 404
        assert server.post(Log(log.name).submission(entries(1), old=0))[0] == 403
        assert server.post(log.submission(entries(5), old=3)) == (409, "text/x.tlog.size", "0\n")
        held = f"/{sha256(log.name.encode()).hexdigest()}/checkpoint"
        assert server.post(b"", held, "GET")[0] == 404
        other = "\u2014 somebody.else AAAAAAAA\n".encode()  # what a log may add, and no witness vouches for
        status, _, line = server.post(log.submission(entries(5), old=0) + other)
        assert status == 200
        assert server.post(b"", held, "GET")[2] == log.checkpoint(entries(5)) + line
        assert [server.post(b"", held)[0], server.post(b"", f"/{'0' * 64}/checkpoint", "GET")[0]] == [
            405,
            404,
        ]
        tree = read_checkpoint(
            log.checkpoint(entries(5)) + line, Key.read(log.vkey), [Key.read(str(server.witness.key))]
        )
        assert list(tree.cosigned) == ["example.com/witness"]
        assert server.post(log.submission([*entries(5, "other"), *entries(2)], old=5))[0] == 422
        shown = CliRunner().invoke(main, ["audit", "witness", "show", "--home", str(server.home)])
        assert shown.output.splitlines()[0] == str(server.witness.key)
        assert f"{log.name}: 5 entries, " in shown.output


def test_our_side_asks_and_tells_the_answers_apart(tmp_path: Path):
    log = Log()
    grown, other = entries(9), [*entries(5, "other"), *entries(7)]
    with running(tmp_path / "home", log.vkey) as server:
        seen = server.witness
        first = ask(seen, note=log.checkpoint(entries(5)), known=0, prove=prove(entries(5)))
        assert first.outcome == Outcome.COSIGNED
        for known in (0, 5, 7, 9):  # wherever we believe it is
            again = ask(seen, note=log.checkpoint(grown), known=known, prove=prove(grown))
            assert again.outcome == Outcome.COSIGNED
            assert again.cosignature is not None
            again.cosignature.key.verify(
                log.checkpoint(grown).split("\n\n")[0] + "\n", again.cosignature.signature
            )
        behind = ask(seen, note=log.checkpoint(entries(7)), known=5, prove=prove(entries(7)))
        assert (behind.outcome, "9 entries, and the log has 7" in behind.told) == (Outcome.AHEAD, True)
        for fork in (other, entries(9, "other")):
            forked = ask(seen, note=log.checkpoint(fork), known=9, prove=prove(fork))
            assert forked.outcome == Outcome.FORKED, forked
        stranger = ask(seen, note=Log(log.name).checkpoint(grown), known=9, prove=prove(grown))
        assert stranger.outcome == Outcome.REFUSED
    gone = ask(seen, note=log.checkpoint(grown), known=9, prove=prove(grown))
    assert gone.outcome == Outcome.SILENT


def test_a_witness_killed_at_any_moment_remembers_every_tree_it_cosigned(tmp_path: Path):
    log, port, told = Log(), free_port(), [0]
    for enough in (3, 17, 40):
        with running(tmp_path / "home", log.vkey, port=port) as server, ThreadPoolExecutor(1) as pool:
            status, _, held = server.post(log.submission(entries(told[-1] + 9), old=told[-1] + 5))
            # what was told is never forgotten; one that was kept may not have been told any more
            assert (status, int(held) in {told[-1], told[-1] + 1}) == (409, True)
            told.append(int(held))

            def keep_asking(server: Running = server) -> None:
                with suppress(OSError, HTTPException):
                    while server.post(log.submission(entries(told[-1] + 1), old=told[-1]))[0] == 200:
                        told.append(told[-1] + 1)

            asking = pool.submit(keep_asking)
            while told[-1] < enough and not asking.done():
                time.sleep(0.001)
            server.kill()
            asking.result()
        assert told[-1] >= enough
