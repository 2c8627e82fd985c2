"""What the demo puts into its database: roles, schema, keystore, organisation, definitions and the invented people.

Every step can be done again and then changes nothing, so each start runs them all.
"""

from collections import Counter
from collections.abc import Iterable

from psycopg import OperationalError as NoDatabase
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

from casehub.config import Config
from casehub.demo.people import PASSWORD, Person, people
from casehub.embedded import EmbeddedServer
from casehub.model import bootstrap
from casehub.model.bootstrap import NODE, OWNER, LoginRefused
from casehub.preparing import set_up
from casehub.runtime import Runtime
from casehub.services.operator import OperatorContext
from casehub.services.people import NewStaff, add_staff

DATABASE = "casehub"
MOST_LINES = 10


def prepare(server: EmbeddedServer) -> str:
    """Make roles, database and schema unless they are as they should be; the node's URL."""
    node = server.url(NODE, DATABASE)
    if not _is_ready(node):
        superuser = server.superuser_url()
        bootstrap.create_roles(
            superuser, owner_password=server.password(OWNER), node_password=server.password(NODE)
        )
        bootstrap.create_database(superuser, DATABASE)
        bootstrap.migrate(server.url(OWNER, DATABASE))
    return node


def load(config: Config, *, owner_url: str) -> tuple[str, ...]:
    """Load organisation, definitions, keys and people; what changed, a line each, summed up when it is much."""
    changes = [*set_up(config, owner_url=owner_url)]
    runtime = Runtime.open(config)
    try:
        with runtime.work_as_operator() as ctx:
            changes += [f"staff {person.login}: added" for person in people() if add_person(ctx, person)]
    finally:
        runtime.close()
    return tuple(changes) if len(changes) <= MOST_LINES else tuple(_summary(changes))


def add_person(ctx: OperatorContext, person: Person) -> bool:
    """Add one of the invented people; False if the login is there already."""
    return add_staff(
        ctx,
        NewStaff(
            authority=person.authority,
            unit=person.unit,
            login=person.login,
            name=person.name,
            title=person.title,
            phone=person.phone,
            role=person.role,
            password=PASSWORD,
            duties=person.duties,
            keeps_contacts=person.keeps_contacts,
        ),
    )


def _is_ready(node: str) -> bool:
    engine = create_engine(node.replace("postgresql://", "postgresql+psycopg://", 1))
    try:
        with engine.connect() as connection:
            bootstrap.check_login(connection)
    except (LoginRefused, NoDatabase, OperationalError):
        return False
    finally:
        engine.dispose()
    return True


def _summary(changes: Iterable[str]) -> Iterable[str]:
    """`unit: 22 added` for each kind of thing and what happened to it."""
    counted = Counter((change.split(maxsplit=1)[0], change.rpartition(":")[2].strip()) for change in changes)
    return (f"{kind}: {count} {what}" for (kind, what), count in counted.items())
