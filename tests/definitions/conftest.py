"""A copy of the real definitions for each test that breaks them."""

import pytest

from tests.definitions.definition_files import BreakablePolicies


@pytest.fixture
def policies(tmp_path):
    return BreakablePolicies(tmp_path / "policies")
