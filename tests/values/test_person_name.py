import pytest

from casehub.values.person_name import PersonName
from casehub.values.text import ValueRefused


@pytest.mark.parametrize(
    "text", ["Åse-Marie Testesen", "aase marie TESTESEN", "Testesen,  Åse Marie", "A\u030ase Marie Testesen"]
)
def test_every_way_of_writing_one_name_is_one_name(text):
    assert PersonName.parse(text).normalised == "aase marie testesen"


def test_it_is_shown_as_written_on_one_line():
    assert str(PersonName.parse(" Åse\t Testesen\n")) == "Åse Testesen"


def test_other_alphabets_are_names_too():
    assert PersonName.parse("Мария").normalised == "мария"


@pytest.mark.parametrize("text", ["", " - ", "1234", "x" * 141, "Åse\x00"])
def test_what_cannot_be_a_name_is_refused(text):
    with pytest.raises(ValueRefused):
        PersonName.parse(text)


def test_repr_does_not_show_it():
    assert "Testesen" not in repr(PersonName.parse("Åse Testesen"))
