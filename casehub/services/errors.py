"""What a use case may say no with. Doors turn these into pages; messages are Danish and for people."""

from collections.abc import Mapping

from casehub.access.gate import CaseErased, NotFound, NotOpened

__all__ = ["CaseErased", "Conflict", "FormRefused", "NotFound", "NotOpened", "SignInRefused"]


class FormRefused(Exception):
    """What was typed cannot be used: `errors` maps field id to what is wrong and how to mend it. Nothing was saved."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(", ".join(sorted(errors)))
        self.errors = dict(errors)


class Conflict(Exception):
    """Someone else was faster. Nothing was saved; `message` says what happened and what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class SignInRefused(Exception):
    """Wrong login or password, or too many attempts: the same words for an unknown and a known login."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
