"""YAML in, plain data out, with the line of every entry. Nothing is constructed from tags.

Stricter than YAML 1.1, which would read `0657` as 431 and `no` as false: only true, false, null and plain decimal
integers are anything but text. Duplicate keys, aliases and tags are refused.
"""

import re
from dataclasses import dataclass, field

import yaml

from casehub.definitions.errors import DefinitionError, DefinitionsInvalid

Path = tuple[str | int, ...]
Data = dict[str, "Data"] | list["Data"] | str | int | bool | None

_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,8})")
# What the base loader gives nodes that carry no tag of their own
_OWN_TAGS = {f"tag:yaml.org,2002:{kind}" for kind in ("str", "seq", "map")}
_WORDS: dict[str, Data] = {"true": True, "false": False, "null": None, "~": None, "": None}


@dataclass(slots=True)
class Document:
    """One parsed file, or a part of one. `lines`: for each entry the line of its key (in a mapping) or of its start (in a list).

    `within`: where in its file a part stands.
    """

    file: str
    data: Data = None
    lines: dict[Path, int] = field(default_factory=dict)
    within: Path = ()

    def line(self, path: Path) -> int:
        """Return the line of the entry at `path`, or of the nearest one around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def error(self, path: Path, message: str) -> DefinitionError:
        """Tell what is wrong at `path`."""
        whole = (*self.within, *path)
        where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in whole).lstrip(".")
        return DefinitionError(self.file, self.line(path), f"{where}: {message}" if where else message)

    def part(self, key: str, data: Data) -> "Document":
        """What stands under `key` as a document of its own, that says `data`; its lines are still the file's."""
        lines = {path[1:]: line for path, line in self.lines.items() if path[:1] == (key,)}
        return Document(self.file, data, lines, (*self.within, key))


def read_document(content: bytes, *, file: str) -> Document:
    """Parse one file; raises DefinitionsInvalid with the line of every fault in its syntax."""
    text = _decode(content, file=file)
    try:
        node = yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message = f"not YAML: {error.problem or error.context}"
        raise DefinitionsInvalid([DefinitionError(file, mark.line + 1 if mark else 1, message)]) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        message = f"the character U+{ord(text[error.position]):04X} may not stand in a definition file"
        raise DefinitionsInvalid([DefinitionError(file, line, message)]) from None
    except RecursionError:
        raise DefinitionsInvalid([DefinitionError(file, 1, "not usable: nested too deeply")]) from None
    if node is None:
        raise DefinitionsInvalid([DefinitionError(file, 1, "the file is empty")])
    reading = _Reading(Document(file))
    reading.document.data = reading.value(node, ())
    if reading.errors:
        raise DefinitionsInvalid(reading.errors)
    return reading.document


def _decode(content: bytes, *, file: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DefinitionsInvalid([DefinitionError(file, line, "not UTF-8: save the file as UTF-8")]) from None


class _Reading:
    """One walk over the nodes of one file."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.errors: list[DefinitionError] = []
        self._seen: set[int] = set()

    def value(self, node: yaml.Node, path: Path) -> Data:
        self.document.lines.setdefault(path, node.start_mark.line + 1)
        if id(node) in self._seen or node.tag not in _OWN_TAGS:
            self.errors.append(
                self.document.error(path, "aliases (*name) and tags (!name) are not used here: write it out")
            )
            return None
        self._seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*path, at)) for at, item in enumerate(node.value)]
        return _scalar(node) if isinstance(node, yaml.ScalarNode) else None

    def _mapping(self, node: yaml.MappingNode, path: Path) -> Data:
        mapping: dict[str, Data] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self.errors.append(DefinitionError(self.document.file, line, "a key must be a single word"))
                continue
            key = str(key_node.value)
            if key in mapping:
                self.errors.append(
                    DefinitionError(self.document.file, line, f"{key!r} stands twice: keep one")
                )
                continue
            self.document.lines[(*path, key)] = line
            mapping[key] = self.value(value_node, (*path, key))
        return mapping


def _scalar(node: yaml.ScalarNode) -> Data:
    text = str(node.value)
    if node.style is not None:  # quoted or a block: text, whatever it looks like
        return text
    if text in _WORDS:
        return _WORDS[text]
    return int(text) if _INTEGER.fullmatch(text) else text
