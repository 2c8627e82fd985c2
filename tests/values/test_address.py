import pytest

from casehub.values.address import Address
from casehub.values.text import ValueRefused


def same(text):
    return Address.parse(text).normalised


@pytest.mark.parametrize(
    "text",
    [
        "Ågade 87A, 1. th, 7500 Holstebro",
        "ågade 87 a, 1.th., 7500 HOLSTEBRO",
        "Aagade 87A 1 th 7500 Holstebro",
        "Ågade 87A, 1. sal til højre, Prøveby, 7500 Holstebro",
        "Ågade 87A, 1. sal, th., DK-7500 Holstebro",
        "Ågade 87A, 1th, 7500",
        "Ågade 87A\n1. th\n7500 Holstebro",
        "A\u030agade  87A ,1.th,7500 Holstebro",
    ],
)
def test_every_way_of_writing_one_flat_is_one_address(text):
    assert same(text) == "aagade 87a 1 th 7500"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ågade 8, 1. th, 7500 Holstebro", "Ågade 8, 1. tv, 7500 Holstebro"),
        ("Ågade 8, 1. th, 7500 Holstebro", "Ågade 8, 2. th, 7500 Holstebro"),
        ("Ågade 8, 7500 Holstebro", "Ågade 8A, 7500 Holstebro"),
        ("Ågade 1, 2, 7500 Holstebro", "Ågade 12, 7500 Holstebro"),
        ("Ågade 8, 7500 Holstebro", "Ågade 8, 7400 Herning"),
        ("Ågade 8, A, 7500 Holstebro", "Ågade 8, B, 7500 Holstebro"),
        ("Ågade 8, st. tv, 7500 Holstebro", "Ågade 8, 1. tv, 7500 Holstebro"),
        ("Ågade 8, st., 7500 Holstebro", "Ågade 8, kl., 7500 Holstebro"),
        ("Ågade 8, 2. 1001, 7500 Holstebro", "Ågade 8, 2. 1002, 7500 Holstebro"),
    ],
)
def test_two_flats_are_never_one(one, other):
    assert same(one) != same(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Gl. Landevej 3", "Gammel Landevej 3"), ("Skt. Anna Gade 1, st. tv", "Sankt Anna Gade 1, stuen tv.")],
)
def test_common_abbreviations_are_their_words(one, other):
    assert same(one) == same(other)


def test_no_fixed_address_is_an_address():
    assert str(Address.parse("Uden fast bopæl")) == "Uden fast bopæl"


@pytest.mark.parametrize("text", ["", "  ", "12, 7500", "x" * 201, "Ågade\x001"])
def test_what_cannot_be_an_address_is_refused(text):
    with pytest.raises(ValueRefused):
        Address.parse(text)


def test_repr_does_not_show_it():
    assert "gade" not in repr(Address.parse("Ågade 8"))


@pytest.mark.parametrize(
    "text", ["Ågade 8, 7500 Holstebro", "Ågade 87A, 1. th, 7500 Holstebro", "Ågade 8, st. tv, Prøveby, 7500"]
)
def test_a_whole_address_says_which_house_and_where(text):
    assert Address.parse_whole(text).text == text


@pytest.mark.parametrize(
    "text", ["Uden fast bopæl", "Ågade, Holstebro", "Ågade 8, Holstebro", "Ågade, 7500 Holstebro"]
)
def test_less_is_refused_where_the_whole_is_asked_for(text):
    with pytest.raises(ValueRefused, match="hele adressen"):
        Address.parse_whole(text)
