"""The invented people of the demo: who works where, and what they are contacts for. None of them exists.

The geography is policies/organisation/midt-og-vestjylland.yaml's; the logins are what scripts and the README name.
Their telephone numbers begin with 1, so that no one can be called. Only the demo and the tests load them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

PASSWORD = "proev-casehub"  # noqa: S105 (printed on the screen: it opens invented data on 127.0.0.1 alone)
DEPUTY = "-stedfortraeder"

# Which networks a unit's people are contacts for, by the last part of the unit's id; the police stations are all the others.
# One person can have many: a contact of a small kommune is its contact for children too.
_STATION = (
    "psp",
    "aeresrelateret",
    "samlivsvold",
    "ssp",
    "ssp-plus",
    "ksp",
    "radikalisering",
    "konfliktraad",
    "offerraadgivning",
    "bevilling",
)
_SOCIAL = ("psp", "aeresrelateret", "samlivsvold", "ssp", "ssp-plus", "ksp", "radikalisering", "konfliktraad")
_CONTACT_FOR = {
    "social": _SOCIAL,
    "distrikt": ("psp", "aeresrelateret", "samlivsvold"),
    "kif": ("psp",),
    "boern-og-unge": ("aeresrelateret", "samlivsvold"),
}
_COORDINATOR_FOR = {
    "sekretariat": ("psp", "konfliktraad", "offerraadgivning"),
    "personfarlig": ("aeresrelateret", "samlivsvold"),
    "kif": ("ksp",),
    "boern-og-unge": ("ssp", "ssp-plus", "radikalisering"),
    "bevillingsnaevn": ("bevilling",),
}


@dataclass(frozen=True, slots=True)
class Person:
    """One login. `duties`: (network, unit, function) as services.people.add_staff takes them."""

    login: str
    name: str
    title: str
    phone: str
    authority: str
    unit: str
    role: str = "staff"
    duties: tuple[tuple[str, str, str], ...] = ()
    keeps_contacts: bool = False


# login, unit, contact, its title, deputy, its title
_CONTACTS = (
    ("politi.holstebro", "mvj-politi/holstebro", "Mette Kragelund", "Politiassistent", "Torben Vadgaard", "Politiassistent"),
    ("politi.herning", "mvj-politi/herning", "Søren Hestbæk", "Politiassistent", "Camilla Ørnbjerg", "Politibetjent"),
    ("politi.thisted", "mvj-politi/thisted", "Bodil Klitgård", "Politikommissær", "Rasmus Thybo", "Politiassistent"),
    ("politi.ringkoebing", "mvj-politi/ringkoebing", "Niels Fjordside", "Politiassistent", "Hanne Klegod", "Politiassistent"),
    ("politi.silkeborg", "mvj-politi/silkeborg", "Louise Gudenå", "Politikommissær", "Amir Salehi", "Politiassistent"),
    ("politi.skive", "mvj-politi/skive", "Karsten Salling", "Politiassistent", "Pernille Krabbesholm", "Politibetjent"),
    ("politi.viborg", "mvj-politi/viborg", "Dorthe Hærvej", "Politiassistent", "Jonas Asmild", "Politiassistent"),
    ("kommune.herning", "herning-kommune/social", "Birgitte Fuglsang", "Socialrådgiver", "Henrik Gjellerup", "Teamleder"),
    ("kommune.holstebro", "holstebro-kommune/social", "Lise Storåen", "Socialrådgiver", "Per Mejdal", "Socialrådgiver"),
    ("kommune.lemvig", "lemvig-kommune/social", "Inger Bovbjerg", "Socialrådgiver", "Kim Rønland", "Socialrådgiver"),
    ("kommune.struer", "struer-kommune/social", "Jytte Venø", "Socialrådgiver", "Martin Bremdal", "Teamleder"),
    ("kommune.silkeborg", "silkeborg-kommune/social", "Charlotte Remstrup", "Socialrådgiver", "Yusuf Demir", "Socialrådgiver"),
    ("kommune.ikast-brande", "ikast-brande-kommune/social", "Ulla Skjerris", "Socialrådgiver", "Bent Isenvad", "Teamleder"),
    (
        "kommune.ringkoebing-skjern", "ringkoebing-skjern-kommune/social",
        "Marianne Stauning", "Socialrådgiver", "Ole Vedersø", "Socialrådgiver",
    ),
    ("kommune.morsoe", "morsoe-kommune/social", "Gitte Legind", "Socialrådgiver", "Poul Feggesund", "Teamleder"),
    ("kommune.skive", "skive-kommune/social", "Annelise Furland", "Socialrådgiver", "Kurt Estvad", "Socialrådgiver"),
    ("kommune.thisted", "thisted-kommune/social", "Tove Hanstholm", "Socialrådgiver", "Mads Vigsø", "Socialrådgiver"),
    ("kommune.viborg", "viborg-kommune/social", "Susanne Hald", "Socialrådgiver", "Erik Dollerup", "Teamleder"),
    ("psykiatri.midt", "psykiatri-midt/distrikt", "Astrid Lyngholm", "Overlæge", "Jakob Sindal", "Specialsygeplejerske"),
    ("psykiatri.nord", "psykiatri-nord/distrikt", "Vibeke Limfjord", "Overlæge", "Simon Hvidbjerg", "Specialsygeplejerske"),
    ("kriminalforsorgen", "kriminalforsorgen/kif", "Claus Engvang", "Tilsynskonsulent", "Maria Toftum", "Tilsynskonsulent"),
    ("boern.herning", "herning-kommune/boern-og-unge", "Lone Tjørring", "Børnerådgiver", "Aksel Sunds", "SSP-konsulent"),
)  # fmt: skip

_COORDINATORS = (
    ("tovholder", "mvj-politi/sekretariat", "Kirsten Damhus", "Politikommissær"),
    ("tovholder" + DEPUTY, "mvj-politi/sekretariat", "Michael Trehøje", "Politiassistent"),
    ("personfarlig", "mvj-politi/personfarlig", "Gerda Ulfborg", "Politikommissær"),
    ("personfarlig" + DEPUTY, "mvj-politi/personfarlig", "Steen Vildbjerg", "Politiassistent"),
    ("bevilling.herning", "herning-kommune/bevillingsnaevn", "Niels-Ole Haunstrup", "Fuldmægtig"),
    ("bevilling.herning" + DEPUTY, "herning-kommune/bevillingsnaevn", "Rikke Tjelde", "Fuldmægtig"),
)

# login, unit, name, title: told when neither contact nor deputy did what was due
_LEADERS = (
    ("politi.herning.leder", "mvj-politi/herning", "Gunnar Tjørring", "Politikommissær"),
    ("politi.sekretariat.leder", "mvj-politi/sekretariat", "Helle Sunds", "Politiinspektør"),
    ("kommune.herning.leder", "herning-kommune/social", "Anders Snejbjerg", "Afdelingsleder"),
    ("psykiatri.midt.leder", "psykiatri-midt/distrikt", "Lone Aulum", "Ledende overlæge"),
    ("personfarlig.leder", "mvj-politi/personfarlig", "Preben Spjald", "Vicepolitiinspektør"),
    ("boern.herning.leder", "herning-kommune/boern-og-unge", "Karin Hodsager", "Afdelingsleder"),
)

# where the contacts for children, and for licences, are people of their own
_LARGE = {"herning-kommune"}

# login, unit, name: the first of each authority
_REVIEWERS = (
    ("kontrol.politi", "mvj-politi/sekretariat", "Ellen Sevel"),
    ("kontrol.herning", "herning-kommune/social", "Frank Lundfod"),
    ("kontrol.holstebro", "holstebro-kommune/social", "Grethe Navr"),
    ("kontrol.lemvig", "lemvig-kommune/social", "Helge Fabjerg"),
    ("kontrol.struer", "struer-kommune/social", "Ida Humlum"),
    ("kontrol.silkeborg", "silkeborg-kommune/social", "Johnny Virklund"),
    ("kontrol.ikast-brande", "ikast-brande-kommune/social", "Karen Engesvang"),
    ("kontrol.ringkoebing-skjern", "ringkoebing-skjern-kommune/social", "Leif Husby"),
    ("kontrol.morsoe", "morsoe-kommune/social", "Minna Hvidstrup"),
    ("kontrol.skive", "skive-kommune/social", "Nina Resen"),
    ("kontrol.thisted", "thisted-kommune/social", "Otto Klitmøl"),
    ("kontrol.viborg", "viborg-kommune/social", "Pia Tapdrup"),
    ("kontrol.psykiatri-midt", "psykiatri-midt/distrikt", "Rita Skovlund"),
    ("kontrol.psykiatri-nord", "psykiatri-nord/distrikt", "Svend Ålbæk"),
    ("kontrol.kriminalforsorgen", "kriminalforsorgen/kif", "Trine Gødstrup"),
)

# who closes what the first has concluded: four eyes
_SECOND_REVIEWERS = (
    ("kontrol.politi" + DEPUTY, "mvj-politi/sekretariat", "Verner Hodsager"),
    ("kontrol.herning" + DEPUTY, "herning-kommune/social", "Aase Kølkær"),
)

# who keeps their authority's contacts; where there is no leader it is the deputy
_KEEPERS = {
    "politi.sekretariat.leder",
    "personfarlig.leder",
    "kommune.herning.leder",
    "psykiatri.midt.leder",
} | {
    login + DEPUTY
    for login, *_ in _CONTACTS
    if login in {"psykiatri.nord", "kriminalforsorgen"}
    or (login.startswith("kommune.") and login != "kommune.herning")
}

# what the terminal shows: enough to walk a PSP case in Herning from first contact to closure
SHOWN = (
    ("politi.herning", "police, contact person: begins here"),
    ("tovholder", "police, coordinator: triage, then sharing"),
    ("personfarlig", "police, coordinator of honour and partner-violence cases"),
    ("boern.herning", "kommune, children: coordinator of SSP"),
    ("kommune.herning", "kommune, caseworker"),
    ("psykiatri.midt", "psychiatry, contact person"),
    ("kriminalforsorgen", "Kriminalforsorgen, contact person"),
    ("politi.skive", "police, another station: sees nothing of the case"),
    ("politi.sekretariat.leder", "police, keeps its contacts: who is contact where, who is away"),
    ("kontrol.politi", "audit reviewer of the police"),
    ("kontrol.politi-stedfortraeder", "another: closes what the first concludes"),
    ("kontrol.herning", "audit reviewer of the kommune"),
    ("administrator", "the organisation; no cases"),
)


def people() -> tuple[Person, ...]:
    """Everybody, in a fixed order, with the telephone numbers that follow from it."""
    return tuple(
        replace(
            person,
            phone=f"10 00 {number // 100 + 1:02d} {number % 100:02d}",
            keeps_contacts=person.login in _KEEPERS,
        )
        for number, person in enumerate(_everybody())
    )


def _everybody() -> Iterator[Person]:
    for login, unit, contact, title, deputy, deputys_title in _CONTACTS:
        yield _contact(login, unit, contact, title, "kontaktperson")
        yield _contact(login + DEPUTY, unit, deputy, deputys_title, "stedfortraeder")
    for login, unit, name, title in _COORDINATORS:
        yield _contact(login, unit, name, title, "tovholder")
    for login, unit, name in _REVIEWERS:
        yield Person(login, name, "Kontrollant", "", _authority(unit), unit, role="reviewer")
    secretariat = "mvj-politi/sekretariat"
    for login, name in (("administrator", "Uffe Nygade"), ("administrator" + DEPUTY, "Jonna Vestled")):
        yield Person(login, name, "Systemadministrator", "", "mvj-politi", secretariat, "administrator")
    for login, unit, name in _SECOND_REVIEWERS:
        yield Person(login, name, "Kontrollant", "", _authority(unit), unit, role="reviewer")
    for login, unit, name, title in _LEADERS:
        yield _contact(login, unit, name, title, "leder")


def _contact(login: str, unit: str, name: str, title: str, function: str) -> Person:
    duties = (*_duties(unit, function), *_commissions(login))
    return Person(login, name, title, "", _authority(unit), unit, duties=duties)


def _commissions(login: str) -> Iterator[tuple[str, str, str]]:
    """The same officer in all the commissions for emergencies, and one deputy."""
    function = {"personfarlig" + DEPUTY: "kontaktperson", "politi.viborg" + DEPUTY: "stedfortraeder"}.get(
        login
    )
    if function:
        stations = (unit for _, unit, *_ in _CONTACTS if unit.startswith("mvj-politi/"))
        yield from (("beredskab", unit, function) for unit in stations)


def _duties(unit: str, function: str) -> Iterator[tuple[str, str, str]]:
    authority, _, kind = unit.partition("/")
    coordinated = _COORDINATOR_FOR.get(kind, ())
    station = _STATION if authority == "mvj-politi" and not coordinated else ()
    if function != "tovholder":
        yield from ((network, unit, function) for network in _CONTACT_FOR.get(kind, station))
    here = "tovholder" if function == "kontaktperson" else function
    yield from ((network, unit, here) for network in coordinated)
    if kind == "social" and authority not in _LARGE:
        for other in ("boern-og-unge", "bevillingsnaevn"):
            yield from _duties(f"{authority}/{other}", function)


def _authority(unit: str) -> str:
    """Units are named below their authority in the demo's organisation file."""
    return unit.split("/", maxsplit=1)[0]
