"""Why a decision is as it is, in the words of the policies: what allowed it, what refused it, or what would have allowed it.

Nothing here decides. A policy that is added explains itself by its @why. Made by `access.policies`.
"""

from dataclasses import dataclass

from casehub.access.actor import Actor


@dataclass(frozen=True, slots=True)
class Explained:
    """Whether a person may, and the @whys of the permits that allow or of the forbids that refuse.

    `lacking`: where nothing permits and nothing forbids, the @whys of all that could permit: none of them fits.
    """

    person: Actor
    allowed: bool
    why: tuple[str, ...]
    lacking: tuple[str, ...] = ()
