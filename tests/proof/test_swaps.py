"""Ciphertexts, wraps, grants and older item versions put where they do not belong: not one opens there.

Everything that is stored is swapped with what is stored elsewhere, across row, column, table, authority and version,
or told to be what it is not, and then opened by the authority that would read it. 1,000 swaps; 10,000 with PROOF=full.
"""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from random import Random
from typing import Any, TypeVar
from uuid import UUID, uuid4

import pytest

from casehub.vault.authority_keys import KeyRing, WrappedKey, create_authority_keys, create_next_key, unlock
from casehub.vault.errors import GrantRefused, KeystoreError, OpeningError
from casehub.vault.keystore import FileKeyset
from casehub.vault.opening import (
    CompartmentKey,
    OpenCompartment,
    ReceivedKey,
    open_for_authority,
    open_item,
    opened,
)
from casehub.vault.rewrapping import (
    GrantBinding,
    SignedGrant,
    accept_grant,
    grant_item,
    reseal_for_authority,
    rewrap_compartment,
)
from casehub.vault.sealing import (
    Place,
    WrappedCompartment,
    new_compartment,
    seal_for_authority,
    seal_item,
)
from tests.proof.conftest import FULL, Proof

SWAPS = 10_000 if FULL else 1_000
AUTHORITIES = ("politi", "psykiatri", "kommune")
CASES, ITEMS, VERSIONS = 4, 3, 3
REFUSED = (OpeningError, GrantRefused, KeystoreError)
Row = TypeVar("Row")


@dataclass(frozen=True)
class Item:
    """One version of an item as it stands in the rows: the version's, and its owner's grant."""

    place: Place
    item_id: UUID
    sealed: bytes
    recorded: bytes
    compartment: WrappedCompartment
    wrap: bytes
    plaintext: bytes


@dataclass(frozen=True)
class Draft:
    place: Place
    key_version: int
    sealed: bytes


@dataclass(frozen=True)
class Grant:
    """A disclosed version, with the recipient's compartment of the case."""

    item: Item
    binding: GrantBinding
    grant: SignedGrant
    compartment: WrappedCompartment
    accepted: bytes


@dataclass(frozen=True)
class Store:
    """What a database of three authorities holds, half of it from before a working key was rotated."""

    ring: KeyRing
    keyset: FileKeyset
    keys: tuple[WrappedKey, ...]
    compartments: tuple[WrappedCompartment, ...]
    items: tuple[Item, ...]
    drafts: tuple[Draft, ...]
    grants: tuple[Grant, ...]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    keyset = FileKeyset.create(tmp_path_factory.mktemp("swaps") / "keystore.json")
    keys = [key for name in AUTHORITIES for key in create_authority_keys(keyset, name)]
    ring = unlock(keyset, authorities=None, keys=keys)
    compartments = _compartments(ring)
    drafts = _drafts(ring)
    for purpose in ("working", "receiving", "signing"):
        keys += [create_next_key(keyset, authority=name, purpose=purpose, keys=keys) for name in AUTHORITIES]
    renewed = unlock(keyset, authorities=None, keys=keys)
    compartments = [
        rewrap_compartment(renewed, each) if n % 2 else each for n, each in enumerate(compartments)
    ]
    items = [item for each in compartments for item in _items(renewed, each)]
    grants = [grant for item in items for grant in _grants(renewed, item, compartments)]
    drafts += _drafts(renewed)
    return Store(
        renewed, keyset, tuple(keys), tuple(compartments), tuple(items), tuple(drafts), tuple(grants)
    )


def _compartments(ring: KeyRing) -> list[WrappedCompartment]:
    case_ids = [uuid4() for _ in range(CASES)]
    return [
        new_compartment(ring, authority=name, case_id=case_id, compartment_id=uuid4())
        for case_id in case_ids
        for name in AUTHORITIES
    ]


def _items(ring: KeyRing, compartment: WrappedCompartment) -> list[Item]:
    made = []
    for item_id in (uuid4() for _ in range(ITEMS)):
        for version in range(1, VERSIONS + 1):
            place = Place(compartment.authority, "item_version", "sealed", uuid4(), version)
            plaintext = f"{item_id} version {version}".encode()
            sealed = seal_item(OpenCompartment(ring, compartment), place=place, plaintext=plaintext)
            made.append(
                Item(place, item_id, sealed.sealed, sealed.sha256, compartment, sealed.owner_wrap, plaintext)
            )
    return made


