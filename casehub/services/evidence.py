"""Evidence of a step: the card's form fields checked, and shown again as (label, text) lines."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from casehub.definitions.cards import Field, Step
from casehub.services.catalogue import Catalogue
from casehub.services.checking import Checking
from casehub.values.journal_number import JournalNumber

Value = str | list[str] | list[dict[str, str]]
LONGEST_TEXT = 20_000
LONGEST_LINE = 300
MOST_ACTIONS = 50


def check_evidence(
    check: Checking, step: Step, values: Mapping[str, Value], parties: Collection[str]
) -> dict[str, Any]:
    """The checked fields, JSON-ready; faults go to `check`. Fields whose `when` does not hold are left out."""
    asked = [field for field in step.evidence if _applies(field, values)]
    return {field.id: _check(check, field, values.get(field.id, ""), parties) for field in asked}


def outcome_of(step: Step, content: Mapping[str, Any]) -> str | None:
    """The answer that stays readable without opening anything."""
    return content.get(step.outcome_field) if step.outcome_field else None


def outcome_text(step: Step, outcome: str | None) -> str | None:
    """The answer in Danish."""
    if outcome is None or step.outcome_field is None:
        return outcome
    field = next(field for field in step.evidence if field.id == step.outcome_field)
    return next((choice.text for choice in field.choices if choice.id == outcome), outcome)


def evidence_lines(
    catalogue: Catalogue, step: Step, content: Mapping[str, Any]
) -> tuple[tuple[str, str], ...]:
    """What was written, as (label, text); the outcome is shown by itself and left out here."""
    if "not_needed" in content:
        return (("Hvorfor det ikke er nødvendigt", content["not_needed"]),)
    lines = tuple(
        (field.label, _shown(catalogue, field, content["fields"][field.id]))
        for field in step.evidence
        if field.id != step.outcome_field and content["fields"].get(field.id)
    )
    before = content.get("planned_before")
    return (*lines, ("Gentaget plan", f"Der blev også lavet en plan {_danish(before)}.")) if before else lines


def day_of(content: Mapping[str, Any], field: str) -> date:
    """A checked date field."""
    return date.fromisoformat(content[field])


def _applies(field: Field, values: Mapping[str, Value]) -> bool:
    return field.when is None or values.get(field.when[0]) == field.when[1]


def _check(check: Checking, field: Field, value: Value, parties: Collection[str]) -> Any:
    if field.type == "actions":
        return _check_actions(check, field, value, parties)
    if field.type == "checks":
        return _check_ticks(check, field, value)
    return _check_single(check, field, value if isinstance(value, str) else "", parties)


def _check_single(check: Checking, field: Field, text: str, parties: Collection[str]) -> Any:
    if field.type == "choice":
        if text or field.required:
            check.choice(field.id, text, {choice.id for choice in field.choices}, "Vælg et af svarene.")
        return text
    if field.type == "party":
        if text or field.required:
            check.choice(field.id, text, parties, "Vælg en af de myndigheder, der deltager.")
        return text
    if field.type == "date":
        day = check.day(field.id, text, required=field.required)
        return day.isoformat() if day else ""
    if field.type == "datetime":
        moment = check.moment(field.id, text) if text or field.required else None
        return moment.isoformat() if moment else ""
    if field.type == "journal_number":
        ask = check.value if field.required else check.optional
        return str(ask(field.id, text, JournalNumber.parse) or "")
    longest = LONGEST_LINE if field.type == "line" else LONGEST_TEXT
    return check.text(field.id, text, longest=longest, required=field.required)


def _check_ticks(check: Checking, field: Field, value: Value) -> list[str]:
    ticked = [tick for tick in value if isinstance(tick, str)] if isinstance(value, list) else []
    if set(ticked) - {choice.id for choice in field.choices} or (field.required and not ticked):
        check.wrong(field.id, "Sæt mindst ét kryds.")
    return ticked


def _check_actions(
    check: Checking, field: Field, value: Value, parties: Collection[str]
) -> list[dict[str, str]]:
    rows = (
        [row for row in value if isinstance(row, dict) and any(row.values())]
        if isinstance(value, list)
        else []
    )
    if field.required and not rows:
        check.wrong(field.id, "Skriv mindst én handling med ansvarlig og dato.")
    if len(rows) > MOST_ACTIONS:
        check.wrong(field.id, f"Der er plads til {MOST_ACTIONS} handlinger. Saml dem i færre.")
    return [
        _check_action(check, field, number, row, parties) for number, row in enumerate(rows[:MOST_ACTIONS], 1)
    ]


def _check_action(
    check: Checking, field: Field, number: int, row: Mapping[str, str], parties: Collection[str]
) -> dict[str, str]:
    inner = Checking()
    text = inner.text("text", row.get("text", ""), longest=LONGEST_LINE)
    party = inner.choice("owner", row.get("owner", ""), parties, "Vælg, hvilken myndighed der gør det.")
    day = inner.day("date", row.get("date", ""))
    labels = {"text": "Hvad", "owner": "Hvem", "date": "Hvornår"}
    if inner.errors:
        faults = " ".join(f"{labels[name]}: {message}" for name, message in inner.errors.items())
        check.wrong(field.id, f"Handling {number}: {faults}")
    return {"text": text, "owner": party, "date": day.isoformat() if day else ""}


def _shown(catalogue: Catalogue, field: Field, value: Any) -> str:
    texts = {choice.id: choice.text for choice in field.choices}
    if field.type == "actions":
        return "\n".join(_action_line(catalogue, row) for row in value)
    if field.type == "checks":
        return "\n".join(texts.get(tick, tick) for tick in value)
    if field.type == "party":
        return catalogue.authority_name(value)
    if field.type == "date":
        return _danish(value)
    return texts.get(value, value) if field.type == "choice" else str(value)


def _action_line(catalogue: Catalogue, row: Mapping[str, str]) -> str:
    return f"{row['text']} – {catalogue.authority_name(row['owner'])}, senest {_danish(row['date'])}"


def _danish(iso: str) -> str:
    day = date.fromisoformat(iso)
    return f"{day.day}.{day.month}.{day.year}"
