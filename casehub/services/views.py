"""What services hand to the doors: frozen views, never rows. Only what the reader may see is in them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from casehub.definitions.cards import Field
from casehub.definitions.networks import Hints
from casehub.services.assessment_views import AssessmentView
from casehub.services.erasing_views import HoldView, OthersErasure
from casehub.services.file_views import FileView
from casehub.services.meeting_lines import DecisionView, MeetingLine
from casehub.services.person_views import IdentityView
from casehub.services.recall_views import TakingBack


@dataclass(frozen=True, slots=True)
class ContactView:
    """Whom to call: name, title, unit, authority and work phone of a member of staff or a duty phone."""

    name: str
    title: str
    unit: str
    authority: str
    phone: str | None


@dataclass(frozen=True, slots=True)
class StepView:
    """A step as the reader sees it. `can_complete`: this reader may do it now; `reasons`: why it cannot be done yet.

    `state`: waiting, ready, done, not_needed, impossible. `kind`: SKAL, KAN or MILEPÆL. `round`: which time it is done. `assigned`: to whom
    by name. `on_demand`: discretionary and not added. `owed`: passed over in an acute case. `deadline_text`: amount, kind and source in Danish. `outcome_text`: the
    answer given. `evidence`: (label, text) pairs opened for this reader. `optional`: a KAN step. `taking_back`: of the
    evidence. `withdrawn_at`: when the evidence was taken back.
    """

    id: UUID
    number: int
    key: str
    title: str
    optional: bool
    responsible: str
    role: str
    state: str
    due_at: datetime | None
    overdue: bool
    done_at: datetime | None
    deadline_text: str
    basis: str
    reasons: tuple[str, ...]
    can_complete: bool
    outcome_text: str | None
    evidence: tuple[tuple[str, str], ...]
    version: int
    effect: str | None
    taking_back: TakingBack | None = None
    withdrawn_at: datetime | None = None
    kind: str = "SKAL"
    round: int = 1
    target_at: datetime | None = None
    suspended_until: datetime | None = None
    assigned: str | None = None
    on_demand: bool = False
    owed: bool = False


@dataclass(frozen=True, slots=True)
class NoteView:
    """A note this reader's authority can open. `readers`: names of the authorities that hold a grant."""

    id: UUID
    text: str
    owner: str
    own: bool
    author: str
    created_at: datetime
    readers: tuple[str, ...]
    disclosed_on: str | None
    taking_back: TakingBack | None


@dataclass(frozen=True, slots=True)
class WithdrawnView:
    """That something the reader's authority was given has been taken back by its owner; neither what it said nor why.

    `kind`: the item's; `what`: as a sentence begins with it.
    """

    kind: str
    what: str
    owner: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DisclosureView:
    """A disclosure to or from the reader's authority. `necessity` and `content` are opened; `content` is oral only.

    `recalled_at`: when what was given by it, and the necessity note with it, was taken back. `taking_back`: of what was
    said. `own`: the reader's authority gave it. `information`: the kinds of it, `prompted`: by whom, in words. `consent_over`: why the consent it
    was given on is over, so that nobody reads it any more; "" if it is not.
    """

    id: UUID
    from_name: str
    to_name: str
    oral: bool
    basis: str
    purpose: str
    necessity: str
    content: str | None
    happened_at: datetime
    recorded_at: datetime
    by: str
    recalled_at: datetime | None
    taking_back: TakingBack | None
    own: bool
    information: str
    prompted: str
    consent_over: str


@dataclass(frozen=True, slots=True)
class AcuteCall:
    """A unit to ring in an acute case, by its duty phone if it has one. `answered_at`: when it was noted that it answered."""

    unit_id: str
    unit: str
    authority: str
    phone: str | None
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case page. `referral`: (label, text) pairs of the opened referral. `card`: its card, while there is one of that name.

    `assessable`: the network uses risk checklists.
    """

    id: UUID
    number: str
    network: str
    network_name: str
    kommune: str
    acute: bool
    state: str
    state_text: str
    opened_at: datetime
    meeting_at: datetime | None
    responsible: str | None
    closed_at: datetime | None
    deletion_on: date | None
    participants: tuple[str, ...]
    identity: IdentityView | None
    referral: tuple[tuple[str, str], ...]
    card: str | None
    steps: tuple[StepView, ...]
    notes: tuple[NoteView, ...]
    withdrawn: tuple[WithdrawnView, ...]
    files: tuple[FileView, ...]
    disclosures: tuple[DisclosureView, ...]
    contacts: tuple[ContactView, ...]
    acute_calls: tuple[AcuteCall, ...]
    may_note_answer: bool
    assessments: tuple[AssessmentView, ...]
    assessable: bool
    may_triage: bool
    may_share: bool
    newer_card: bool
    may_write: bool
    may_record_disclosure: bool
    may_export: bool
    may_hold: bool
    may_exclude: bool
    glass_until: datetime | None
    hold: HoldView | None
    erased_by_others: tuple[OthersErasure, ...]
    meetings: tuple[MeetingLine, ...]
    decisions: tuple[DecisionView, ...]


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A case in a list; nothing sealed."""

    id: UUID
    number: str
    network_name: str
    kommune: str
    acute: bool
    state: str
    state_text: str
    opened_at: datetime
    overdue_steps: int
    next_due: datetime | None


