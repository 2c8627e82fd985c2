"""Python imports this first in every process whose PYTHONPATH names this directory: it tells each file opened for writing.

One path a line, to the file that OPENED_FOR_WRITING names. Files without a name (O_TMPFILE) are told by their directory.
"""

import os
import sys

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_TOLD = os.open(os.environ["OPENED_FOR_WRITING"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)


def _tell(event: str, arguments: tuple[object, ...]) -> None:
    if event == "open":
        path, mode, flags = arguments
        writes = isinstance(flags, int) and bool(flags & _WRITING)
        if isinstance(path, str | bytes | os.PathLike) and (writes or set(str(mode or "")) & set("wax+")):
            os.write(_TOLD, os.fsencode(path) + b"\n")


sys.addaudithook(_tell)
