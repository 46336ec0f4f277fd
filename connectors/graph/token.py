"""The daily question about the token itself: how many days are left to it, and what it may read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from archiver.model import CREDENTIAL, Account, Fetch, Notice, Page, Reply
from connectors.fields import at, count, rows, text
from connectors.graph.asks import ask
from connectors.reading import Reading
from connectors.times import read_time


def ask_about_token(account: Account, reply: Reply, subject: str) -> Fetch:
    """Asked once a day."""
    day = f"{reply.received:%Y-%m-%d}"
    return ask(account, "token", "debug_token", ("input_token", CREDENTIAL), subject=subject, token=day)


def read_token(reading: Reading, needed: Mapping[str, str]) -> Page:
    """Notices of what the platform says of the token; `needed` names what each permission is needed for."""
    data, now = at(reading.value, "data"), reading.reply.received
    invalid = at(data, "is_valid") is False
    notices = (
        Notice(topic="token", words=_invalid(text(data, "error", "message")) if invalid else ""),
        _lapse("token lapses", "The access token lapses", at(data, "expires_at"), now),
        _lapse("data access ends", "Access to data by this token ends", at(data, "data_access_expires_at"), now),
        Notice(topic="permissions", words="" if invalid else _missing(rows(data, "scopes"), needed)),
    )
    return reading.page(notices)


def _invalid(said: str) -> str:
    told = f": {said[:200]}" if said else ""
    return f"The platform says that the access token is not valid{told}. Connect the account anew."


def _lapse(topic: str, words: str, when: object, now: datetime) -> Notice:
    """`when` in epoch seconds; 0 stands for never."""
    moment = read_time(when)[0] if count(when) else None
    if moment is None:
        return Notice(topic=topic, words="")
    days = (moment - now).days
    left = f"in {days} days" if days >= 0 else "which is over"
    return Notice(topic=topic, words=f"{words} on {moment:%Y-%m-%d} ({left}): connect the account anew.", until=moment)


def _missing(scopes: list[object], needed: Mapping[str, str]) -> str:
    lacking = [f"{scope} ({what})" for scope, what in needed.items() if scope not in scopes]
    return f"The access token lacks {', '.join(lacking)}: that part cannot be read." if scopes and lacking else ""
