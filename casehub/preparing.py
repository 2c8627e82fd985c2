"""Making a node ready before it runs: organisation, definitions, keys, other nodes' pins, what a restore left to record.

An operator does each at the terminal, may do it again, and it is on record. For the commands and the demo.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from casehub.access.policies import Policies
from casehub.config import Config
from casehub.connecting import Clock, StartRefused, make_engine, operate, read_clock, require_ready, url_of
from casehub.definitions.loading import load_definitions
from casehub.model.bootstrap import authorities_of_others, set_node_authorities
from casehub.services import setting_up
from casehub.services.catalogue import Catalogue
from casehub.services.log_keys import create_missing_log_key
from casehub.services.operator import OperatorContext
from casehub.services.organisation import load_organisation
from casehub.services.unlocking import record_restored, recording_failure
from casehub.vault.keystores import open_keystore, open_or_create_keystore
from casehub.vault.pins import PinDocument


def set_up(config: Config, *, owner_url: str, clock: Clock = read_clock) -> tuple[str, ...]:
    """Load organisation, definitions and missing keys on a migrated database; what changed, a line each.

    `owner_url`: the owner's, which alone may say for which authorities this node's login speaks. Without
    CASEHUB_AUTHORITIES they are all those that no other node's login speaks for.
    """
    Policies(config.policies / "access")
    with _operating(config, clock) as ctx:
        login = str(conninfo_to_dict(url_of(config))["user"])
        authorities = _named(config, ctx.catalogue) - (
            authorities_of_others(owner_url, login=login) if config.authorities is None else set()
        )
        with recording_failure(ctx):
            keystore = open_or_create_keystore(config)
        set_node_authorities(owner_url, login=login, authorities=authorities)
        changes = [*setting_up.activate_definitions(ctx), *load_organisation(ctx)]
        changes += setting_up.create_missing_keys(ctx, keystore, authorities)
        changes += create_missing_log_key(ctx, keystore)
    return tuple(changes)


def join(config: Config, documents: Iterable[PinDocument], *, clock: Clock = read_clock) -> tuple[str, ...]:
    """Pin what other nodes told and people compared, and make the missing keys of this node's own authorities.

    The keystore is made if it is not there, of the installation the documents tell. What changed, a line each.
    """
    changes: list[str] = []
    with _operating(config, clock) as ctx:
        require_same_definitions(ctx, config.policies)
        with recording_failure(ctx):
            for document in documents:
                keystore = open_or_create_keystore(config, installation=document.installation)
                changes += setting_up.take_in_pins(ctx, keystore, document)
            if config.authorities is not None:
                changes += setting_up.create_missing_keys(
                    ctx, open_keystore(config), _named(config, ctx.catalogue)
                )
    return tuple(changes)


def record_restored_keys(config: Config, *, clock: Clock = read_clock) -> None:
    """Give the log its entry of KEKs that were just restored. StartRefused if the database is not there yet."""
    with _operating(config, clock) as ctx:
        record_restored(ctx, open_keystore(config))


def require_same_definitions(ctx: OperatorContext, policies: Path) -> None:
    """StartRefused unless the definitions in `policies` are those in force."""
    if differing := setting_up.differing_definitions(ctx):
        raise StartRefused(
            f"the definitions in {policies} are not the ones in force ({', '.join(differing)}): "
            "give this node the same files, or activate these with `casehub db migrate`"
        )


@contextmanager
def _operating(config: Config, clock: Clock) -> Iterator[OperatorContext]:
    catalogue = Catalogue(load_definitions(config.policies))
    engine = make_engine(url_of(config))
    try:
        require_ready(engine)
        with operate(engine, catalogue, clock) as ctx:
            yield ctx
    finally:
        engine.dispose()


def _named(config: Config, catalogue: Catalogue) -> frozenset[str]:
    """The authorities of CASEHUB_AUTHORITIES, all of the organisation if it is not set."""
    there = frozenset(row.id for row in catalogue.current.organisation.authorities)
    if unknown := sorted((config.authorities or frozenset()) - there):
        raise StartRefused(
            f"CASEHUB_AUTHORITIES names {', '.join(unknown)}, which the organisation does not have: see {config.policies}"
        )
    return config.authorities or there
