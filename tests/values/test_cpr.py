from datetime import date

import pytest

from casehub.values.cpr import Cpr
from casehub.values.text import ValueRefused

TODAY = date(2026, 11, 22)


def parse(text):
    return Cpr.parse(text, today=TODAY)


@pytest.mark.parametrize(
    "text",
    [
        "670385-1234",
        "6703851234",
        " 670385 - 1234 ",
        "670385–1234",
        "670385−1234",
        "６７０３８５-１２３４",
        "٦٧٠٣٨٥١٢٣٤",
    ],
)
def test_every_way_of_writing_one_number_is_one_number(text):
    assert parse(text).normalised == "6703851234"
    assert str(parse(text)) == "670385-1234"


def test_a_number_failing_modulus_11_is_accepted():
    weights = (4, 3, 2, 7, 6, 5, 4, 3, 2, 1)
    number = "6703851235"
    assert sum(weight * int(digit) for weight, digit in zip(weights, number, strict=True)) % 11 != 0
    assert parse(number).normalised == number


def test_a_replacement_number_tells_the_birth_date_behind_it():
    assert parse("670385-1234").born == date(1985, 3, 7)
    assert parse("670385-1234").replacement


@pytest.mark.parametrize(
    ("number", "year"),
    [
        ("670185-0000", 1985),
        ("670185-3000", 1985),
        ("670137-4000", 1937),
        ("670136-3000", 1936),
        ("670126-4000", 2026),
        ("670126-9000", 2026),
        ("670137-9000", 1937),
        ("670157-5000", None),  # 2057: not born yet
        ("670126-8000", 2026),
        ("670158-5000", 1858),
        ("670199-8000", 1899),
    ],
)
def test_the_seventh_digit_tells_the_century(number, year):
    if year is None:
        with pytest.raises(ValueRefused, match="fremtiden"):
            parse(number)
    else:
        assert parse(number).born.year == year


@pytest.mark.parametrize(
    "number", ["900285-1234", "920185-1234", "671385-1234", "600185-1234", "890223-4000"]
)
def test_an_impossible_date_is_refused(number):
    with pytest.raises(ValueRefused, match="ikke findes"):
        parse(number)


def test_the_29th_of_february_is_possible_in_a_leap_year():
    assert parse("890224-4000").born == date(2024, 2, 29)


def test_a_birth_date_tomorrow_is_refused_and_today_is_not():
    assert parse("821126-4000").born == TODAY
    with pytest.raises(ValueRefused, match="fremtiden"):
        parse("831126-4000")


@pytest.mark.parametrize(
    "text", ["", "670385", "670385-12345", "6703x5-1234", "670385-1234 Anna", "670385_1234"]
)
def test_another_shape_is_refused_with_an_example(text):
    with pytest.raises(ValueRefused, match="seks tal"):
        parse(text)


def test_nul_is_refused():
    with pytest.raises(ValueRefused):
        parse("670385\x00-1234")


def test_neither_repr_nor_refusals_show_the_number():
    assert "6703" not in repr(parse("670385-1234"))
    with pytest.raises(ValueRefused) as refused:
        parse("920185-1234")
    assert "920185" not in str(refused.value)
    assert refused.value.__cause__ is None
