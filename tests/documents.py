"""Reading the documents that casehub makes, as whoever is handed them does."""

from io import BytesIO

from pypdf import PdfReader


def words_of(pdf: bytes) -> str:
    """What one reads in a PDF, all pages, in one line."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages).split())
