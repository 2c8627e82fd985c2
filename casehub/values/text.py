"""Free text: what is refused in any text, and the folding that makes two spellings of one thing equal.

`clean_text` is for what people write; `one_line` and `fold` are for the other values. No message repeats the text.
"""

import re
import unicodedata

LETTERS = str.maketrans({"æ": "ae", "ä": "ae", "ø": "oe", "ö": "oe", "å": "aa"})


class ValueRefused(ValueError):
    """What was typed cannot be used. `message` says in Danish what is wrong and how to mend it, without the value."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def clean_text(text: str, *, longest: int) -> str:
    r"""Return the text in NFC with `\n` line ends and no blank ends; at most `longest` characters, no control characters."""
    # Length first: normalising a megabyte to refuse it would be work for nothing. NFC can only shorten what people type.
    if len(text) > longest * 2:
        raise _too_long(longest)
    cleaned = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if any(
        unicodedata.category(char) in {"Cc", "Cs"} and char not in "\n\t" for char in text.replace("\r", "\n")
    ):
        raise ValueRefused(
            "Teksten indeholder tegn, der ikke kan gemmes. Skriv den om, eller indsæt den som ren tekst."
        )
    if len(cleaned) > longest:
        raise _too_long(longest)
    return cleaned


def one_line(text: str, *, longest: int) -> str:
    """`clean_text` on one line: every run of white space, line breaks included, is one space."""
    return re.sub(r"\s+", " ", clean_text(text, longest=longest))


def fold(text: str) -> str:
    """Equal for two spellings of one word: case, width, accents, and æ/ae, ø/oe, å/aa. For blind indexes, never shown."""
    letters = unicodedata.normalize("NFKC", text).casefold().translate(LETTERS)
    return "".join(char for char in unicodedata.normalize("NFKD", letters) if not unicodedata.combining(char))


def digits(text: str) -> str:
    """Return the text with digits of any script and width as 0-9, and every kind of dash as `-`."""
    folded = (str(unicodedata.digit(char)) if char.isdecimal() else char for char in text)
    return "".join("-" if unicodedata.category(char) == "Pd" or char == "\u2212" else char for char in folded)


def _too_long(longest: int) -> ValueRefused:
    return ValueRefused(
        f"Teksten er for lang. Der er plads til {longest:,} tegn. Kort den af.".replace(",", ".")
    )
