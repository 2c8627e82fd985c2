import pytest

from casehub.values.text import ValueRefused, clean_text, fold


def test_line_ends_become_one_kind_and_blank_ends_go():
    assert clean_text("  en\r\nto\rtre\n", longest=20) == "en\nto\ntre"


def test_composed_and_decomposed_letters_are_the_same_text():
    assert clean_text("A\u030aben", longest=10) == "Åben"


@pytest.mark.parametrize("text", ["\x00", "før\x00efter", "\x07", "\x1b[31m", "\ud800", "\x85"])
def test_control_characters_and_lone_surrogates_are_refused(text):
    with pytest.raises(ValueRefused, match="tegn, der ikke kan gemmes"):
        clean_text(text, longest=100)


def test_too_long_text_is_refused_and_the_longest_is_not():
    assert len(clean_text("æ" * 20_000, longest=20_000)) == 20_000
    for length in (20_001, 1_000_000):
        with pytest.raises(ValueRefused, match=r"20\.000 tegn"):
            clean_text("æ" * length, longest=20_000)


def test_the_message_is_the_refusal_and_never_the_text():
    with pytest.raises(ValueRefused) as refused:
        clean_text("hemmeligt", longest=3)
    assert refused.value.message == str(refused.value)
    assert "hemmeligt" not in refused.value.message


@pytest.mark.parametrize(
    ("one", "other"), [("Ærø", "aeroe"), ("Ågård", "aagaard"), ("ALLÉ", "alle"), ("Köln", "koeln")]
)
def test_folding_makes_spellings_equal(one, other):
    assert fold(one) == fold(other)


def test_folding_keeps_different_words_apart():
    assert fold("Ål") != fold("al")
    assert fold("Søren") != fold("Soren")
