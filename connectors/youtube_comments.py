"""What others say below a video: threads of comments with their replies, and the messages of a live chat."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from archiver.model import Account, Author, Fetch, Kind, Media, Snapshot, Unread, Visibility
from connectors.fields import another, at, counters, pairs, rows, text
from connectors.html_text import plain
from connectors.times import read_time
from connectors.youtube_asking import is_owner, resource, stands_under
from connectors.youtube_items import later, watch

STATES = {
    "published": Visibility.PUBLIC,
    "heldForReview": Visibility.HELD,
    "likelySpam": Visibility.HIDDEN,
    "rejected": Visibility.HIDDEN,
}
CHAT_KINDS = frozenset(
    {
        "textMessageEvent", "tombstone", "fanFundingEvent", "chatEndedEvent", "sponsorOnlyModeStartedEvent",
        "sponsorOnlyModeEndedEvent", "newSponsorEvent", "memberMilestoneChatEvent", "membershipGiftingEvent",
        "giftMembershipReceivedEvent", "messageDeletedEvent", "messageRetractedEvent", "userBannedEvent",
        "superChatEvent", "superStickerEvent", "pollEvent", "giftEvent",
    }
)  # fmt: skip
_PAID = ("superChatDetails", "superStickerDetails", "fanFundingEventDetails")


def thread(node: Any, source: str, fetch: Fetch) -> Iterator[Snapshot | Unread]:
    """The comment that began a thread, and the replies that came along."""
    said = at(node, "snippet")
    under = stands_under(node)
    public = at(said, "isPublic") is not False
    unsaid = STATES.get(fetch.hint if fetch.stream == "held" else "", Visibility.HIDDEN)
    first = at(said, "topLevelComment")
    if not isinstance(first, dict):
        yield Unread(source=source, reason="a thread without the comment that began it")
    else:
        found = Visibility.PUBLIC if public and fetch.stream != "held" else unsaid
        yield _comment(first, f"{source}/snippet/topLevelComment", under, "", found)
    above = text(node, "id") or text(first, "id")
    for n, reply in enumerate(rows(node, "replies", "comments")):
        yield _comment(reply, f"{source}/replies/comments/{n}", under, above, Visibility.PUBLIC if public else unsaid)


def comment(account: Account, node: Any, source: str, fetch: Fetch) -> Snapshot | Unread:
    """A comment or reply by itself. Looked at directly, its owner is not told who else may see it."""
    direct = fetch.stream == "item" and is_owner(account)
    above = fetch.subject or "" if fetch.stream == "comments" and resource(fetch) == "comments" else ""
    return _comment(node, source, fetch.hint, above, Visibility.UNKNOWN if direct else Visibility.PUBLIC)


def _comment(node: Any, source: str, under: str, above: str, unsaid: Visibility) -> Snapshot | Unread:
    """`under`: what the thread stands under; `above`: the comment it answers; `unsaid`: if no state is told."""
    number, said = text(node, "id"), at(node, "snippet")
    if not number:
        return Unread(source=source, reason="a comment without an id")
    created, raw = read_time(at(said, "publishedAt"))
    place = text(said, "videoId") or under
    answered = text(said, "parentId") or above or number.partition(".")[0]  # a reply is named PARENT.REPLY
    state = text(said, "moderationStatus")
    shown = text(said, "textDisplay")
    return Snapshot(
        kind=Kind.COMMENT,
        remote_id=number,
        author=_author(said),
        created=created,
        created_raw=raw,
        edited=later(said),
        text=plain(shown) if shown else text(said, "textOriginal"),
        markup=shown,
        link="" if not place or place.startswith("channel:") else watch(place, number),
        parent=another(answered, number) or another(place, number),
        thread=another(place, number),
        media=_image(number, said),
        visibility=STATES.get(state, Visibility.UNKNOWN) if state else unsaid,
        source=source,
        counters=counters(said, {"likes": "likeCount"}),
    )


def chat_message(node: Any, source: str, video: str) -> Snapshot | Unread:
    """A message or event of a live chat. What was removed from it is told by an event of its own."""
    number, said = text(node, "id"), at(node, "snippet")
    if not number:
        return Unread(source=source, reason="a chat message without an id")
    created, raw = read_time(at(said, "publishedAt"))
    who, form = at(node, "authorDetails"), text(said, "type")
    return Snapshot(
        kind=Kind.COMMENT,
        remote_id=f"chat:{number}",
        author=_named(text(who, "channelId") or text(said, "authorChannelId"), text(who, "displayName")),
        created=created,
        created_raw=raw,
        text=text(said, "textMessageDetails", "messageText") or text(said, "displayMessage"),
        parent=video or None,
        thread=video or None,
        visibility=Visibility.HIDDEN if form == "tombstone" else Visibility.PUBLIC,
        source=source,
        details=(("form", "live chat"), *_chat_details(said, form)),
    )


def _chat_details(said: Any, form: str) -> Iterator[tuple[str, str]]:
    removed = text(said, "messageDeletedDetails", "deletedMessageId") or text(
        said, "messageRetractedDetails", "retractedMessageId"
    )
    banned = at(said, "userBannedDetails", "bannedUserDetails")
    yield from pairs(
        event=form if form != "textMessageEvent" else "",
        removes=f"chat:{removed}" if removed else "",
        bans=text(banned, "channelId") or text(banned, "displayName"),
    )
    for name in _PAID:
        yield from pairs(
            paid=text(said, name, "amountDisplayString"),
            says=text(said, name, "userComment"),
            sticker=text(said, name, "superStickerMetadata", "altText"),
        )
    yield from pairs(
        poll=text(said, "pollDetails", "metadata", "questionText"), poll_state=text(said, "pollDetails", "status")
    )


def _author(said: Any) -> Author:
    return _named(text(said, "authorChannelId", "value"), text(said, "authorDisplayName"))


def _named(number: str, name: str) -> Author:
    """Somebody by channel id; what is shown as their name is mostly their handle."""
    return Author(id=number, handle=name if name.startswith("@") else "", name=name)


def _image(number: str, said: Any) -> tuple[Media, ...]:
    url = text(said, "imageUrl")
    return (Media(id=f"{number}:image", url=url, type="image"),) if url else ()
