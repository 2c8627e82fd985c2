"""How the rooms are kept: every module says what it owns, none is a drawer for odds and ends, none grows without end."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "casehub").rglob("*.py"))
LONGEST = 400


def test_every_module_says_what_it_owns():
    written = [path for path in MODULES if path.read_text().strip()]
    assert written
    assert [str(path) for path in written if not ast.get_docstring(ast.parse(path.read_text()))] == []


def test_no_module_is_a_drawer():
    assert [
        path.name for path in MODULES if path.stem in {"utils", "util", "helpers", "common", "misc"}
    ] == []


def test_no_module_is_longer_than_one_can_hold():
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in MODULES}
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}
