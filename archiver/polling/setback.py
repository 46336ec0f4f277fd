"""Why an attempt brought nothing, by what the platform says or its status."""

from __future__ import annotations

from dataclasses import dataclass

from archiver.model import Account, Cause, Judged, Means, Reply, Role
from archiver.polling.answer import Answer
from archiver.polling.verdict import Action, Verdict
from archiver.storage.frontier import Outstanding


@dataclass(frozen=True, slots=True, kw_only=True)
class Setback:
    """An attempt that brought nothing. `wait_seconds` None: the platform named no time.

    `stands` where another attempt will not help by itself (a credential): it is a gap at once, and never given up.
    `of_the_day`: it is over when the platform's day is.
    """

    cause: Cause
    what: str
    wait_seconds: float | None = None
    stands: bool = False
    of_the_day: bool = False


def reply_of(entry: Outstanding, answer: Answer) -> Reply:
    """An answer as a connector reads it."""
    return Reply(
        url=entry.fetch.url,
        status=answer.status,
        headers=answer.headers,
        body=answer.body or b"",
        received=answer.ended,
    )


def setback_of(
    account: Account, entry: Outstanding, answer: Answer, judged: Verdict, said: Judged | None
) -> Setback | None:
    """Why the answer is none; None where it is one, to be kept. What the platform `said` outranks its status."""
    if said is not None:
        return _setback_said(account, entry, said)
    what = f"the platform answered {answer.status}"
    if judged.action in (Action.RETRY, Action.WAIT):
        return Setback(cause=judged.cause or Cause.SERVER, what=what, wait_seconds=judged.wait_seconds)
    if judged.action is Action.AUTH and _needs_credential(account, entry):
        what += ": the credential is missing or no longer good"
        return Setback(cause=Cause.AUTH, what=what, wait_seconds=account.interval_minutes * 60.0, stands=True)
    return None


def _setback_said(account: Account, entry: Outstanding, said: Judged) -> Setback | None:
    if said.means in (Means.WAIT, Means.RETRY):
        cause = Cause.RATE_LIMIT if said.means is Means.WAIT else Cause.SERVER
        return Setback(cause=cause, what=said.detail, wait_seconds=said.wait_seconds)
    if said.means is Means.AUTH and entry.role is not Role.CHECK:
        wait = account.interval_minutes * 60.0
        return Setback(cause=Cause.AUTH, what=said.detail, wait_seconds=wait, stands=True)
    return None


def _needs_credential(account: Account, entry: Outstanding) -> bool:
    """Whether a 401 stands in the way of the account. What is closed to strangers is only a part left out."""
    return entry.role is Role.LISTING or (entry.role is not Role.CHECK and bool(account.credential))
