"""Bluesky and other servers of the AT Protocol: an account's own repository, and what others answer to it."""

from __future__ import annotations

from collections.abc import Callable

from archiver.model import Account, Auth, Fetch, ItemRef, Judged, Pace, Page, Reply, Session, Stream
from connectors import bluesky_errors
from connectors.bluesky_account import read_profile, read_repository, read_revision, read_session
from connectors.bluesky_chat import read_conversations, read_messages
from connectors.bluesky_pages import read_counts, read_item, read_mentions, read_quotes, read_records, read_thread
from connectors.bluesky_requests import address, own, repo_of, view

_READERS: dict[str, Callable[[Account, Fetch, Reply], Page]] = {
    "com.atproto.repo.describeRepo": read_repository,
    "com.atproto.server.getSession": read_session,
    "com.atproto.sync.getLatestCommit": read_revision,
    "com.atproto.repo.listRecords": read_records,
    "com.atproto.repo.getRecord": read_item,
    "app.bsky.actor.getProfile": read_profile,
    "app.bsky.feed.getPosts": read_counts,
    "app.bsky.feed.getPostThread": read_thread,
    "app.bsky.feed.getQuotes": read_quotes,
    "app.bsky.notification.listNotifications": read_mentions,
    "chat.bsky.convo.listConvos": read_conversations,
    "chat.bsky.convo.getMessages": read_messages,
}


class Bluesky:
    """Own records come from the account's server, answers and counts from the application view, chat by its service."""

    platform = "bluesky"
    title = "Bluesky (and servers of the AT Protocol)"
    version = 1
    auth: Auth = Session(
        login="/xrpc/com.atproto.server.createSession",
        refresh="/xrpc/com.atproto.server.refreshSession",
        token_field="accessJwt",
        refresh_field="refreshJwt",
    )
    pace = Pace(requests=1500, seconds=300)  # half of what a server allows one address
    streams: tuple[Stream, ...] = (
        Stream(
            name="profile",
            holds="the account's handle and server; name, description and numbers as the application view shows them",
            history="as it stands now",
            changes="each change from the first poll on",
        ),
        Stream(
            name="posts",
            holds="the account's posts and answers with rich text, own labels, link cards and quotations; pictures, "
            "videos and caption files as they were uploaded, with their descriptions",
            history="all in the repository",
            changes="each change of content makes a version (the content address differs); removals by looking again",
            not_captured="versions and posts that came and went between two polls; whether a missing post was removed "
            "by its author or by the server's moderators; the pages behind link cards. Times are those the account's "
            "software claimed",
        ),
        Stream(
            name="records",
            holds="every other record of the repository: profile, reposts, likes, follows, lists, thread rules with "
            "the answers they hide, and kinds this connector does not know, with all their fields",
            history="all in the repository",
            changes="as for posts",
            not_captured="settings that are kept outside the repository",
        ),
        Stream(
            name="revision",
            holds="the repository listed anew, from its beginning, whenever its revision has changed",
            history="all in the repository",
            changes="edits and removals of any age, at the next poll; likes, follows, blocks and list entries in the "
            "re-walks only",
            not_captured="the signed commits themselves: repository files (CAR) and the event stream are not read",
        ),
        Stream(
            name="counts",
            holds="likes, reposts, answers, quotations, and the labels others put on own posts, over time",
            history="of the newest hundred posts in each poll, of older ones in the re-walks",
            changes="each change that a poll meets",
            not_captured="who liked or reposted; whether the application view hides a post without a label",
        ),
        Stream(
            name="comments",
            holds="the thread around a post: what it answers, and the answers to it, 80 levels at a time",
            history="what the application view shows",
            changes="asked again when the number of direct answers changes, when an answer is notified (credential "
            "needed), and in every re-walk; answers the account hid are marked",
            not_captured="posts of accounts that block or are blocked (their number is kept); of others' pictures the "
            "copy the application view serves, and none of their videos; between re-walks, an answer to somebody "
            "else's answer that is not notified",
        ),
        Stream(
            name="quotes",
            holds="posts of others that quote one of the account's",
            history="what the application view shows",
            changes="asked again when their number changes",
            not_captured="quotations by accounts that block or are blocked, and edits of a quotation in between",
        ),
        Stream(
            name="mentions",
            holds="posts of others that name, answer or quote the account, by its notifications (credential needed)",
            history="what the notifications still hold",
            changes="while they are listed",
            not_captured="posts of accounts it has muted or blocked (not confirmed)",
        ),
        Stream(
            name="messages",
            holds="conversations and their messages with quoted posts and reactions, by the chat service (an app "
            "password with access to direct messages is needed)",
            history="all the chat service lists",
            changes="asked again when a conversation has a newer revision; what the service calls deleted is marked, "
            "and the words kept before stay",
            not_captured="messages that came and were deleted between two polls (only that there was one), and "
            "conversations left before the first poll",
        ),
    )

    def first(self, account: Account) -> tuple[Fetch, ...]:
        """The account's repository by its handle, later by its DID; and whom the credential speaks for."""
        repository = own(account, "profile", "com.atproto.repo.describeRepo", (("repo", repo_of(account)),))
        session = own(account, "profile", "com.atproto.server.getSession", ())
        return (repository, session) if account.credential else (repository,)

    def read(self, account: Account, fetch: Fetch, reply: Reply) -> Page:
        """What a reply holds. Raises Unreadable where it is not the JSON that was asked for."""
        return _READERS.get(fetch.url.rpartition("/")[2], read_item)(account, fetch, reply)

    def judge(self, _account: Account, fetch: Fetch, reply: Reply) -> Judged | None:
        """What an error means; most come with status 400, and a missing post with 200."""
        return bluesky_errors.judge(fetch, reply)

    def check(self, account: Account, item: ItemRef) -> Fetch | None:
        """Own records on the account's server, others' posts by the application view; messages have no such way."""
        did, collection, key = address(item.remote_id)
        if did and did == account.platform_id:
            params = (("repo", did), ("collection", collection), ("rkey", key))
            return own(account, "item", "com.atproto.repo.getRecord", params, subject=item.remote_id)
        if did:
            params = (("uri", item.remote_id), ("depth", "0"), ("parentHeight", "0"))
            return view(account, "item", "app.bsky.feed.getPostThread", params, subject=item.remote_id)
        return None


CONNECTOR = Bluesky()
