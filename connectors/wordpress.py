"""WordPress sites through their REST API: posts, pages, threaded comments, media, revisions."""

from __future__ import annotations

from archiver.model import Account, Auth, Basic, Fetch, ItemRef, Pace, Page, Reply, Stream
from connectors.wordpress_pages import NAMED, READERS, ask, collection_of


class WordPress:
    """The account's address is the site's root; with an application password also what visitors do not see."""

    platform = "wordpress"
    title = "WordPress site"
    version = 1
    auth: Auth = Basic()
    pace = Pace(requests=60, seconds=60)
    streams: tuple[Stream, ...] = (
        Stream(
            name="site",
            holds="the site's address and name, by which it is recognised",
            history="as it stands now",
            changes="in every run",
        ),
        Stream(
            name="posts",
            holds="posts by date; with an editor's application password also drafts, private ones and the trash",
            history="all the site keeps",
            changes="edits in `post-edits`, removals by looking again",
            not_captured="post types of plugins, forms, menus and widgets, likes kept by plugins; the text of what a "
            "password protects, without a credential",
        ),
        Stream(
            name="pages",
            holds="pages by date, with the same rights as posts",
            history="all the site keeps",
            changes="edits in `page-edits`, removals by looking again",
            not_captured="what a theme or page builder adds outside the page's content",
        ),
        Stream(
            name="post-edits",
            holds="posts by the time of their last change",
            history="all the site keeps",
            changes="an edit of a post of any age is seen in the next run",
        ),
        Stream(
            name="page-edits",
            holds="pages by the time of their last change",
            history="all the site keeps",
            changes="an edit of a page of any age is seen in the next run",
        ),
        Stream(
            name="media",
            holds="the media library: files, alternative texts, captions",
            history="all that visitors may see, or all with a credential",
            changes="when walked again",
            not_captured="the smaller copies WordPress makes of a picture",
        ),
        Stream(
            name="comments",
            holds="comments of all posts and pages as a tree, pingbacks too; with a moderator's application password "
            "also what is held, spam or in the trash",
            history="all the site keeps",
            changes="edits and removals when walked again: WordPress gives no time for either",
            not_captured="comments kept by a service outside the site",
        ),
        Stream(
            name="history",
            holds="the revisions of a post or page (credential needed)",
            history="as many as the site is set to keep",
            changes="asked once for each change of a post or page",
            not_captured="revisions the site has already thrown away",
        ),
    )

    def first(self, account: Account) -> tuple[Fetch, ...]:
        """The root of the API, in which the site names itself."""
        return (ask(account, "site", "/", ("_fields", "name,url,home,namespaces")),)

    def read(self, account: Account, fetch: Fetch, reply: Reply) -> Page:
        """What a reply holds. Raises Unreadable where it is not the JSON that was asked for."""
        return READERS[fetch.stream](account, fetch, reply)

    def check(self, account: Account, item: ItemRef) -> Fetch | None:
        """The item by its number."""
        collection, number = collection_of(item.remote_id)
        asked = (NAMED, ("context", "edit")) if account.credential else (NAMED,)
        path = f"/wp/v2/{collection}/{number}"
        return ask(account, "item", path, *asked, subject=item.remote_id) if collection else None


CONNECTOR = WordPress()
