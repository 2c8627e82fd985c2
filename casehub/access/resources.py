"""What is acted on, as Cedar sees it: attributes only, no content, built by the gate from rows.

Each class is one entity type of `policies/access/schema.cedarschema`.
"""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class CaseResource:
    """A case. `participant_keys`: `network/unit` of each participant; `assigned`: staff ids who work on it.

    `authorities`: those of the participants. `responsible_authority`: the appointed one, "" while nobody is.
    `erased_by`: authorities known to have erased their copy. `excluded`: staff ids who are barred from it.

    An id that does not exist is judged as `CaseResource.unknown(id)`: no participants, so that the same work is done.
    """

    id: UUID
    network: str
    state: str
    authorities: frozenset[str]
    participant_keys: frozenset[str]
    coordinator_key: str
    assigned: frozenset[UUID]
    responsible_authority: str = ""
    erased_by: frozenset[str] = frozenset()
    excluded: frozenset[UUID] = frozenset()

    @classmethod
    def unknown(cls, case_id: UUID) -> "CaseResource":
        """Stand in for a case that is not there."""
        return cls(case_id, "", "", frozenset(), frozenset(), "", frozenset())


@dataclass(frozen=True, slots=True)
class StepResource:
    """A step of a case. `responsible_authority` is "" while nobody is. `extended_by`, `suspended_by`: who the card lets move its deadline."""

    id: UUID
    case: CaseResource
    state: str
    effect: str
    responsible_authority: str
    by_coordinator: bool
    extended_by: frozenset[str] = frozenset()
    suspended_by: frozenset[str] = frozenset()
    transferable: bool = False


@dataclass(frozen=True, slots=True)
class ItemResource:
    """A sealed item. `owner` wrote it; `granted_to`: the authorities that hold a grant, the owner included."""

    id: UUID
    case: CaseResource
    kind: str
    owner: str
    granted_to: frozenset[str]


@dataclass(frozen=True, slots=True)
class ExclusionResource:
    """That `staff`, of `authority`, is or would be barred from a case."""

    id: UUID
    case: CaseResource
    staff: UUID
    authority: str


@dataclass(frozen=True, slots=True)
class DisclosureResource:
    """Something `giver` wants to give `recipient`.

    `purpose`: allowed, forbidden or unknown to the network's file. `lawful`: the file allows the basis for this pair and these
    kinds of information. `consented`: it needs no consent of the citizen's, or there is one in force that covers it.
    `giver_agreed`, `recipient_agreed`: the network's agreement is in force for them today.
    """

    id: UUID
    case: CaseResource
    giver: str
    recipient: str
    purpose: str
    lawful: bool
    consented: bool
    giver_agreed: bool
    recipient_agreed: bool


@dataclass(frozen=True, slots=True)
class ConsentResource:
    """A citizen's consent, which `authorities` can rely on."""

    id: UUID
    case: CaseResource
    authorities: frozenset[str]


@dataclass(frozen=True, slots=True)
class ApprovalResource:
    """What two people must agree on. `case`: the case it is about, if any. `asked_by`: a staff id.

    An id that does not exist is judged as `ApprovalResource.unknown(id)`.
    """

    id: UUID
    authority: str
    kind: str
    asked_by: UUID
    case: CaseResource | None = None

    @classmethod
    def unknown(cls, approval_id: UUID) -> "ApprovalResource":
        """Stand in for an approval that is not there."""
        return cls(approval_id, "", "unknown", approval_id)


@dataclass(frozen=True, slots=True)
class ReviewResource:
    """A review of what `subject`, one of the authority's staff, did. `concluded_by`: who decided its outcome, if decided.

    An id that does not exist is judged as `ReviewResource.unknown(id)`.
    """

    id: UUID
    authority: str
    subject: UUID
    concluded_by: UUID | None = None

    @classmethod
    def unknown(cls, review_id: UUID) -> "ReviewResource":
        """Stand in for a review that is not there."""
        return cls(review_id, "", review_id)


@dataclass(frozen=True, slots=True)
class MeetingResource:
    """A meeting of a network's group. `coordinator_key`: the `network/unit` it is called for; `invited`: staff ids.

    An id that does not exist is judged as `MeetingResource.unknown(id)`.
    """

    id: UUID
    authority: str
    coordinator_key: str
    invited: frozenset[UUID]

    @classmethod
    def unknown(cls, meeting_id: UUID) -> "MeetingResource":
        """Stand in for a meeting that is not there."""
        return cls(meeting_id, "", "", frozenset())


@dataclass(frozen=True, slots=True)
class DecisionResource:
    """A task that a meeting gave to `owner`, in a case."""

    id: UUID
    case: CaseResource
    owner: str


@dataclass(frozen=True, slots=True)
class WheelTaskResource:
    """A task of the year wheel, which `unit` of `authority` answers for. `forum_key`: whose secretary may also do it.

    `readers`: the authorities that follow it. An id that does not exist is judged as `WheelTaskResource.unknown(id)`.
    """

    id: UUID
    authority: str
    unit: str
    forum_key: str
    readers: frozenset[str]

    @classmethod
    def unknown(cls, task_id: UUID) -> "WheelTaskResource":
        """Stand in for a task that is not there."""
        return cls(task_id, "", "", "", frozenset())


@dataclass(frozen=True, slots=True)
class ForumResource:
    """A forum, or a meeting of it: the units with a seat, its secretary's and those that approve minutes.

    `id`: the forum's. `written_by`: who wrote the minutes. One that does not exist has no units at all.
    """

    id: str
    member_units: frozenset[str]
    secretary_unit: str
    approver_units: frozenset[str]
    written_by: UUID | None = None


@dataclass(frozen=True, slots=True)
class PostResource:
    """A unit's place in a network, which somebody is contact for. `id`: `network/unit`; `authority`: the unit's.

    `partners`: the authorities that take part in the network. `person`: who is given the duty, or has the one that is changed.
    """

    id: str
    authority: str
    partners: frozenset[str]
    person: UUID | None = None


@dataclass(frozen=True, slots=True)
class EmployeeResource:
    """A member of staff as an employee: who is away. One who does not exist has no authority."""

    id: UUID
    authority: str

    @classmethod
    def unknown(cls, staff_id: UUID) -> "EmployeeResource":
        """Stand in for a person who is not there."""
        return cls(staff_id, "")


@dataclass(frozen=True, slots=True)
class AuthorityResource:
    """An authority itself: what creating, searching, listing, the log and administration act on."""

    id: str
    kind: str


Resource = (
    CaseResource
    | StepResource
    | ItemResource
    | ExclusionResource
    | DisclosureResource
    | ConsentResource
    | ApprovalResource
    | ReviewResource
    | MeetingResource
    | DecisionResource
    | WheelTaskResource
    | ForumResource
    | PostResource
    | EmployeeResource
    | AuthorityResource
)