def _drafts(ring: KeyRing) -> list[Draft]:
    places = [Place(name, "draft", "sealed", uuid4(), 1) for name in AUTHORITIES for _ in range(4)]
    return [
        Draft(place, *seal_for_authority(ring, place=place, plaintext=place.row_id.bytes)) for place in places
    ]


def _grants(ring: KeyRing, item: Item, compartments: list[WrappedCompartment]) -> list[Grant]:
    made = []
    for theirs in compartments:
        if theirs.case_id != item.compartment.case_id or theirs.authority == item.place.authority:
            continue
        binding = GrantBinding(
            theirs.case_id, item.item_id, item.place.row_id, item.place.authority, theirs.authority, uuid4()
        )
        grant = grant_item(ring, binding=binding, compartment=item.compartment, owner_wrap=item.wrap)
        accepted = accept_grant(ring, binding=binding, grant=grant, compartment=theirs)
        made.append(Grant(item, binding, grant, theirs, accepted))
    return made


def other(chance: Random, rows: tuple[Row, ...], row: Row) -> Row:
    found = chance.choice(rows)
    return other(chance, rows, row) if found == row else found


def open_own(store: Store, item: Item) -> bytes:
    key = CompartmentKey(OpenCompartment(store.ring, item.compartment), item.wrap)
    return open_item(store.ring, place=item.place, sealed=item.sealed, sha256=item.recorded, key=key)


def open_received(store: Store, grant: Grant) -> bytes:
    """As the gate opens what is not yet taken in, and as it opens what is; both must refuse, or both agree."""
    item, found = grant.item, []
    for key in (
        ReceivedKey(grant.binding, grant.grant),
        CompartmentKey(OpenCompartment(store.ring, grant.compartment), grant.accepted),
    ):
        try:
            found.append(
                open_item(store.ring, place=item.place, sealed=item.sealed, sha256=item.recorded, key=key)
            )
        except REFUSED:
            continue
    if not found:
        raise OpeningError("neither way opens")
    return found[0]


def take_in(store: Store, grant: Grant) -> bytes:
    return accept_grant(store.ring, binding=grant.binding, grant=grant.grant, compartment=grant.compartment)


def open_draft(store: Store, draft: Draft) -> bytes:
    return open_for_authority(
        store.ring, place=draft.place, key_version=draft.key_version, sealed=draft.sealed
    )


# Each makes one swap and gives what would then be tried. None takes a recorded hash along but those that say so.
def ciphertext_of_another_item(store: Store, chance: Random) -> Callable[[], object]:
    item = chance.choice(store.items)
    return lambda: open_own(store, replace(item, sealed=other(chance, store.items, item).sealed))


def ciphertext_of_another_item_with_its_hash(store: Store, chance: Random) -> Callable[[], object]:
    item = chance.choice(store.items)
    moved = other(chance, store.items, item)
    return lambda: open_own(store, replace(item, sealed=moved.sealed, recorded=moved.recorded))


def ciphertext_and_wrap_of_another_item(store: Store, chance: Random) -> Callable[[], object]:
    item = chance.choice(store.items)
    moved = other(chance, store.items, item)
    return lambda: open_own(
        store, replace(item, sealed=moved.sealed, recorded=moved.recorded, wrap=moved.wrap)
    )


def everything_of_another_item_but_its_place(store: Store, chance: Random) -> Callable[[], object]:
    item = chance.choice(store.items)
    return lambda: open_own(store, replace(other(chance, store.items, item), place=item.place))


def an_older_version_in_the_newest_row(store: Store, chance: Random) -> Callable[[], object]:
    newest = chance.choice([item for item in store.items if item.place.version == VERSIONS])
    older = chance.choice([item for item in store.items if item.item_id == newest.item_id and item != newest])
    return lambda: open_own(
        store, replace(older, place=chance.choice([newest.place, replace(older.place, version=VERSIONS)]))
    )


def another_place(store: Store, chance: Random) -> Callable[[], object]:
    item = chance.choice(store.items)
    moved = chance.choice(
        [
            replace(
                item.place, authority=chance.choice([a for a in AUTHORITIES if a != item.place.authority])
            ),
            replace(item.place, table="draft"),
            replace(item.place, column="sha256"),
            replace(item.place, row_id=other(chance, store.items, item).place.row_id),
            replace(item.place, version=item.place.version + chance.randrange(1, 5)),
        ]
    )
    return lambda: open_own(store, replace(item, place=moved))


