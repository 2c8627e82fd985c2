"""Real tokens for tests: SoftHSM2 with a directory of its own, made with its own tool."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

PIN = "prøve-1234"
PLACES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
)


@dataclass(frozen=True)
class Token:
    """A token and the environment in which the library finds it."""

    label: str
    directory: Path
    environment: dict[str, str]

    def uri(self, *, pin: str = PIN, pin_source: Path | None = None) -> str:
        means = f"pin-source=file:{pin_source}" if pin_source else f"pin-value={quote(pin)}"
        return f"pkcs11:token={quote(self.label)}?module-path={library()}&{means}"


def library() -> str:
    found = next((place for place in PLACES if Path(place).exists()), None)
    assert found, "SoftHSM2 is not installed: apt-get install softhsm2 (make test does it where it can)"
    return found


@contextmanager
def soft_tokens(directory: Path) -> Iterator[None]:
    """SoftHSM2 on this directory, for this process and those it starts. The library reads it when it is (re)initialised."""
    (directory / "tokens").mkdir()
    conf = directory / "softhsm2.conf"
    conf.write_text(
        f"directories.tokendir = {directory}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n"
    )
    before = os.environ.get("SOFTHSM2_CONF")
    os.environ["SOFTHSM2_CONF"] = str(conf)
    try:
        yield
    finally:
        if before is None:
            del os.environ["SOFTHSM2_CONF"]
        else:
            os.environ["SOFTHSM2_CONF"] = before


def make_token(directory: Path, label: str) -> Token:
    """A new token, empty but for its PINs."""
    before = set((directory / "tokens").iterdir())
    subprocess.run(
        ["softhsm2-util", "--init-token", "--free", "--label", label, "--pin", PIN, "--so-pin", "so-" + PIN],
        check=True,
        capture_output=True,
    )
    (made,) = set((directory / "tokens").iterdir()) - before
    return Token(label, made, {"SOFTHSM2_CONF": str(directory / "softhsm2.conf")})
