"""What a check of the log found wrong, and the check of roots that online and offline checks share."""

from collections.abc import Iterable
from dataclasses import dataclass

from casehub.transparency.notes import Checkpoint, NoteRefused, VerifierKey, open_checkpoint
from casehub.transparency.tiles import WIDTH
from casehub.transparency.tree import Frontier, whole_root


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: `where` names the entry, checkpoint or file; `what` tells what does not hold."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


@dataclass(frozen=True, slots=True)
class Stated:
    """A checkpoint that the log signed, as `note`. `where`: how findings name it."""

    where: str
    note: str
    checkpoint: Checkpoint


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of a check. `waiting`: entries that no checkpoint covers yet, which is no fault.

    `witnessed`: entries that a witnessed checkpoint covers; None where no witness is needed.
    """

    entries: int
    checkpoints: int
    contents: int
    waiting: int
    findings: tuple[Finding, ...]
    witnessed: int | None = None


def at_position(position: int, entry: object = None) -> str:
    """How findings name an entry."""
    return f"entry {position}" + (f" ({entry})" if entry else "")


def open_all(
    notes: Iterable[tuple[str, str]], keys: tuple[VerifierKey, ...], findings: list[Finding]
) -> list[Stated]:
    """Read checkpoints, given as (where, note); those that no trusted key signed become findings."""
    opened = []
    for where, note in notes:
        try:
            opened.append(Stated(where, note, open_checkpoint(note, keys)))
        except NoteRefused as refused:
            findings.append(Finding(where, str(refused)))
    return opened


class RootCheck:
    """Grows the tree leaf by leaf and compares its root with every checkpoint on the way.

    `nodes[level]`: the roots of the whole subtrees of 256^level leaves so far, level 1 and up.
    """

    def __init__(self, stated: Iterable[Stated], findings: list[Finding]) -> None:
        self._findings = findings
        self._stated: dict[int, list[tuple[str, bytes]]] = {}
        for each in stated:
            self._stated.setdefault(each.checkpoint.size, []).append((each.where, each.checkpoint.root))
        self._frontier = Frontier()
        self._growing: list[list[bytes]] = [[]]
        self.nodes: dict[int, list[bytes]] = {}
        self._compare()

    @property
    def size(self) -> int:
        """Leaves so far."""
        return self._frontier.size

    def add(self, leaf: bytes) -> None:
        """The next leaf hash."""
        self._frontier.append(leaf)
        self._collect(leaf)
        if self._frontier.size in self._stated:
            self._compare()

    def finish(self) -> None:
        """All leaves were added: what was signed beyond them is gone."""
        for size in sorted(self._stated):
            if size > self.size:
                for where, _ in self._stated[size]:
                    told = (
                        f"covers {size} entries, and the log has {self.size}: it was cut off or rolled back"
                    )
                    self._findings.append(Finding(where, told))

    def _compare(self) -> None:
        for where, root in self._stated.get(self.size, ()):
            if root != self._frontier.root():
                told = f"the first {self.size} entries are not those that were signed: the log was changed or forked"
                self._findings.append(Finding(where, told))

    def _collect(self, root: bytes, level: int = 0) -> None:
        if level == len(self._growing):
            self._growing.append([])
        if level:
            self.nodes.setdefault(level, []).append(root)
        growing = self._growing[level]
        growing.append(root)
        if len(growing) == WIDTH:
            self._growing[level] = []
            self._collect(whole_root(growing), level + 1)
