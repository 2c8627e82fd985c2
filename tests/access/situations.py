"""Everyday situations and what the domain's rules say about them: the oracle of the decision matrix.

Written from the rules in words (DESIGN, "Access"; the Foundation issue), never from the Cedar text: an oracle that
copied the policies would agree with their mistakes. A situation is turned into an actor and a resource beside it.
"""

from dataclasses import dataclass, replace
from itertools import product
from uuid import UUID, uuid5

from casehub.access.actions import Action
from casehub.access.actor import Actor, Contact, Function, Role
from casehub.access.resources import (
    ApprovalResource,
    AuthorityResource,
    CaseResource,
    ItemResource,
    ReviewResource,
    StepResource,
)

OWN, OTHER = "politi-mv", "kommune-x"
UNIT, COLLEAGUES, SECRETARIAT, FOREIGN = "holstebro", "herning", "sekretariat", "social-x"
ME, SOMEONE = UUID(int=1), UUID(int=2)
STATES = ("referred", "open", "redirected", "rejected", "closed")


@dataclass(frozen=True)
class Person:
    """Who asks. `duty`: none, contact, deputy, coordinator, or contact in another network. `away`: absent today."""

    role: Role
    duty: str
    has_assignments: bool = False
    keeps_contacts: bool = False
    away: bool = False

    def actor(self) -> Actor:
        contacts = {
            "none": (),
            "contact": (Contact("psp", UNIT, Function.CONTACT),),
            "deputy": (Contact("psp", UNIT, Function.DEPUTY),),
            "coordinator": (Contact("psp", SECRETARIAT, Function.COORDINATOR),),
            "leader": (Contact("psp", UNIT, Function.LEADER),),
            "other network": (Contact("ssp", UNIT, Function.CONTACT),),
        }[self.duty]
        staff_id = None if self.role is Role.SYSTEM else ME
        return Actor(
            staff_id, "Alice", OWN, "politi", UNIT, self.role, frozenset(contacts), self.has_assignments,
            absent=self.away, keeps_contacts=self.keeps_contacts,
        )  # fmt: skip


@dataclass(frozen=True)
class Situation:
    """A case as it stands towards the person.

    `taking_part`: which of the person's own authority's units take part besides a foreign one: none, colleagues,
    unit (the person's), secretariat (the tovholder's). `assigned`: the person works on it. `coordinated_here`: the
    case's tovholder sits in the person's authority. `responsible`: own, other or nobody. `erased`: the person's authority
    erased its copy. `excluded`: the person is barred from it.
    """

    state: str
    taking_part: str
    assigned: bool
    coordinated_here: bool
    responsible: str = "nobody"
    erased: bool = False
    excluded: bool = False

    def resource(self) -> CaseResource:
        return self.case()

    def case(self) -> CaseResource:
        units = {FOREIGN} | {
            "none": set(),
            "colleagues": {COLLEAGUES},
            "unit": {UNIT},
            "secretariat": {SECRETARIAT},
        }[self.taking_part]
        return CaseResource(
            id=name_of(self),
            network="psp",
            state=self.state,
            authorities=frozenset({OTHER} if self.taking_part == "none" else {OTHER, OWN}),
            participant_keys=frozenset(f"psp/{unit}" for unit in units),
            coordinator_key="psp/" + (SECRETARIAT if self.coordinated_here else FOREIGN),
            assigned=frozenset({SOMEONE, ME} if self.assigned else {SOMEONE}),
            responsible_authority=authority(self.responsible),
            erased_by=frozenset({OWN} if self.erased else {OTHER}),
            excluded=frozenset({ME, SOMEONE} if self.excluded else {SOMEONE}),
        )


@dataclass(frozen=True)
class StepSituation:
    """A step: whose it is, its own state, and its `kind`: plain, tovholder (only the tovholder's), triage, close, or one whose card
    lets its deadline be moved (`party`, `leader`) or the step be handed over.
    """

    case: Situation
    responsible: str
    kind: str
    state: str

    def resource(self) -> StepResource:
        return StepResource(
            name_of(self),
            self.case.case(),
            self.state,
            self.kind if self.kind in {"triage", "close"} else "answer",
            authority(self.responsible),
            self.kind == "tovholder",
            extended_by=frozenset({self.kind} & {"party", "leader"}),
            suspended_by=frozenset({"coordinator"} if self.kind == "leader" else ()),
            transferable=self.kind == "party",
        )


