"""The log's tree for everybody, in the form any tool for transparency logs reads (c2sp.org/tlog-tiles).

Public, without signing in: hashes and signatures, never a content, a name or a time. Nothing here is an entry, as
nothing about anybody is read.
"""

from flask import Blueprint, Response

from casehub.audit.reading import read_checkpoint, read_keys, read_tile, with_cosignatures
from casehub.transparency.tiles import NoSuchTile, Tile
from casehub.web.security import runtime

bp = Blueprint("transparency", __name__, url_prefix="/log")
TEXT = "text/plain; charset=utf-8"
NOT_FOUND = 404


@bp.get("/checkpoint")
def checkpoint() -> Response:
    """The newest checkpoint, a signed note, with the cosignatures that it has so far."""
    with runtime().read_tree() as session:
        newest = read_checkpoint(session)
        if newest is None:
            return _none("no checkpoint has been signed yet")
        return Response(with_cosignatures(session, newest), content_type=TEXT)


@bp.get("/key")
def key() -> Response:
    """The log's public keys, newest last, a line each: for comparing with what was published elsewhere."""
    with runtime().read_tree() as session:
        return Response("".join(f"{each}\n" for each in read_keys(session)), content_type=TEXT)


@bp.get("/tile/<path:place>")
def tile(place: str) -> Response:
    """A tile of hashes, or a bundle of entries, as far as the newest checkpoint goes."""
    with runtime().read_tree() as session:
        newest = read_checkpoint(session)
        try:
            wanted = Tile.parse(f"tile/{place}")
            if newest is None or not wanted.fits(newest.size):
                return _none("the log has not grown that far")
            return Response(read_tile(session, wanted), content_type="application/octet-stream")
        except NoSuchTile:
            return _none("there is no such tile")


def _none(why: str) -> Response:
    return Response(f"{why}\n", status=NOT_FOUND, content_type=TEXT)
