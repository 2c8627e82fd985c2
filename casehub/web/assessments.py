"""Risikovurdering: the history with a chart and its table, a checklist to answer, and giving an assessment to more.

Before anything is saved a page says which level it makes, and exactly who will be able to read it.
"""

from collections.abc import Iterable
from itertools import groupby
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from casehub.services import assessments
from casehub.services.assessment_views import AssessmentView
from casehub.services.errors import Conflict, FormRefused
from casehub.web.charts import LevelChart, level_chart
from casehub.web.confirming import (
    BACK,
    CONFIRM,
    Confirmation,
    chosen_readers,
    counted,
    other_readers,
    refuse_gaps,
    typed_information,
    typed_readers,
    typed_terms,
    words_for,
)
from casehub.web.forms import FormState, Page, refused, submitted, typed
from casehub.web.restoring import restored
from casehub.web.security import work

bp = Blueprint("assessments", __name__, url_prefix="/sager/<uuid:case_id>/risikovurdering")


@bp.get("")
def show(case_id: UUID) -> str:
    """Each checklist with what was found by it, the newest first."""
    with work() as ctx:
        page = assessments.read_assessments(ctx, case_id=case_id)
    return render_template("assessments.html", page=page, histories=_histories(page.assessments))


@bp.get("/<checklist_id>/ny")
def show_new(case_id: UUID, checklist_id: str) -> Page:
    """The checklist to answer."""
    return _new(case_id, checklist_id, restored())


@bp.post("/<checklist_id>/ny")
def submit_new(case_id: UUID, checklist_id: str) -> Response | Page:
    """Say which level it makes and who will be able to read it; on the second press, save it."""
    if typed("_do") == BACK:
        return _new(case_id, checklist_id, FormState(submitted()))
    try:
        if typed("_do") != CONFIRM:
            return _confirm_new(case_id, checklist_id)
        with work() as ctx:
            assessments.write_assessment(
                ctx,
                case_id=case_id,
                checklist_id=checklist_id,
                version=typed("_version"),
                data=_typed(),
                readers=typed_readers(),
                purpose=typed("purpose"),
                necessity=typed("necessity"),
                terms=typed_terms(),
            )
    except (FormRefused, Conflict) as problem:
        return refused(lambda form: _new(case_id, checklist_id, form), problem)
    flash("Risikovurderingen er gemt.")
    return redirect(url_for("assessments.show", case_id=case_id), 303)


@bp.get("/<uuid:item_id>/videregiv")
def show_disclosure(case_id: UUID, item_id: UUID) -> Page:
    """The form for giving an own assessment to more authorities."""
    return _disclose(case_id, item_id, restored())


@bp.post("/<uuid:item_id>/videregiv")
def submit_disclosure(case_id: UUID, item_id: UUID) -> Response | Page:
    """Say who will be able to read it; on the second press, disclose it."""
    if typed("_do") == BACK:
        return _disclose(case_id, item_id, FormState(submitted()))
    try:
        if typed("_do") != CONFIRM:
            return _confirm_disclosure(case_id, item_id)
        with work() as ctx:
            assessments.disclose_assessment(
                ctx,
                case_id=case_id,
                item_id=item_id,
                readers=typed_readers(),
                purpose=typed("purpose"),
                necessity=typed("necessity"),
                terms=typed_terms(),
            )
    except (FormRefused, Conflict) as problem:
        return refused(lambda form: _disclose(case_id, item_id, form), problem)
    flash("Risikovurderingen er videregivet.")
    return redirect(url_for("assessments.show", case_id=case_id), 303)


def _histories(
    found: Iterable[AssessmentView],
) -> dict[str, tuple[list[AssessmentView], list[LevelChart]]]:
    """By checklist: its assessments, the newest first, and a chart where there is more than one with the same levels."""
    by_checklist = sorted(found, key=lambda view: (view.checklist_id, view.on, view.created_at))
    histories = {}
    for checklist_id, group in groupby(by_checklist, key=lambda view: view.checklist_id):
        views = list(group)
        levels = views[-1].levels
        drawn = [view for view in views if view.levels == levels]
        charts = [level_chart(levels, [(view.on, view.place) for view in drawn])] if len(drawn) > 1 else []
        histories[checklist_id] = (views[::-1], charts)
    return histories


def _typed() -> assessments.AssessmentInput:
    return assessments.AssessmentInput(
        answers={
            name.removeprefix("item-"): typed(name) for name in request.form if name.startswith("item-")
        },
        judgement=typed("judgement"),
        reason=typed("reason"),
        level=typed("level"),
        on=typed("on"),
        remark=typed("remark"),
    )


def _new(case_id: UUID, checklist_id: str, form: FormState) -> str:
    with work() as ctx:
        page = assessments.read_assessment_form(
            ctx, case_id=case_id, checklist_id=checklist_id, version=form.value("_version")
        )
    return render_template("assessment_new.html", page=page, form=form)


def _confirm_new(case_id: UUID, checklist_id: str) -> str:
    refuse_gaps([])
    with work() as ctx:
        page, lines = assessments.preview_assessment(
            ctx, case_id=case_id, checklist_id=checklist_id, version=typed("_version"), data=_typed()
        )
    return _confirm(page, "Tjek risikovurderingen", "Gem risikovurderingen", lines)


def _disclose(case_id: UUID, item_id: UUID, form: FormState) -> str:
    with work() as ctx:
        page = assessments.read_assessment_disclosure(ctx, case_id=case_id, item_id=item_id)
    return render_template("assessment_disclose.html", page=page, form=form)


def _confirm_disclosure(case_id: UUID, item_id: UUID) -> str:
    refuse_gaps([], needs_reader=True)
    with work() as ctx:
        page = assessments.read_assessment_disclosure(ctx, case_id=case_id, item_id=item_id)
    heading = "Tjek, hvem du videregiver risikovurderingen til"
    return _confirm(page, heading, "Videregiv risikovurderingen", page.lines)


def _confirm(
    page: assessments.AssessmentForm | assessments.AssessmentDisclosure,
    heading: str,
    button: str,
    lines: tuple[tuple[str, str], ...],
) -> str:
    readers = chosen_readers(page.readers, "Risikovurderingen nedenfor")
    to = f" til {counted([reader.name for reader in readers], 'myndigheder')}" if readers else ""
    confirmation = Confirmation(
        case_id=page.case_id,
        case_number=page.case_number,
        here="Risikovurdering",
        heading=heading,
        what="risikovurderingen",
        button=button + to,
        readers=readers,
        purpose=words_for(page.purposes, typed("purpose")),
        information=typed_information(page.information),
        own_authority=page.own_authority,
        others=other_readers(page.readers),
        parts=lines,
    )
    return render_template("confirm.html", page=confirmation, form=FormState(submitted()))
