"""Who may read what, whatever happened before: random sequences of acts on a real database against a simple model.

The model knows one rule: an authority reads what it wrote and what was given to it, in cases it takes part in. Jobs, rotated
keys and nodes of their own change nothing in that.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from pathlib import Path
from shutil import copytree
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from casehub.access.actor import system_actor
from casehub.demo.loading import add_person
from casehub.demo.people import DEPUTY, people
from casehub.embedded import EmbeddedServer
from casehub.model import Staff
from casehub.model.bootstrap import set_node_authorities
from casehub.runtime import Runtime
from casehub.services import keys, notes, recalls
from casehub.services.errors import CaseErased, Conflict, NotFound
from casehub.services.keys import KeysRefused
from casehub.vault.keystore import FileKeyset
from tests.databases import OTHER_NODE, copy_of
from tests.house import House, config_for, live_in
from tests.proof.conftest import Proof
from tests.services.scenes import (
    DISTRICT,
    KIF,
    KOMMUNE,
    POLICE,
    PRISONS,
    PSYCHIATRY,
    SOCIAL,
    ask_erasure,
    confirm,
    end,
    read,
    refer,
    share,
    triage,
    write_note,
)

PEOPLE = {
    POLICE: "tovholder",
    KOMMUNE: "kommune.herning",
    PSYCHIATRY: "psykiatri.midt",
    PRISONS: "kriminalforsorgen",
}
REFERRERS = {POLICE: "politi.herning", KOMMUNE: "kommune.herning"}
UNITS = {KOMMUNE: SOCIAL, PSYCHIATRY: DISTRICT, PRISONS: KIF}
ROTATED = ("working", "receiving", "signing")
AUTHORITIES = st.sampled_from(sorted(PEOPLE))
SOME = st.sets(AUTHORITIES)
WHICH = st.integers(0, 11)  # of the cases or notes there are
WHO = st.none() | AUTHORITIES  # None: the one whose right it is
NUMBERS = count(1)
MOST_CASES = 3  # so that much happens in each


@dataclass(slots=True, eq=False)
class Note:
    """A note, and who may read it."""

    id: UUID
    case: "Case"
    owner: str
    text: str
    readers: set[str]
    recalled: bool = False


@dataclass(slots=True, eq=False)
class Case:
    """A case, and who takes part: each of them reads the citizen's identity."""

    id: UUID
    parties: set[str]
    is_open: bool = False
    is_over: bool = False
    erased_by: set[str] = field(default_factory=set)
    notes: list[Note] = field(default_factory=list)

    def read_by(self, authority: str) -> list[str]:
        return sorted(note.text for note in self.notes if authority in note.readers)


@dataclass(slots=True)
class Nodes:
    """The nodes of one database: at first one with everybody's keys, later two that have divided the authorities."""

    whole: House
    at: Path
    done: Counter[str] = field(default_factory=Counter)
    _divided: list[House] = field(default_factory=list)

    def of(self, authority: str) -> House:
        """The node that serves the authority; no other does."""
        nodes = self._divided or [self.whole]
        [serving] = [node for node in nodes if authority in node.runtime.authorities]
        staff = self.whole.staff[PEOPLE[authority]]
        assert [node for node in nodes if node is not serving and node.runtime.actor(staff)] == []
        return serving

    def divide(self, away: set[str]) -> None:
        """Give `away` a node with a keystore and a login of its own; the others stay together on the first."""
        self.join()
        whole, database = self.whole.runtime, self.whole.database
        home = self.at / f"node-{next(NUMBERS)}"
        home.mkdir()
        held = whole.keys.keystore
        assert isinstance(held, FileKeyset)
        own = FileKeyset.create(home / "keystore.json", installation=held.installation)
        for authority in away:
            own.take_in(held.export(authority))
        set_node_authorities(database.owner_url, login=OTHER_NODE, authorities=away)
        for config in (
            replace(config_for(database.other_url, home), authorities=frozenset(away)),
            replace(whole.config, authorities=whole.authorities - away),
        ):
            runtime = Runtime.open(config, clock=self.whole.clock)
            self._divided.append(House(runtime, database, self.whole.clock, self.whole.staff))

    def join(self) -> None:
        """Back to one node."""
        for node in self._divided:
            node.runtime.close()
        self._divided.clear()


