"""X (Twitter): own posts with their edits, mentions, replies, direct messages; every thing that is read is paid for."""

from __future__ import annotations

from collections.abc import Mapping

from archiver.model import Account, Auth, Fetch, ItemRef, Judged, Kind, Pace, Page, Refreshed, Reply, Stream
from connectors import x_errors, x_prices
from connectors.x_pages import READERS, read_item
from connectors.x_requests import one_post, one_profile, profile


class X:
    """The account's own credential is asked with: it tells who it is, what it wrote, and what was written to it."""

    platform = "x"
    title = "X (Twitter)"
    version = 1
    auth: Auth = Refreshed(token_url="https://api.x.com/2/oauth2/token", rotates=True)
    pace = Pace(requests=300, seconds=900)
    streams: tuple[Stream, ...] = (
        Stream(
            name="profile",
            holds="the account's name, description, place, address and pictures, and which post is pinned",
            history="as it stands now",
            changes="each change from the first poll on",
            costs="$0.010 a day (prices of August 2026; what is read again on the same UTC day costs nothing more)",
        ),
        Stream(
            name="posts",
            holds="the account's posts, answers, quotations and reposts, with files, their alternative text and polls; "
            "the posts of others that they refer to are kept beside them as context",
            history="the 3,200 newest; older ones come with the archive that X lets the owner download",
            changes="edits by their history, removals by looking again at a post that is no longer listed, and where "
            "X withholds a post",
            costs="$0.001 for each post read in a day, if X counts the account as the developer's own, else $0.005; "
            "$0.005 for each post it refers to, and $0.010 for each author",
            not_captured="who liked or reposted; the text of articles where X gives no plain text of it (not "
            "confirmed that it does); broadcasts and spaces; whether a file of a post was exchanged without an edit",
        ),
        Stream(
            name="history",
            holds="the earlier versions of an edited post; each has an id of its own, the post is known by the first",
            history="all that X kept (five edits at most)",
            changes="asked once for each edit",
            costs="$0.005 for each version, once",
            not_captured="versions of posts edited before 29 September 2022, for which X tells no history",
        ),
        Stream(
            name="comments",
            holds="replies in conversations that the account began, by anybody to anybody; in conversations of others, "
            "replies to the account",
            history="seven days: the search goes no further, and posts older than that are not searched for",
            changes="searched again when the number of replies changes, and in every re-walk of those seven days; "
            "removals by looking again",
            costs="$0.005 for each reply found in a day, and $0.010 for each author",
            not_captured="replies made while nothing was polled for seven days; later replies that do not name the "
            "account; replies by protected accounts and those the search leaves out. Hidden replies are marked hidden "
            "where X says so; not confirmed that its API ever does",
        ),
        Stream(
            name="mentions",
            holds="posts of others that name the account or answer it",
            history="the 800 newest",
            changes="edits while listed, removals by looking again",
            costs="$0.001 for each mention read in a day, or $0.005, as with posts, and $0.010 for each author; the "
            "ten newest are read at least",
            not_captured="mentions by protected accounts that the account does not follow",
        ),
        Stream(
            name="messages",
            holds="direct messages of one or more people, with files, shared posts, and who joined or left",
            history="30 days: what is older than the first poll's reach, or than 30 days after a pause, is lost here; "
            "the archive that X lets the owner download may still hold it",
            changes="a message that is listed again with another text",
            costs="$0.010 for each message read in a day, and for each sender; the ten newest are read at least",
            not_captured="encrypted chats (they are told apart, and only by keys of the owner's device); removals, as "
            "a message that is no longer listed may be older than 30 days; reactions; a post shared in a message, "
            "where it has files, but for its id. Not confirmed: in which form files of messages are offered",
        ),
    )

    def first(self, account: Account) -> tuple[Fetch, ...]:
        """Whose credential it is; everything else hangs on the user id it tells."""
        return (profile(account),)

    def read(self, account: Account, fetch: Fetch, reply: Reply) -> Page:
        """The posts, messages or user a reply holds. Raises Unreadable where it is not a reply of version 2."""
        return READERS.get(fetch.stream, read_item)(account, fetch, reply)

    def judge(self, account: Account, fetch: Fetch, reply: Reply) -> Judged | None:  # noqa: ARG002 - the contract
        """What X's problem documents and numbered errors mean, also those beside a status of 200."""
        return x_errors.judge(reply)

    def check(self, account: Account, item: ItemRef) -> Fetch | None:
        """The post or user by its id; no message, since X forgets them after 30 days by itself."""
        if item.remote_id.startswith("dm:"):
            return None
        if item.kind is Kind.PROFILE:
            return one_profile(account, item.remote_id)
        return one_post(account, item.remote_id, item.link)

    def estimate(self, fetch: Fetch) -> int:
        """The most a fetch can cost, in millionths of a dollar."""
        return x_prices.most(fetch)

    def price(self, fetch: Fetch, page: Page) -> int:
        """What a read page cost, in millionths of a dollar, were nothing of it read before on the same day."""
        return sum(self.bill(fetch, page).values())

    def bill(self, fetch: Fetch, page: Page) -> Mapping[str, int]:
        """What each thing of a page costs; X charges it once in a UTC day."""
        return x_prices.bill(fetch, page)


CONNECTOR = X()
