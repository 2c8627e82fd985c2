"""Changing a step of a running card: deadline, who does it, done over, added, impossible. One page, a small form for each."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from casehub.services import step_changes
from casehub.services.errors import Conflict, FormRefused
from casehub.web.confirming import refuse_gaps
from casehub.web.forms import FormState, Page, refused, submitted, typed, typed_version
from casehub.web.restoring import restored
from casehub.web.security import work
from casehub.web.times import local_time_text, typed_day_text

bp = Blueprint("step_changes", __name__, url_prefix="/sager/<uuid:case_id>/trin/<uuid:step_id>/aendring")
_NO_FIELDS: Mapping[str, str] = {}
# the value of `_do` -> the use case, its own fields (argument -> field), and what is said when it is done. In the page, which has a
# form for each, a field is called `field-act`
_ACTS: Mapping[str, tuple[Callable[..., None], Mapping[str, str], str]] = {
    "add": (step_changes.add_step, _NO_FIELDS, "Trinnet er føjet til sagen."),
    "extend": (step_changes.extend_step, {"to": "to"}, "Fristen er forlænget."),
    "suspend": (step_changes.suspend_step, {"until": "until"}, "Fristen er sat i bero."),
    "assign": (step_changes.assign_step, {"staff_id": "staff"}, "Trinnet er givet videre."),
    "hand_over": (step_changes.hand_step_over, {"authority": "authority"}, "Trinnet er overdraget."),
    "mark_impossible": (step_changes.mark_step_impossible, _NO_FIELDS, "Trinnet er noteret som umuligt."),
    "repeat": (step_changes.repeat_step, _NO_FIELDS, "Trinnet kan udføres igen."),
    "reopen": (step_changes.reopen_step, _NO_FIELDS, "Trinnet er genåbnet."),
}


# what lets the case go on without something, or later: done on the second press
_WEAKENING = {
    "mark_impossible": (
        "Er du sikker på, at trinnet skal noteres som umuligt?",
        ("reason",),
        "Ja, notér som umuligt",
    ),
    "suspend": ("Er du sikker på, at fristen skal sættes i bero?", ("until", "reason"), "Ja, sæt i bero"),
}
_GAPS = {"reason": "Skriv hvorfor.", "until": "Skriv, hvor længe fristen skal hvile."}


@bp.get("")
def show(case_id: UUID, step_id: UUID) -> Page:
    """What can be changed, and what was."""
    return _page(case_id, step_id, restored())


@bp.post("")
def submit(case_id: UUID, step_id: UUID) -> Response | Page:
    """Make the change whose button was pressed."""
    if typed("_do") not in _ACTS:
        raise BadRequest
    act, fields, done = _ACTS[typed("_do")]
    chosen = typed("_do")
    if chosen in _WEAKENING and typed("_sure") != "ja":
        return _ask(case_id, step_id, chosen)
    own: dict[str, Any] = {argument: typed(f"{name}-{chosen}") for argument, name in fields.items()}
    try:
        with work() as ctx:
            act(
                ctx,
                case_id=case_id,
                step_id=step_id,
                version=typed_version(),
                reason=typed(f"reason-{chosen}"),
                **own,
            )
    except FormRefused as problem:
        here = {name if name == "_step" else f"{name}-{chosen}": why for name, why in problem.errors.items()}
        return refused(lambda form: _page(case_id, step_id, form), FormRefused(here))
    except Conflict as problem:
        return refused(lambda form: _page(case_id, step_id, form), problem)
    flash(done)
    return redirect(url_for("cases.show", case_id=case_id), 303)


def _ask(case_id: UUID, step_id: UUID, chosen: str) -> Page:
    """Say what it means, once there is something to do it with."""
    heading, wanted, button = _WEAKENING[chosen]
    try:
        refuse_gaps((f"{name}-{chosen}", _GAPS[name]) for name in wanted)
    except FormRefused as problem:
        return refused(lambda form: _page(case_id, step_id, form), problem)
    with work() as ctx:
        page = step_changes.read_step_changes(ctx, case_id=case_id, step_id=step_id)
    until = typed("until-suspend")
    return render_template(
        "step_change_sure.html",
        page=page,
        until=local_time_text(until) if page.in_hours else typed_day_text(until),
        form=FormState(submitted()),
        act=chosen,
        heading=heading,
        button=button,
    )


def _page(case_id: UUID, step_id: UUID, form: FormState) -> str:
    with work() as ctx:
        page = step_changes.read_step_changes(ctx, case_id=case_id, step_id=step_id)
    chosen = form.value("_do", page.acts[0] if len(page.acts) == 1 else "")
    return render_template("step_change.html", page=page, form=form, chosen=chosen)
