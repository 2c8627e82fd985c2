"""Which logs and witnesses someone trusts, and how many witnesses are enough: a C2SP tlog-policy file.

https://c2sp.org/tlog-policy: lines `log`, `witness`, `group` and one `quorum`. The same file serves the node that asks
the witnesses and the outsider who verifies. (A "policy" elsewhere in casehub is an access policy; this one is called trust.)
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from casehub.transparency.cosignatures import WitnessKey
from casehub.transparency.notes import NoteRefused, VerifierKey

NONE = "none"


class TrustRefused(Exception):
    """The file cannot be read as a policy; one line with file and line."""


@dataclass(frozen=True, slots=True)
class Witness:
    """`label`: its name in the file. `url`: its submission prefix, None where it is only verified."""

    label: str
    key: WitnessKey
    url: str | None


@dataclass(frozen=True, slots=True)
class Group:
    """At least `least` of `members`, each the id of a witness's key or another group."""

    least: int
    members: tuple["Member", ...]

    def holds(self, cosigners: Collection[WitnessKey]) -> bool:
        """Whether these witnesses are enough."""
        return sum(_holds(member, cosigners) for member in self.members) >= self.least


Member = WitnessKey | Group


@dataclass(frozen=True, slots=True)
class Trust:
    """What a policy file says. `quorum` None: nobody is needed (`quorum none`)."""

    logs: tuple[VerifierKey, ...] = ()
    witnesses: tuple[Witness, ...] = ()
    quorum: Member | None = None

    @property
    def witness_keys(self) -> tuple[WitnessKey, ...]:
        """The keys of all witnesses."""
        return tuple(witness.key for witness in self.witnesses)

    @property
    def fewest(self) -> int:
        """How many cosignatures a witnessed checkpoint has at least."""
        return 0 if self.quorum is None else _fewest(self.quorum)

    def is_witnessed(self, cosigners: Collection[WitnessKey]) -> bool:
        """Whether a checkpoint that these have cosigned counts as witnessed. Nothing does where nobody is needed."""
        return self.quorum is not None and _holds(self.quorum, cosigners)


NOBODY = Trust()


def read_trust(path: Path) -> Trust:
    """Read a policy file; TrustRefused naming file and line."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise TrustRefused(f"{path}: cannot be read as text") from None
    reading = _Reading()
    for number, line in enumerate(text.split("\n"), 1):
        try:
            reading.take(line.strip(" \t"))
        except (ValueError, NoteRefused) as wrong:
            raise TrustRefused(f"{path}:{number}: {wrong}") from None
    if not reading.decided:
        raise TrustRefused(f"{path}: has no line 'quorum NAME' ('quorum none' where no witness is needed)")
    return Trust(tuple(reading.logs), tuple(reading.witnesses), reading.quorum)


@dataclass(slots=True)
class _Reading:
    """What was read so far."""

    logs: list[VerifierKey] = field(default_factory=list)
    witnesses: list[Witness] = field(default_factory=list)
    named: dict[str, Member] = field(default_factory=dict)
    members: set[str] = field(default_factory=set)
    quorum: Member | None = None
    decided: bool = False

    def take(self, line: str) -> None:
        """One line; ValueError or NoteRefused where it is wrong."""
        if any((char < " " and char != "\t") or char == "\x7f" for char in line):
            raise ValueError("holds a control character")
        words = line.replace("\t", " ").split(" ")
        match [word for word in words if word]:
            case [] | ["#", *_]:
                pass
            case [first, *_] if first.startswith("#"):
                pass
            case ["log", key] | ["log", key, _]:
                self._add_log(VerifierKey.parse(key))
            case ["witness", label, key]:
                self._add_witness(Witness(label, WitnessKey.parse(key), None))
            case ["witness", label, key, url]:
                self._add_witness(Witness(label, WitnessKey.parse(key), _url(url)))
            case ["group", label, least, *members] if members:
                self._name(label, self._group(least, members))
            case ["quorum", name]:
                self._decide(name)
            case _:
                raise ValueError("is no line of a policy: log, witness, group or quorum, with what they need")

    def _add_log(self, key: VerifierKey) -> None:
        if any(other.public == key.public for other in self.logs):
            raise ValueError("names a log's key a second time")
        self.logs.append(key)

    def _add_witness(self, witness: Witness) -> None:
        if any(other.key.public == witness.key.public for other in self.witnesses):
            raise ValueError("names a witness's key a second time")
        self._name(witness.label, witness.key)
        self.witnesses.append(witness)

    def _name(self, name: str, member: Member) -> None:
        if name in self.named or name == NONE:
            raise ValueError(f"the name {name} is taken")
        self.named[name] = member

    def _group(self, least: str, members: list[str]) -> Group:
        for name in members:
            if name in self.members:
                raise ValueError(f"{name} is a member of a group already")
            self.members.add(name)
        found = tuple(_find(self.named, name) for name in members)
        number = {"any": 1, "all": len(found)}.get(least)
        if number is None:
            if not least.isascii() or not least.isdecimal():
                raise ValueError(f"{least} is not how many of the group are enough: a number, any or all")
            number = int(least)
        if not 1 <= number <= len(found):
            raise ValueError(f"{number} of {len(found)} cannot be")
        return Group(number, found)

    def _decide(self, name: str) -> None:
        if self.decided:
            raise ValueError("is a second quorum")
        self.quorum = None if name == NONE else _find(self.named, name)
        self.decided = True


def _find(named: Mapping[str, Member], name: str) -> Member:
    if name not in named:
        raise ValueError(f"{name} is not named on a line before")
    return named[name]


def _holds(member: Member, cosigners: Collection[WitnessKey]) -> bool:
    return member.holds(cosigners) if isinstance(member, Group) else member in cosigners


def _fewest(member: Member) -> int:
    return sum(sorted(map(_fewest, member.members))[: member.least]) if isinstance(member, Group) else 1


def _url(text: str) -> str:
    parts = urlsplit(text)
    if (
        parts.port == 0
        or parts.scheme not in {"http", "https"}
        or not parts.hostname
        or parts.query
        or parts.fragment
    ):
        raise ValueError(f"{text} is not where a witness is asked: http(s)://host/prefix")
    return text.rstrip("/")
