"""What people do in the journey, each through the pages alone."""

import re
from datetime import timedelta

from flask import Flask

from tests.web.browsing import Visitor

CPR = "670385-1234"
NAME = "Agnete Sandal Vestergaard"
CONCERN = "Har ikke åbnet døren i tre uger og råber om natten."
REFERRAL = {
    "_do": "create",
    "network": "psp",
    "name": NAME,
    "cpr": CPR,
    "address": "Prøvevej 87A, 1. th, 7400 Herning",
    "phone": "10 20 30 40",
    "kommune": "657",
    "safe_contact": "Ring kun mellem 9 og 14.",
    "concern": CONCERN,
    "necessity": "Ingen af os kan løse det alene.",
}


def signed_in(app: Flask, login: str) -> Visitor:
    visitor = Visitor(app)
    assert visitor.sign_in(login).status_code == 303
    return visitor


def first_choices(page: str) -> dict[str, str]:
    """A value for each choice the referral form has, as the network file names them."""
    choices = {}
    for name in ("indicators", "source", "purpose"):
        found = re.search(rf'name="{name}" id="{name}" value="([^"]+)"', page)
        assert found, name
        choices[name] = found[1]
    kommune = re.search(r'<option value="(\d+)">Herning</option>', page)
    assert kommune
    return {**choices, "kommune": kommune[1]}


def refer(visitor: Visitor, **changes: str) -> str:
    """Create a referral; the path of its case."""
    form = visitor.post("/henvendelser/ny", {"_do": "known", "network": "psp", "cpr": CPR})
    assert form.status_code == 200, form.text
    answer = visitor.post("/henvendelser/ny", {**REFERRAL, **first_choices(form.text), **changes})
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def step_path(visitor: Visitor, case: str, title: str) -> str:
    """The path of the step that can be done now and has this title."""
    page = visitor.get(case).text
    found = re.search(rf'href="({case}/trin/[^"]+)">\d+\. {re.escape(title)}</a>', page)
    assert found, page
    return found[1]


def accept(visitor: Visitor, case: str) -> None:
    """The tovholder accepts; the next page is that of the parties."""
    meeting = (visitor.app.extensions["casehub"].clock() + timedelta(days=20)).date().isoformat()
    path = step_path(visitor, case, "Vurdér henvendelsen")
    values = {
        "decision": "accept",
        "reason": "Flere myndigheder er nødvendige.",
        "meeting_on": meeting,
        "_do": "complete",
    }
    answer = visitor.fill(path, values | {"readers": []})
    assert answer.status_code == 303, answer.text
    assert answer.headers["Location"] == f"{case}/parter"


def share(visitor: Visitor, case: str, *units: str) -> None:
    """The tovholder shares with the units, after the page that says who will be able to read what."""
    page = visitor.get(f"{case}/parter").text
    purpose = re.search(r'name="purpose" id="purpose" value="([^"]+)"', page)
    assert purpose
    why = {f"necessity-{unit}": f"Vi har brug for {unit}." for unit in units}
    sure = visitor.fill(f"{case}/parter", {"parties": list(units), "purpose": purpose[1], **why})
    assert sure.status_code == 200, sure.text
    assert "Tjek, hvem du deler sagen med" in sure.text
    answer = visitor.confirm(f"{case}/parter", sure)
    assert answer.status_code == 303, answer.text


def agree(visitor: Visitor, case: str, *authorities: str) -> None:
    """Write down that the citizen consents to everything between the visitor's authority and these."""
    page = visitor.get(f"{case}/samtykke").text
    kinds = re.findall(r'name="information" id="[^"]+" value="([^"]+)"', page)
    today = visitor.app.extensions["casehub"].clock().date().isoformat()
    values = {"authorities": list(authorities), "information": kinds, "how": "oral", "given_on": today}
    answer = visitor.post(f"{case}/samtykke", {**values, "until": "2099-12-31"})
    assert answer.status_code == 303, answer.text


def open_case(app: Flask) -> str:
    """A case the police referred, the tovholder took up and shared with Herning Kommune and psychiatry."""
    case = refer(signed_in(app, "politi.herning"))
    coordinator = signed_in(app, "tovholder")
    accept(coordinator, case)
    agree(coordinator, case, "herning-kommune", "psykiatri-midt")
    share(coordinator, case, "herning-kommune/social", "psykiatri-midt/distrikt")
    return case
