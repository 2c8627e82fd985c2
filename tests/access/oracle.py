"""The oracle of the whole matrix: for each type of resource its situations, who may do what, and what bars whom whatever is permitted.

Written from the rules in words (DESIGN, "Access"; the domain's table of who does what), never from the Cedar text. A type or an
action that the schema has and this table has not fails `test_decisions`. The rules of cases, steps, items, approvals and reviews are in
`situations`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from random import Random
from typing import Any, Protocol
from uuid import UUID

from casehub.access.actions import Action
from casehub.access.actor import Role
from casehub.access.resources import (
    AuthorityResource,
    ConsentResource,
    DecisionResource,
    DisclosureResource,
    EmployeeResource,
    ExclusionResource,
    ForumResource,
    MeetingResource,
    PostResource,
    Resource,
    WheelTaskResource,
)
from tests.access.situations import (
    APPROVALS,
    CASES,
    FOREIGN,
    ITEMS,
    ME,
    OTHER,
    OWN,
    PEOPLE,
    PEOPLE_AND_ASSIGNED,
    REVIEWS,
    SECRETARIAT,
    SOMEONE,
    STEPS,
    UNIT,
    ApprovalSituation,
    ItemSituation,
    Person,
    ReviewSituation,
    Situation,
    StepSituation,
    is_tovholder,
    leads_or_coordinates,
    may_on_approval,
    may_on_authority,
    may_on_case,
    may_on_item,
    may_on_review,
    may_on_step,
    name_of,
    reads,
)

AWAY = tuple(replace(person, away=True) for person in PEOPLE if person.role is Role.STAFF)
KEEPERS = tuple(replace(person, keeps_contacts=True) for person in PEOPLE[::3])
EVERYBODY = (*PEOPLE_AND_ASSIGNED, *AWAY, *KEEPERS)
FOREIGNER = UUID(int=3)
WEIGHTS = {"Case": 4, "Step": 10, "Item": 2, "Approval": 4, "Exclusion": 2, "Disclosure": 4, "Consent": 2}
CASE_WORK = {Action.CASE_CREATE, Action.CASE_SEARCH, Action.CASE_LIST}


class Placed(Protocol):
    """A situation of some type."""

    def resource(self) -> Resource: ...


@dataclass(frozen=True)
class Kind:
    """One type of resource. `barred`: why, in a word, somebody can never do it, whatever is permitted; "" if nothing bars.

    `twice`: the bars that the permits heed by themselves as well: a forbid that is lost opens nothing there.
    """

    entity: str
    people: tuple[Person, ...]
    situations: tuple[Any, ...]
    may: Callable[[Person, Action, Any], bool]
    barred: Callable[[Person, Action, Any], str]
    twice: frozenset[str] = frozenset({"role"})

    def allowed(self, person: Person, action: Action, situation: object) -> bool:
        """What the rules say."""
        return self.may(person, action, situation) and not self.barred(person, action, situation)


@dataclass(frozen=True)
class MeetingSituation:
    """A meeting: whose, called by the person's secretariat or another unit, the person invited or not."""

    own: bool
    by_secretariat: bool
    invited: bool

    def resource(self) -> MeetingResource:
        key = "psp/" + (SECRETARIAT if self.by_secretariat else FOREIGN)
        invited = frozenset({ME, SOMEONE} if self.invited else {SOMEONE})
        return MeetingResource(name_of(self), OWN if self.own else OTHER, key, invited)


@dataclass(frozen=True)
class ForumSituation:
    """A forum: the seat of the person's unit, and who wrote the minutes."""

    seat: str
    writer: str

    def resource(self) -> ForumResource:
        def unit(seat: str) -> str:
            return UNIT if self.seat == seat else FOREIGN

        writer = {"nobody": None, "me": ME, "someone": SOMEONE}[self.writer]
        members = frozenset({FOREIGN} if self.seat == "none" else {FOREIGN, UNIT})
        return ForumResource(
            str(name_of(self)), members, unit("secretary"), frozenset({unit("approver")}), writer
        )


