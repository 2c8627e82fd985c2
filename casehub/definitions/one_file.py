"""A network's file may hold its card: then one file is all it takes to add a network with a card (ADR 0023).

The card is named as its network; both are versions of the same bytes. Called by `loading` alone.
"""

from dataclasses import replace

from casehub.definitions.documents import Document


def card_within(document: Document) -> Document | None:
    """The card that stands in a network's file, as the card schema wants it; None if the file names one or is no network's."""
    data = document.data
    if not isinstance(data, dict) or not isinstance(card := data.get("card"), dict):
        return None
    return document.part("card", {"id": data.get("id"), "network": data.get("id"), **card})


def without_card(document: Document) -> Document:
    """The network alone, with its card by name."""
    if card_within(document) is None or not isinstance(document.data, dict):
        return document
    return replace(document, data={**document.data, "card": document.data.get("id")})
