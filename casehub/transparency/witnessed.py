"""Comparing a log's checkpoints with what its witnesses say: their cosignatures in it, and checkpoints that others hold.

A cosignature proves something only where it was made: on one checkpoint, at one time. One that was moved, kept back or
taken away is named here; what a held checkpoint says of the tree itself is compared by `findings.RootCheck`.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from casehub.transparency.cosignatures import Cosignature, WitnessKey, signatures_of
from casehub.transparency.findings import Finding, Stated
from casehub.transparency.notes import NoteRefused, split_note
from casehub.transparency.trust import Trust

CLOCKS_DIFFER = timedelta(minutes=5)


def check_witnesses(
    own: Sequence[Stated], held: Sequence[Stated], *, trust: Trust, now: datetime, findings: list[Finding]
) -> int | None:
    """Check the log's own checkpoints, smallest first, and those others hold; how many entries are witnessed.

    None where no witness is needed.
    """
    keys = trust.witness_keys
    cosigners = {each.where: _cosigners(each, [*own, *held], keys, now, findings) for each in (*own, *held)}
    sizes = {each.checkpoint.size for each in own}
    for each in held:
        if each.checkpoint.size not in sizes:
            findings.append(
                Finding(each.where, f"the log has no checkpoint of {each.checkpoint.size} any more")
            )
        later = {
            key for one in own if one.checkpoint.size >= each.checkpoint.size for key in cosigners[one.where]
        }
        findings += [
            Finding(each.where, f"the log has lost the cosignature of {key.name}, and has no later one")
            for key in cosigners[each.where]
            if key not in later
        ]
    if trust.quorum is None:
        return None
    witnessed = [each.checkpoint.size for each in own if trust.is_witnessed(cosigners[each.where])]
    if own and not witnessed:
        findings.append(Finding("checkpoints", "none was cosigned by enough of the witnesses"))
    return max(witnessed, default=0)


def check_cosignature(each: Cosignature, text: str, now: datetime) -> None:
    """NoteRefused unless it was made on the checkpoint with this text, and not in the future."""
    each.key.verify(text, each.signature)
    if each.at > now + CLOCKS_DIFFER:
        raise NoteRefused(
            f"the cosignature of {each.key.name} is from the future: {each.at:%Y-%m-%d %H:%M} UTC"
        )


def _cosigners(
    stated: Stated, all_: Sequence[Stated], keys: Iterable[WitnessKey], now: datetime, findings: list[Finding]
) -> list[WitnessKey]:
    """Whose cosignatures on a checkpoint hold; those that do not become findings."""
    text, good = split_note(stated.note)[0], []
    for each in signatures_of(stated.note, keys):
        try:
            check_cosignature(each, text, now)
        except NoteRefused as refused:
            findings.append(Finding(stated.where, _replayed(each, text, all_) or str(refused)))
        else:
            good.append(each.key)
    return good


def _replayed(each: Cosignature, text: str, stated: Sequence[Stated]) -> str | None:
    """Which checkpoint, other than the one with this text, a cosignature was made on, if it is one of these."""
    for other in stated:
        was = split_note(other.note)[0]
        try:
            each.key.verify(was, each.signature)
        except NoteRefused:
            continue
        size = other.checkpoint.size
        if was != text:
            return f"the cosignature of {each.key.name} is replayed: it was made on the checkpoint of {size}"
    return None
