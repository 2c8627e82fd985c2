"""Making the proof of one entry from an export, without the database it came from."""

from pathlib import Path

from casehub.transparency.cosignatures import cosigners_of
from casehub.transparency.entry_proofs import EntryProof
from casehub.transparency.exports import STRETCH, About, contents_path, read_checkpoints, read_contents
from casehub.transparency.notes import NoteRefused, parse_checkpoint, split_note
from casehub.transparency.proofs import ProofRefused, inclusion_proof
from casehub.transparency.tiles import HEIGHT, WIDTH, Tile, decode_bundle, node_in
from casehub.transparency.tree import HASH_BYTES
from casehub.transparency.trust import Trust


def prove_from_export(directory: Path, entry: str, *, trust: Trust) -> EntryProof:
    """The proof of `entry`, an id in the export's contents or a position. ProofRefused, ExportRefused.

    In the tree of the newest checkpoint that is witnessed and has it, else of the newest that has it.
    """
    about = About.read(directory)
    position = int(entry) if entry.isascii() and entry.isdecimal() else _position(directory, about, entry)
    note = _note(directory, position, trust)
    try:
        size = parse_checkpoint(split_note(note)[0]).size
        path = inclusion_proof(node_in(size, lambda tile: _read(directory, about, tile)), position, size)
        bundle = decode_bundle((directory / _whole(about, Tile(None, position // WIDTH)).path).read_bytes())
        return EntryProof(bundle[position % WIDTH], position, tuple(path), note)
    except (OSError, ValueError, IndexError, NoteRefused):
        raise ProofRefused(
            f"{directory}: is not whole; check it with `casehub audit verify --export`"
        ) from None


def _position(directory: Path, about: About, entry: str) -> int:
    for stretch in range(-(-about.size // STRETCH)):
        for position, found, _, _ in read_contents(contents_path(directory, stretch)):
            if found == entry:
                return int(position)
    raise ProofRefused(f"{directory}: has no content of an entry {entry}; name it by its position in the log")


def _note(directory: Path, position: int, trust: Trust) -> str:
    covering = [
        note
        for note in reversed(read_checkpoints(directory))
        if parse_checkpoint(split_note(note)[0]).size > position
    ]
    if not covering:
        raise ProofRefused(f"{directory}: has no entry at position {position}")
    witnessed = (note for note in covering if trust.is_witnessed(cosigners_of(note, trust.witness_keys)))
    return next(witnessed, covering[0])


def _whole(about: About, tile: Tile) -> Tile:
    """The tile as the export has it: as wide as the exported tree fills it."""
    width = (about.size >> (HEIGHT * (tile.level or 0))) - tile.number * WIDTH
    return Tile(tile.level, tile.number, min(WIDTH, width))


def _read(directory: Path, about: About, tile: Tile) -> bytes:
    """The first hashes of a tile, as a smaller tree has it."""
    return (directory / _whole(about, tile).path).read_bytes()[: tile.width * HASH_BYTES]
