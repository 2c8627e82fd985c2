import hashlib
import shutil

import pytest

from casehub.definitions.loading import DefinitionsInvalid, parse_calendar, parse_card, parse_network
from tests.definitions.definition_files import CALENDAR, CARD, NETWORK, ORGANISATION

SSP = "networks/ssp.yaml"


def test_the_definitions_we_ship_load(policies):
    definitions = policies.load()
    assert set(definitions.networks) >= {"psp", "ssp", "aeresrelateret", "samlivsvold"}
    assert {network.card for network in definitions.networks.values()} == set(definitions.cards)
    assert set(definitions.calendars) == {"dansk"}


def test_every_file_is_kept_as_its_very_bytes(policies):
    files = {(file.kind, file.name): file for file in policies.load().files}
    content = (policies.directory / CARD).read_bytes()
    kept = files["card", "psp-henvendelse"]
    assert (kept.content, kept.sha256) == (content, hashlib.sha256(content).digest())
    assert {kind for kind, _ in files} >= {"organisation", "network", "card", "calendar"}


def test_the_access_policies_are_among_the_files(policies):
    (policies.directory / "access").mkdir(exist_ok=True)
    (policies.directory / "access" / "extra.cedar").write_bytes(b"// none\n")
    (policies.directory / "access" / "notes.txt").write_bytes(b"not a policy")
    names = {file.name for file in policies.load().files if file.kind == "access"}
    assert "extra.cedar" in names
    assert "notes.txt" not in names


def test_the_set_cannot_be_changed_by_who_reads_it(policies):
    with pytest.raises(TypeError):
        policies.load().cards["psp-henvendelse"] = None


def test_one_file_can_hold_a_network_and_its_card(policies):
    definitions = policies.load()
    network, card = definitions.networks["ssp"], definitions.cards["ssp"]
    assert (network.card, card.id, card.network) == ("ssp", "ssp", "ssp")
    [file] = [file for file in definitions.files if file.name == "ssp"]
    assert network.sha256 == card.sha256 == file.sha256
    assert parse_card(file.content, file="version") == card


def test_a_fault_in_a_card_within_its_network_has_its_place_in_the_file(policies):
    line = policies.edit(SSP, "title: Hold SSP-mødet", "titel: Hold SSP-mødet")
    errors = policies.errors()
    assert {file for file, _, _ in errors} == {SSP}
    assert any(at == line and "card.steps[3].titel" in told for _, at, told in errors)


def test_a_card_within_its_network_has_no_second_file_and_no_other_name(policies):
    policies.edit(SSP, "card:\n  name: SSP\n", "card:\n  id: andet\n  name: SSP\n")
    assert any("the id is 'andet'" in told for _, _, told in policies.errors())
    policies.edit(SSP, "  id: andet\n", "")
    own, second = policies.directory / CARD, policies.directory / "cards/ssp.yaml"
    second.write_text(own.read_text("utf-8").replace("network: psp", "network: ssp"), "utf-8")
    assert any("keep one of them" in told for _, _, told in policies.errors())


def test_a_version_kept_in_the_database_parses_by_itself_and_equals_the_loaded_one(policies):
    definitions = policies.load()
    for file in definitions.files:
        if file.kind == "card":
            assert parse_card(file.content, file="version") == definitions.cards[file.name]
        if file.kind == "network":
            assert parse_network(file.content, file="version") == definitions.networks[file.name]
        if file.kind == "calendar":
            assert parse_calendar(file.content, file="version") == definitions.calendars[file.name]


def test_a_faulty_version_names_what_it_was_called():
    with pytest.raises(DefinitionsInvalid, match=r"^card abc:1: id is missing$|card abc:1: 'id' is missing"):
        parse_card(b"name: X\n", file="card abc")


def test_errors_of_all_files_come_together_in_order(policies):
    calendar = policies.edit(CALENDAR, "saturday_counts: false", "saturday_counts: maybe")
    network = policies.edit(NETWORK, "prefix: PSP", "prefix: psp-1")
    first = policies.edit(CARD, "    kind: KAN\n", "    kind: MÅSKE\n")
    second = policies.edit(CARD, "amount: 10", "amount: ti")
    places = [(file, line) for file, line, _ in policies.errors()]
    assert places == [(CALENDAR, calendar), (CARD, first), (CARD, second), (NETWORK, network)]


def test_the_text_of_the_refusal_is_one_line_an_error(policies):
    line = policies.edit(NETWORK, "meeting_cadence_days: 28", "meeting_cadence_days: 0")
    policies.edit(CALENDAR, "saturday_counts: false", "saturday_counts: maybe")
    with pytest.raises(DefinitionsInvalid) as invalid:
        policies.load()
    told = str(invalid.value).splitlines()
    assert len(told) == 2
    assert told[1].startswith(f"{NETWORK}:{line}: meeting_cadence_days: ")


@pytest.mark.parametrize("folder", ["organisation", "networks", "calendars", "files"])
def test_a_missing_folder_is_told(policies, folder):
    shutil.rmtree(policies.directory / folder)
    assert (f"{folder}/", 0, "no .yaml file here; at least one is needed") in policies.errors()


def test_two_organisations_are_refused(policies):
    shutil.copy(policies.directory / ORGANISATION, policies.directory / "organisation" / "zwei.yaml")
    assert policies.only_error() == ("organisation/zwei.yaml", 0, "there can be one organisation file only")


def test_a_yml_file_is_told_rather_than_left_unread(policies):
    shutil.copy(policies.directory / CARD, policies.directory / "cards" / "andet.yml")
    assert policies.only_error()[:2] == ("cards/andet.yml", 0)


def test_a_directory_named_as_a_file_is_told(policies):
    (policies.directory / "cards" / "mappe.yaml").mkdir()
    file, line, message = policies.only_error()
    assert (file, line) == ("cards/mappe.yaml", 0)
    assert message.startswith("cannot be read: ")