@dataclass(frozen=True, slots=True)
class Choice:
    """A value and its Danish words, for a form."""

    value: str
    text: str


@dataclass(frozen=True, slots=True)
class InformationOptions:
    """The kinds of information one can say that something is of; none where the network knows none. `presumed`: ids."""

    kinds: tuple[Choice, ...] = ()
    presumed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NetworkForm:
    """What the referral form of a network asks for; `indicators` may be none. `about_business`: not about a citizen.

    `safe_contact_required`: how to reach the citizen safely must be said. `asks_child`: whether a child is affected.
    `triaged`: the tovholder decides before the case opens. `bases`: on which it can go to another authority's tovholder,
    `proposed_basis` first, "" where it must be chosen; none where the tovholder is of the reader's own kind.
    """

    id: str
    name: str
    target_group: str
    kommuner: tuple[Choice, ...]
    indicators: tuple[Choice, ...]
    sources: tuple[Choice, ...]
    purposes: tuple[Choice, ...]
    about_business: bool
    safe_contact_required: bool
    address_required: bool
    asks_child: bool
    triaged: bool
    bases: tuple[Choice, ...]
    proposed_basis: str
    consent_bases: tuple[str, ...]
    hints: Hints


@dataclass(frozen=True, slots=True)
class PartyProposal:
    """A party the network file proposes for this geography, with the bases of this pair (the first is proposed).

    `acute_phone`: the duty phone to ring first when the case is acute. `why_not`, `proposed_basis`: as for a reader.
    """

    unit_id: str
    unit: str
    authority: str
    preselected: bool
    bases: tuple[Choice, ...]
    acute_phone: str | None
    note: str | None
    why_not: str
    proposed_basis: str


@dataclass(frozen=True, slots=True)
class PartyForm:
    """What the tovholder chooses parties from; a proposal of `own_authority` needs no disclosure."""

    case_id: UUID
    case_number: str
    own_authority: str
    proposals: tuple[PartyProposal, ...]
    purposes: tuple[Choice, ...]
    information: InformationOptions


@dataclass(frozen=True, slots=True)
class ReaderOption:
    """A participating authority one may disclose to, and on which bases; empty `bases`: it cannot be made.

    `why_not`: without bases, why, in Danish. `proposed_basis`: the one that stands chosen; "" where it must be chosen.
    """

    authority_id: str
    authority: str
    bases: tuple[Choice, ...]
    why_not: str
    proposed_basis: str


@dataclass(frozen=True, slots=True)
class NoteForm:
    """What the note, disclosure and oral-disclosure forms need: the readers one can choose, and the purposes.

    `note`: the own note that is to be disclosed, if one was asked for.
    """

    case_id: UUID
    case_number: str
    own_authority: str
    readers: tuple[ReaderOption, ...]
    purposes: tuple[Choice, ...]
    information: InformationOptions
    note: NoteView | None = None


@dataclass(frozen=True, slots=True)
class StepChangeLine:
    """One change of a step: what, when, by whom, and why where the reader may open it."""

    what: str
    at: datetime
    by: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class StepChangeForm:
    """What can be changed about one step. `acts`: of add, extend, suspend, assign, hand_over, mark_impossible, repeat, reopen, those
    the reader may do now. `in_hours`: a new deadline is a moment, not a day. `history`: newest first.
    """

    case_id: UUID
    case_number: str
    own_authority: str
    step: StepView
    acts: tuple[str, ...]
    in_hours: bool
    authorities: tuple[Choice, ...]
    colleagues: tuple[Choice, ...]
    history: tuple[StepChangeLine, ...]


@dataclass(frozen=True, slots=True)
class StepForm:
    """The form of one step: the evidence fields of the card version the case runs on. `parties`: for party fields.

    What is written is sealed for the writer's own authority; it may at once be disclosed to `readers`, as with a
    note (basis each, one purpose, one necessity note). `readers_preselected`: minutes, plans and the like, which the
    others need, come with every reader ticked. `actions`: of the plan, where the step tells how they go. `suggested`: what a field begins with.
    """

    case_id: UUID
    case_number: str
    own_authority: str
    step: StepView
    fields: tuple[Field, ...]
    parties: tuple[Choice, ...]
    help: str | None
    readers: tuple[ReaderOption, ...]
    readers_preselected: bool
    purposes: tuple[Choice, ...]
    information: InformationOptions
    actions: tuple[DecisionView, ...] = ()
    suggested: Mapping[str, str] = field(default_factory=dict)
