"""Sends one fetch with no more than it may carry, and heeds what the reply says about the pace."""

from __future__ import annotations

from archiver.model import Account, Auth, Cause, Connector, Pacing, Role, origin_of
from archiver.polling.answer import Answer, BadReply
from archiver.polling.credentials import may_carry
from archiver.polling.pace import Limiter
from archiver.polling.setback import reply_of
from archiver.polling.tokens import Credential
from archiver.polling.transport import Transport
from archiver.polling.verdict import Action, Verdict, allowed, backoff, remaining, reset_seconds
from archiver.storage.frontier import Outstanding

GAP_AFTER = 3  # failed attempts


def send(
    transport: Transport,
    account: Account,
    entry: Outstanding,
    *,
    auth: Auth,
    credential: Credential,
    validators: tuple[tuple[str, str], ...],
) -> Answer:
    """The answer; the credential goes to the account's own origin only. Raises PlatformDown for what is no answer."""
    trusted = may_carry(account, entry.fetch)
    try:
        return transport.send(
            entry.fetch,
            auth=auth,
            secret=credential.signing if trusted else None,
            proof=credential.proof if trusted else (),
            secrets_to_mask=credential.secrets,
            validators=validators,
            guarded=not trusted,
            media=entry.role is Role.MEDIA,
        )
    except BadReply as bad:
        if bad.cause is Cause.UNDECODABLE and entry.attempts + 1 >= GAP_AFTER:
            return bad.answer  # it is whole and stays undecodable: keep it, marked unread
        bad.answer.response.close()
        raise


def heed(
    limiter: Limiter,
    connector: Connector,
    account: Account,
    entry: Outstanding,
    answer: Answer,
    judged: Verdict,
    now: float,
) -> None:
    """Obey what a reply says about how much may be asked. Another host's limits are not the platform's."""
    if origin_of(entry.fetch.url) != account.origin:
        return
    reset = reset_seconds(answer.headers, answer.ended)
    limiter.learn(remaining(answer.headers), reset, now, allowed=allowed(answer.headers))
    if isinstance(connector, Pacing) and (seconds := connector.pause(reply_of(entry, answer))) > 0:
        limiter.pause(seconds, now)
    if judged.action is Action.WAIT:
        limiter.pause(judged.wait_seconds or backoff(entry.attempts + 1, 0.0), now)