class Readers(RuleBasedStateMachine):
    """People of four authorities, and cases between them. Each rule is an act and what it changes in the model."""

    def __init__(self, nodes: Nodes) -> None:
        super().__init__()
        self.nodes, self.cases, self.notes = nodes, list[Case](), list[Note]()

    @initialize(by=st.sampled_from(sorted(REFERRERS)), chosen=SOME, to=SOME)
    def begin(self, by: str, chosen: set[str], to: set[str]) -> None:
        """There is a case, mostly with somebody in it, and a note."""
        self.refer(by)
        self.share(0, chosen)
        self.write(0, by, to)

    @precondition(lambda self: len(self.cases) < MOST_CASES)
    @rule(by=st.sampled_from(sorted(REFERRERS)))
    def refer(self, by: str) -> None:
        """The kommune's referral is released to the police for onward disclosure."""
        self.cases.append(Case(refer(self.nodes.of(by), REFERRERS[by]), {by, POLICE}))
        self.nodes.done["cases"] += 1

    @rule(which=WHICH, chosen=SOME)
    def share(self, which: int, chosen: set[str]) -> None:
        """The police bring parties in, passing on what is their own or was released to them."""
        case = self._case(which)
        new = sorted(chosen - case.parties)
        if not new or case.is_over:
            return
        police = self.nodes.of(POLICE)
        if not case.is_open:
            triage(police, case.id)
            case.is_open = True
        share(police, case.id, *(UNITS[authority] for authority in new))
        case.parties.update(new)
        self.nodes.done["parties brought in"] += len(new)

    @rule(which=WHICH, by=AUTHORITIES, to=SOME)
    def write(self, which: int, by: str, to: set[str]) -> None:
        """Someone who takes part writes for themselves and those they choose; someone who does not finds no case."""
        case = self._case(which)
        text = f"Notat {next(NUMBERS)}"
        if by not in case.parties or case.is_over:
            with pytest.raises(NotFound):
                write_note(self.nodes.of(by), PEOPLE[by], case.id, text)
            by = min(case.parties)
        if case.is_over:
            return
        readers = self._possible(case, by, to)
        note = Note(
            write_note(self.nodes.of(by), PEOPLE[by], case.id, text, readers),
            case, by, text, {by, *(authority for authority, _ in readers)},
        )  # fmt: skip
        case.notes.append(note)
        self.notes.append(note)
        self.nodes.done["notes written"] += 1

    @rule(which=WHICH, by=WHO, to=SOME)
    def disclose(self, which: int, by: str | None, to: set[str]) -> None:
        """The owner discloses further; nobody else can, also who may read it."""
        note = self._note(which)
        by = by or note.owner
        readers = self._possible(note.case, by, to - note.readers)
        if not readers:
            return

        def act() -> None:
            with self.nodes.of(by).work(PEOPLE[by]) as ctx:
                notes.disclose_note(
                    ctx, case_id=note.case.id, item_id=note.id,
                    readers=[notes.ReaderChoice(*reader) for reader in readers],
                    purpose="forebyggelse", necessity="De møder ham også.",
                )  # fmt: skip

        may = by == note.owner and note.case.is_open and not note.case.is_over
        if not may or note.recalled:
            with pytest.raises(Conflict if may else NotFound):
                act()
            return
        act()
        self.nodes.done["notes disclosed further"] += 1
        note.readers.update(authority for authority, _ in readers)

    @rule(which=WHICH, by=WHO)
    def recall(self, which: int, by: str | None) -> None:
        """The owner takes a note back from all it was given to; nobody else can, and not what nobody has."""
        note = self._note(which)
        by = by or note.owner
        if by in note.case.erased_by:
            return

        def act() -> None:
            with self.nodes.of(by).work(PEOPLE[by]) as ctx:
                recalls.recall_item(
                    ctx, case_id=note.case.id, item_id=note.id,
                    reason="Forkert sag.", breach="nej", aware_at="",
                )  # fmt: skip

        if by != note.owner or note.readers == {by}:
            with pytest.raises(NotFound if by != note.owner else Conflict):
                act()
            return
        act()
        note.readers, note.recalled = {by}, True
        self.nodes.done["notes recalled"] += 1

    @rule(which=WHICH, by=AUTHORITIES)
    def erase(self, which: int, by: str) -> None:
        """Two of an authority erase their own copy of a case that is over; what others were given stays theirs."""
        case = self._case(which)
        if not case.is_open or by not in case.parties - case.erased_by:
            return
        house, login = self.nodes.of(by), PEOPLE[by]
        if not case.is_over:
            end(house, case.id)
            case.is_over = True
        confirm(house, login + DEPUTY, ask_erasure(house, login, case.id))
        case.erased_by.add(by)
        self.nodes.done["copies of cases erased"] += 1

    @rule(authority=AUTHORITIES)
    def accept(self, authority: str) -> None:
        """The authority's worker takes in what waits."""
        self.nodes.of(authority).run_jobs(authority)

    @rule(authority=AUTHORITIES, purpose=st.sampled_from(ROTATED))
    def rotate(self, authority: str, purpose: str) -> None:
        """A key is rotated, and the version before retired if nothing needs it."""
        runtime = self.nodes.of(authority).runtime
        work = partial(runtime.work, system_actor(authority, runtime.catalogue.authority_kind(authority)))
        *_, last = keys.rotate(work, runtime.keys.keystore, purpose=purpose)
        assert last.damaged == 0
        self.nodes.done["keys rotated"] += 1
        with suppress(KeysRefused), work() as ctx:
            keys.retire_key(ctx, runtime.keys.keystore, purpose=purpose, version=last.version - 1)

    @rule(away=st.sets(AUTHORITIES, min_size=1, max_size=len(PEOPLE) - 1))
    def split(self, away: set[str]) -> None:
        """Some authorities get a node of their own."""
        self.nodes.divide(away)
        self.nodes.done["times the authorities were divided among nodes"] += 1

    @rule(which=WHICH, authority=AUTHORITIES)
    def look(self, which: int, authority: str) -> None:
        """What an authority reads is what the model says."""
        self._compare(self._case(which), authority)

    def teardown(self) -> None:
        """At the end everybody looks at everything."""
        try:
            for case in self.cases:
                for authority in PEOPLE:
                    self._compare(case, authority)
        finally:
            self.nodes.join()

    def _case(self, which: int) -> Case:
        return self.cases[which % len(self.cases)]

    def _note(self, which: int) -> Note:
        return self.notes[which % len(self.notes)]

    def _compare(self, case: Case, authority: str) -> None:
        self.nodes.done["readings compared with the model"] += 1
        house, login = self.nodes.of(authority), PEOPLE[authority]
        if authority not in case.parties:
            with pytest.raises(NotFound):
                read(house, login, case.id)
            return
        if authority in case.erased_by:
            with pytest.raises(CaseErased):
                read(house, login, case.id)
            return
        page = read(house, login, case.id)
        assert page.identity is not None
        assert sorted(note.text for note in page.notes) == case.read_by(authority)

    def _possible(self, case: Case, by: str, to: set[str]) -> list[tuple[str, str]]:
        """Those of `to` who take part and to whom the network gives `by` a basis, with the first."""
        catalogue = self.nodes.whole.runtime.catalogue
        network, kind = catalogue.current.networks["psp"], catalogue.authority_kind
        bases = {
            authority: network.bases_for(from_kind=kind(by), to_kind=kind(authority))
            for authority in sorted(to & case.parties - {by})
        }
        return [(authority, found[0].id) for authority, found in bases.items() if found]


