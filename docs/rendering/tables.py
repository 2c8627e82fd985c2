"""Markdown tables, one line a row."""

from collections.abc import Iterable, Sequence


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; line breaks and pipes in a cell are made harmless."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(map(flat, line))} |" for line in lines)


def flat(text: str) -> str:
    """One line that can stand in a cell."""
    return " ".join(text.split()).replace("|", "\\|")
