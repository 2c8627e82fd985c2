"""Cosignatures, the file that says whose count, and how a witness's answer is understood."""

import socket
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import count
from pathlib import Path
from threading import Thread

import pytest

from casehub.transparency.asking import Outcome, ask
from casehub.transparency.cosignatures import WitnessKey, cosigners_of, open_cosignatures
from casehub.transparency.notes import NoteRefused, VerifierKey
from casehub.transparency.trust import TrustRefused, Witness, read_trust
from tests.witness.logs import Log, entries
from tests.witness.notaries import Notary

LOG = Log()
NOTE = LOG.checkpoint(entries(5))
ONE, TWO, THREE = (Notary(f"{name}.example/witness") for name in ("one", "two", "three"))


def test_a_cosignature_holds_on_its_checkpoint_and_nowhere_else():
    line = ONE.cosign(NOTE).line
    assert [each.key for each in open_cosignatures(NOTE + line, [ONE.key, TWO.key])] == [ONE.key]
    assert open_cosignatures(NOTE + line, [TWO.key]) == []  # unknown keys are skipped
    for other in (
        LOG.checkpoint(entries(6)),
        LOG.checkpoint(entries(5, "other")),
        Log("a/b").checkpoint(entries(5)),
    ):
        with pytest.raises(NoteRefused, match="does not belong"):
            open_cosignatures(other + line, [ONE.key])
        assert cosigners_of(other + line + TWO.cosign(other).line, [ONE.key, TWO.key]) == [TWO.key]


def test_a_signature_by_a_witness_is_no_cosignature_and_a_logs_key_is_none_of_a_witness():
    bare = (
        Log(ONE.name, ONE.private).checkpoint(entries(5)).splitlines()[-1] + "\n"
    )  # kind 1, by the same key
    assert open_cosignatures(NOTE + bare, [ONE.key]) == []
    with pytest.raises(NoteRefused, match="kind 04"):
        WitnessKey.parse(LOG.vkey)
    with pytest.raises(NoteRefused, match="kind 01"):
        VerifierKey.parse(str(ONE.key))
    late = Notary("late").cosign(NOTE, datetime(9999, 12, 31, tzinfo=UTC))
    never = b"\xff" * 8 + late.signature[8:]
    with pytest.raises(NoteRefused, match="cannot be read"):
        late.key.verify(NOTE, never)


# --- whose count


def trust_of(tmp_path: Path, *lines: str):
    path = tmp_path / "policy"
    keys = [f"witness {each.name[: each.name.index('.')]} {each.key}" for each in (ONE, TWO, THREE)]
    path.write_text(
        "\n".join(["# the witnesses", "", f"\tlog {LOG.vkey} https://log.example/", *keys, *lines])
    )
    return read_trust(path)


@pytest.mark.parametrize(
    ("lines", "fewest", "enough", "too_few"),
    [
        (["quorum one"], 1, [{ONE.name}], [set(), {TWO.name, THREE.name}]),
        (["group g any one two", "quorum g"], 1, [{ONE.name}, {TWO.name}], [{THREE.name}]),
        (["group g all one two", "quorum g"], 2, [{ONE.name, TWO.name}], [{ONE.name, THREE.name}]),
        (["group g 2 one two three", "quorum g"], 2, [{ONE.name, THREE.name}], [{TWO.name}]),
        (["group a any one two", "group b all a three", "quorum b"], 2, [{TWO.name, THREE.name}], [{ONE.name, TWO.name}]),
        (["quorum none"], 0, [], [set(), {ONE.name, TWO.name, THREE.name}]),
    ],
)  # fmt: skip
def test_a_quorum_is_what_the_file_says(tmp_path: Path, lines, fewest, enough, too_few):
    trust = trust_of(tmp_path, *lines)
    assert trust.logs == (VerifierKey.parse(LOG.vkey),)
    assert trust.fewest == fewest
    keys = {each.name: each.key for each in (ONE, TWO, THREE)}
    assert all(trust.is_witnessed([keys[name] for name in names]) for names in enough)
    assert not any(trust.is_witnessed([keys[name] for name in names]) for names in too_few)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("", "has no line 'quorum"),
        ("quorum four", "policy:7: four is not named"),
        ("group g 3 one two\nquorum g", "policy:7: 3 of 2 cannot be"),
        ("group g 0 one\nquorum g", "policy:7: 0 of 1 cannot be"),
        ("group g some one\nquorum g", "policy:7: some is not how many"),
        ("group g all one one\nquorum g", "policy:7: one is a member"),
        ("group one all two\nquorum one", "policy:7: the name one is taken"),
        ("group g all\nquorum g", "policy:7: is no line"),
        ("quorum one\nquorum two", "policy:8: is a second quorum"),
        (f"witness four {ONE.key}", "policy:7: names a witness's key a second time"),
        (f"witness four {LOG.vkey}", "policy:7: this is no Ed25519 key of kind 04"),
        (f"witness four {Notary('four').key} gopher://x", "policy:7: gopher://x is not where"),
        (f"witness four {Notary('four').key} http://x:port", "policy:7: "),
        ("quorum\vone", "policy:7: holds a control character"),
        ("hello", "policy:7: is no line"),
    ],
    ids=count(1),  # the keys are drawn anew in each process
)  # fmt: skip
def test_a_file_that_is_wrong_is_told_with_its_line(tmp_path: Path, line: str, told: str):
    with pytest.raises(TrustRefused) as refused:
        trust_of(tmp_path, *line.split("\n"))
    assert told in str(refused.value)


