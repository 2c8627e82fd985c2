"""What the vault refuses. Each message is one line for an operator and names no content, key or plaintext."""


class KeystoreError(Exception):
    """A keystore or an authority's keys cannot be used: one clear line, what and how to mend."""


class OpeningError(Exception):
    """Sealed bytes do not open here: changed, moved, of another place, or sealed with a key this node has not."""


class GrantNotGood(OpeningError):
    """What would open it is a grant that is refused: as if nothing had been granted."""


class GrantRefused(Exception):
    """A grant is not what its authority signed, or is not for this authority, case or item."""
