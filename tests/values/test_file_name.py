"""A file's name is what can be shown and saved, whatever the machine it comes from called it."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casehub.values.file_name import LONGEST, FileName
from casehub.values.text import ValueRefused


@pytest.mark.parametrize(
    ("given_", "kept"),
    [
        ("Lægeerklæring 12.pdf", "Lægeerklæring 12.pdf"),
        ("C:\\Brugere\\Kim\\erklæring.pdf", "erklæring.pdf"),
        ("../../etc/passwd", "passwd"),
        ("/hjem/a\\b/notat.txt", "notat.txt"),
        ("rapport\u202efdp.exe", "rapportfdp.exe"),
        ("\u200erapport\u2066.pdf\u2069", "rapport.pdf"),
        ("a\x00b\x1b[31m\r\nc.pdf", "ab[31m c.pdf"),
        ("  to   mellemrum .pdf. ", "to mellemrum .pdf"),
        ('hvad?<"i|dag">*.pdf', "hvad___i_dag___.pdf"),
        ("a\u030angstro\u0308m.pdf", "ångström.pdf"),
        ("\u2028linje.pdf", "linje.pdf"),
    ],
)
def test_a_name_is_kept_as_far_as_it_can_be_seen_and_saved(given_: str, kept: str) -> None:
    assert str(FileName.parse(given_)) == kept


@pytest.mark.parametrize("nothing", ["", "   ", "mappe/", "..", "\u202e\u200b", "\x00", "a/. ."])
def test_a_name_of_nothing_is_refused(nothing: str) -> None:
    with pytest.raises(ValueRefused, match="intet navn"):
        FileName.parse(nothing)


def test_a_name_too_long_for_a_disk_is_refused() -> None:
    assert len(str(FileName.parse("æ" * (LONGEST - 4) + ".pdf"))) == LONGEST
    for length in (LONGEST + 1, 300, 1_000_000):
        with pytest.raises(ValueRefused, match="for langt"):
            FileName.parse("æ" * (length - 4) + ".pdf")


@pytest.mark.parametrize(
    ("name", "extension"),
    [("a.PDF", "pdf"), ("a.tar.gz", "gz"), ("uden", ""), (".pdf", ""), ("a.Docx", "docx")],
)
def test_the_extension_is_what_follows_the_last_dot(name: str, extension: str) -> None:
    assert FileName.parse(name).extension == extension


@given(st.text(max_size=200))
def test_no_name_holds_a_path_or_what_cannot_be_seen(text: str) -> None:
    try:
        name = FileName.parse(text)
    except ValueRefused:
        return
    assert not set('/\\<>:"|?*\r\n\t\x00') & set(str(name))
    assert all(unicodedata.category(char) not in {"Cc", "Cf", "Cs"} for char in str(name))
    assert FileName.parse(str(name)) == name


def test_a_name_is_not_in_its_repr() -> None:
    assert repr(FileName.parse("Kim.pdf")) == "FileName(…)"
