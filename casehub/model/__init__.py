"""The tables, one file per aggregate.

Every table whose rows are part of the story carries `entry_id`: the audit entry that explains its latest
change. A deferred trigger in the database demands that this entry was written in the same transaction.
"""

from casehub.model.approvals import Approval
from casehub.model.audit import (
    AuditChange,
    AuditCheckpoint,
    AuditCommitment,
    AuditContent,
    AuditCosignature,
    AuditLeaf,
    AuditNode,
    AuditObject,
    AuditWitness,
    LogExport,
    LogKey,
)
from casehub.model.base import Base, Recorded, new_id
from casehub.model.break_glass import BreakGlass
from casehub.model.calendar_feeds import CalendarFeed
from casehub.model.cases import Assignment, Case, CaseEvent, Participant
from casehub.model.consents import Consent
from casehub.model.control import LogSample, LogSignal, Review, ReviewText
from casehub.model.definitions import DefinitionVersion
from casehub.model.disclosures import Disclosure
from casehub.model.erasures import CaseErasure, LegalHold
from casehub.model.exclusions import Exclusion
from casehub.model.files import FileChunk
from casehub.model.forums import CoordinatedPlan, ForumApproval, ForumMeeting
from casehub.model.items import Compartment, IndexToken, Item, ItemGrant, ItemVersion
from casehub.model.keys import AuthorityKey, NodeAuthority
from casehub.model.meetings import Decision, Meeting, MeetingCase, MeetingInvitee
from casehub.model.messages import Mail, Message, MessageChoice
from casehub.model.organisation import Authority, DutyPhone, Unit
from casehub.model.people import Absence, ContactDuty, Draft, SignInAttempt, Staff, WebSession
from casehub.model.queues import QueueRun
from casehub.model.recalls import Breach, Recall
from casehub.model.sealed import Sealed, SealedBytes
from casehub.model.steps import Step, StepNotice, TaskNotice
from casehub.model.wheel import WheelTask

__all__ = [
    "Absence",
    "Approval",
    "Assignment",
    "AuditChange",
    "AuditCheckpoint",
    "AuditCommitment",
    "AuditContent",
    "AuditCosignature",
    "AuditLeaf",
    "AuditNode",
    "AuditObject",
    "AuditWitness",
    "Authority",
    "AuthorityKey",
    "Base",
    "Breach",
    "BreakGlass",
    "CalendarFeed",
    "Case",
    "CaseErasure",
    "CaseEvent",
    "Compartment",
    "Consent",
    "ContactDuty",
    "CoordinatedPlan",
    "Decision",
    "DefinitionVersion",
    "Disclosure",
    "Draft",
    "DutyPhone",
    "Exclusion",
    "FileChunk",
    "ForumApproval",
    "ForumMeeting",
    "IndexToken",
    "Item",
    "ItemGrant",
    "ItemVersion",
    "LegalHold",
    "LogExport",
    "LogKey",
    "LogSample",
    "LogSignal",
    "Mail",
    "Meeting",
    "MeetingCase",
    "MeetingInvitee",
    "Message",
    "MessageChoice",
    "NodeAuthority",
    "Participant",
    "QueueRun",
    "Recall",
    "Recorded",
    "Review",
    "ReviewText",
    "Sealed",
    "SealedBytes",
    "SignInAttempt",
    "Staff",
    "Step",
    "StepNotice",
    "TaskNotice",
    "Unit",
    "WebSession",
    "WheelTask",
    "new_id",
]
