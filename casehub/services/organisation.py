"""Loading the organisation file: what is new is added, what changed is changed, what is gone is retired, never deleted."""

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from sqlalchemy import select

from casehub.audit import Event, ObjectRef
from casehub.definitions.organisation import AuthorityDefinition, UnitDefinition
from casehub.model import Authority, Unit
from casehub.services.operator import OperatorContext

Row = TypeVar("Row", Authority, Unit)


def load_organisation(ctx: OperatorContext) -> tuple[str, ...]:
    """Bring the tables to what the file says; one line for each change, none if there was nothing to do."""
    organisation = ctx.catalogue.current.organisation
    authorities = {row.id: row for row in ctx.session.scalars(select(Authority))}
    units = {row.id: row for row in ctx.session.scalars(select(Unit))}
    wanted_authorities = {row.id: _authority_values(row) for row in organisation.authorities}
    wanted_units = {
        unit.id: _unit_values(authority, unit)
        for authority in organisation.authorities
        for unit in authority.units
    }
    if _agree(authorities, wanted_authorities) and _agree(units, wanted_units):
        ctx.session.commit()
        return ()
    with ctx.record(Event.ORGANISATION_LOADED) as recording:
        changes = [
            *_load(ctx, Authority, authorities, wanted_authorities),
            *_load(ctx, Unit, units, wanted_units),
        ]
        recording.objects.extend(ObjectRef(kind, name) for kind, name, _ in changes)
    return tuple(f"{kind} {name}: {what}" for kind, name, what in changes)


def _load(
    ctx: OperatorContext, model: type[Row], existing: Mapping[str, Row], wanted: Mapping[str, dict[str, Any]]
) -> Iterator[tuple[str, str, str]]:
    kind = model.__tablename__
    for name, values in wanted.items():
        row = existing.get(name)
        if row is None:
            ctx.session.add(model(id=name, **values))
            yield kind, name, "added"
        elif _differs(row, values):
            what = "back in use" if row.retired_at else "changed"
            for key, value in {**values, "retired_at": None}.items():
                setattr(row, key, value)
            yield kind, name, what
    for name, row in existing.items():
        if name not in wanted and row.retired_at is None:
            row.retired_at = ctx.now
            yield kind, name, "retired"
    ctx.session.flush()


def _agree(existing: Mapping[str, Row], wanted: Mapping[str, dict[str, Any]]) -> bool:
    gone = [name for name, row in existing.items() if name not in wanted and row.retired_at is None]
    return not gone and all(
        name in existing and not _differs(existing[name], values) for name, values in wanted.items()
    )


def _differs(row: Authority | Unit, values: Mapping[str, Any]) -> bool:
    return row.retired_at is not None or any(getattr(row, key) != value for key, value in values.items())


def _authority_values(authority: AuthorityDefinition) -> dict[str, Any]:
    return {"kind": authority.kind, "name": authority.name, "kommuner": list(authority.kommuner)}


def _unit_values(authority: AuthorityDefinition, unit: UnitDefinition) -> dict[str, Any]:
    return {
        "authority_id": authority.id,
        "kind": unit.kind,
        "name": unit.name,
        "kommuner": list(unit.kommuner),
        "duty_phone": unit.duty_phone,
    }
