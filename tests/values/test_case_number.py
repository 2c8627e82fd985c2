import pytest

from casehub.values.case_number import ALPHABET, CaseNumber
from casehub.values.text import ValueRefused


def test_a_new_number_is_prefix_year_and_four_random_characters():
    numbers = {str(CaseNumber.new("PSP", 2026)) for _ in range(200)}
    assert len(numbers) > 190
    assert all(number.startswith("PSP-2026-") and set(number[9:]) <= set(ALPHABET) for number in numbers)
    assert all(str(CaseNumber.parse(number)) == number for number in numbers)


def test_the_alphabet_has_no_vowels_and_nothing_to_mistake():
    assert not set(ALPHABET) & set("AEIOUÆØÅ01LSZB")


@pytest.mark.parametrize(
    "text", ["PSP-2026-K7QM", " psp-2026-k7qm ", "psp 2026 k7qm", "PSP2026K7QM", "PSP–2026–K7QM"]
)
def test_case_and_dashes_do_not_matter(text):
    assert CaseNumber.parse(text) == CaseNumber("PSP", 2026, "K7QM")
    assert CaseNumber.parse(text).normalised == "PSP-2026-K7QM"


@pytest.mark.parametrize(
    "text", ["", "PSP-2026", "PSP-2026-K7Q0", "PSP-2026-K7QMM", "P-2026-K7QM", "PSP-2026-K7QM\x00"]
)
def test_another_shape_is_refused_with_an_example(text):
    with pytest.raises(ValueRefused):
        CaseNumber.parse(text)
