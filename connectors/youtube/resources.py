"""The resources of a YouTube channel as items: the channel, videos, playlists and their entries, caption tracks.

What a resource becomes depends on the resource alone, never on the list it was found in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from archiver.model import Account, Media, Snapshot, Unread, Visibility
from connectors.fields import at, text
from connectors.shapes import choice, said
from connectors.times import read_time
from connectors.youtube.asks import DECLARED, is_owner

PRIVACY = {word: Visibility(seen) for word, seen in DECLARED.more["privacy"].items()}
"""Who sees it; where nothing is told, everybody does."""

_FILE = re.compile(r"https?://[^/?#]*(/[^=?#]*)")


def _pictures(node: Any) -> Iterator[Media]:
    """The pictures of a channel by the names of their files, without the size they are asked in."""
    for alt, path in DECLARED.more["pictures"].items():
        if url := said(node, path):
            file = _FILE.match(url)
            yield Media(id=file[1] if file else url, url=url, type="image", alt=alt)


def _words(node: Any) -> Iterator[tuple[str, str]]:
    """Title and description in other languages."""
    found = at(node, "localizations")
    for name in sorted(found) if isinstance(found, dict) else ():
        for part in ("title", "description"):
            if words := text(found, name, part):
                yield f"{part}:{name}", words


_SEEN = {"visibility": choice("status.privacyStatus", PRIVACY)}
VIDEO = DECLARED.shape("video", more=_words, **_SEEN)
CHANNEL = DECLARED.shape("channel", media=_pictures, more=_words, **_SEEN)
PLAYLIST = DECLARED.shape("playlist", more=_words, **_SEEN)
ENTRY = DECLARED.shape("entry", **_SEEN)
_CAPTION = DECLARED.shape("caption", created=lambda node: (None, read_time(at(node, "snippet", "lastUpdated"))[1]))


def caption(account: Account, node: Any, source: str) -> Snapshot | Unread:
    """A caption track: its file is named anew when the track changes; only the owner may have it."""
    number = text(node, "id")
    url = f"{account.url.rstrip('/')}/captions/{quote(number, safe='')}" if is_owner(account) else ""
    called = " ".join(one for one in (said(node, "snippet.language"), said(node, "snippet.name")) if one)
    file = Media(id=f"{number}:{text(node, 'snippet', 'lastUpdated')}", url=url, type="captions", alt=called)
    return _CAPTION(node, source, title=f"Captions {called}".strip(), media=(file,))