@dataclass(frozen=True)
class TaskSituation:
    """A task that a meeting gave to the person's authority or another, in a case."""

    case: Situation
    own: bool

    def resource(self) -> DecisionResource:
        return DecisionResource(name_of(self), self.case.case(), OWN if self.own else OTHER)


@dataclass(frozen=True)
class ExclusionSituation:
    """Somebody barred from a case, or to be: the person or another, of the person's authority or a foreign one."""

    case: Situation
    mine: bool
    own: bool

    def resource(self) -> ExclusionResource:
        staff = ME if self.mine else SOMEONE
        return ExclusionResource(name_of(self), self.case.case(), staff, OWN if self.own else OTHER)


@dataclass(frozen=True)
class GivingSituation:
    """Something to be given: by the person's authority or another, what the network says of the purpose, lawful, consented to,
    and which of the two the network's agreement binds today.
    """

    case: Situation
    own: bool
    purpose: str
    lawful: bool
    consented: bool
    agreed: tuple[bool, bool]

    def resource(self) -> DisclosureResource:
        giver = OWN if self.own else OTHER
        return DisclosureResource(
            name_of(self),
            self.case.case(),
            giver,
            OTHER,
            self.purpose,
            self.lawful,
            self.consented,
            *self.agreed,
        )


@dataclass(frozen=True)
class ConsentSituation:
    """A consent that the person's authority can rely on, or another's alone."""

    case: Situation
    named: bool

    def resource(self) -> ConsentResource:
        return ConsentResource(
            name_of(self), self.case.case(), frozenset({OWN, OTHER} if self.named else {OTHER})
        )


@dataclass(frozen=True)
class WheelSituation:
    """A task of the year wheel: whose, of the person's unit or not, of their secretariat's forum or not, followed or not."""

    own: bool
    mine: bool
    of_secretariat: bool
    followed: bool

    def resource(self) -> WheelTaskResource:
        forum = "psp/" + (SECRETARIAT if self.of_secretariat else FOREIGN)
        readers = frozenset({OWN} if self.followed else ())
        unit = UNIT if self.mine else FOREIGN
        return WheelTaskResource(name_of(self), OWN if self.own else OTHER, unit, forum, readers)


@dataclass(frozen=True)
class PostSituation:
    """A unit's place in a network: whose, whether the person's authority is in it, and who has it or is given it."""

    own: bool
    partner: bool
    whose: str

    def resource(self) -> PostResource:
        person = {"nobody": None, "me": ME, "someone": SOMEONE}[self.whose]
        partners = frozenset({OWN} if self.partner else ())
        return PostResource(str(name_of(self)), OWN if self.own else OTHER, partners, person)


@dataclass(frozen=True)
class EmployeeSituation:
    """An employee: the person (me), a colleague, or somebody of another authority (foreign)."""

    who: str

    def resource(self) -> EmployeeResource:
        staff = {"me": ME, "colleague": SOMEONE, "foreign": FOREIGNER}[self.who]
        return EmployeeResource(staff, OTHER if self.who == "foreign" else OWN)


@dataclass(frozen=True)
class AuthoritySituation:
    """The person's own authority or another."""

    own: bool

    def resource(self) -> AuthorityResource:
        return AuthorityResource(OWN, "politi") if self.own else AuthorityResource(OTHER, "kommune")


def runs(person: Person, meeting: MeetingSituation) -> bool:
    return person.duty == "coordinator" and meeting.own and meeting.by_secretariat


def may_on_meeting(person: Person, action: Action, meeting: MeetingSituation) -> bool:
    """Who is invited sees it and confirms; the tovholder of the unit that calls it calls, sees and runs it; nobody else."""
    rules = {
        Action.MEETING_READ: runs(person, meeting) or meeting.invited,
        Action.MEETING_CONFIRM: meeting.invited,
        Action.MEETING_CALL: runs(person, meeting),
        Action.MEETING_RUN: runs(person, meeting),
    }
    return person.role is Role.STAFF and rules.get(action, False)


