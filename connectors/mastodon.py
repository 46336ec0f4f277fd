"""Mastodon and servers that speak its API: statuses, replies, edits, boosts, polls, direct messages."""

from __future__ import annotations

from archiver.model import Account, Auth, Bearer, Fetch, ItemRef, Kind, Pace, Page, Reply, Stream
from connectors.links import part
from connectors.mastodon_pages import READERS, ask, local_name, read_item


class Mastodon:
    """The account's home server is asked; with a credential also for what is addressed to the account."""

    platform = "mastodon"
    title = "Mastodon (and servers with its API)"
    version = 1
    auth: Auth = Bearer()
    pace = Pace(requests=300, seconds=300)
    streams: tuple[Stream, ...] = (
        Stream(
            name="profile",
            holds="the account's name, description, fields and pictures",
            history="as it stands now",
            changes="each change from the first poll on",
        ),
        Stream(
            name="posts",
            holds="the account's statuses, replies, boosts and polls, with files and their descriptions",
            history="all, where the server pages; servers that do not page show their newest ones only",
            changes="edits by their time, removals by looking again",
            not_captured="who boosted or favoured a status, and the drawings of custom emoji",
        ),
        Stream(
            name="comments",
            holds="the thread around a status: what it answers, and the answers to it",
            history="what the home server knows; without a credential at most 60 answers, 20 deep",
            changes="asked again when the number of direct answers or the edit time changes, and in every re-walk",
            not_captured="answers the home server never received; between re-walks, an answer to somebody else's "
            "answer that does not name the account",
        ),
        Stream(
            name="history",
            holds="earlier versions of an edited status",
            history="all the server kept",
            changes="asked once for each edit",
            not_captured="on servers without an edit history: versions between two polls",
        ),
        Stream(
            name="messages",
            holds="conversations addressed directly (credential needed)",
            history="all the server lists",
            changes="asked again when a conversation has a newer message",
            not_captured="conversations on servers that do not list them, and those removed before the first poll",
        ),
        Stream(
            name="mentions",
            holds="statuses of others that name the account (credential needed)",
            history="what the server's notifications still hold",
            changes="edits while the status is listed",
            not_captured="mentions from accounts the server filters or that were dismissed",
        ),
    )

    def first(self, account: Account) -> tuple[Fetch, ...]:
        """Who the account is: by its own credential, else by its public name."""
        if account.credential:
            return (ask(account, "profile", "accounts/verify_credentials"),)
        return (ask(account, "profile", "accounts/lookup", ("acct", local_name(account))),)

    def read(self, account: Account, fetch: Fetch, reply: Reply) -> Page:
        """The statuses a reply holds. Raises Unreadable where it is not the JSON that was asked for."""
        return READERS.get(fetch.stream, read_item)(account, fetch, reply)

    def check(self, account: Account, item: ItemRef) -> Fetch | None:
        """The status, or the profile, by its id."""
        if item.kind is Kind.PROFILE:
            path = f"accounts/{part(item.remote_id.removeprefix('account:'))}"
        else:
            path = f"statuses/{part(item.remote_id)}"
        return ask(account, "item", path, subject=item.remote_id)


CONNECTOR = Mastodon()
