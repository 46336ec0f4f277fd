"""The resources of a YouTube channel as snapshots: the channel, videos, playlists and their entries, caption tracks.

What a resource becomes depends on the resource alone, never on the list it was found in.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

from archiver.model import Account, Author, Kind, Media, Snapshot, Unread, Visibility
from connectors.fields import at, counters, pairs, rows, text
from connectors.times import read_time
from connectors.youtube_asking import is_owner

SITE = "https://www.youtube.com/"
PRIVACY = {
    "public": Visibility.PUBLIC,
    "unlisted": Visibility.UNLISTED,
    "private": Visibility.PRIVATE,
    "": Visibility.PUBLIC,  # not told: what is shown without a word is shown to everybody
}
_SIZES = ("maxres", "standard", "high", "medium", "default")
_VIDEO_COUNTS = {"views": "viewCount", "likes": "likeCount", "dislikes": "dislikeCount", "comments": "commentCount"}
_CHANNEL_COUNTS = {"subscribers": "subscriberCount", "views": "viewCount", "videos": "videoCount"}


def video(node: Any, source: str) -> Snapshot | Unread:
    """A video, stream or short with its description. When it was last edited is not told."""
    number = text(node, "id")
    if not number:
        return Unread(source=source, reason="a video without an id")
    said = at(node, "snippet")
    created, raw = read_time(at(said, "publishedAt"))
    live = counters(at(node, "liveStreamingDetails"), {"viewers": "concurrentViewers"})
    return Snapshot(
        kind=Kind.POST,
        remote_id=number,
        author=_owner(said),
        created=created,
        created_raw=raw,
        title=text(said, "title"),
        text=text(said, "description"),
        link=watch(number),
        thread=number,
        media=_thumbnail(number, said),
        visibility=_privacy(node),
        language=text(said, "defaultAudioLanguage") or text(said, "defaultLanguage"),
        source=source,
        counters=counters(at(node, "statistics"), _VIDEO_COUNTS) | live,
        details=(*_video_details(node), *_words(node)),
    )


def channel(node: Any, source: str) -> Snapshot | Unread:
    """The channel's own description of itself; its pictures by the names of their files."""
    number = text(node, "id")
    if not number:
        return Unread(source=source, reason="a channel without an id")
    said, branding = at(node, "snippet"), at(node, "brandingSettings")
    created, raw = read_time(at(said, "publishedAt"))
    pictures = (
        (text(said, "thumbnails", "high", "url") or text(said, "thumbnails", "default", "url"), "channel picture"),
        (text(branding, "image", "bannerExternalUrl"), "banner"),
    )
    files = {_picture(url): Media(id=_picture(url), url=url, type="image", alt=alt) for url, alt in pictures if url}
    named = pairs(
        handle=text(said, "customUrl"),
        country=text(said, "country"),
        keywords=text(branding, "channel", "keywords"),
        trailer=text(branding, "channel", "unsubscribedTrailer"),
    )
    return Snapshot(
        kind=Kind.PROFILE,
        remote_id=f"channel:{number}",
        author=Author(id=number, handle=text(said, "customUrl"), name=text(said, "title")),
        created=created,
        created_raw=raw,
        title=text(said, "title"),
        text=text(said, "description"),
        link=f"{SITE}channel/{quote(number, safe='')}",
        media=tuple(files.values()),
        visibility=_privacy(node),
        source=source,
        counters=counters(at(node, "statistics"), _CHANNEL_COUNTS),
        details=(*named, *_words(node)),
    )


def playlist(node: Any, source: str) -> Snapshot | Unread:
    """A playlist's name and description; what it holds are entries of their own."""
    number = text(node, "id")
    if not number:
        return Unread(source=source, reason="a playlist without an id")
    said = at(node, "snippet")
    created, raw = read_time(at(said, "publishedAt"))
    return Snapshot(
        kind=Kind.PAGE,
        remote_id=number,
        author=_owner(said),
        created=created,
        created_raw=raw,
        title=text(said, "title"),
        text=text(said, "description"),
        link=f"{SITE}playlist?list={quote(number, safe='')}",
        visibility=_privacy(node),
        language=text(said, "defaultLanguage"),
        source=source,
        counters=counters(at(node, "contentDetails"), {"entries": "itemCount"}),
        details=(*pairs(podcast=text(node, "status", "podcastStatus")), *_words(node)),
    )