@pytest.fixture
def house(cluster: EmbeddedServer, house_template: tuple[str, Path], tmp_path: Path) -> Iterator[House]:
    """A node with a keystore of its own, as its keys are rotated, and with somebody to agree with each of its people."""
    name, home = house_template
    own = Path(copytree(home, tmp_path / "home"))
    with copy_of(cluster, name) as database, live_in(database, own) as house:
        for person in people():
            if person.login.removesuffix(DEPUTY) in PEOPLE.values():
                with house.runtime.work_as_operator() as ctx:
                    add_person(ctx, person)
        with house.runtime.work_as_operator() as ctx:
            house.staff |= {row.login: row.id for row in ctx.session.scalars(select(Staff))}
        yield house


def test_everybody_reads_what_was_given_to_them_and_nothing_else(
    proof: Proof, house: House, tmp_path: Path
) -> None:
    """Whatever happened before, each authority reads what it wrote and what was given to it, and nothing else"""
    nodes = Nodes(house, tmp_path)
    sequences, acts = proof.size(small=8, full=200), proof.size(small=12, full=40)
    make: Callable[[], Readers] = partial(Readers, nodes)
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        make,
        settings=settings(
            max_examples=sequences,
            stateful_step_count=acts,
            deadline=None,
            database=None,
            derandomize=not proof.full,
            phases=list(Phase) if proof.full else [Phase.generate],  # making a failure short takes minutes
            suppress_health_check=list(HealthCheck),
        ),
    )
    proof.figure("random sequences of acts", sequences)
    for what, number in nodes.done.items():
        proof.figure(what, number)
