"""What people take with them: a frozen view as PDF or JSON, made in memory and saved by the browser, never shown."""

import json
from dataclasses import asdict
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from flask import Response

from casehub.outbound.pdf import render_pdf
from casehub.web.times import day_text, short_text
from casehub.workflow.calendar import COPENHAGEN

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def pdf_of(view: "DataclassInstance", *, template: str, made_at: datetime, name: str) -> Response:
    """The view as `template` (of `outbound/templates`) sets it, its times as Danes read them; `name` without ending."""
    data = asdict(view, dict_factory=_in_words)
    return attached(render_pdf(template, data, made_at=made_at), "application/pdf", f"{name}.pdf")


def json_of(view: "DataclassInstance", *, name: str) -> Response:
    """The view as machines read it (times as ISO 8601 with Denmark's offset); `name` without ending."""
    made = json.dumps(asdict(view, dict_factory=_in_iso), ensure_ascii=False, indent=2).encode()
    return attached(made, "application/json", f"{name}.json")


def attached(made: bytes, media_type: str, name: str) -> Response:
    """A file to save."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(made, content_type=media_type, headers=headers)


def _in_words(items: list[tuple[str, Any]]) -> dict[str, Any]:
    def words(value: Any) -> Any:
        if isinstance(value, datetime):
            return short_text(value)
        return day_text(value) if isinstance(value, date) else value

    return {name: words(value) for name, value in items}


def _in_iso(items: list[tuple[str, Any]]) -> dict[str, Any]:
    def iso(value: Any) -> Any:
        if isinstance(value, datetime):
            return value.astimezone(COPENHAGEN).isoformat(timespec="seconds")
        return value.isoformat() if isinstance(value, date) else value

    return {name: iso(value) for name, value in items}
