"""Transparency logs as such: RFC 9162 trees and proofs, C2SP notes, checkpoints and tiles, and checking an export.

Nothing here knows a database, a web server or casehub's tables, so an outsider can run it on what was handed out:
`casehub audit verify --export` imports this room and nothing below or beside it. Anybody may import it.
"""