@dataclass(frozen=True)
class ItemSituation:
    """A sealed item: owned by the person's authority or not; granted to it or not; a note, or a breach report."""

    case: Situation
    own: bool
    granted: bool
    kind: str

    def resource(self) -> ItemResource:
        owner = OWN if self.own else OTHER
        granted = {owner, OWN} if self.granted else {owner, "psykiatri-y"} - {OWN}
        return ItemResource(name_of(self), self.case.case(), self.kind, owner, frozenset(granted))


@dataclass(frozen=True)
class ApprovalSituation:
    """What two must agree on: its kind, whether the person asked for it, whose it is, and about which case."""

    kind: str
    mine: bool
    own: bool
    case: Situation | None

    def resource(self) -> ApprovalResource:
        case = self.case.case() if self.case else None
        return ApprovalResource(
            name_of(self), OWN if self.own else OTHER, self.kind, ME if self.mine else SOMEONE, case
        )


@dataclass(frozen=True)
class ReviewSituation:
    """A review: of the person or of someone else, their authority's or another's, concluded by nobody, them or another."""

    mine: bool
    own: bool
    concluded_by: str

    def resource(self) -> ReviewResource:
        concluded_by = {"nobody": None, "me": ME, "someone": SOMEONE}[self.concluded_by]
        return ReviewResource(
            name_of(self), OWN if self.own else OTHER, ME if self.mine else SOMEONE, concluded_by
        )


def authority(whose: str) -> str:
    return {"own": OWN, "other": OTHER, "nobody": ""}[whose]


def name_of(situation: object) -> UUID:
    return uuid5(UUID(int=0), repr(situation))


DUTIES = ("none", "contact", "deputy", "coordinator", "leader", "other network")
STAFF = tuple(Person(Role.STAFF, duty) for duty in DUTIES)
OTHERS = (
    Person(Role.REVIEWER, "contact"),
    Person(Role.REVIEWER, "coordinator"),
    Person(Role.ADMINISTRATOR, "contact"),
    Person(Role.ADMINISTRATOR, "coordinator"),
    Person(Role.SYSTEM, "none"),
)
PEOPLE = STAFF + OTHERS
PEOPLE_AND_ASSIGNED = PEOPLE + tuple(replace(person, has_assignments=True) for person in PEOPLE)
CASES = tuple(
    Situation(*facts)
    for facts in product(
        STATES,
        ("none", "colleagues", "unit", "secretariat"),
        (False, True),
        (False, True),
        ("own", "other", "nobody"),
    )
)
_PLAIN = tuple(case for case in CASES if case.responsible == "nobody")
STEPS = tuple(
    StepSituation(*facts)
    for kinds, states in (
        (("plain", "tovholder", "triage"), ("ready", "done")),
        (("close", "party", "leader"), ("ready",)),  # whose they are decides, and not how far they are
    )
    for facts in product(_PLAIN, ("own", "other", "nobody"), kinds, states)
)

ITEMS = tuple(
    ItemSituation(*facts)
    for facts in product(_PLAIN, (False, True), (False, True), ("note", "breach", "exclusion"))
)

APPROVALS = tuple(
    ApprovalSituation(kind, mine, own, case)
    for kind, mine, own, case in product(
        ("erase_case", "rekey_index", "access_report", "unknown"),
        (False, True),
        (False, True),
        (None, *(case for case in _PLAIN if not case.coordinated_here)),
    )
)


REVIEWS = tuple(
    ReviewSituation(*facts) for facts in product((False, True), (False, True), ("nobody", "me", "someone"))
)


# --- the rules ---------------------------------------------------------------------------------------------------


def reads(person: Person, case: Situation) -> bool:
    """Staff of a participating authority, as contact of a participating unit in its network, or assigned."""
    if person.role is not Role.STAFF or case.taking_part == "none":
        return False
    as_contact = person.duty in {"contact", "deputy", "leader"} and case.taking_part == "unit"
    as_coordinator = person.duty == "coordinator" and case.taking_part == "secretariat"
    return as_contact or as_coordinator or case.assigned


def is_tovholder(person: Person, case: Situation) -> bool:
    return person.duty == "coordinator" and case.coordinated_here


def leads_or_coordinates(person: Person, case: Situation) -> bool:
    return (person.duty, case.taking_part) in {("leader", "unit"), ("coordinator", "secretariat")}


