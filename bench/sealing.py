"""The benchmarks of the vault: bytes in hand, no database. What binding, committing and keys for each version cost against the
bare primitives of the same bytes, and against what others seal columns with. By turns, in this run, in processor time.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # the checkout's casehub

from parts import disclosing, opening, peers, rotating, streaming
from parts.measuring import Figure
from parts.sealed import sealed_case
from parts.showing import show


def figures() -> Iterator[Figure]:
    """All of them."""
    with sealed_case() as case:
        yield from opening.figures(case)
        yield from peers.figures(case)
        yield from disclosing.figures(case)
        yield from rotating.figures(case)
        yield from streaming.figures(case)


if __name__ == "__main__":
    show(figures())
