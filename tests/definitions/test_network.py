import pytest

from tests.definitions.definition_files import CALENDAR, NETWORK, ORGANISATION, BreakablePolicies


@pytest.fixture(scope="module")
def definitions(tmp_path_factory):
    return BreakablePolicies(tmp_path_factory.mktemp("good") / "policies").load()


def test_every_pair_of_authorities_has_a_basis_with_consent_among_them(definitions):
    network = definitions.networks["psp"]
    kinds = [member.authority_kind for member in network.members]
    for from_kind in kinds:
        for to_kind in kinds:
            bases = [basis.id for basis in network.bases_for(from_kind=from_kind, to_kind=to_kind)]
            assert ("samtykke" in bases) == (from_kind != to_kind)


def test_kriminalforsorgen_is_proposed_by_nobody_and_takes_part_under_subsection_2(definitions):
    network = definitions.networks["psp"]
    [member] = [member for member in network.members if member.authority_kind == "kriminalforsorg"]
    assert not member.preselected
    assert "§ 115, stk. 1, nr. 2" in member.note
    first = network.bases_for(from_kind="politi", to_kind="kriminalforsorg")[0]
    assert first.source == "retsplejelovens § 115, stk. 2"


def test_health_data_is_proposed_under_the_health_act_and_tells_the_citizen(definitions):
    network = definitions.networks["psp"]
    first = network.bases_for(from_kind="psykiatri", to_kind="kommune")[0]
    assert first.inform_citizen
    assert "§ 43, stk. 2, nr. 2" in first.source
    assert [basis.id for basis in network.bases if basis.inform_citizen] == [first.id]


def test_investigation_is_a_forbidden_purpose(definitions):
    network = definitions.networks["psp"]
    assert "efterforskning" in {purpose.id for purpose in network.forbidden_purposes}
    assert "forebyggelse" in {purpose.id for purpose in network.purposes}


def test_the_ten_indicators_and_the_one_that_involves_a_child(definitions):
    indicators = definitions.networks["psp"].indicators
    assert len(indicators) == 10
    assert [indicator.id for indicator in indicators if indicator.event == "child_involved"] == ["boern"]


def test_the_organisation_is_the_plans_own(definitions):
    organisation = definitions.organisation
    kinds = [authority.kind for authority in organisation.authorities]
    assert (kinds.count("politi"), kinds.count("kommune"), kinds.count("psykiatri")) == (1, 11, 2)
    stations = [unit for unit in organisation.authorities[0].units if unit.kind == "lokalstation"]
    assert len(stations) == 7
    codes = sorted(kommune.code for kommune in organisation.kommuner)
    assert sorted(code for station in stations for code in station.kommuner) == codes


def test_each_kommune_has_exactly_one_unit_of_each_member(definitions):
    for member in definitions.networks["psp"].members:
        covered = [
            code
            for authority in definitions.organisation.authorities
            if authority.kind == member.authority_kind
            for unit in authority.units
            if unit.kind == member.unit_kind
            for code in unit.kommuner
        ]
        assert sorted(covered) == sorted(kommune.code for kommune in definitions.organisation.kommuner)


def test_morsoe_and_thisted_belong_to_the_northern_psychiatry(definitions):
    [north] = [
        authority for authority in definitions.organisation.authorities if authority.id == "psykiatri-nord"
    ]
    assert {
        kommune.name for kommune in definitions.organisation.kommuner if kommune.code in north.kommuner
    } == {"Morsø", "Thisted"}


def test_no_duty_phone_is_a_number_anyone_can_have(definitions):
    phones = [
        unit.duty_phone for authority in definitions.organisation.authorities for unit in authority.units
    ]
    assert len(set(phones)) == len(phones)
    assert all(phone.startswith("10 00 00 ") for phone in phones)