def may_on_case(person: Person, action: Action, case: Situation) -> bool:
    tovholder = is_tovholder(person, case)
    rules = {
        Action.CASE_READ: True,
        Action.CASE_LIST: True,
        Action.CASE_SEARCH: True,
        Action.VIEWERS_READ: True,
        Action.ACCESS_EXPLAIN: True,
        Action.CASE_TRIAGE: tovholder and case.state == "referred",  # before sharing
        Action.CASE_SHARE: tovholder and case.state == "open",  # after triage
        Action.CASE_MOVE: tovholder and case.state == "open",
        Action.CASE_NOTE_ANSWER: tovholder and case.state in {"referred", "open"},
        Action.CASE_RENEW_CARD: tovholder and case.state in {"referred", "open"},
        Action.CASE_EXPORT: True,
        Action.CASE_HOLD: True,
        Action.CASE_LIFT_HOLD: True,
        # a tovholder or leader of a unit that takes part, or the case's own tovholder
        Action.CASE_EXCLUDE: tovholder or leads_or_coordinates(person, case),
        Action.CASE_CLOSE: (tovholder or case.responsible == "own") and case.state == "open",
        Action.ITEM_WRITE: case.state in {"referred", "open"},
        Action.DISCLOSURE_RECORD: case.state == "open",
        Action.CONSENT_RECORD: case.state in {"referred", "open"},
    }
    if action is Action.GLASS_BREAK:  # whoever works where somebody takes part, duty or none
        return person.role is Role.STAFF and case.taking_part != "none"
    return reads(person, case) and rules.get(action, False)


def may_on_step(person: Person, action: Action, step: StepSituation) -> bool:
    running = step.case.state in {"referred", "open"}
    tovholders = step.kind in {"tovholder", "triage"}
    mine = step.responsible == "own" and (not tovholders or is_tovholder(person, step.case))
    ours = step.responsible in {"own", "nobody"} and step.case.taking_part != "none"
    reader, tovholder, own = (
        reads(person, step.case),
        is_tovholder(person, step.case),
        step.responsible == "own",
    )
    # a leader of a unit of the own authority that takes part
    leads = person.duty == "leader" and step.case.taking_part == "unit" and own
    by_leader = step.kind == "leader" and leads
    rules = {
        Action.STEP_COMPLETE: reader and mine,
        Action.STEP_MARK_IMPOSSIBLE: reader and (mine or (tovholder and step.responsible == "nobody")),
        Action.STEP_REPEAT: reader and mine,
        Action.STEP_ADD: reader and (mine or tovholder),
        Action.STEP_REOPEN: reader and (mine or tovholder),
        Action.STEP_EXTEND: reader and ((step.kind == "party" and own) or by_leader),
        Action.STEP_SUSPEND: reader and step.kind == "leader" and tovholder,
        Action.STEP_HAND_OVER: reader and step.kind == "party" and (tovholder or leads),
        Action.STEP_ASSIGN: reader and leads,
        Action.STEP_WATCH_DEADLINE: person.role is Role.SYSTEM and ours and step.state == "ready",
    }
    if action is Action.STEP_REOPEN and not running:  # what ended the case is reopened by its tovholder
        return reader and tovholder and step.kind in {"triage", "close"}
    return running and rules.get(action, False)


def may_on_item(person: Person, action: Action, item: ItemSituation) -> bool:
    reader = reads(person, item.case)
    takes_part = item.case.taking_part != "none"
    rules = {
        Action.ITEM_READ: reader and item.granted,
        Action.ITEM_WRITE: reader and item.own and item.case.state in {"referred", "open"},
        Action.ITEM_DISCLOSE: reader and item.own and item.case.state == "open",
        Action.ITEM_RECALL: reader and item.own,  # also when the case is closed
        Action.BREACH_READ: reader and item.own and item.kind == "breach",
        Action.BREACH_WRITE: reader and item.own and item.kind == "breach",
        Action.GRANT_ACCEPT: person.role is Role.SYSTEM and takes_part and item.granted and not item.own,
    }
    return rules.get(action, False)


def may_on_review(person: Person, action: Action, review: ReviewSituation) -> bool:
    """A reviewer of the own authority, and never of themself; who concluded does not close. Who is asked explains."""
    works = person.role is Role.REVIEWER and not review.mine
    rules = {
        Action.REVIEW_OPEN: works,
        Action.REVIEW_READ: works,
        Action.REVIEW_ASK: works,
        Action.REVIEW_CONCLUDE: works,
        Action.REVIEW_CLOSE: works and review.concluded_by != "me",
        Action.REVIEW_EXPLAIN: review.mine and person.role is not Role.SYSTEM,
    }
    return review.own and rules.get(action, False)


