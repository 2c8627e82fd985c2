"""A house whose log is worth checking."""

import pytest

from casehub.services import referrals
from tests.house import House, referral


@pytest.fixture
def kept(house: House) -> House:
    """A house with a case in it, and its log signed."""
    with house.work("politi.herning") as ctx:
        referrals.create_referral(ctx, network="psp", data=referral())
    house.runtime.keep_log()
    return house
