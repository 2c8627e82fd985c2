"""How a request's form is read: what is typed, into memory; a file, never: it goes on to be sealed as it comes from the socket.

Werkzeug would write files to /tmp before anyone asks who sends them. Here the one form that takes a file (`TAKES_FILE`) is
read up to its file and no further; a file sent anywhere else is not kept (ADR 0015).
"""

from collections.abc import Iterator
from io import BytesIO
from typing import IO, Any

from flask import Flask, Request, Response, request
from flask_login import current_user
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge
from werkzeug.sansio.multipart import Data, Event, Field, File, MultipartDecoder, NeedData
from werkzeug.wsgi import get_input_stream

from casehub.services.errors import FormRefused
from casehub.services.files import Upload

TAKES_FILE = "files.submit_new"
FILE = "file"  # the name of the field
PIECE = 64 * 1024
MOST_TYPED = 256 * 1024  # of all fields before the file together
MOST_PARTS = 200
MOST_UNREAD = (
    1 << 30
)  # read and thrown away, so that a browser that is still sending comes to read the answer
MORE_THAN_ONE = "Vælg én fil ad gangen. Læg den næste op bagefter."


class IncomingForm:
    """A multipart form being read: `fields` and the name of the file are here, the file itself is still to come."""

    def __init__(self, stream: IO[bytes], boundary: bytes) -> None:
        self._stream = stream
        self._decoder = MultipartDecoder(boundary, max_form_memory_size=MOST_TYPED, max_parts=MOST_PARTS)
        self._file: File | None = None
        self.fields = ImmutableMultiDict(self._read_fields())

    @property
    def upload(self) -> Upload | None:
        """The file; None if none was chosen."""
        if self._file is None or not self._file.filename:
            return None
        return Upload(self._file.filename, self._read_file())

    def throw_away(self) -> None:
        """Read what is left of the request and keep nothing of it."""
        left = MOST_UNREAD
        while left > 0 and (piece := self._stream.read(PIECE)):
            left -= len(piece)

    def _read_fields(self) -> list[tuple[str, str]]:
        fields: list[tuple[str, str]] = []
        name, value, size = "", bytearray(), 0
        for event in self._events():
            match event:
                case Field():
                    name, value = event.name, bytearray()
                case File():
                    if event.name != FILE:
                        raise BadRequest
                    self._file = event
                    return fields
                case Data():
                    value += event.data
                    size += len(event.data)
                    if size > MOST_TYPED:
                        raise RequestEntityTooLarge
                    if not event.more_data:
                        fields.append((name, value.decode(errors="replace")))
        return fields

    def _read_file(self) -> Iterator[bytes]:
        """The bytes of the file, and then the end of the form: one that has no end was broken off."""
        for event in self._events():
            match event:
                case Data():
                    yield event.data
                case File(name=name) if name == FILE:
                    raise FormRefused({FILE: MORE_THAN_ONE})
                case (
                    Field() | File()
                ):  # what is typed comes before the file, or it would not have been looked at
                    raise BadRequest

    def _events(self) -> Iterator[Event]:
        """What the form holds, to its end. BadRequest where it is no form, or breaks off."""
        while not self._decoder.complete:
            try:
                event = self._decoder.next_event()
                while isinstance(event, NeedData):
                    self._decoder.receive_data(self._stream.read(PIECE) or None)
                    event = self._decoder.next_event()
            except ValueError:
                raise BadRequest from None
            yield event


class StreamingRequest(Request):
    """A request whose files are never written to a disk. `incoming`: the form that takes a file, as far as it was read."""

    incoming: IncomingForm | None = None

    def _load_form_data(self) -> None:
        """Read the form, for the one that takes a file up to that file (werkzeug's hook)."""
        if "form" in self.__dict__ or self.endpoint != TAKES_FILE or self.mimetype != "multipart/form-data":
            super()._load_form_data()
            return
        boundary = self.mimetype_params.get("boundary", "").encode("latin-1", "replace")
        if not boundary:
            raise BadRequest
        stream = get_input_stream(self.environ)
        self.incoming = IncomingForm(stream, boundary)
        self.__dict__.update(stream=stream, form=self.incoming.fields, files=ImmutableMultiDict())

    def _get_file_stream(self, *_: Any, **__: Any) -> IO[bytes]:
        """Where a file goes that nobody asked for: into memory, as small as MAX_CONTENT_LENGTH, and away with the request."""
        return BytesIO()


def furnish(app: Flask) -> None:
    """Let the app read its requests so."""
    app.request_class = StreamingRequest
    app.after_request(_throw_away)


def incoming() -> IncomingForm | None:
    """The form that takes a file, if this request brings one."""
    return request.incoming if isinstance(request, StreamingRequest) else None


def _throw_away(response: Response) -> Response:
    """Answer only when all was sent; strangers are not waited for."""
    form = getattr(request, "incoming", None)
    if form is not None and current_user.is_authenticated:
        form.throw_away()
    return response
