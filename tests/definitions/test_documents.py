import pytest

from casehub.definitions.documents import read_document
from casehub.definitions.errors import DefinitionsInvalid
from casehub.definitions.loading import parse_card


def refused(content):
    with pytest.raises(DefinitionsInvalid) as invalid:
        read_document(content, file="f.yaml")
    return [(error.line, error.message) for error in invalid.value.errors]


def test_only_plain_integers_and_true_false_null_are_anything_but_text():
    document = read_document(
        b"code: 0657\nno: no\nday: 2026-01-01\ntime: 12:30\nhex: 0x1F\nfloat: 1.5\nquoted: '12'\n"
        b"number: 12\nminus: -5\nyes: true\nnone: null\nempty:\n",
        file="f.yaml",
    )
    assert document.data == {
        "code": "0657", "no": "no", "day": "2026-01-01", "time": "12:30", "hex": "0x1F", "float": "1.5", "quoted": "12",
        "number": 12, "minus": -5, "yes": True, "none": None, "empty": None,
    }  # fmt: skip


def test_lines_are_those_of_the_keys():
    document = read_document(
        "# æøå\na:\n  - b: 1\n    c: >-\n      lang\n      tekst\n  - b: 2\n".encode(), file="f.yaml"
    )
    assert document.line(("a",)) == 2
    assert document.line(("a", 0, "c")) == 4
    assert document.line(("a", 1)) == 7
    assert document.line(("a", 1, "missing")) == 7


def test_a_byte_order_mark_is_no_part_of_the_text():
    assert read_document(b"\xef\xbb\xbfa: 1\n", file="f.yaml").data == {"a": 1}


def test_a_syntax_error_has_its_line():
    [(line, message)] = refused(b"a: 1\nb: [1, 2\nc: 3\n")
    assert line == 3
    assert message.startswith("not YAML: ")


def test_a_tab_as_indentation_has_its_line():
    assert refused(b"a:\n  b: 1\n\tc: 2\n")[0][0] == 3


def test_a_nul_byte_has_its_line():
    assert refused(b"a: 1\nb: x\x00y\n") == [(2, "the character U+0000 may not stand in a definition file")]


def test_bytes_that_are_not_utf_8_have_their_line():
    assert refused("a: 1\nb: ok\nc: Morsø\n".encode("latin-1")) == [(3, "not UTF-8: save the file as UTF-8")]


def test_duplicate_keys_are_all_told_at_the_second():
    assert refused(b"a: 1\nb:\n  c: 1\n  c: 2\na: 3\n") == [
        (4, "'c' stands twice: keep one"),
        (5, "'a' stands twice: keep one"),
    ]


@pytest.mark.parametrize(
    "content", [b"a: &x 1\nb: *x\n", b"a: 1\nb: !!python/name:os.system x\n", b"a: 1\nb: !hej x\n"]
)
def test_aliases_and_tags_are_refused(content):
    [(line, message)] = refused(content)
    assert line == 2
    assert "aliases" in message


def test_a_list_that_holds_itself_ends():
    assert "aliases" in refused(b"&a [*a]\n")[0][1]


def test_a_key_that_is_no_word_is_refused():
    assert refused(b"a: 1\n? [b, c]\n: 2\n") == [(2, "a key must be a single word")]


@pytest.mark.parametrize("content", [b"", b"# only a comment\n"])
def test_an_empty_file_is_told(content):
    assert refused(content) == [(1, "the file is empty")]


def test_two_documents_in_one_file_are_refused():
    assert refused(b"a: 1\n---\nb: 2\n")[0][0] == 2


def test_endless_nesting_is_refused():
    assert refused(b"[" * 20_000) == [(1, "not usable: nested too deeply")]


def test_a_file_that_is_no_mapping_is_told_in_short():
    with pytest.raises(DefinitionsInvalid) as invalid:
        parse_card(b"- a\n" * 500, file="f.yaml")
    assert len(str(invalid.value)) < 200