def wrap_of_another_item(store: Store, chance: Random) -> Callable[[], object]:
    item = chance.choice(store.items)
    return lambda: open_own(store, replace(item, wrap=other(chance, store.items, item).wrap))


def another_compartment(store: Store, chance: Random) -> Callable[[], object]:
    item = chance.choice(store.items)
    return lambda: open_own(
        store, replace(item, compartment=other(chance, store.compartments, item.compartment))
    )


def a_compartment_in_use_for_another(store: Store, chance: Random) -> Callable[[], object]:
    """Its key is at hand since it opened what is its own; it opens nothing of another compartment all the same."""
    item = chance.choice(store.items)
    moved = chance.choice([each for each in store.items if each.compartment != item.compartment])

    def attempt() -> bytes:
        with opened(store.ring, item.compartment) as own:
            for each in (item, replace(moved, wrap=item.wrap), moved):
                key = CompartmentKey(own, each.wrap)
                given = {"place": each.place, "sealed": each.sealed, "sha256": each.recorded}
                if each is item:
                    assert open_item(store.ring, key=key, **given) == item.plaintext
                    continue
                with suppress(*REFUSED):
                    return open_item(store.ring, key=key, **given)
        raise OpeningError("neither opened")

    return attempt


def a_compartment_that_says_it_is_another(store: Store, chance: Random) -> Callable[[], object]:
    item = chance.choice(store.items)
    moved = other(chance, store.compartments, item.compartment)
    named = chance.choice(
        [
            replace(item.compartment, wrapped=moved.wrapped),
            replace(moved, id=item.compartment.id),
            replace(item.compartment, case_id=uuid4()),
            replace(
                item.compartment,
                authority=chance.choice([a for a in AUTHORITIES if a != item.place.authority]),
            ),
            replace(item.compartment, key_version=3 - item.compartment.key_version),
        ]
    )
    return lambda: open_own(store, replace(item, compartment=named))


def a_compartment_moved_and_then_rotated(store: Store, chance: Random) -> Callable[[], object]:
    compartment = chance.choice(store.compartments)
    moved = other(chance, store.compartments, compartment)
    return lambda: rewrap_compartment(store.ring, replace(compartment, wrapped=moved.wrapped))


