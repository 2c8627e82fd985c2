"""The rules of the house as data: organisation, networks, cards and calendars, from files to frozen dataclasses.

`loading` is the way in; whatever it returns has been checked whole, so nobody after it checks again. Nothing here knows a
database, a clock or who may do what.
"""
