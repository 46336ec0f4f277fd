"""The resources of a YouTube channel as items: the channel, videos, playlists and their entries, caption tracks.

What a resource becomes depends on the resource alone, never on the list it was found in.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlsplit

from archiver.model import Account, Media, Snapshot, Unread, Visibility
from connectors.fields import at, text
from connectors.shapes import choice, said
from connectors.times import read_time
from connectors.youtube.asks import DECLARED, is_owner

SITE = "https://www.youtube.com/"
PRIVACY = {
    "public": Visibility.PUBLIC,
    "unlisted": Visibility.UNLISTED,
    "private": Visibility.PRIVATE,
    "": Visibility.PUBLIC,  # not told: what is shown without a word is shown to everybody
}
SHOWN_VIDEO = "contentDetails.videoId|snippet.resourceId.videoId"
_STILL = "|".join(f"snippet.thumbnails.{size}.url" for size in ("maxres", "standard", "high", "medium", "default"))
_PICTURES = {
    "channel picture": "snippet.thumbnails.high.url|snippet.thumbnails.default.url",
    "banner": "brandingSettings.image.bannerExternalUrl",
}


def watch(video_id: str, comment_id: str = "") -> str:
    """The address of a video, or of a comment below it."""
    place = f"&lc={quote(comment_id, safe='')}" if comment_id else ""
    return f"{SITE}watch?v={quote(video_id, safe='')}{place}"


def _still(node: Any) -> Iterator[Media]:
    """The largest still picture; its address stays when another is uploaded in its place."""
    if url := said(node, _STILL):
        yield Media(id=f"{text(node, 'id')}:thumbnail", url=url, type="image", alt="thumbnail")


def _pictures(node: Any) -> Iterator[Media]:
    """The pictures of a channel by the names of their files, without the size they are asked in."""
    for alt, path in _PICTURES.items():
        if url := said(node, path):
            try:
                name = urlsplit(url).path.partition("=")[0] or url
            except ValueError:
                name = url
            yield Media(id=name, url=url, type="image", alt=alt)


def _words(node: Any) -> Iterator[tuple[str, str]]:
    """Title and description in other languages."""
    found = at(node, "localizations")
    for name in sorted(found) if isinstance(found, dict) else ():
        for part in ("title", "description"):
            if words := text(found, name, part):
                yield f"{part}:{name}", words


_ALL = {"visibility": choice("status.privacyStatus", PRIVACY)}
VIDEO = DECLARED.shape("video", link=lambda node: watch(text(node, "id")), media=_still, more=_words, **_ALL)
CHANNEL = DECLARED.shape(
    "channel",
    link=lambda node: f"{SITE}channel/{quote(text(node, 'id'), safe='')}",
    media=_pictures,
    more=_words,
    **_ALL,
)
PLAYLIST = DECLARED.shape(
    "playlist", link=lambda node: f"{SITE}playlist?list={quote(text(node, 'id'), safe='')}", more=_words, **_ALL
)
ENTRY = DECLARED.shape("entry", link=lambda node: watch(one) if (one := said(node, SHOWN_VIDEO)) else "", **_ALL)
_CAPTION = DECLARED.shape(
    "caption",
    created=lambda node: (None, read_time(at(node, "snippet", "lastUpdated"))[1]),
    title=lambda node: f"Captions {_called(node)}".strip(),
    visibility=lambda node: Visibility.DRAFT if at(node, "snippet", "isDraft") is True else Visibility.PUBLIC,
)


def caption(account: Account, node: Any, source: str) -> Snapshot | Unread:
    """A caption track: its file is named anew when the track changes; only the owner may have it."""
    number = text(node, "id")
    url = f"{account.url.rstrip('/')}/captions/{quote(number, safe='')}" if is_owner(account) else ""
    name = f"{number}:{text(node, 'snippet', 'lastUpdated')}"
    return _CAPTION(node, source, media=(Media(id=name, url=url, type="captions", alt=_called(node)),))


def _called(node: Any) -> str:
    return " ".join(one for one in (said(node, "snippet.language"), said(node, "snippet.name")) if one)