def a_changed_byte(store: Store, chance: Random) -> Callable[[], object]:
    item = chance.choice(store.items)
    field = chance.choice(["sealed", "wrap"])
    raw = bytearray(getattr(item, field))
    raw[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
    changed: dict[str, Any] = {field: bytes(raw)}
    if field == "sealed":
        changed["recorded"] = sha256(bytes(raw)).digest()
    return lambda: open_own(store, replace(item, **changed))


def a_draft_moved(store: Store, chance: Random) -> Callable[[], object]:
    draft = chance.choice(store.drafts)
    moved = other(chance, store.drafts, draft)
    named = chance.choice(
        [
            replace(draft, sealed=moved.sealed),
            replace(draft, sealed=moved.sealed, key_version=moved.key_version),
            replace(moved, place=draft.place),
            replace(draft, key_version=3 - draft.key_version),
            replace(draft, place=replace(draft.place, table="item_version")),
            replace(draft, sealed=chance.choice(store.items).sealed),
        ]
    )
    if chance.random() < 0.5:
        return lambda: reseal_for_authority(
            store.ring, place=named.place, key_version=named.key_version, sealed=named.sealed
        )
    return lambda: open_draft(store, named)


def a_draft_as_an_item(store: Store, chance: Random) -> Callable[[], object]:
    item, draft = chance.choice(store.items), chance.choice(store.drafts)
    return lambda: open_own(store, replace(item, sealed=draft.sealed, recorded=sha256(draft.sealed).digest()))


def a_grant_in_anothers_row(store: Store, chance: Random) -> Callable[[], object]:
    grant = chance.choice(store.grants)
    moved = other(chance, store.grants, grant)
    swapped = replace(grant, grant=moved.grant, accepted=moved.accepted)
    return lambda: chance.choice([open_received, take_in])(store, swapped)


def a_part_of_another_grant(store: Store, chance: Random) -> Callable[[], object]:
    grant = chance.choice(store.grants)
    moved = other(chance, store.grants, grant)
    field = chance.choice(["wrapped", "signature"])
    mixed = replace(grant.grant, **{field: getattr(moved.grant, field)})
    return lambda: take_in(store, replace(grant, grant=mixed))


def a_grant_that_says_it_is_for_something_else(store: Store, chance: Random) -> Callable[[], object]:
    grant = chance.choice(store.grants)
    moved = other(chance, store.grants, grant)
    fields = [f for f in GrantBinding.__slots__ if getattr(moved.binding, f) != getattr(grant.binding, f)]
    name = chance.choice(fields)
    binding = replace(grant.binding, **{name: getattr(moved.binding, name)})
    return lambda: take_in(store, replace(grant, binding=binding, compartment=_fitting(store, binding)))


def a_grant_of_other_key_versions(store: Store, chance: Random) -> Callable[[], object]:
    grant = chance.choice(store.grants)
    name = chance.choice(["key_version", "signing_version"])
    named = replace(
        grant.grant, **{name: chance.choice([v for v in (1, 2, 3) if v != getattr(grant.grant, name)])}
    )
    return lambda: take_in(store, replace(grant, grant=named))


def a_grant_read_as_another_version(store: Store, chance: Random) -> Callable[[], object]:
    grant = chance.choice(store.grants)
    return lambda: open_received(store, replace(grant, item=other(chance, store.items, grant.item)))


def a_received_wrap_moved(store: Store, chance: Random) -> Callable[[], object]:
    grant = chance.choice(store.grants)
    wrap = other(chance, store.grants, grant).accepted
    key = CompartmentKey(OpenCompartment(store.ring, grant.compartment), wrap)
    item = grant.item
    return lambda: open_item(store.ring, place=item.place, sealed=item.sealed, sha256=item.recorded, key=key)


def an_authority_key_moved(store: Store, chance: Random) -> Callable[[], object]:
    key = chance.choice(store.keys)
    moved = other(chance, store.keys, key)
    named = chance.choice(
        [
            replace(key, wrapped=moved.wrapped),
            replace(moved, authority=key.authority, purpose=key.purpose, version=key.version),
            replace(key, wrapped=chance.choice(store.compartments).wrapped),
        ]
    )
    keys = [named if each == key else each for each in store.keys]
    return lambda: unlock(store.keyset, authorities=None, keys=keys)


SWAPPERS: tuple[Callable[[Store, Random], Callable[[], object]], ...] = (
    ciphertext_of_another_item,
    ciphertext_of_another_item_with_its_hash,
    ciphertext_and_wrap_of_another_item,
    everything_of_another_item_but_its_place,
    an_older_version_in_the_newest_row,
    another_place,
    wrap_of_another_item,
    another_compartment,
    a_compartment_in_use_for_another,
    a_compartment_that_says_it_is_another,
    a_compartment_moved_and_then_rotated,
    a_changed_byte,
    a_draft_moved,
    a_draft_as_an_item,
    a_grant_in_anothers_row,
    a_part_of_another_grant,
    a_grant_that_says_it_is_for_something_else,
    a_grant_of_other_key_versions,
    a_grant_read_as_another_version,
    a_received_wrap_moved,
    an_authority_key_moved,
)


def _fitting(store: Store, binding: GrantBinding) -> WrappedCompartment:
    """The compartment the recipient would take the grant into, as far as there is one."""
    fits = [
        c for c in store.compartments if (c.case_id, c.authority) == (binding.case_id, binding.granted_to)
    ]
    return fits[0]


def test_in_its_own_place_everything_opens(store: Store) -> None:
    assert all(open_own(store, item) == item.plaintext for item in store.items)
    assert all(open_received(store, grant) == grant.item.plaintext for grant in store.grants)
    assert all(take_in(store, grant) for grant in store.grants)
    assert all(open_draft(store, draft) == draft.place.row_id.bytes for draft in store.drafts)


def test_whatever_is_swapped_does_not_open(store: Store, proof: Proof) -> None:
    """Ciphertexts, wraps, grants and older versions that are swapped do not open."""
    refused: Counter[str] = Counter()
    for number in range(SWAPS):
        chance = Random(number)
        swapper = SWAPPERS[number % len(SWAPPERS)]
        attempt = swapper(store, chance)
        try:
            attempt()
        except REFUSED:
            refused[swapper.__name__] += 1
        else:
            pytest.fail(f"{swapper.__name__} with seed {number} opened")
    proof.figure("swaps", SWAPS)
    proof.figure("kinds", len(refused))
    proof.figure("refused", refused.total())
    assert (refused.total(), len(refused)) == (SWAPS, len(SWAPPERS))
