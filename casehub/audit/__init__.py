"""The log: entries are written here, in the transaction they explain, and nowhere else."""

from casehub.audit.entries import Entry, ObjectRef, Outcome, append_entry
from casehub.audit.events import LOOK_UPS, Category, Event
from casehub.audit.recording import Recording, recorded, stamping, watch

__all__ = [
    "LOOK_UPS",
    "Category",
    "Entry",
    "Event",
    "ObjectRef",
    "Outcome",
    "Recording",
    "append_entry",
    "recorded",
    "stamping",
    "watch",
]
