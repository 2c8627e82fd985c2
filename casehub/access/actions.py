"""Every action there is. A test equates this enum with the actions of `policies/access/schema.cedarschema`."""

from enum import StrEnum


class Action(StrEnum):
    """A Cedar action id. The audit event of an action is its past tense (`EVENTS`)."""

    CASE_CREATE = "case:create"
    CASE_SEARCH = "case:search"
    CASE_LIST = "case:list"
    CASE_READ = "case:read"
    CASE_TRIAGE = "case:triage"
    CASE_SHARE = "case:share"
    CASE_CLOSE = "case:close"
    STEP_COMPLETE = "step:complete"
    ITEM_READ = "item:read"
    ITEM_WRITE = "item:write"
    ITEM_DISCLOSE = "item:disclose"
    DISCLOSURE_RECORD = "disclosure:record"
    CONTACTS_READ = "contacts:read"
    DRAFT_SAVE = "draft:save"
    DRAFT_READ = "draft:read"
    LOG_READ = "log:read"
    ADMINISTRATION_READ = "administration:read"
    GRANT_ACCEPT = "grant:accept"
    STEP_MARK_OVERDUE = "step:mark_overdue"
    KEYS_READ = "keys:read"
    KEYS_ROTATE = "keys:rotate"
    KEYS_RETIRE = "keys:retire"
    KEYS_BACKUP = "keys:backup"
