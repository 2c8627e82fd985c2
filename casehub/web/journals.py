"""A case taken out to the own authority's journal, as PDF or JSON: made anew each time, in memory, and kept nowhere here."""

from uuid import UUID

from flask import Blueprint, Response

from casehub.services.journals import Journal, export_journal
from casehub.web.documents import json_of, pdf_of
from casehub.web.security import work

bp = Blueprint("journals", __name__, url_prefix="/sager/<uuid:case_id>")


@bp.get("/journal.pdf")
def take_pdf(case_id: UUID) -> Response:
    """To read and to file."""
    journal = _journal(case_id)
    return pdf_of(journal, template="journal", made_at=journal.made_at, name=_name(journal))


@bp.get("/journal.json")
def take_json(case_id: UUID) -> Response:
    """For a journal system."""
    journal = _journal(case_id)
    return json_of(journal, name=_name(journal))


def _journal(case_id: UUID) -> Journal:
    with work() as ctx:
        return export_journal(ctx, case_id=case_id)


def _name(journal: Journal) -> str:
    return f"sag-{journal.held.number}"
