"""What `archiver poll` does at its end, as the daemon does beside polling: sign, show outside, copy.

Nothing of it fails the poll: what stands in the way is told, remembered for status and doctor, and tried again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from archiver.cli.session import Session
from archiver.cli.terminal import line
from archiver.errors import ArchiverError, Locked
from archiver.model.text import some

if TYPE_CHECKING:
    from archiver.anchoring.rounds import Outcome


@dataclass(slots=True, kw_only=True)
class Afterwards:
    """What was done: the size of a checkpoint that was signed, who took it, files copied by place; what was not."""

    signed: int | None = None
    shown_to: list[str] = field(default_factory=list)
    copied: dict[str, int] = field(default_factory=dict)
    troubles: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "signed": self.signed,
            "shown_to": self.shown_to,
            "copied": self.copied,
            "troubles": self.troubles,
        }

    def lines(self) -> Iterator[str]:
        """In words; nothing where there was nothing to do."""
        if self.signed is not None:
            yield f"The ledger was signed: {some(self.signed, 'leaf', 'leaves')}."
        for name in self.shown_to:
            yield f"The checkpoint was shown to {name}."
        for role, count in self.copied.items():
            yield f"{role}: copied {some(count, 'file')}."
        for trouble in self.troubles:
            yield f"To be done yet: {line(trouble)}"


def look_after(session: Session) -> Afterwards:
    """Sign what is due, show it to those who are due, copy what waits. What another process does already is left."""
    done = Afterwards()
    steps: tuple[Callable[[Session, Afterwards], None], ...] = (_sign, _show, _copy)
    for step in steps:
        try:
            step(session, done)
        except Locked:
            continue
        except ArchiverError as error:
            done.troubles.append(error.what)
    return done


def _sign(session: Session, done: Afterwards) -> None:
    from archiver.cli.ledger_checkpoint import place
    from archiver.storage.ledger.making import due, make

    where = place(session)
    if due(session.archive, where, session.now()):
        done.signed = make(session.archive, where, at=session.now()).checkpoint.size


def _show(session: Session, done: Afterwards) -> None:
    from archiver.anchoring.standing import names

    if not any(names(session.config.ledger)):
        return
    for outcome in _shown(session):
        if outcome.gap is None:
            done.shown_to.append(f"{outcome.kind} {outcome.name}")
        else:
            done.troubles.append(f"{outcome.kind} {outcome.name}: {outcome.gap.detail}")


def _shown(session: Session) -> tuple[Outcome, ...]:
    from archiver.anchoring.places import places
    from archiver.anchoring.rounds import due, newest, shown

    found = newest(session.archive)
    if found is None:
        return ()
    with places(session.archive, session.config, session.clock, session.environ) as known:
        wanted = due(session.db, known, found[1], session.now())
        retry = timedelta(minutes=session.config.ledger.retry_minutes)
        return shown(session.archive, wanted, session.clock, retry=retry)


def _copy(session: Session, done: Afterwards) -> None:
    from archiver.storage.copying import targets
    from archiver.storage.keeping import keep_places

    if not targets(session.archive):
        return
    for kept in keep_places(session.archive, session.now):
        if kept.put:
            done.copied[kept.role] = kept.put
        if kept.trouble:
            done.troubles.append(f"{kept.role}: {kept.trouble}")