BREAKS = [
    (NETWORK, "basis missing", "{from: politi, to: kommune, bases: [retsplejelov-115-1-2,", "{from: politi, to: kommune, bases: [servicelov,", "no basis has the id 'servicelov'"),
    (NETWORK, "no basis at all", "{from: politi, to: kommune, bases: [retsplejelov-115-1-2, samtykke]}", "{from: politi, to: kommune, bases: []}", "bases"),
    (NETWORK, "direction from a stranger", "{from: politi, to: kommune,", "{from: skole, to: kommune,", "'skole' is not among the members"),
    (NETWORK, "direction twice", "{from: politi, to: psykiatri,", "{from: politi, to: kommune,", "stands twice"),
    (NETWORK, "basis twice", "- id: samtykke", "- id: retsplejelov-115-2", "is taken by an earlier entry"),
    (NETWORK, "purpose both allowed and forbidden", "{id: efterforskning,", "{id: forebyggelse,", "also an allowed purpose"),
    ("networks/ksp.yaml", "member of no kind", "  - {authority_kind: kriminalforsorg", "  - {authority_kind: skole, unit_kind: skole, preselected: true}\n  - {authority_kind: kriminalforsorg", "no authority of the organisation is of kind 'skole'"),
    (NETWORK, "unit of no kind", "unit_kind: distriktspsykiatri", "unit_kind: skadestue", "no psykiatri has a unit of kind 'skadestue'"),
    (NETWORK, "coordinator outside", "coordinator: {authority_kind: politi", "coordinator: {authority_kind: skole", "'skole' is not among the members"),
    (NETWORK, "no tovholder", "unit_kind: sekretariat}", "unit_kind: hovedkontor}", "covers Herning, Holstebro"),
    (NETWORK, "unknown card", "card: psp-henvendelse", "card: psp-sag", "there is no card 'psp-sag'"),
    (NETWORK, "bad prefix", "prefix: PSP", "prefix: Psp", "capital letters"),
    (NETWORK, "unknown event", "event: child_involved", "event: child", "knows no event"),
    (ORGANISATION, "unknown kommune", 'kommuner: ["0661", "0665", "0671"]', 'kommuner: ["0661", "0665", "0101"]', "0101 is not among the kommuner of mvj-politi"),
    (ORGANISATION, "bad code", '{code: "0657"', '{code: "657"', "four digits"),
    (ORGANISATION, "authority twice", "  - id: struer-kommune\n", "  - id: lemvig-kommune\n", "'lemvig-kommune' is taken"),
    (ORGANISATION, "long id of an authority", "id: mvj-politi\n", "id: midt-og-vestjyllands-politikreds\n", "at most 30 characters"),
    (ORGANISATION, "unit of another authority", "id: mvj-politi/skive", "id: skive-kommune/station", "must begin with mvj-politi/"),
    (ORGANISATION, "unit twice", "id: mvj-politi/viborg", "id: mvj-politi/skive", "'mvj-politi/skive' is taken"),
    (ORGANISATION, "bad phone", '"10 00 00 01"', '"112"', "duty_phone: Skriv telefonnummeret"),
    (CALENDAR, "no such day", '"12-24"', '"02-30"', "no year has the day 02-30"),
    (CALENDAR, "not a day", '"12-24"', '"24. december"', "MM-DD"),
    (CALENDAR, "word for a truth", "saturday_counts: false", "saturday_counts: no", "should be boolean, not 'no'"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("file", "old", "new", "told"), [pytest.param(file, *rest, id=name) for file, name, *rest in BREAKS]
)
def test_each_kind_of_error_has_its_line_and_its_reason(policies, file, old, new, told):
    line = policies.edit(file, old, new)
    errors = policies.errors()
    assert any(at_file == file and told in message and at == line for at_file, at, message in errors), errors


def test_a_network_that_does_not_parse_is_not_told_again_by_its_card(policies):
    policies.edit(NETWORK, "prefix: PSP", "prefix: Psp")
    assert policies.only_error()[0] == NETWORK


def test_two_networks_cannot_share_a_prefix_or_a_card(policies):
    path = policies.directory / NETWORK
    path.with_name("zzz.yaml").write_text(path.read_text("utf-8").replace("id: psp\n", "id: zzz\n"), "utf-8")
    told = [(file, message) for file, _, message in policies.errors()]
    assert told == [
        ("networks/zzz.yaml", "prefix: PSP is the prefix of network psp"),
        ("networks/zzz.yaml", "card: card psp-henvendelse belongs to network psp"),
    ]