def may_on_forum(person: Person, action: Action, forum: ForumSituation) -> bool:
    """By the seat of one's unit."""
    rules = {
        Action.FORUM_READ: forum.seat != "none",
        Action.FORUM_READ_DRAFT: forum.seat in {"secretary", "approver"},
        Action.FORUM_WRITE: forum.seat == "secretary",
        Action.FORUM_APPROVE: forum.seat == "approver",
    }
    return person.role is Role.STAFF and rules.get(action, False)


def may_on_task(person: Person, action: Action, task: TaskSituation) -> bool:
    """Whoever may read the case, at its owner."""
    return action is Action.DECISION_COMPLETE and reads(person, task.case) and task.own


def may_on_exclusion(person: Person, action: Action, exclusion: ExclusionSituation) -> bool:
    """By a tovholder or leader of a unit in the case of their own people, by the case's tovholder of anyone."""
    of_own = exclusion.own and leads_or_coordinates(person, exclusion.case)
    may = is_tovholder(person, exclusion.case) or of_own
    return action is Action.CASE_EXCLUDE and reads(person, exclusion.case) and may


def may_on_giving(person: Person, action: Action, giving: GivingSituation) -> bool:
    """Their own authority's, by those who may write in the case."""
    running = giving.case.state in {"referred", "open"}
    return action is Action.DISCLOSURE_MAKE and reads(person, giving.case) and running and giving.own


def may_on_consent(person: Person, action: Action, consent: ConsentSituation) -> bool:
    """Withdrawn at an authority that relies on it, also when the case is over."""
    return action is Action.CONSENT_WITHDRAW and reads(person, consent.case) and consent.named


def may_on_wheel(person: Person, action: Action, task: WheelSituation) -> bool:
    """Seen where it is one's authority's or followed by it; done in the unit whose it is, or by the forum's secretary."""
    secretary = person.duty == "coordinator" and task.of_secretariat
    rules = {
        Action.WHEEL_READ: task.own or task.followed,
        Action.WHEEL_COMPLETE: task.own and (task.mine or secretary),
    }
    return person.role is Role.STAFF and rules.get(action, False)


def may_on_post(person: Person, action: Action, post: PostSituation) -> bool:
    """Seen by all in the network; kept by the unit's own authority's kontaktkoordinator."""
    rules = {
        Action.CONTACTS_READ: post.own or post.partner,
        Action.CONTACTS_WRITE: post.own and person.keeps_contacts,
    }
    return person.role is Role.STAFF and rules.get(action, False)


def may_on_employee(person: Person, action: Action, employee: EmployeeSituation) -> bool:
    """One says oneself when one is away, or the kontaktkoordinator does; the administrator appoints those, and says who left."""
    says = (person.keeps_contacts and employee.who == "colleague") or employee.who == "me"
    administers = person.role is Role.ADMINISTRATOR and employee.who != "foreign"
    rules = {
        Action.ABSENCE_WRITE: person.role is Role.STAFF and says,
        Action.STAFF_APPOINT: administers,
        Action.STAFF_RETIRE: administers,
    }
    return rules.get(action, False)


def may_on_own(person: Person, action: Action, where: AuthoritySituation) -> bool:
    if action in CASE_WORK and person.away:
        return False
    return may_on_authority(person, action, where.resource())


def barred_from_case(person: Person, action: Action, case: Situation) -> str:
    return "role" if person.role is not Role.STAFF else _out(person, action, case)


def barred_from_step(person: Person, action: Action, step: StepSituation) -> str:
    jobs = person.role is Role.SYSTEM and action is Action.STEP_WATCH_DEADLINE
    return _out(person, action, step.case) if person.role is Role.STAFF or jobs else "role"


