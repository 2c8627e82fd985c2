import pytest

from casehub.values import ValueRefused
from casehub.values.cvr import Cvr


@pytest.mark.parametrize("typed", ["99000007", "99 00 00 07", "DK99000007", " dk 99.00.00.07 "])
def test_one_number_is_written_in_many_ways(typed: str):
    assert Cvr.parse(typed).normalised == "99000007"


@pytest.mark.parametrize(
    "typed", ["99000008", "9900000", "990000071", "09000007", "670385-1234", "abc", "99000007x"]
)
def test_what_is_no_number_is_refused_without_repeating_it(typed: str):
    with pytest.raises(ValueRefused) as refused:
        Cvr.parse(typed)
    assert typed not in refused.value.message


def test_it_is_not_shown_by_accident():
    assert "99000007" not in repr(Cvr.parse("99000007"))