# --- how an answer is understood


@contextmanager
def answering(*answers: tuple[int, str, str]):
    """A witness that gives these answers in turn, whatever it is asked; what it was asked is collected."""
    asked: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(self.rfile.read(int(self.headers["Content-Length"])))
            status, kind, text = answers[min(len(asked), len(answers)) - 1]
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield Witness("one", ONE.key, f"http://127.0.0.1:{server.server_port}/prefix"), asked
        finally:
            server.shutdown()
            thread.join()


SIZE = "text/x.tlog.size"


@pytest.mark.parametrize(
    ("answers", "outcome", "told", "questions"),
    [
        ([(200, "", ONE.cosign(NOTE).line)], Outcome.COSIGNED, "has cosigned", 1),
        ([(200, "", TWO.cosign(NOTE).line + ONE.cosign(NOTE).line)], Outcome.COSIGNED, "has cosigned", 1),
        ([(200, "", TWO.cosign(NOTE).line)], Outcome.SILENT, "another key's", 1),
        ([(200, "", ONE.cosign(LOG.checkpoint(entries(4))).line)], Outcome.SILENT, "is no cosignature", 1),
        ([(200, "", "thanks")], Outcome.SILENT, "is no cosignature", 1),
        ([(409, SIZE, "3\n"), (200, "", ONE.cosign(NOTE).line)], Outcome.COSIGNED, "has cosigned", 2),
        ([(409, SIZE, "9\n")], Outcome.AHEAD, "cosigned 9 entries, and the log has 5", 1),
        ([(409, SIZE, "5\n"), (409, SIZE, "5\n")], Outcome.FORKED, "another tree of 5", 2),
        ([(409, SIZE, "5\n"), (409, "text/plain", "no")], Outcome.FORKED, "another tree of 5", 2),
        ([(409, SIZE, "many\n")], Outcome.SILENT, "without the size", 1),
        ([(409, SIZE, "1\n"), (409, SIZE, "2\n"), (409, SIZE, "3\n")], Outcome.SILENT, "another size each time", 3),
        ([(422, "", "")], Outcome.FORKED, "does not find", 1),
        ([(404, "", "")], Outcome.REFUSED, "does not know this log", 1),
        ([(403, "", "")], Outcome.REFUSED, "does not know the key", 1),
        ([(400, "", "")], Outcome.REFUSED, "does not understand", 1),
        ([(503, "", "")], Outcome.SILENT, "answers 503", 1),
        ([(302, "", "")], Outcome.SILENT, "answers 302", 1),
    ],
)  # fmt: skip
def test_every_answer_is_told_apart(answers, outcome: Outcome, told: str, questions: int):
    with answering(*answers) as (witness, asked):
        answer = ask(witness, note=NOTE, known=0, prove=lambda _old: [bytes(32)])
    assert (answer.outcome, len(asked)) == (outcome, questions)
    assert told in answer.told
    assert (answer.cosignature is not None) == (outcome == Outcome.COSIGNED)


def test_a_witness_that_drips_is_cut_off():
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            connection, _ = server.accept()
            with connection:
                try:
                    while True:
                        connection.sendall(b"H")
                        time.sleep(0.05)
                except OSError:
                    pass

        thread = Thread(target=drip)
        thread.start()
        begun = time.monotonic()
        witness = Witness("one", ONE.key, f"http://127.0.0.1:{server.getsockname()[1]}")
        answer = ask(witness, note=NOTE, known=0, prove=lambda _old: [], seconds=0.5)
        thread.join()
    assert answer.outcome == Outcome.SILENT
    assert time.monotonic() - begun < 10
