"""The chapter of the file: psychiatry puts one on the case for the kommune, which fetches it; for the police there is none."""

from tests.journeys.cast import Cast
from tests.journeys.chapters import HEALTH, KOMMUNE

NAME, CONTENT = "Udtalelse æøå.pdf", b"%PDF-1.7 udtalelse"
FIELD = "Fil"


def a_file_is_put_on_the_case_and_fetched(cast: Cast, case: str) -> None:
    """Refused first for what is in it, with all that was typed still there."""
    psychiatry, kommune, police = (
        cast[login] for login in ("psykiatri.midt", "kommune.herning", "politi.herning")
    )
    psychiatry.go(f"{case}/filer/ny")
    psychiatry.fill("Hvad er det for en fil", "Udtalelse til kommunen.")
    psychiatry.tick(KOMMUNE)
    psychiatry.select(f"Hjemmel for at give det til {KOMMUNE}", HEALTH)
    psychiatry.tick("Forebyggelse")
    psychiatry.fill("Hvorfor er det nødvendigt", "De skal finde en bolig.")
    psychiatry.show("file")
    assert psychiatry.press("Gå videre") == 200
    assert HEALTH in psychiatry.page.locator("table").inner_text()
    psychiatry.show("file-confirm")
    for content, status in ((b"MZ et program", 422), (CONTENT, 200)):
        psychiatry.field(FIELD).set_input_files(
            {"name": NAME, "mimeType": "application/pdf", "buffer": content}
        )
        assert psychiatry.press("Gem filen til Herning Kommune") == status
        if status != 200:
            assert "det er indholdet ikke" in psychiatry.text
            psychiatry.show("file-refused")
    assert "Filen er gemt." in psychiatry.text
    psychiatry.show("case-file")
    kommune.go(case)
    assert "Udtalelse til kommunen." in kommune.text
    with kommune.page.expect_download() as downloading:
        kommune.page.get_by_role("link", name=NAME, exact=True).click()
    assert downloading.value.suggested_filename == NAME
    assert downloading.value.path().read_bytes() == CONTENT
    police.go(case)
    assert NAME not in police.page.content()
