"""Failing in silence: replies that look well and cannot be all there is."""

from __future__ import annotations

from datetime import timedelta

from archiver.model import Cause
from archiver.polling.situation import Situation
from archiver.storage import notices, walks
from archiver.storage.database import Connection
from archiver.storage.walks import Walk, WalkState

FORGOTTEN_AFTER = timedelta(days=14)  # a listing that does not show everything may show older items no more


def silences(db: Connection, at: Situation) -> dict[str, tuple[Cause, str]]:
    """The streams of this run that show less than they must, with the cause and words of a gap.

    A walk that was broken or holed says itself what it lacks.
    """
    whole = [walk for walk in walks.walks_of(db, at.run.id) if walk.state is WalkState.WHOLE]
    found = ((walk.stream, _empty(db, at, walk) or _stuck(db, at, walk)) for walk in whole)
    return {stream: why for stream, why in found if why is not None}


def _empty(db: Connection, at: Situation, walk: Walk) -> tuple[Cause, str] | None:
    """A listing that shows nothing at all, of which items are known that no direct look has found absent."""
    if walk.shown or walk.met_known:
        return None
    known = walks.newest_known(db, at.number, walk.stream, before_run=at.run.id)
    if known is None or (
        known[1] < at.now - FORGOTTEN_AFTER and not walks.shows_everything(db, at.number, walk.stream)
    ):
        return None
    return Cause.SILENT, f"the listing shows nothing, though {known[0]} was shown in it and was not found absent"


def _stuck(db: Connection, at: Situation, walk: Walk) -> tuple[Cause, str] | None:
    """The platform's own count of a stream grew since it told another one, and nothing new was shown in it."""
    told = notices.last_growth(db, at.number, walk.stream)
    if told is None or walks.first_seen_since(db, at.number, walk.stream, told.since):
        return None
    return Cause.SILENT, f"the platform counts {told.value} where it counted {told.before}, and shows nothing new"
