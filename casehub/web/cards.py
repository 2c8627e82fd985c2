"""Handlingskort: the cards in force, each as a drawing and a table. No case is in it."""

from flask import Blueprint, render_template

from casehub.services.card_pages import list_cards, read_card
from casehub.web.card_diagram import LINE, RADIUS, TEXT, WIDTH, draw
from casehub.web.security import work

bp = Blueprint("cards", __name__, url_prefix="/kort")


@bp.get("")
def show_list() -> str:
    """The cards by network."""
    with work() as ctx:
        return render_template("cards.html", cards=list_cards(ctx))


@bp.get("/<card_id>")
def show(card_id: str) -> str:
    """One card."""
    with work() as ctx:
        card = read_card(ctx, card_id=card_id)
    places = {"line": LINE, "radius": RADIUS, "text": TEXT, "width": WIDTH}
    return render_template("card.html", card=card, diagram=draw(card), places=places)