def barred_from_item(person: Person, action: Action, item: ItemSituation) -> str:
    jobs = person.role is Role.SYSTEM and action is Action.GRANT_ACCEPT
    if person.role is not Role.STAFF and not jobs:
        return "role"
    leads = is_tovholder(person, item.case) or leads_or_coordinates(person, item.case)
    reason = item.kind == "exclusion" and action is Action.ITEM_READ and not leads
    return _out(person, action, item.case) or ("why barred" if reason else "")


def barred_from_exclusion(person: Person, action: Action, exclusion: ExclusionSituation) -> str:
    own = "self" if exclusion.mine and person.role is Role.STAFF else ""
    return barred_unless_staff(person, action, exclusion) or _out(person, action, exclusion.case) or own


def barred_from_giving(person: Person, action: Action, giving: GivingSituation) -> str:
    lawful = giving.purpose == "allowed" and giving.lawful and giving.consented and all(giving.agreed)
    return barred_from_consent(person, action, giving) or ("" if lawful else "unlawful")


def barred_from_consent(person: Person, action: Action, consent: ConsentSituation | GivingSituation) -> str:
    return barred_unless_staff(person, action, consent) or _out(person, action, consent.case)


def barred_from_task(person: Person, action: Action, task: TaskSituation) -> str:
    return "role" if person.role is not Role.STAFF else _out(person, action, task.case)


def _out(person: Person, action: Action, case: Situation) -> str:
    """That a case is out of reach: one is away or barred from it, one's authority takes no part, or has erased its copy."""
    if person.away:
        return "away"
    if case.taking_part == "none":
        return "foreign"
    if case.excluded and person.role is not Role.SYSTEM:  # it is the person who is barred
        return "excluded"
    return "erased" if case.erased and action is not Action.CASE_READ else ""


def barred_from_approval(person: Person, action: Action, approval: ApprovalSituation) -> str:
    if person.role not in {Role.STAFF, Role.ADMINISTRATOR}:
        return "role"
    if not approval.own:
        return "foreign"
    if approval.case is not None and approval.case.excluded:
        return "excluded"
    if approval.mine and action in {Action.APPROVAL_CONFIRM, Action.APPROVAL_DECLINE}:
        return "self"
    erased = approval.case is not None and approval.case.erased
    return "erased" if erased and action is Action.APPROVAL_ASK else ""


def barred_from_review(person: Person, action: Action, review: ReviewSituation) -> str:
    if not review.own:
        return "foreign"
    if action is Action.REVIEW_EXPLAIN:
        return ""
    if person.role is not Role.REVIEWER:
        return "role"
    concluded = action is Action.REVIEW_CLOSE and review.concluded_by == "me"
    return "self" if review.mine or concluded else ""


def barred_unless_staff(person: Person, _action: Action, _situation: object) -> str:
    return "" if person.role is Role.STAFF else "role"


def barred_from_forum(person: Person, action: Action, forum: ForumSituation) -> str:
    own = action is Action.FORUM_APPROVE and forum.writer == "me" and person.role is not Role.SYSTEM
    return barred_unless_staff(person, action, forum) or ("self" if own else "")


def barred_from_wheel(_person: Person, action: Action, task: WheelSituation) -> str:
    return "foreign" if action is Action.WHEEL_COMPLETE and not task.own else ""


def barred_from_post(person: Person, action: Action, post: PostSituation) -> str:
    own = post.whose == "me" and person.role is not Role.SYSTEM
    return "self" if action is Action.CONTACTS_WRITE and own else ""


def barred_from_employee(person: Person, action: Action, employee: EmployeeSituation) -> str:
    own = employee.who == "me" and person.role is not Role.SYSTEM
    return "self" if action is Action.STAFF_RETIRE and own else ""


def barred_from_authority(person: Person, action: Action, where: AuthoritySituation) -> str:
    if not where.own:
        return "foreign"
    return "role" if action in CASE_WORK and person.role is not Role.STAFF else ""


def worse(situation: Any) -> tuple[Any, ...]:
    """The same, with the case erased at the person's authority; and with the person barred from it."""
    if isinstance(situation, Situation):
        return replace(situation, erased=True), replace(situation, excluded=True)
    return tuple(replace(situation, case=case) for case in worse(situation.case))


