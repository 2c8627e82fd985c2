"""How often somebody may try: attempts that failed are counted for a quarter of an hour, by keyed digests of what was tried."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from casehub.model import SignInAttempt, new_id

WINDOW = timedelta(minutes=15)
MOST_PER_ADDRESS = 30


def attempt_key(secret: bytes, kind: str, value: str) -> bytes:
    """What an attempt is counted by; the database knows neither login nor address."""
    return hashlib.blake2b(f"{kind}:{value}".encode(), key=secret[:64], digest_size=32).digest()


def is_throttled(session: Session, most: Mapping[bytes, int], now: datetime) -> bool:
    """Whether one of these keys has failed as often as it may."""
    found = session.execute(
        select(SignInAttempt.key, func.count())
        .where(SignInAttempt.key.in_(most), SignInAttempt.at > now - WINDOW)
        .group_by(SignInAttempt.key)
    )
    return any(number >= most[key] for key, number in found)


def count_failure(session: Session, keys: Sequence[bytes], now: datetime) -> None:
    """One more attempt failed; what is too old to count is removed."""
    session.add_all(SignInAttempt(id=new_id(), key=key, at=now) for key in keys)
    session.execute(delete(SignInAttempt).where(SignInAttempt.at < now - WINDOW))
