"""What people type, as values: the only place that parses, validates and normalises it.

A value that exists is well formed. What identifies a citizen never shows in a `repr`, and no message repeats what was
typed. Anyone may call it; it knows no database and no clock (`today` comes in).
"""

from casehub.values.address import Address
from casehub.values.case_number import CaseNumber
from casehub.values.cpr import Cpr
from casehub.values.cvr import Cvr
from casehub.values.person_name import PersonName
from casehub.values.phone import Phone
from casehub.values.text import ValueRefused, clean_text

__all__ = ["Address", "CaseNumber", "Cpr", "Cvr", "PersonName", "Phone", "ValueRefused", "clean_text"]
