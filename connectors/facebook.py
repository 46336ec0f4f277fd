"""Facebook Pages through the Graph API, with the page's own access token."""

from __future__ import annotations

from archiver.model import Account, Auth, Bearer, Fetch, ItemRef, Judged, Pace, Page, Reply, Stream
from connectors.facebook_asking import item_fetch
from connectors.facebook_pages import READERS
from connectors.graph_asking import ask
from connectors.graph_errors import judged
from connectors.graph_nodes import told_page
from connectors.graph_usage import pause

_WALKED = "edits, which the platform does not date, and removals when walked again"


class Facebook:
    """The account's address is https://graph.facebook.com/v26.0 (or another version), its credential a page token."""

    platform = "facebook"
    title = "Facebook Page"
    version = 1
    auth: Auth = Bearer()
    pace = Pace(requests=60, seconds=60)
    streams: tuple[Stream, ...] = (
        Stream(
            name="profile",
            holds="the page's name, description, addresses and pictures, and the version of the API that answers",
            history="as it stands now",
            changes="each change from the first poll on",
            not_captured="anything of an app that is set to ask for a proof (appsecret_proof) with each request. The "
            "token is sent in the Authorization header; that the platform takes it there everywhere is not confirmed",
        ),
        Stream(
            name="token",
            holds="notices of the days left to the token and to its access to data, and of permissions it lacks; "
            "nothing of it is a record",
            history="as it stands now",
            changes="asked once a day",
            not_captured="the token's state where the platform lets only the app ask for it",
        ),
        Stream(
            name="posts",
            holds="what the page published, with files, links, places, shares of others' posts, hidden state, and "
            "counts of comments, shares and reactions",
            history="all the platform lists",
            changes=_WALKED,
            not_captured="earlier texts of an edited post (no edit history is given), expired posts, who reacted, "
            "who shared",
        ),
        Stream(
            name="feed",
            holds="the page's feed: unpublished, scheduled and hidden posts, and posts that others left there",
            history="about 600 posts of a year, which the platform chooses",
            changes="edits and hidden state while a post is listed",
            not_captured="what the platform leaves out of the feed; reels, which stand in their own listing",
        ),
        Stream(
            name="reels",
            holds="the page's reels with their video",
            history="all the platform lists",
            changes=_WALKED,
            not_captured="music the platform keeps apart; the video where it withholds its address",
        ),
        Stream(
            name="visitors",
            holds="posts that visitors left on the page",
            history="all the platform lists",
            changes=_WALKED,
            not_captured="names of visitors, where the token may not see them",
        ),
        Stream(
            name="tagged",
            holds="public posts of others that tag the page",
            history="what the platform lists",
            changes="edits while a post is listed",
            not_captured="posts that tag the page and are not public, the comments below them, comments elsewhere that "
            "name the page",
        ),
        Stream(
            name="shared",
            holds="posts of others that the page shared, kept beside its own as context",
            history="as it stood when the share was found",
            changes="none: it is somebody else's post",
            not_captured="shared posts that are not public; what changed in them later",
        ),
        Stream(
            name="stories",
            holds="the page's stories, with the photo or video of each",
            history="24 hours, or longer with the page's story archive, without which the platform may list none",
            changes="none: a story that ends is not taken for removed",
            not_captured="text, links and stickers drawn on a story; stories that came and went between two polls",
        ),
        Stream(
            name="photos",
            holds="uploaded photos with captions and alternative texts (the page's own, else the platform's)",
            history="all the platform lists",
            changes=_WALKED,
            not_captured="comments below a single photo of an album",
        ),
        Stream(
            name="videos",
            holds="the videos of stories",
            history="as long as the story is listed",
            changes="asked once",
        ),
        Stream(
            name="captions",
            holds="caption files of reels and of videos in posts, by language",
            history="as they stand when the video is first seen or changed",
            changes="asked again when the platform dates a change of the post",
            not_captured="captions drawn into the picture, and those the platform makes only while playing",
        ),
        Stream(
            name="comments",
            holds="comments on posts, reels and recommendations with all replies, hidden and private ones too",
            history="all the platform shows to a token that may moderate the page",
            changes="asked again when their number or the post's time changes, and in every re-walk",
            not_captured="earlier texts of an edited comment; comments of people who blocked the page; names, where "
            "the token may not see them. A comment without an id is known by its address, or told as unreadable",
        ),
        Stream(
            name="reviews",
            holds="recommendations and ratings with their text",
            history="what the platform lists",
            changes="edits while a recommendation is listed",
            not_captured="recommendations not shown to the page; one without its own id is known by its writer",
        ),
        Stream(
            name="conversations",
            holds="the newest message of each conversation in the page's inbox",
            history="all the platform lists",
            changes="in every run",
            not_captured="folders the platform keeps apart from the inbox (spam, requests not yet accepted)",
        ),
        Stream(
            name="messages",
            holds="private messages with attachments, stickers, shares and counts of reactions",
            history="all the platform gives of a conversation",
            changes="asked again when a conversation has a newer message, and in every re-walk",
            not_captured="calls, messages encrypted end to end, messages unsent before they were seen, who reacted (in "
            "the kept reply only), what the platform calls unsupported",
        ),
        Stream(
            name="blocked",
            holds="people and pages that the page blocks, as a dated list",
            history="as it stands on the day",
            changes="asked once a day; each change of the list is a version",
            not_captured="when somebody was blocked, by whom, and who is only restricted",
        ),
    )

    def first(self, account: Account) -> tuple[Fetch, ...]:
        """Whom the token speaks for."""
        return (ask(account, "profile", "me", kind="page"),)

    def read(self, account: Account, fetch: Fetch, reply: Reply) -> Page:
        """What a reply holds. Raises Unreadable where it is not the JSON that was asked for."""
        return told_page(account, reply, READERS[fetch.stream](account, fetch, reply))

    def check(self, account: Account, item: ItemRef) -> Fetch | None:
        """The item by its id, where it has an address of its own."""
        return item_fetch(account, item)

    def judge(self, _account: Account, fetch: Fetch, reply: Reply) -> Judged | None:
        """What an error of the Graph API means, whatever its status."""
        return judged(fetch, reply)

    def pause(self, reply: Reply) -> float:
        """Slower from 75 % of an allowance, and not at all from 90 %."""
        return pause(reply)


CONNECTOR = Facebook()
