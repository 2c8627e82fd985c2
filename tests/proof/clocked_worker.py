"""`python -m tests.proof.clocked_worker FILE`: a worker process as `casehub worker` is, whose clock shows the time in FILE."""

import os
import sys
from datetime import datetime
from pathlib import Path

from casehub import jobs
from casehub.config import read_config
from casehub.runtime import Runtime


def main() -> int:
    """Work until asked to stop."""
    clock = Path(sys.argv[1])
    runtime = Runtime.open(read_config(os.environ), clock=lambda: datetime.fromisoformat(clock.read_text()))
    try:
        return 0 if jobs.run(runtime) else 1
    finally:
        runtime.close()


if __name__ == "__main__":
    sys.exit(main())