def may_on_approval(person: Person, action: Action, approval: ApprovalSituation) -> bool:
    """Whoever may ask may answer, but nobody answers themselves; whoever asked may take it back."""
    case_work = person.role is Role.STAFF and (person.duty != "none" or person.has_assignments)
    over = approval.case is not None and approval.case.state in {"closed", "rejected", "redirected"}
    may = {
        "erase_case": over and approval.case is not None and reads(person, approval.case),
        "rekey_index": person.role is Role.ADMINISTRATOR,
        "access_report": case_work and (approval.case is None or reads(person, approval.case)),
    }.get(approval.kind, False)
    mine = approval.mine and person.role in {Role.STAFF, Role.ADMINISTRATOR}
    rules = {
        Action.APPROVAL_READ: may or mine,
        Action.APPROVAL_ASK: may,
        Action.APPROVAL_CONFIRM: may and not approval.mine,
        Action.APPROVAL_DECLINE: may and not approval.mine,
        Action.APPROVAL_WITHDRAW: mine,
        # the one who asked, and nobody else; what the answer holds is decided as when it is read
        Action.REPORT_MAKE: approval.mine
        and approval.kind == "access_report"
        and approval.case is not None
        and reads(person, approval.case),
    }
    return approval.own and rules.get(action, False)


def may_on_authority(person: Person, action: Action, where: AuthorityResource) -> bool:
    case_work = person.role is Role.STAFF and (person.duty != "none" or person.has_assignments)
    rules = {
        Action.CASE_CREATE: case_work,
        Action.CASE_SEARCH: case_work,
        Action.CASE_LIST: case_work,
        Action.CONTACTS_READ: person.role is Role.STAFF,
        Action.CONTACTS_WRITE: person.role is Role.STAFF and person.keeps_contacts,
        Action.VIEWERS_NAME: person.role is Role.STAFF,
        Action.DRAFT_SAVE: person.role is not Role.SYSTEM,
        Action.DRAFT_READ: person.role is not Role.SYSTEM,
        Action.JOBS_RETRY: person.role is Role.ADMINISTRATOR,
        Action.QUEUE_RUN: person.role is Role.SYSTEM,
        Action.STAFF_WRITE_MAIL: person.role is Role.ADMINISTRATOR,
        Action.MESSAGE_READ: person.role is not Role.SYSTEM,
        Action.MESSAGE_CHOOSE: person.role is not Role.SYSTEM,
        Action.GLASS_BREAK: person.role is Role.STAFF,
        Action.CALENDAR_READ: person.role is Role.STAFF,
        Action.CALENDAR_CHOOSE: person.role is Role.STAFF,
        Action.MESSAGE_TELL: person.role is Role.SYSTEM,
        Action.LOG_READ: person.role is Role.REVIEWER,
        Action.ACCESS_EXPLAIN: person.role is Role.REVIEWER,
        Action.LOG_SAMPLE: person.role is Role.REVIEWER,
        Action.LOG_REPORT: person.role is Role.REVIEWER,
        Action.SIGNAL_FIND: person.role is Role.SYSTEM,
        Action.ADMINISTRATION_READ: person.role is Role.ADMINISTRATOR,
        Action.GRANT_ACCEPT: person.role is Role.SYSTEM,
        Action.STEP_WATCH_DEADLINE: person.role is Role.SYSTEM,
        Action.KEYS_READ: person.role is Role.SYSTEM,
        Action.KEYS_ROTATE: person.role is Role.SYSTEM,
        Action.KEYS_RETIRE: person.role is Role.SYSTEM,
        Action.KEYS_BACKUP: person.role is Role.SYSTEM,
        Action.APPROVAL_READ: person.role in {Role.STAFF, Role.ADMINISTRATOR},
        Action.MEETING_READ: person.role is Role.STAFF,
        Action.WHEEL_READ: person.role is Role.STAFF,
        Action.FORUM_READ: person.role is Role.STAFF,
        Action.WHEEL_MAKE: person.role is Role.SYSTEM,
        Action.ERASURE_FINISH: person.role is Role.SYSTEM,
        Action.APPROVAL_EXPIRE: person.role is Role.SYSTEM,
    }
    return where.id == OWN and rules.get(action, False)
