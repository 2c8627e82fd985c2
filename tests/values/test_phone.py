import pytest

from casehub.values.phone import Phone
from casehub.values.text import ValueRefused


@pytest.mark.parametrize(
    "text",
    ["10 00 00 01", "10000001", "+45 10000001", "0045 1000 0001", "(+45) 10-00-00-01", "１００００００１"],
)
def test_every_way_of_writing_a_danish_number_is_one_number(text):
    assert Phone.parse(text).normalised == "+4510000001"
    assert str(Phone.parse(text)) == "10 00 00 01"


def test_foreign_numbers_keep_their_country():
    assert str(Phone.parse("0046 70 123 45 67")) == "+46701234567"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "112",
        "1000000",
        "100000012",
        "+45 1000000",
        "+45 00 00 00 01",
        "ring hjem",
        "+1234567890123456",
        "10 00 00 01\x00",
    ],
)
def test_another_shape_is_refused(text):
    with pytest.raises(ValueRefused):
        Phone.parse(text)


def test_repr_does_not_show_it():
    assert "1000" not in repr(Phone.parse("10000001"))
