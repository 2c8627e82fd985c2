"""The `casehub` command as an operator, another node or an outsider runs it."""

from pathlib import Path

from click.testing import CliRunner, Result

from casehub.cli import main
from tests.house import House


def casehub(house: House, *arguments: object, node: bool = True, home: Path | None = None) -> Result:
    """The command, with the settings of the house's node, or of one without a database, or of a stranger."""
    settings = {
        "CASEHUB_HOME": str(home or house.runtime.config.home),
        "CASEHUB_DATABASE_URL": house.database.app_url if node else None,
    }
    return CliRunner().invoke(main, [str(each) for each in arguments], env=settings, prog_name="casehub")
