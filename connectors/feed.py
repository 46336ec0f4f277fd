"""Feeds of any public blog or site: RSS 0.9 to 2.0, Atom and JSON Feed."""

from __future__ import annotations

from archiver.model import Account, Auth, Fetch, ItemRef, NoAuth, Pace, Page, Reply, Stream
from connectors import json_feed, xml_feed
from connectors.links import web_address


class Feed:
    """A feed shows its newest entries only: what has left it may still be on the site."""

    platform = "feed"
    title = "Blog or site feed (RSS, Atom, JSON Feed)"
    version = 1
    auth: Auth = NoAuth()
    pace = Pace(requests=30, seconds=60)
    streams: tuple[Stream, ...] = (
        Stream(
            name="posts",
            holds="the entries of the feed: text, author, categories, links, enclosed files",
            history="what the feed shows, often the newest 10 to 50; older ones where the feed links to its archive",
            changes="an edit while the entry is still in the feed; a removal only by looking at the entry's own page",
            not_captured="what left the feed before the first poll, pictures inside the text, the linked page",
        ),
        Stream(
            name="comments",
            holds="comments on an entry, where the entry names a feed of its comments",
            history="what that feed shows, often the newest 10",
            changes="asked again when the entry's comment count changes, or in every run where no count is given",
            not_captured="comments kept by a service outside the site",
        ),
    )

    def first(self, account: Account) -> tuple[Fetch, ...]:
        """The feed itself."""
        return (Fetch(stream="posts", url=account.url),)

    def read(self, account: Account, fetch: Fetch, reply: Reply) -> Page:
        """The entries a feed shows. An entry's own page (`item`) only tells that its address answers."""
        if fetch.stream == "item":
            return Page(flags=("link-answers",))
        if reply.body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
            return json_feed.read(account, fetch, reply)
        return xml_feed.read(account, fetch, reply)

    def check(self, account: Account, item: ItemRef) -> Fetch | None:
        """The page an entry links to."""
        url = web_address(account.url, item.link)
        return Fetch(stream="item", url=url, subject=item.remote_id) if url else None


CONNECTOR = Feed()
