"""Danish words for what is given to others one by one, and can be taken back: the one list of those kinds of items."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ItemWords:
    """What a kind of item is called within a sentence: `the` one, `a` one."""

    the: str
    a: str


ITEM_WORDS: Mapping[str, ItemWords] = {
    "note": ItemWords("notatet", "et notat"),
    "file": ItemWords("filen", "en fil"),
    "evidence": ItemWords("besvarelsen", "en besvarelse"),
    "assessment": ItemWords("risikovurderingen", "en risikovurdering"),
    "oral": ItemWords("notatet om det sagte", "et notat om noget sagt"),
}
