"""A copy of the real definitions that a test may break, one place at a time."""

import shutil
from pathlib import Path

import pytest

from casehub.definitions.errors import DefinitionsInvalid
from casehub.definitions.loading import load_definitions

POLICIES = Path(__file__).parent.parent.parent / "policies"
CARD = "cards/psp-henvendelse.yaml"
NETWORK = "networks/psp.yaml"
ORGANISATION = "organisation/midt-og-vestjylland.yaml"
CALENDAR = "calendars/dansk.yaml"
FILES = "files/filer.yaml"


class BreakablePolicies:
    def __init__(self, directory):
        self.directory = directory
        shutil.copytree(POLICIES, directory)

    def load(self):
        return load_definitions(self.directory)

    def edit(self, file, old, new):
        """Replace the only `old` by `new`; the line on which `new` begins."""
        path = self.directory / file
        before, found, after = path.read_text("utf-8").partition(old)
        assert found, f"{old!r} does not stand in {file}"
        assert old not in after, f"{old!r} stands more than once in {file}"
        path.write_text(before + new + after, "utf-8")
        return before.count("\n") + new[: len(new) - len(new.lstrip())].count("\n") + 1

    def errors(self):
        """(file, line, message) of everything wrong."""
        with pytest.raises(DefinitionsInvalid) as invalid:
            self.load()
        return [(error.file, error.line, error.message) for error in invalid.value.errors]

    def only_error(self):
        errors = self.errors()
        assert len(errors) == 1, errors
        return errors[0]