def entry(node: Any, source: str) -> Snapshot | Unread:
    """A video in a playlist. Its place is counted only: one more at the top moves all others."""
    number, said = text(node, "id"), at(node, "snippet")
    shown = shown_video(node)
    if not number:
        return Unread(source=source, reason="an entry of a playlist without an id")
    created, raw = read_time(at(said, "publishedAt"))
    span = at(node, "contentDetails")
    return Snapshot(
        kind=Kind.SHARE,
        remote_id=number,
        author=Author(id=text(said, "channelId"), name=text(said, "channelTitle")),
        created=created,
        created_raw=raw,
        title=text(said, "title"),
        text=text(span, "note"),
        link=watch(shown) if shown else "",
        parent=text(said, "playlistId") or None,
        thread=text(said, "playlistId") or None,
        visibility=_privacy(node),
        source=source,
        counters=counters(said, {"position": "position"}),
        details=pairs(
            video=shown,
            by=text(said, "videoOwnerChannelId"),
            starts=text(span, "startAt"),
            ends=text(span, "endAt"),
        ),
    )


def caption(account: Account, node: Any, source: str) -> Snapshot | Unread:
    """A caption track: its file is named anew when the track changes; only the owner may have it."""
    number, said = text(node, "id"), at(node, "snippet")
    if not number:
        return Unread(source=source, reason="a caption track without an id")
    changed, raw = read_time(at(said, "lastUpdated"))
    url = f"{account.url.rstrip('/')}/captions/{quote(number, safe='')}" if is_owner(account) else ""
    told = text(said, "lastUpdated")
    name = " ".join(part for part in (text(said, "language"), text(said, "name")) if part)
    return Snapshot(
        kind=Kind.MEDIA,
        remote_id=f"caption:{number}",
        edited=changed,
        created_raw=raw,
        title=f"Captions {name}".strip(),
        parent=text(said, "videoId") or None,
        thread=text(said, "videoId") or None,
        media=(Media(id=f"{number}:{told}", url=url, type="captions", alt=name),),
        visibility=Visibility.DRAFT if at(said, "isDraft") is True else Visibility.PUBLIC,
        language=text(said, "language"),
        source=source,
        details=pairs(
            track=text(said, "trackKind"),
            audio=text(said, "audioTrackType"),
            status=text(said, "status"),
            failed=text(said, "failureReason"),
        ),
    )


def shown_video(node: Any) -> str:
    """The id of the video that an entry of a playlist shows."""
    return text(node, "contentDetails", "videoId") or text(node, "snippet", "resourceId", "videoId")


def watch(video_id: str, comment_id: str = "") -> str:
    """The address of a video, or of a comment below it."""
    place = f"&lc={quote(comment_id, safe='')}" if comment_id else ""
    return f"{SITE}watch?v={quote(video_id, safe='')}{place}"


def later(node: Any) -> datetime | None:
    """When a comment was last edited: its change, where that lies after its making."""
    made, changed = read_time(at(node, "publishedAt"))[0], read_time(at(node, "updatedAt"))[0]
    return changed if changed and (made is None or changed > made) else None


def _owner(said: Any) -> Author:
    return Author(id=text(said, "channelId"), name=text(said, "channelTitle"))


def _privacy(node: Any) -> Visibility:
    return PRIVACY.get(text(node, "status", "privacyStatus"), Visibility.UNKNOWN)


def _thumbnail(number: str, said: Any) -> tuple[Media, ...]:
    """The largest still picture; its address stays when another is uploaded in its place."""
    for size in _SIZES:
        if url := text(said, "thumbnails", size, "url"):
            return (Media(id=f"{number}:thumbnail", url=url, type="image", alt="thumbnail"),)
    return ()


def _picture(url: str) -> str:
    """The name of a picture, without the size it is asked in."""
    try:
        return urlsplit(url).path.partition("=")[0] or url
    except ValueError:
        return url


def _video_details(node: Any) -> Iterator[tuple[str, str]]:
    said, status, live = at(node, "snippet"), at(node, "status"), at(node, "liveStreamingDetails")
    place = at(node, "recordingDetails")
    yield from (("tag", one) for one in rows(said, "tags") if isinstance(one, str) and one)
    told = text(status, "uploadStatus")
    yield from pairs(
        category=text(said, "categoryId"),
        duration=text(node, "contentDetails", "duration"),
        license=text(status, "license"),
        scheduled=text(status, "publishAt"),
        upload=told if told not in ("uploaded", "processed") else "",
        refused=text(status, "rejectionReason") or text(status, "failureReason"),
        made_for_kids="yes" if at(status, "madeForKids") is True else "",
        altered_or_synthetic="yes" if at(status, "containsSyntheticMedia") is True else "",
        paid_placement="yes" if at(node, "paidProductPlacementDetails", "hasPaidProductPlacement") is True else "",
        recorded=text(place, "recordingDate"),
        recorded_at=text(place, "locationDescription"),
        broadcast_planned=text(live, "scheduledStartTime"),
        broadcast_began=text(live, "actualStartTime"),
        broadcast_ended=text(live, "actualEndTime"),
    )


def _words(node: Any) -> Iterator[tuple[str, str]]:
    """Title and description in other languages."""
    found = at(node, "localizations")
    for name in sorted(found) if isinstance(found, dict) else ():
        yield from (
            (f"{part}:{name}", text(found, name, part)) for part in ("title", "description") if text(found, name, part)
        )
