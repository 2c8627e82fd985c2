"""Keys and definitions before the first start: made and activated once, the same set for every node."""

from collections.abc import Iterable

from sqlalchemy import select

from casehub.audit import Event, ObjectRef
from casehub.model import Authority, AuthorityKey, DefinitionVersion, Sealed
from casehub.services.operator import OperatorContext
from casehub.vault.authority_keys import WrappedKey, create_authority_keys
from casehub.vault.keystore import KeyStore
from casehub.vault.pins import PinDocument, take_in


def create_missing_keys(
    ctx: OperatorContext, keystore: KeyStore, authorities: Iterable[str]
) -> tuple[str, ...]:
    """Make keys for those of `authorities` that are in use and have none; one line each."""
    known = select(AuthorityKey.authority_id)
    missing = ctx.session.scalars(
        select(Authority.id)
        .where(
            Authority.retired_at.is_(None), Authority.id.in_(list(authorities)), Authority.id.not_in(known)
        )
        .order_by(Authority.id)
    ).all()
    ctx.session.commit()
    for authority in missing:
        with ctx.record(Event.KEYS_CREATED) as recording:
            for key in create_authority_keys(keystore, authority):
                ctx.session.add(_row(ctx, key))
                name = f"{authority}/{key.purpose}/{key.version}"
                recording.objects.append(ObjectRef("key", name, None, authority))
    return tuple(f"keys {authority}: created" for authority in missing)


def take_in_pins(ctx: OperatorContext, keystore: KeyStore, document: PinDocument) -> tuple[str, ...]:
    """Pin what another node told, an entry for each authority with the fingerprint as people compared it; one line each."""
    new = take_in(keystore, document)
    found = document.fingerprints()
    changed = sorted({name.split("/")[0] for name in new})
    for authority in changed:
        with ctx.record(Event.KEYS_PINNED) as recording:
            recording.objects += [
                ObjectRef("key", name, None, authority) for name in new if name.startswith(f"{authority}/")
            ]
            recording.detail["fingerprint"] = found[authority]
    return tuple(f"keys {authority}: pinned" for authority in changed)


def activate_definitions(ctx: OperatorContext) -> tuple[str, ...]:
    """Make this node's set the one in force; older versions stay for the cases that run on them. One line each."""
    wanted = {file.sha256: file for file in ctx.catalogue.current.files}
    rows = {row.sha256: row for row in ctx.session.scalars(select(DefinitionVersion))}
    if {sha for sha, row in rows.items() if row.active} == wanted.keys():
        ctx.session.commit()
        return ()
    changes = []
    with ctx.record(Event.DEFINITIONS_ACTIVATED) as recording:
        for sha, file in wanted.items():
            if sha in rows and rows[sha].active:
                continue
            if sha in rows:
                rows[sha].active = True
            else:
                ctx.session.add(
                    DefinitionVersion(
                        sha256=sha,
                        kind=file.kind,
                        name=file.name,
                        content=file.content,
                        active=True,
                        first_used_at=ctx.now,
                    )
                )
            recording.objects.append(ObjectRef("definition", f"{file.kind}/{file.name}", sha256=sha.hex()))
            changes.append(f"{file.kind} {file.name}: activated")
        for sha, row in rows.items():
            if sha not in wanted and row.active:
                row.active = False
                recording.objects.append(ObjectRef("definition", f"{row.kind}/{row.name}", sha256=sha.hex()))
                changes.append(f"{row.kind} {row.name}: replaced")
    return tuple(changes)


def differing_definitions(ctx: OperatorContext) -> tuple[str, ...]:
    """Names of files in which this node's set differs from the one in force."""
    mine = {file.sha256: f"{file.kind} {file.name}" for file in ctx.catalogue.current.files}
    active = ctx.session.execute(
        select(DefinitionVersion.sha256, DefinitionVersion.kind, DefinitionVersion.name).where(
            DefinitionVersion.active
        )
    ).all()
    ctx.session.commit()
    theirs = {sha: f"{kind} {name}" for sha, kind, name in active}
    return tuple(sorted({(mine | theirs)[sha] for sha in mine.keys() ^ theirs.keys()}))


def _row(ctx: OperatorContext, key: WrappedKey) -> AuthorityKey:
    return AuthorityKey(
        authority_id=key.authority,
        purpose=key.purpose,
        version=key.version,
        kek_version=key.kek_version,
        wrapped=Sealed(key.wrapped),
        public=key.public,
        public_signature=key.public_signature,
        created_at=ctx.now,
    )
