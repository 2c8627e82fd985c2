"""Asking the log's witnesses, each in a thread of its own: one that is slow or gone holds up nobody, and no signing.

A thread, not a task: nothing is lost when it dies, since what is missing is asked for again at the next look.
"""

import logging
from threading import Event, Thread

from casehub.runtime import Runtime
from casehub.transparency.asking import Outcome
from casehub.transparency.trust import Witness

_LOGGER = logging.getLogger(__name__)
SECONDS_BETWEEN = 3.0
LONGEST_WAIT = 300.0
BROKEN = {Outcome.AHEAD, Outcome.FORKED}


def ask_witnesses(runtime: Runtime, stopping: Event) -> list[Thread]:
    """Begin to ask every witness with a URL, until `stopping` is set; only for the node that signs the log."""
    asked = [witness for witness in runtime.trust.witnesses if witness.url] if runtime.log_signer else []
    threads = [
        Thread(
            target=_keep_asking,
            args=(runtime, witness, stopping),
            name=f"witness {witness.label}",
            daemon=True,
        )
        for witness in asked
    ]
    for thread in threads:
        thread.start()
    return threads


def _keep_asking(runtime: Runtime, witness: Witness, stopping: Event) -> None:
    """After each new checkpoint; one that does not cosign is left alone twice as long each time, five minutes at most."""
    wait, before = SECONDS_BETWEEN, None
    while not stopping.wait(wait):
        outcome = _ask(runtime, witness, before)
        wait = SECONDS_BETWEEN if outcome in {None, Outcome.COSIGNED} else min(2 * wait, LONGEST_WAIT)
        before = outcome or before


def _ask(runtime: Runtime, witness: Witness, before: Outcome | None) -> Outcome | None:
    """Ask once; what changed is told in the worker's log. None if there was nothing to ask."""
    try:
        answer = runtime.ask_witness(witness)
    except Exception as failure:  # noqa: BLE001 (whatever it is, the witness is asked again)
        _LOGGER.warning("the witness %s could not be asked: %s", witness.label, type(failure).__name__)
        return Outcome.SILENT
    if answer is None:
        return None
    if answer.outcome != before and (answer.outcome != Outcome.COSIGNED or before is not None):
        level = logging.ERROR if answer.outcome in BROKEN else logging.WARNING
        _LOGGER.log(level, "the witness %s %s", witness.label, answer.told)
    return answer.outcome
