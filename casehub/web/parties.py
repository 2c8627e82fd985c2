"""Whom to bring into a case: the tovholder ticks parties, sees who will be able to read what, and only then shares."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from casehub.services import parties
from casehub.services.errors import Conflict, FormRefused
from casehub.services.views import PartyForm, PartyProposal
from casehub.web.confirming import (
    BACK,
    CONFIRM,
    Confirmation,
    Reader,
    counted,
    refuse_gaps,
    ticked,
    typed_information,
    typed_terms,
    words_for,
)
from casehub.web.forms import FormState, Page, refused, submitted, typed
from casehub.web.restoring import restored
from casehub.web.security import work

bp = Blueprint("parties", __name__, url_prefix="/sager/<uuid:case_id>/parter")


@bp.get("")
def show(case_id: UUID) -> Page:
    """The parties the network proposes for this geography."""
    return _page(case_id, restored())


@bp.post("")
def submit(case_id: UUID) -> Response | Page:
    """Say who will be able to read what; on the second press, share."""
    if typed("_do") == BACK:
        return _page(case_id, FormState(submitted()))
    try:
        if typed("_do") != CONFIRM:
            return _confirm(case_id)
        with work() as ctx:
            parties.share_case(
                ctx,
                case_id=case_id,
                parties=_chosen(),
                purpose=typed("purpose"),
                terms=typed_terms(),
            )
    except (FormRefused, Conflict) as problem:
        return refused(lambda form: _page(case_id, form), problem)
    flash("Sagen er delt med dem, du valgte.")
    return redirect(url_for("cases.show", case_id=case_id), 303)


def _chosen() -> tuple[parties.PartyChoice, ...]:
    return tuple(
        parties.PartyChoice(unit, typed(f"basis-{unit}"), typed(f"necessity-{unit}"))
        for unit in ticked("parties")
    )


def _load(case_id: UUID) -> PartyForm:
    with work() as ctx:
        return parties.propose_parties(ctx, case_id=case_id)


def _page(case_id: UUID, form: FormState) -> str:
    page = _load(case_id)
    ticked_first = [party.unit_id for party in page.proposals if party.preselected and _possible(party, page)]
    return render_template("parties.html", page=page, default_parties=ticked_first, form=form)


def _confirm(case_id: UUID) -> Page:
    case = _load(case_id)
    chosen = [party for party in case.proposals if party.unit_id in ticked("parties")]
    if not chosen:
        raise FormRefused({"parties": "Vælg mindst én part, eller gå tilbage til sagen."})
    others = [party for party in chosen if party.authority != case.own_authority]
    why = [(f"necessity-{party.unit_id}", f"Skriv, hvorfor {party.unit} er nødvendig.") for party in others]
    refuse_gaps([*why, ("purpose", "Vælg, hvad formålet er.")])
    page = Confirmation(
        case_id=case_id,
        case_number=case.case_number,
        here="Parter",
        heading="Tjek, hvem du deler sagen med",
        what="henvendelsen",
        button=f"Del sagen med {counted([party.unit for party in chosen], 'parter')}",
        readers=[_reader(party, case) for party in chosen],
        purpose=words_for(case.purposes, typed("purpose")),
        information=typed_information(case.information),
        others=[party.unit for party in case.proposals if party not in chosen],
    )
    return render_template("confirm.html", page=page, form=FormState(submitted()))


def _possible(party: PartyProposal, case: PartyForm) -> bool:
    """A unit of one's own authority needs no basis; every other needs one the network gives."""
    return bool(party.bases) or party.authority == case.own_authority


def _reader(party: PartyProposal, case: PartyForm) -> Reader:
    own = party.authority == case.own_authority
    return Reader(
        f"{party.unit}, {party.authority}",
        "Henvendelsen, borgerens oplysninger, handlingskortet og sagens parter",
        "Egen myndighed" if own else words_for(party.bases, typed(f"basis-{party.unit_id}")) or "Intet valgt",
        typed(f"necessity-{party.unit_id}"),
    )
