"""Looking files through for malicious code: one small protocol, and the two ways to it that CASEHUB_SCANNER names.

A file is handed over as it comes and never kept here. Nothing here decides: a verdict is given, or ScannerFailed says why not.
"""

from casehub.scanning.clamd import ClamdScanner
from casehub.scanning.command import CommandScanner
from casehub.scanning.scanner import Scan, Scanner, ScannerFailed

__all__ = ["Scan", "Scanner", "ScannerFailed", "open_scanner"]


def open_scanner(setting: str) -> Scanner:
    """Make the scanner of a setting that `config` has accepted: `unix:PATH`, `tcp:HOST:PORT` or `command:…`."""
    way, _, rest = setting.partition(":")
    if way == "command":
        return CommandScanner(rest)
    if way == "unix":
        return ClamdScanner(rest)
    host, _, port = rest.rpartition(":")
    return ClamdScanner((host, int(port)))
