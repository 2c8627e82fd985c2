"""The vault: bytes in, bytes out. Key hierarchy, sealing, opening, re-wrapping, blind index and keystores.

It owns every key and every byte format (docs/sealing-format.md) and knows no database, case or person. What opens
(`opening`, `rewrapping`) is for the gate, the runtime and the key jobs; `material`, `compartments`, `box` and
`hybrid` are for the vault alone.
"""
