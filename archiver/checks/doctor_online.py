"""Asks each account's platform one thing, and keeps nothing of it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

from archiver.checks.seen import Patient, Seen, error, ok
from archiver.errors import ArchiverError, Exit
from archiver.model import Account, Connector, Fetch, Means, Reply, auth_of
from archiver.model.account import AccountState
from archiver.polling.answer import BadReply
from archiver.polling.credentials import may_carry, secret_of
from archiver.polling.guard import Guard
from archiver.polling.reading import judged_by
from archiver.polling.tokens import Tokens
from archiver.polling.transport import Transport
from archiver.polling.verdict import Action, verdict
from archiver.storage.accounts import all_accounts

_SECONDS = 20
_DOWN = Exit.PLATFORM_DOWN
_CODES = {Means.AUTH: Exit.AUTH, Means.WAIT: Exit.RATE_LIMITED}
_BYTES = 8 << 20


def reachable(patient: Patient) -> Iterator[Seen]:
    """Each active account's first request is answered. Left out while something captures: that asks anyway."""
    if patient.archive.is_captured():
        yield ok("reach", "Something captures at this moment: what it meets is in archiver status.")
        return
    active = [one for one in all_accounts(patient.archive.database.connection()) if one.state is AccountState.ACTIVE]
    found = partial(secret_of, environ=patient.environ)
    tokens = Tokens(found, patient.clock, ca_bundle=patient.config.network.ca_bundle, seconds=_SECONDS)
    with tempfile.TemporaryDirectory() as folder, closing(_transport(patient, Path(folder))) as transport:
        for account in active:
            if account.platform in patient.registry.connectors:
                yield _asked(patient, transport, tokens, account)


def _asked(patient: Patient, transport: Transport, tokens: Tokens, account: Account) -> Seen:
    connector = patient.registry.connectors[account.platform]
    name, fetch, auth = f"reach {account.id}", connector.first(account)[0], auth_of(connector, account)
    try:
        credential, trusted = tokens.credential(account, auth), may_carry(account, fetch)
        answer = transport.send(
            fetch,
            auth=auth,
            secret=credential.signing if trusted else None,
            guarded=not trusted,
            media=False,
        )
    except BadReply as bad:
        bad.answer.response.close()
        return error(name, bad.what, "Open the address in a browser; try again later.", Exit.PLATFORM_DOWN)
    except ArchiverError as problem:
        return error(name, problem.what, problem.do or "Try again later.", problem.exit)
    with answer.response:
        reply = Reply(
            url=fetch.url,
            status=answer.status,
            headers=answer.headers,
            body=answer.body or b"",
            received=answer.ended,
        )
    return _told(name, connector, account, fetch, reply)


def _told(name: str, connector: Connector, account: Account, fetch: Fetch, reply: Reply) -> Seen:
    """What the answer means: what the platform says in it outranks its status, and it must be what was asked for."""
    look = f"archiver accounts show {account.id}"
    said = judged_by(connector, account, fetch, reply)
    if said is not None and said.means not in (Means.NOTHING, Means.INSTEAD):
        return error(name, f"It answered {reply.status}: {said.detail}.", look, _CODES.get(said.means, _DOWN))
    action = verdict(reply.status, reply.headers, reply.received, conditional=False).action
    if action not in (Action.KEEP, Action.MOVED):
        code = {Action.AUTH: Exit.AUTH, Action.WAIT: Exit.RATE_LIMITED}.get(action, _DOWN)
        return error(name, f"It answered {reply.status}.", look, code)
    if action is Action.KEEP and said is None:
        try:
            connector.read(account, fetch, reply)
        except ArchiverError as unread:
            return error(name, unread.what, unread.do or look, _DOWN)
    return ok(name, f"It answered {reply.status}.")


def _transport(patient: Patient, folder: Path) -> Transport:
    network = patient.config.network
    return Transport(
        directory=folder,
        clock=patient.clock,
        guard=Guard(allow_loopback=network.allow_loopback),
        ca_bundle=network.ca_bundle,
        user_agent=patient.config.polling.user_agent,
        connect_seconds=min(network.connect_seconds, _SECONDS),
        total_seconds=min(network.total_seconds, _SECONDS),
        api_bytes=_BYTES,
        media_bytes=_BYTES,
    )


CHECKS = (reachable,)
