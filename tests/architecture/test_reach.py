"""A person's telephone number and address leave a case by one view and one macro, which say first how they may be used."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2] / "casehub"
# by name, where they are parts of a person of a case: what is typed, sealed, and the one view
TYPED_AND_SEALED = {"services/referrals.py", "web/referrals.py", "services/person_views.py"}
STAFF = {"call.phone", "contact.phone", "person.phone", "party.acute_phone", "page.phone", "line.phone"}


def test_no_other_module_reads_them_from_what_was_opened():
    reading = re.compile(r"""\[["'](?:address|phone|safe_contact)["']\]|get\(["'](?:address|phone)["']""")
    found = {
        str(path.relative_to(ROOT))
        for path in ROOT.rglob("*.py")
        if reading.search(path.read_text(encoding="utf-8"))
    }
    assert found <= TYPED_AND_SEALED


def test_no_template_but_the_macro_shows_them():
    shown = re.compile(r"\w+\.(?:address|phone|acute_phone|safe_contact)\b|\bhow\.\w+")
    for path in sorted((ROOT / "web" / "templates").glob("*.html")):
        text = path.read_text(encoding="utf-8")
        if path.name == "_parts.html":
            macro = text[text.index("macro reach(") :].partition("endmacro")[0]
            order = [
                macro.index(each)
                for each in ("how.protected", "safe_contact(how", "phone(how", "how.address or")
            ]
            assert order == sorted(order)
            text = text.replace(macro, "")
        else:
            text = text.replace("network.hints.safe_contact", "")
        assert set(shown.findall(text)) <= STAFF, path.name


def test_documents_take_the_lines_in_their_order():
    for path in sorted((ROOT / "outbound" / "templates").glob("*.typ")):
        assert not re.search(r"\.(?:address|phone)\b", path.read_text(encoding="utf-8")), path.name
