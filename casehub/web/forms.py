"""What was typed, kept as it was typed, and what is wrong with it.

Values go raw to the services, which validate; a refusal comes back as one message per field. Nothing typed is ever
lost: a form is always shown again with it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from flask import request

from casehub.services.errors import Conflict, FormRefused

Fields = Mapping[str, Sequence[str]]
Page = str | tuple[str, int]


@dataclass(frozen=True, slots=True)
class FormState:
    """A form as shown: `values` by field, `errors` by field (Danish), `message` on top, `restored` from a draft.

    `labels` is filled as the fields are drawn, so that the summary above them can name each.
    """

    values: Fields = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    message: str | None = None
    restored: bool = False
    labels: dict[str, str] = field(default_factory=dict)

    def value(self, name: str, default: str = "") -> str:
        """The first value of a field, or `default` when the form was not filled in at all."""
        values = self.values.get(name, ())
        if values:
            return values[0]
        return "" if self.values else default

    def chosen(self, name: str, default: Sequence[str] = ()) -> Sequence[str]:
        """Every value of a field; `default` when the form was not filled in at all."""
        return self.values.get(name, ()) if self.values else default

    def label(self, name: str, words: str) -> str:
        """Note what a field is called; gives the words back."""
        self.labels[name] = words
        return words

    def error(self, name: str) -> str | None:
        """What is wrong with a field, if anything."""
        return self.errors.get(name)


def submitted() -> dict[str, list[str]]:
    """The fields of this request as typed, every value of each, without the CSRF token."""
    return {name: values for name, values in request.form.lists() if name != "csrf_token"}


def typed(name: str) -> str:
    """One field of this request as typed; empty when it was not sent."""
    return request.form.get(name, "")


def typed_version() -> int:
    """The version of what the form was drawn from; 0, which is always too old, when it was not sent."""
    text = typed("_version")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < len("1000000") else 0


def refused(show: Callable[[FormState], str], problem: FormRefused | Conflict) -> tuple[str, int]:
    """The same form with what was typed: 422 with a message beside each field, or 409 with one on top."""
    if isinstance(problem, FormRefused):
        return show(FormState(submitted(), problem.errors)), 422
    return show(FormState(submitted(), message=problem.message)), 409
