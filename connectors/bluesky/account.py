"""Who an account is, which collections its repository has, and at which revision it stands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from archiver.errors import Unreadable
from archiver.model import Account, Identity, Notice, Page, origin_of
from connectors.bluesky.asks import DECLARED, POSTS, ask
from connectors.fields import at, counters, rows, strings, text
from connectors.reading import Reading

_WALKED_IN_EVERY_REVISION = 12  # collections; the rest waits for the re-walks
_SELDOM = DECLARED.more["seldom"].split()
_ENTRY, _BEHIND_THE_ENTRY = "https://bsky.social:443", ".bsky.network:443"
_PROFILE, _ACCOUNT = DECLARED.shape("profile"), DECLARED.shape("account", details={"server": lambda node: _home(node)})


def repository(reading: Reading) -> Page:
    """The account behind the name, and the collections of its repository, all of which are listed."""
    account, identity, node = reading.account, _identity(reading), reading.value
    did = identity.platform_id
    # The server names a collection only while it holds a record; the last post that is removed must be missed too.
    collections = sorted({POSTS, *strings(node, "collections")})
    often = " ".join([name for name in collections if name not in _SELDOM][:_WALKED_IN_EVERY_REVISION])
    asked = [
        ask(account, "records", {"did": did, "collection": name}, stream="posts" if name == POSTS else "records")
        for name in collections
    ]
    asked.append(ask(account, "revision", {"did": did}, subject=did, hint=often))
    asked.append(ask(account, "profile", {"did": did}, subject=did))
    return reading.page((_ACCOUNT(node, ""), *asked, *_notices(account, node)), identity=identity)


def session(reading: Reading) -> Page:
    """Whom the credential speaks for; only then is asked what it alone may see."""
    identity, account = _identity(reading), reading.account
    asked = (ask(account, "mentions"), ask(account, "conversations", subject=identity.platform_id))
    return reading.page(asked, identity=identity)


def revision(reading: Reading) -> Page:
    """The repository's revision: at each new one every record is listed anew, which shows edits and removals."""
    rev, did, names = reading.says("rev"), reading.subject, reading.fetch.hint.split()
    if not rev:
        raise Unreadable("The reply to 'revision' names no revision.")
    given = ({"did": did, "collection": name} for name in names)
    return reading.page(ask(reading.account, "walk", one, subject=did, token=rev) for one in given)


def profile(reading: Reading) -> Page:
    """The account as the application view shows it."""
    _identity(reading)
    return reading.page((_PROFILE(reading.value, ""),), totals=counters(reading.value, {"posts": "postsCount"}))


def _identity(reading: Reading) -> Identity:
    did, handle = reading.says("did"), reading.says("handle")
    if not did.startswith("did:"):
        what = f"The reply to '{reading.fetch.stream}' names no account (DID)."
        raise Unreadable(what, do="Check that the address is a Bluesky server.")
    return Identity(platform_id=did, handle=handle, name=handle)


def _notices(account: Account, node: Any) -> Iterator[Notice]:
    """Another server, another name, a name that leads elsewhere: each withdrawn by the next reply without it."""
    handle, wanted = text(node, "handle"), account.handle.strip().removeprefix("@")
    words = ""
    if at(node, "handleIsCorrect") is False:
        words = f"The name {handle} does not lead to this account: somebody else may stand behind it."
    elif not wanted.startswith("did:") and handle.casefold() != wanted.casefold():
        words = f"The account is now called {handle}; it is registered as {wanted}."
    yield Notice(topic="handle", words=words)
    yield Notice(topic="server", words=_moved(account, _home(node)))


def _moved(account: Account, told: str) -> str:
    try:
        home = origin_of(told or account.url)
    except ValueError:
        home = told
    entry = account.origin == _ENTRY and home.endswith(_BEHIND_THE_ENTRY)
    return "" if home == account.origin or entry else f"The account is kept on {home}; register that address."


def _home(node: Any) -> str:
    """The address of the server that keeps the account, by its DID document."""
    services = rows(node, "didDoc", "service")
    found = (text(one, "serviceEndpoint") for one in services if text(one, "id").endswith("#atproto_pds"))
    return next(found, "")
