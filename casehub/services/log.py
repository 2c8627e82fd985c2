"""Reading the log: every access by the authority's own staff or to its data, and all that is known of one case.

Reading lines is itself an entry, each page of it. What was searched for was recorded before (`log_search`).
"""

from uuid import UUID

from sqlalchemy import Select, select

from casehub.access.actions import Action
from casehub.audit import Event
from casehub.model import AuditContent, Case
from casehub.services.context import Context
from casehub.services.log_lines import matching, name_of, newest, show_lines
from casehub.services.log_search import LogSearch
from casehub.services.log_views import CaseLogPage, LogPage

PAGE = 50


def read_log(ctx: Context, *, search: LogSearch | None = None, before: str | None = None) -> LogPage:
    """A page of the lines that were searched for, older than the line `before`. NotFound for all but reviewers."""
    ctx.gate.visit(action=Action.LOG_READ, event=Event.LOG_READ)
    return _page(ctx, matching(search or LogSearch()), before)


def read_case_log(ctx: Context, *, case_id: UUID, before: str | None = None) -> CaseLogPage:
    """Everything the log holds of a case that is this reviewer's to know, the refused attempts too. NotFound."""
    ctx.gate.visit(action=Action.LOG_READ, event=Event.LOG_READ, case_id=case_id)
    page = _page(ctx, matching(LogSearch(cases=(case_id,))), before)
    number = ctx.session.scalar(select(Case.number).where(Case.id == case_id))
    return CaseLogPage(case_id, number or str(case_id), page)


def _page(ctx: Context, statement: Select[AuditContent], before: str | None) -> LogPage:
    rows = list(ctx.session.scalars(newest(statement, before=before, most=PAGE + 1)))
    more = name_of(rows[PAGE - 1]) if len(rows) > PAGE else None
    return LogPage(show_lines(ctx, rows[:PAGE]), more)
