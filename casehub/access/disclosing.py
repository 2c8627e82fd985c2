"""Videregivelse as it is asked for, and as it may be: what the network's file does not allow cannot be made.

`Asked` is what someone wants to give, unchecked; Cedar is asked about it. `Ground` is what it rests on when it is given, and
cannot be made of a basis, purpose or direction that the file does not have. For the gate and for services.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from casehub.access.resources import CaseResource, DisclosureResource
from casehub.audit import ObjectRef
from casehub.definitions.networks import Basis, Network, Option
from casehub.model import Consent, new_id


class Unlawful(Exception):
    """There is no such ground: the file does not allow it, no consent covers it, or no agreement binds both."""


def end_consent(session: Session, consent: Consent, *, at: datetime, by: UUID | None) -> ObjectRef:
    """End a consent; the database ends every grant that rests on it. `by`: who recorded that it was withdrawn. How the entry names it."""
    consent.ended_at, consent.ended_by = at, by
    session.flush()
    return ObjectRef("consent", str(consent.id), consent.case_id, consent.authority_id)


def end_what_ran_out(session: Session, consents: Sequence[Consent], now: datetime) -> list[ObjectRef]:
    """End consents that have run out, so that what rested on them can be given anew on another."""
    return [
        end_consent(session, consent, at=consent.valid_until, by=None)
        for consent in consents
        if consent.ended_at is None and not consent.in_force(now)
    ]


@dataclass(frozen=True, slots=True)
class Party:
    """An authority and what kind of authority it is."""

    id: str
    kind: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What someone wants to give: basis, purpose and kinds of information as typed. `consents`: those of the case. `agreed`: for
    whom the network's agreement is in force today, of the two.
    """

    id: UUID
    case: CaseResource
    network: Network
    giver: Party
    recipient: Party
    basis: str
    purpose: str
    information: tuple[str, ...]
    prompted: str
    consents: tuple[Consent, ...]
    agreed: frozenset[str]
    now: datetime

    @classmethod
    def new(cls, **about: object) -> "Asked":
        """Ask for something new."""
        return cls(id=new_id(), **about)  # type: ignore[arg-type]

    @property
    def on_consent(self) -> bool:
        """Whether the basis is the citizen's consent."""
        return any(basis.id == self.basis and basis.consent for basis in self.network.bases)

    @property
    def consent(self) -> Consent | None:
        """The consent it would rest on: of those in force that cover it, the one that lasts longest."""
        if not self.on_consent:
            return None
        covering = (
            consent
            for consent in self.consents
            if consent.in_force(self.now)
            and consent.covers(self.giver.id, self.recipient.id, self.information)
        )
        return max(covering, key=lambda consent: consent.valid_until, default=None)

    def resource(self) -> DisclosureResource:
        """It as Cedar sees it."""
        purposes = {option.id: "allowed" for option in self.network.purposes}
        purposes |= {option.id: "forbidden" for option in self.network.forbidden_purposes}
        return DisclosureResource(
            id=self.id,
            case=self.case,
            giver=self.giver.id,
            recipient=self.recipient.id,
            purpose=purposes.get(self.purpose, "unknown"),
            lawful=self.basis in {basis.id for basis in self._bases()},
            consented=not self.on_consent or self.consent is not None,
            giver_agreed=self.giver.id in self.agreed,
            recipient_agreed=self.recipient.id in self.agreed,
        )

    def ground(self) -> "Ground":
        """What it rests on; Unlawful if there is none."""
        purpose = next((option for option in self.network.purposes if option.id == self.purpose), None)
        basis = next((basis for basis in self._bases() if basis.id == self.basis), None)
        if purpose is None or basis is None or (basis.consent and self.consent is None):
            raise Unlawful
        return Ground(self, basis, purpose, self.consent)

    def _bases(self) -> tuple[Basis, ...]:
        if not self.network.covers(self.information):
            return ()
        return self.network.bases_for(
            from_kind=self.giver.kind, to_kind=self.recipient.kind, information=self.information
        )


@dataclass(frozen=True, slots=True)
class Ground:
    """What a disclosure rests on. Made by `Asked.ground`; made otherwise of what the file does not allow, Unlawful."""

    asked: Asked
    basis: Basis
    purpose: Option
    consent: Consent | None

    def __post_init__(self) -> None:
        found = self.asked.resource()
        same = (self.basis.id, self.purpose.id) == (self.asked.basis, self.asked.purpose)
        agreed = found.giver_agreed and found.recipient_agreed
        if not (same and agreed and found.lawful and found.purpose == "allowed" and found.consented):
            raise Unlawful
        if (self.consent is not None) != self.basis.consent or self.consent != self.asked.consent:
            raise Unlawful
