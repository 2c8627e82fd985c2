"""The pages of the action cards: every card in force, all of it, linked from the cases that run on it."""

from flask import Flask

from casehub.services.card_pages import describe_card
from casehub.web.card_diagram import draw
from tests.house import House
from tests.services.scenes import refer
from tests.web.acting import signed_in


def test_every_card_has_a_page_with_every_step_its_deadline_and_its_source(app: Flask, house: House):
    current = house.runtime.catalogue.current
    visitor = signed_in(app, "kommune.herning")
    listed = visitor.get("/kort").text
    for card in current.cards.values():
        assert f'href="/kort/{card.id}"' in listed
        view = describe_card(card, current.networks[card.network])
        page = " ".join(visitor.get(f"/kort/{card.id}").text.split())
        for step in view.steps:
            assert f"<strong>{step.number}. {step.title}</strong>" in page
            assert all(deadline.rule in page and deadline.force in page for deadline in step.deadlines)
        assert page.count("<circle") + page.count("<rect") == len(card.steps)
        assert page.count("<path") == sum(len(step.requires) for step in card.steps)
    assert visitor.get("/kort/findes-ikke").status_code == 404


def test_a_case_leads_to_its_card(app: Flask, house: House):
    case = f"/sager/{refer(house)}"
    assert 'href="/kort/psp-henvendelse"' in signed_in(app, "politi.herning").get(case).text


def test_the_drawing_stays_within_its_frame(house: House):
    current = house.runtime.catalogue.current
    for card in current.cards.values():
        diagram = draw(describe_card(card, current.networks[card.network]))
        assert [dot.y for dot in diagram.dots] == sorted({dot.y for dot in diagram.dots})
        assert max(dot.y for dot in diagram.dots) < diagram.height
        for arc in diagram.arcs:
            # the leftmost point of a bow is three quarters of the way to where it is drawn to
            if "C" in arc:
                edge, bow = float(arc.split()[1]), float(arc.split()[4])
                assert edge + 0.75 * (bow - edge) >= 0, arc
