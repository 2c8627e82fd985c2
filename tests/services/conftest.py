"""A house whose keystore is its own, for tests that change keys."""

from collections.abc import Iterator
from pathlib import Path
from shutil import copytree

import pytest

from casehub.embedded import EmbeddedServer
from tests.databases import copy_of
from tests.house import House, live_in


@pytest.fixture
def house_of_own_keys(
    cluster: EmbeddedServer, house_template: tuple[str, Path], tmp_path: Path
) -> Iterator[House]:
    """As `house`, with a keystore of its own."""
    name, home = house_template
    own = Path(copytree(home, tmp_path / "home"))
    with copy_of(cluster, name) as database, live_in(database, own) as house:
        yield house
