"""Numbering committed entries. The numbers are given by the database, under its advisory lock and its own role.

Appending never waits for it: it reads commitments only, and only those of transactions that are over.
"""

from sqlalchemy import text
from sqlalchemy.orm import Session

AT_A_TIME = 20_000
_SEQUENCE = text("SELECT sequence_log(:most)")


def sequence(session: Session) -> int:
    """Number what can be numbered now, committing as it goes; how many entries that was."""
    numbered = 0
    while True:
        added = session.scalar(_SEQUENCE, {"most": AT_A_TIME}) or 0
        session.commit()
        numbered += added
        if added < AT_A_TIME:
            return numbered
