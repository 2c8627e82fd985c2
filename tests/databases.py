"""What the `database` fixture gives a test."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Database:
    """A migrated, empty database. URLs are for libpq and SQLAlchemy: the app's login, a second node's, the owner's and
    the superuser's. No login speaks for an authority until `set_node_authorities` says so.
    """

    name: str
    app_url: str
    other_url: str
    owner_url: str
    superuser_url: str
