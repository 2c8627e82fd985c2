"""Definitions and access policies are read once for the same bytes, not again for each test. What they are read into never changes."""

from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

import pytest

from casehub import preparing, runtime
from casehub.access.policies import Policies
from casehub.definitions import loading

Read = TypeVar("Read")


def read_once(patch: pytest.MonkeyPatch) -> None:
    """From now on, in this process."""
    definitions = _by_content(loading.load_definitions)
    policies = _by_content(Policies)
    for room in (runtime, preparing):
        patch.setattr(room, "load_definitions", definitions)
        patch.setattr(room, "Policies", policies)
    patch.setattr(loading, "read_document", _by_bytes(loading.read_document))


def _by_content(read: Callable[[Path], Read]) -> Callable[[Path], Read]:
    @cache
    def of_content(directory: Path, _content: bytes) -> Read:
        return read(directory)

    return lambda directory: of_content(directory, _digest(directory))


def _by_bytes(read: Callable[..., Read]) -> Callable[..., Read]:
    @cache
    def of_bytes(content: bytes, file: str) -> Read:
        return read(content, file=file)

    return lambda content, *, file: of_bytes(content, file)


def _digest(directory: Path) -> bytes:
    digest = sha256()
    for path in sorted(path for path in directory.rglob("*") if path.is_file()):
        digest.update(f"{path} {path.stat().st_size}\n".encode() + path.read_bytes())
    return digest.digest()
