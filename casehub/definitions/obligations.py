"""What comes again each year, as data, parsed from `policies/obligations/*.yaml`: the plan's own course among it."""

from dataclasses import dataclass

from casehub.definitions.contact_rules import ContactRule


@dataclass(frozen=True, slots=True)
class ObligationTask:
    """A task: of a forum, or of each unit of a kind (`unit_kind` at `authority_kind`). Due by `month` and `day`.

    `exact`: that very day; else the working day before, if it is none. `year_before`: the year before the one it is for.
    `every_years`, counted from `first_year`. `host_rotates`: the kommuner take turns.
    `adopts_plan`: done by adopting the forum's coordinated plan, and in no other way. `requires`: keys of the same obligation.
    """

    key: str
    title: str
    optional: bool
    forum: str | None
    authority_kind: str | None
    unit_kind: str | None
    month: int
    day: int
    exact: bool
    year_before: bool
    every_years: int
    first_year: int
    host_rotates: bool
    adopts_plan: bool
    requires: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Obligation:
    """One file. `reported_to`: the forum whose authorities see how it stands; None: those whose task it is.

    `contacts`: whom it must have as contact persons; kept as those of networks are.
    """

    id: str
    name: str
    calendar: str
    source: str
    reported_to: str | None
    tasks: tuple[ObligationTask, ...]
    contacts: tuple[ContactRule, ...] = ()

    def task(self, key: str) -> ObligationTask | None:
        """The task of that key; None if it has left the file."""
        return next((task for task in self.tasks if task.key == key), None)
