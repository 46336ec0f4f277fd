"""When the clock of an item begins, from what was observed of it.

What is published goes on being provided while it is shown, so its clock runs from its absence, confirmed by two direct
looks in different runs. A message is provided or received once: its clock runs from the later of its sending and its
last edit. A look that was refused or failed, or found the item hidden, is not an absence.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from archiver.model import ItemFacts, Kind, Seen, Trigger, local_day

LOOKS_TO_CONFIRM = 2
COLUMNS = {kind: Trigger.CREATED if kind is Kind.MESSAGE else Trigger.ABSENT for kind in Kind}
ALSO: dict[Trigger, tuple[str, ...]] = {Trigger.CREATED: ("edited",), Trigger.ABSENT: ()}
CHECKS = {Trigger.CREATED: 0, Trigger.ABSENT: LOOKS_TO_CONFIRM}


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """From when the period of an item is counted, and why; `begun` None: it does not run yet."""

    trigger: Trigger
    begun: datetime | None
    reason: str


def clock_of(facts: ItemFacts) -> Clock:
    """The clock of an item under an authority that counts from when a communication was received or provided."""
    return _message(facts) if COLUMNS[facts.kind] is Trigger.CREATED else _published(facts)


def _message(facts: ItemFacts) -> Clock:
    if facts.created is None:
        reason = "The platform gave no readable time for this message, so its clock cannot begin."
        return Clock(trigger=Trigger.CREATED, begun=None, reason=reason)
    begun = max(facts.created, facts.edited or facts.created)
    reason = f"A message: received or provided on {local_day(begun)}."
    return Clock(trigger=Trigger.CREATED, begun=begun, reason=reason)


def _published(facts: ItemFacts) -> Clock:
    if facts.absent_since is None or facts.absent_checks < LOOKS_TO_CONFIRM:
        return Clock(trigger=Trigger.ABSENT, begun=None, reason=_not_begun(facts))
    reason = (
        f"Direct looks in {facts.absent_checks} runs, the first on {local_day(facts.absent_since)}, "
        "showed it absent; it counts as provided until then."
    )
    return Clock(trigger=Trigger.ABSENT, begun=facts.absent_since, reason=reason)


def _not_begun(facts: ItemFacts) -> str:
    if facts.absent_checks:
        return "One direct look showed it absent; a second, in another run, must confirm it before its clock begins."
    if facts.seen in (Seen.HIDDEN, Seen.REFUSED, Seen.ERROR):
        return f"The latest look ended in “{facts.seen}”, which is not an absence, so its clock has not begun."
    return "It is published and not known to be taken down, so its clock has not begun."