def some_of(situations: Sequence[Any], most: int) -> tuple[Any, ...]:
    """At most so many of them: the same ones each time, from everywhere."""
    return tuple(situations) if len(situations) <= most else tuple(Random(7).sample(list(situations), most))


FORUMS = tuple(
    ForumSituation(*facts)
    for facts in product(("none", "member", "secretary", "approver"), ("nobody", "me", "someone"))
)
POSTS = tuple(
    PostSituation(*facts) for facts in product((False, True), (False, True), ("nobody", "me", "someone"))
)
BOTH = (False, True)
EMPLOYEES = tuple(EmployeeSituation(who) for who in ("me", "colleague", "foreign"))
CASES_ALL = (*CASES, *(each for case in CASES for each in worse(case)))
STEPS_ALL = (*STEPS, *(each for step in STEPS for each in worse(step)))
ITEMS_ALL = (*ITEMS, *(each for item in ITEMS for each in worse(item)))
APPROVALS_ALL = (*APPROVALS, *(each for one in APPROVALS if one.case for each in worse(one)))
TASKS = tuple(TaskSituation(case, own) for case in CASES_ALL for own in BOTH)
EXCLUSIONS = tuple(ExclusionSituation(*facts) for facts in product(CASES_ALL, BOTH, BOTH))

GIVINGS = tuple(
    GivingSituation(*facts)
    for facts in product(
        CASES_ALL[::7], BOTH, ("allowed", "forbidden", "unknown"), BOTH, BOTH, tuple(product(BOTH, BOTH))
    )
)
CONSENTS = tuple(ConsentSituation(*facts) for facts in product(CASES_ALL, BOTH))


def table(most: int) -> tuple[Kind, ...]:
    """The whole matrix, with at most so many situations of each type, more of those that have more to tell apart."""
    review = frozenset({"role", "foreign", "self"})
    rows = (
        Kind("Case", EVERYBODY, CASES_ALL, may_on_case, barred_from_case),
        Kind("Step", EVERYBODY, STEPS_ALL, may_on_step, barred_from_step),
        Kind("Item", EVERYBODY, ITEMS_ALL, may_on_item, barred_from_item),
        Kind("Approval", EVERYBODY, APPROVALS_ALL, may_on_approval, barred_from_approval),
        Kind("Review", EVERYBODY, REVIEWS, may_on_review, barred_from_review, review),
        Kind("Meeting", EVERYBODY, _each(MeetingSituation, 3), may_on_meeting, barred_unless_staff),
        Kind("Decision", EVERYBODY, TASKS, may_on_task, barred_from_task),
        Kind("Exclusion", EVERYBODY, EXCLUSIONS, may_on_exclusion, barred_from_exclusion),
        Kind("Disclosure", EVERYBODY, GIVINGS, may_on_giving, barred_from_giving),
        Kind("Consent", EVERYBODY, CONSENTS, may_on_consent, barred_from_consent),
        Kind("WheelTask", EVERYBODY, _each(WheelSituation, 4), may_on_wheel, barred_from_wheel, frozenset({"foreign"})),
        Kind("Forum", EVERYBODY, FORUMS, may_on_forum, barred_from_forum),
        Kind("Post", EVERYBODY, POSTS, may_on_post, barred_from_post),
        Kind("Employee", EVERYBODY, EMPLOYEES, may_on_employee, barred_from_employee),
        Kind("Authority", EVERYBODY, _each(AuthoritySituation, 1), may_on_own, barred_from_authority, frozenset({"role", "foreign"})),
    )  # fmt: skip
    return tuple(
        replace(row, situations=some_of(row.situations, most * WEIGHTS.get(row.entity, 1))) for row in rows
    )


def _each(kind: Callable[..., Placed], facts: int) -> tuple[Placed, ...]:
    return tuple(kind(*values) for values in product(BOTH, repeat=facts))
