"""How the server is set: on a local socket alone, durable, and silent about what people are called."""

from collections.abc import Mapping
from pathlib import Path

PORT = 5432  # names the socket file; nothing listens on the network

SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "password_encryption": "scram-sha-256",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "max_connections": "60",
    # No statements, no parameters, no errors (their texts quote values), no details in the log. `log` ranks above
    # `error` here: the server's own doings are still told.
    "log_statement": "none",
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_min_duration_statement": "-1",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_error_verbosity": "terse",
    "log_line_prefix": "%m [%p] ",
    "lc_messages": "C",
}


def configuration(socket: Path, changed: Mapping[str, str]) -> str:
    """Write postgresql.conf for a server whose socket is in `socket`; `changed` goes over SETTINGS."""
    # a list of directories, divided by commas unless quoted
    directories = '"' + str(socket).replace('"', '""') + '"'
    settings = {**SETTINGS, "unix_socket_directories": directories, **changed}
    lines = [f"{name} = '{_escaped(value)}'" for name, value in settings.items()]
    head = "# Written by casehub at each start. What is yours belongs in postgresql.auto.conf (ALTER SYSTEM)."
    return "\n".join([head, *lines]) + "\n"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "''")
