"""One step of a case: its evidence form, drawn from the card's definition, and completing or skipping it."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from casehub.definitions.cards import Field
from casehub.services import steps
from casehub.services.errors import Conflict, FormRefused
from casehub.services.views import StepForm
from casehub.web.confirming import (
    BACK,
    CONFIRM,
    Confirmation,
    chosen_readers,
    counted,
    other_readers,
    refuse_gaps,
    ticked,
    typed_information,
    typed_readers,
    typed_terms,
    words_for,
)
from casehub.web.forms import FormState, Page, refused, submitted, typed, typed_version
from casehub.web.restoring import restored
from casehub.web.security import work
from casehub.web.times import typed_day_text

bp = Blueprint("steps", __name__, url_prefix="/sager/<uuid:case_id>/trin/<uuid:step_id>")
MORE, SKIP = "more", "skip"  # values of `_do` beside those of confirming
ROW = ("text", "owner", "date")
FIRST_ROWS = 2
MOST_ROWS = 50


@bp.get("")
def show(case_id: UUID, step_id: UUID) -> Page:
    """The step and its form."""
    return _page(case_id, step_id, restored())


@bp.post("")
def submit(case_id: UUID, step_id: UUID) -> Response | Page:
    """Complete it, record it as not needed, or show one more row of actions."""
    if typed("_do") in {MORE, BACK}:
        return _page(case_id, step_id, FormState(submitted()), more=int(typed("_do") == MORE))
    try:
        if typed("_do") != CONFIRM and ticked("readers"):
            return _confirm(case_id, step_id)
        accepted = _skip(case_id, step_id) if typed("_do") == SKIP else _complete(case_id, step_id)
    except (FormRefused, Conflict) as problem:
        return refused(lambda form: _page(case_id, step_id, form), problem)
    flash("Trinnet er gemt.")
    if accepted:
        return redirect(url_for("parties.show", case_id=case_id), 303)
    return redirect(url_for("cases.show", case_id=case_id), 303)


def _complete(case_id: UUID, step_id: UUID) -> bool:
    """Complete the step; true when that accepted the referral, so that its parties come next."""
    values = {field.id: _value(field) for field in _form(case_id, step_id).fields}
    with work() as ctx:
        effect = steps.complete_step(
            ctx,
            case_id=case_id,
            step_id=step_id,
            version=typed_version(),
            values=values,
            readers=typed_readers(),
            purpose=typed("purpose"),
            necessity=typed("necessity"),
            terms=typed_terms(),
        )
    return effect == "triage" and "accept" in values.values()


def _skip(case_id: UUID, step_id: UUID) -> bool:
    with work() as ctx:
        steps.skip_step(
            ctx, case_id=case_id, step_id=step_id, version=typed_version(), reason=typed("_reason")
        )
    return False


def _confirm(case_id: UUID, step_id: UUID) -> Page:
    form = _form(case_id, step_id)
    asked = [field for field in form.fields if field.when is None or typed(field.when[0]) == field.when[1]]
    plain = [field for field in asked if field.required and field.type not in {"checks", "actions"}]
    refuse_gaps((field.id, f"Udfyld »{field.label}«.") for field in plain)
    readers = chosen_readers(form.readers, "Det, du har skrevet i trinnet")
    page = Confirmation(
        case_id=form.case_id,
        case_number=form.case_number,
        here=f"Trin {form.step.number}",
        heading="Tjek, hvem der kan læse det",
        what="det, du har skrevet",
        button=f"Gem, og videregiv til {counted([reader.name for reader in readers], 'myndigheder')}",
        readers=readers,
        purpose=words_for(form.purposes, typed("purpose")),
        information=typed_information(form.information),
        own_authority=form.own_authority,
        others=other_readers(form.readers),
        parts=[(field.label, _words(field, form)) for field in asked],
    )
    return render_template("confirm.html", page=page, form=FormState(submitted()))


def _form(case_id: UUID, step_id: UUID) -> StepForm:
    with work() as ctx:
        return steps.read_step(ctx, case_id=case_id, step_id=step_id)


def _page(case_id: UUID, step_id: UUID, form: FormState, more: int = 0) -> str:
    page = _form(case_id, step_id)

    def action_rows(form: FormState, name: str) -> int:
        return min(MOST_ROWS, max(FIRST_ROWS, _rows(form.values, name)) + more)

    typed_in = () if page.step.can_complete else _typed(page, form)
    return render_template("step.html", page=page, form=form, action_rows=action_rows, typed=typed_in)


def _typed(page: StepForm, form: FormState) -> list[tuple[str, str]]:
    """What was typed when someone else was faster: the form is gone, the text is not."""
    if not form.values:
        return []
    lines = [(field.label, _words(field, page)) for field in page.fields]
    return [(label, text) for label, text in lines if text]


def _value(field: Field) -> str | list[str] | list[dict[str, str]]:
    if field.type == "checks":
        return request.form.getlist(field.id)
    if field.type == "actions":
        rows = [
            {part: typed(f"{field.id}-{row}-{part}") for part in ROW}
            for row in range(_rows(submitted(), field.id))
        ]
        return [row for row in rows if any(text.strip() for text in row.values())]
    return typed(field.id)


def _words(field: Field, form: StepForm) -> str:
    """What was typed in a field, as the readers will see it."""
    value = _value(field)
    if isinstance(value, str):
        return _in_words(field, form, value)
    lines = [
        _in_words(field, form, row)
        if isinstance(row, str)
        else f"{row['text']} – {words_for(form.parties, row['owner'])}, {typed_day_text(row['date'])}"
        for row in value
    ]
    return "\n".join(lines)


def _in_words(field: Field, form: StepForm, value: str) -> str:
    if field.type == "date":
        return typed_day_text(value)
    named = {choice.id: choice.text for choice in field.choices} | {
        party.value: party.text for party in form.parties
    }
    return named.get(value, value)


def _rows(values: object, name: str) -> int:
    """How many rows of an actions field were sent: one more than the highest number in a field name."""
    names = values if isinstance(values, dict) else {}
    numbers = [
        part.removeprefix(f"{name}-").partition("-")[0] for part in names if part.startswith(f"{name}-")
    ]
    return min(MOST_ROWS, 1 + max((int(number) for number in numbers if number.isdecimal()), default=-1))
