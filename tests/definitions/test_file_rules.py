"""Which files a case can hold is told by a definition file: by their content, with the name agreeing."""

from pathlib import Path

import pytest

from casehub.definitions.loading import load_definitions
from tests.definitions.definition_files import FILES, POLICIES

ZIP = b"PK\x03\x04" + bytes(26)
BEGINNINGS = {
    "pdf": b"%PDF-1.7\n%",
    "docx": ZIP + b"[Content_Types].xml" + bytes(500) + b"word/document.xml",
    "xlsx": ZIP + b"[Content_Types].xml" + bytes(500) + b"xl/workbook.xml",
    "pptx": ZIP + b"[Content_Types].xml" + bytes(500) + b"ppt/presentation.xml",
    "odt": ZIP + b"mimetypeapplication/vnd.oasis.opendocument.textPK",
    "txt": "Rådhuset, æøå.\r\n\t1 < 2".encode(),
    "csv": b"\xef\xbb\xbfa;b\n1;2\n",
    "jpg": b"\xff\xd8\xff\xe0\x00\x10JFIF",
    "png": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
    "heic": b"\x00\x00\x00\x18ftypheic",
    "tiff": b"II*\x00",
    "mp3": b"ID3\x04\x00",
    "m4a": b"\x00\x00\x00\x20ftypM4A ",
    "wav": b"RIFF\x24\x00\x00\x00WAVEfmt ",
    "mp4": b"\x00\x00\x00\x20ftypisom",
    "mov": b"\x00\x00\x00\x14ftypqt  ",
}
NEVER = {
    "a web page": b"<!DOCTYPE html><script>",
    "a web page after spaces": b"\xef\xbb\xbf \n\t<html>",
    "an SVG": b"<svg xmlns='http://www.w3.org/2000/svg'>",
    "XML": b"<?xml version='1.0'?>",
    "a program of Windows": b"MZ\x90\x00\x03",
    "a program of Linux": b"\x7fELF\x02\x01\x01\x00",
    "a program of macOS": b"\xcf\xfa\xed\xfe\x07\x00",
    "a plain zip": ZIP + b"malware.exe" + bytes(500),
    "a document of Word 97": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
}


@pytest.fixture(scope="module")
def rules():
    return load_definitions(POLICIES).file_rules


@pytest.mark.parametrize("extension", BEGINNINGS)
def test_each_type_knows_its_own(rules, extension):
    assert rules.type_named(extension).fits(BEGINNINGS[extension])


@pytest.mark.parametrize("what", NEVER)
def test_nothing_that_runs_is_of_any_type_whatever_it_is_called(rules, what):
    assert [each.name for each in rules.types if each.fits(NEVER[what])] == []
    assert not {"html", "htm", "svg", "xml", "exe", "js", "zip", "docm"} & {
        extension for each in rules.types for extension in each.extensions
    }


def test_a_type_for_which_all_files_would_do_is_refused(policies):
    line = policies.edit(FILES, "content: '%PDF-'", "content: '.*'")
    assert policies.only_error() == (FILES, line, "types[0].content: fits any file at all")


@pytest.mark.parametrize("broken", ["'['", "'€'"])
def test_what_is_no_expression_is_told_with_its_line(policies, broken):
    line = policies.edit(FILES, "content: '%PDF-'", f"content: {broken}")
    file, at, message = policies.only_error()
    assert (file, at) == (FILES, line)
    assert message.startswith("types[0].content: not a regular expression over bytes: ")


def test_an_extension_of_two_types_is_told_at_both(policies):
    policies.edit(FILES, "extensions: [docx]", "extensions: [docx, pdf]")
    assert [(file, message) for file, _, message in policies.errors()] == [
        (FILES, "types[0].extensions[0]: 'pdf' is an extension of two types"),
        (FILES, "types[1].extensions[1]: 'pdf' is an extension of two types"),
    ]


@pytest.mark.parametrize("size", ["0", "4097", "mange"])
def test_the_largest_file_has_bounds(policies, size):
    line = policies.edit(FILES, "largest_mib: 100", f"largest_mib: {size}")
    assert policies.only_error()[:2] == (FILES, line)


def test_there_is_one_file_of_them(policies):
    path = Path(policies.directory / FILES)
    path.with_name("andre.yaml").write_bytes(path.read_bytes())
    assert policies.only_error() == ("files/filer.yaml", 0, "there can be one files file only")


def test_no_expression_takes_long_on_what_does_not_fit(rules):
    """A pattern runs over what a stranger sent: each is asked to read a whole mebibyte that almost fits."""
    almost = (ZIP + b"\x20" * (1 << 20), b"a" * (1 << 20) + b"\x00", b"word" * (1 << 18))
    for each in rules.types:
        for beginning in almost:
            assert isinstance(each.fits(beginning), bool)
