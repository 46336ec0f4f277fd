"""Instagram professional accounts, by Instagram's own log-in or through the Facebook Page they belong to."""

from __future__ import annotations

from archiver.model import Account, Auth, Bearer, Fetch, ItemRef, Judged, Pace, Page, Prolonged, Reply, Stream
from connectors.graph_errors import judged
from connectors.graph_nodes import told_page
from connectors.graph_usage import pause
from connectors.instagram_asking import by_facebook, item_fetch, who
from connectors.instagram_pages import READERS


class Instagram:
    """The account's address decides on the log-in: https://graph.instagram.com/v26.0, its token prolonged before its
    60 days are over, or https://graph.facebook.com/v26.0 with the page's token (the option `login` says it otherwise).
    """

    platform = "instagram"
    title = "Instagram professional account"
    version = 1
    auth: Auth = Prolonged(path="/refresh_access_token", params=(("grant_type", "ig_refresh_token"),))
    pace = Pace(requests=60, seconds=60)
    streams: tuple[Stream, ...] = (
        Stream(
            name="profile",
            holds="the account's name, biography, website and picture, and the version of the API that answers",
            history="as it stands now",
            changes="each change from the first poll on",
            not_captured="personal accounts, which have no API. The token is sent in the Authorization header; that "
            "the platform takes it there everywhere is not confirmed",
        ),
        Stream(
            name="token",
            holds="notices of the days left to a page's token and of permissions it lacks; nothing of it is a record",
            history="as it stands now",
            changes="asked once a day, with a page's token only: the other kind is prolonged 20 days before it lapses",
            not_captured="the state of a token of Instagram's own log-in. One that has lapsed cannot be prolonged",
        ),
        Stream(
            name="posts",
            holds="posts, reels and albums with all their parts, captions, alternative texts and counts",
            history="the 10,000 newest",
            changes="edits, which the platform does not date, and removals when walked again",
            not_captured="earlier captions (no edit history is given), music, files the platform withholds for "
            "copyright (their address is missing), who liked, and alternative texts before version 22 of the API",
        ),
        Stream(
            name="stories",
            holds="stories with their photo or video",
            history="24 hours: the account must be polled at least twice a day",
            changes="none: a story that ends is not taken for removed",
            not_captured="stories that came and went between two polls; links, stickers, polls and answers on a story; "
            "stories of others that were shared anew",
        ),
        Stream(
            name="comments",
            holds="comments on the account's posts and reels with all replies (one level), hidden ones too",
            history="all the platform shows; live broadcasts and media for adults only: none",
            changes="asked again when their number changes, and in every re-walk",
            not_captured="earlier texts of a comment; comments made and removed between two polls; that the last "
            "comment below a post older than 30 days was removed, until it has another one",
        ),
        Stream(
            name="mentions",
            holds="posts of others in which the account is tagged",
            history="what the platform lists",
            changes="edits while a post is listed",
            not_captured="mentions by name in captions and comments of others, of which the platform tells only at the "
            "moment they are made, to a public address this archive does not have; private posts that tag the account",
        ),
        Stream(
            name="conversations",
            holds="the newest message of each conversation",
            history="all the platform lists; requests not accepted within 30 days vanish",
            changes="in every run",
            not_captured="conversations in the requests folder that were idle for 30 days",
        ),
        Stream(
            name="messages",
            holds="private messages with attachments, shares, answers to stories and counts of reactions",
            history="only the 20 newest messages of each conversation can be read, ever: older ones answer as removed",
            changes="asked again when a conversation has a newer message, and in every re-walk",
            not_captured="messages beyond the 20 newest at the time of a poll, so that more than 20 between two polls "
            "are lost for good; removals, which cannot be told from age; what the platform calls unsupported",
        ),
    )

    def auth_for(self, account: Account) -> Auth:
        """A page's token is sent as it is; one of Instagram's own log-in is prolonged before it lapses."""
        return Bearer() if by_facebook(account) else self.auth

    def first(self, account: Account) -> tuple[Fetch, ...]:
        """Whom the token speaks for."""
        return (who(account),)

    def read(self, account: Account, fetch: Fetch, reply: Reply) -> Page:
        """What a reply holds. Raises Unreadable where it is not the JSON that was asked for."""
        return told_page(account, reply, READERS[fetch.stream](account, fetch, reply))

    def check(self, account: Account, item: ItemRef) -> Fetch | None:
        """The item by its id, where it does not end by itself."""
        return item_fetch(account, item)

    def judge(self, _account: Account, fetch: Fetch, reply: Reply) -> Judged | None:
        """What an error of the Graph API means, whatever its status."""
        return judged(fetch, reply)

    def pause(self, reply: Reply) -> float:
        """Slower from 75 % of an allowance, and not at all from 90 %."""
        return pause(reply)


CONNECTOR = Instagram()
