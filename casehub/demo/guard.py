"""Stops the embedded server when the demo was killed outright and could not; run as a process beside web and worker.

It waits for the end of its standard input, which comes when the demo is gone in whatever way. A server that another
process owns by then is left alone.
"""

import sys
from pathlib import Path

from casehub.embedded import stop_orphan


def main() -> None:
    """`python -m casehub.demo.guard HOME`."""
    sys.stdin.buffer.read()
    stop_orphan(Path(sys.argv[1]))


if __name__ == "__main__":
    main()
