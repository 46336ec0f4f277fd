"""The JSON entities of Mastodon's REST API (as of 4.5) for what the sample district holds."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any

from archiver.demo.district import District
from archiver.demo.images import HEIGHT, WIDTH
from archiver.demo.posts import DISTRICT, PEOPLE, Person, Picture
from archiver.demo.statuses import Status, Version

Json = dict[str, Any]
_TAG = re.compile(r"#(\w+)")
_PERSONS = {person.username: person for person in PEOPLE}


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What one client sees: the district at a base URL, as its owner (with the token) or as anybody."""

    district: District
    base: str
    owner: bool

    def sees(self, status: Status) -> bool:
        """Whether this client may see the status: direct ones are for the owner, who is in all of them."""
        return self.owner or status.told.visibility in ("public", "unlisted")

    def account(self, username: str) -> Json:
        """An Account."""
        person, own = _PERSONS[username], [one for one in self.district.statuses() if one.told.by == username]
        address = f"{self.base}/@{username}"
        return {
            "id": self.district.account_id(username),
            "username": username,
            "acct": username,
            "display_name": person.name,
            "locked": False,
            "bot": False,
            "discoverable": True,
            "indexable": True,
            "group": False,
            "created_at": _when((self.district.start - timedelta(days=768)).replace(hour=0, minute=0, second=0)),
            "note": _paragraphs(person.note),
            "url": address,
            "uri": f"{self.base}/users/{username}",
            **self._faces(person),
            "followers_count": len(person.name) * 7,
            "following_count": len(person.username),
            "statuses_count": len(own),
            "last_status_at": own[0].created.astimezone(UTC).date().isoformat() if own else None,
            "hide_collections": False,
            "noindex": False,
            "emojis": [],
            "roles": [],
            "fields": [],
        }

    def own_account(self) -> Json:
        """The CredentialAccount of the district."""
        source = {
            "privacy": "public",
            "sensitive": False,
            "language": "en",
            "note": DISTRICT.note,
            "fields": [],
            "follow_requests_count": 0,
            "hide_collections": False,
            "discoverable": True,
            "indexable": True,
            "attribution_domains": [],
        }
        role = {"id": "-99", "name": "", "permissions": "65536", "color": "", "highlighted": False}
        return self.account(DISTRICT.username) | {"source": source, "role": role}

    def status(self, status: Status) -> Json:
        """A Status."""
        return {
            **self._standing(status),
            **self._counts(status),
            **({"favourited": False, "reblogged": False, "muted": False, "bookmarked": False} if self.owner else {}),
            "content": self._content(status, status.text),
            "filtered": [],
            "reblog": self._boosted(status),
            "application": None if status.boosts else {"name": "Web", "website": None},
            "account": self.account(status.told.by),
            "media_attachments": self._media(status),
            "mentions": [self._mention(name) for name in status.mentions],
            "tags": self._tags(status),
            "emojis": [],
            "quote": None,
            "card": None,
            "poll": self._poll(status),
        }

    def history(self, status: Status) -> list[Json]:
        """The StatusEdits of a status, oldest first."""
        return [self._edit(status, version) for version in status.versions]

    def _edit(self, status: Status, version: Version) -> Json:
        said: Json = {
            "content": self._content(status, version.text),
            "spoiler_text": status.told.warning,
            "sensitive": bool(status.told.warning),
            "created_at": _when(version.at),
            "account": self.account(status.told.by),
            "media_attachments": self._media(status),
            "emojis": [],
        }
        if status.told.poll:
            said["poll"] = {"options": [{"title": title} for title, _ in status.told.poll]}
        return said

    def _standing(self, status: Status) -> Json:
        told, parent = status.told, self.district.status(status.reply_to or "")
        edited = status.versions[-1].at if len(status.versions) > 1 else None
        return {
            "id": status.id,
            "created_at": _when(status.created),
            "in_reply_to_id": parent.id if parent else None,
            "in_reply_to_account_id": self.district.account_id(parent.told.by) if parent else None,
            "sensitive": bool(told.warning),
            "spoiler_text": told.warning,
            "visibility": told.visibility,
            "language": None if status.boosts else told.language,
            "uri": f"{self.base}/users/{told.by}/statuses/{status.id}" + ("/activity" if status.boosts else ""),
            "url": f"{self.base}/@{told.by}/{status.id}",
            "edited_at": _when(edited) if edited else None,
        }

    def _counts(self, status: Status) -> Json:
        everything = self.district.statuses()
        return {
            "replies_count": sum(one.reply_to == status.id and self.sees(one) for one in everything),
            "reblogs_count": sum(one.boosts == status.id for one in everything),
            "favourites_count": len(status.versions[0].text) % 23,
            "quotes_count": 0,
        }

    def _boosted(self, status: Status) -> Json | None:
        shared = self.district.status(status.boosts or "")
        return self.status(shared) if shared else None

    def _mention(self, username: str) -> Json:
        address = f"{self.base}/@{username}"
        return {"id": self.district.account_id(username), "username": username, "url": address, "acct": username}

    def _content(self, status: Status, text: str) -> str:
        mentions = "".join(
            f'<span class="h-card" translate="no"><a href="{self.base}/@{name}" class="u-url mention">'
            f"@<span>{name}</span></a></span> "
            for name in status.mentions
        )
        return _paragraphs(text, mentions, lambda found: self._tag_link(found[1]))

    def _tag_link(self, name: str) -> str:
        address = f"{self.base}/tags/{name.lower()}"
        return f'<a href="{address}" class="mention hashtag" rel="tag">#<span>{name}</span></a>'

    def _tags(self, status: Status) -> list[Json]:
        names = dict.fromkeys(name.lower() for name in _TAG.findall(status.text))
        return [{"name": name, "url": f"{self.base}/tags/{name}"} for name in names]

    def _media(self, status: Status) -> list[Json]:
        first = int(status.id) + 1
        return [self._picture(str(first + place), one) for place, one in enumerate(status.told.pictures)]

    def _picture(self, media_id: str, picture: Picture) -> Json:
        address = f"{self.base}/media/{picture.seed}/original.png"
        size = {"width": WIDTH, "height": HEIGHT, "size": f"{WIDTH}x{HEIGHT}", "aspect": WIDTH / HEIGHT}
        return {
            "id": media_id,
            "type": "image",
            "url": address,
            "preview_url": address,
            "remote_url": None,
            "preview_remote_url": None,
            "text_url": None,
            "meta": {"original": size, "small": size},
            "description": picture.alt,
            "blurhash": "U00000fQfQfQfQfQfQfQfQfQfQfQfQfQfQfQ",
        }

    def _poll(self, status: Status) -> Json | None:
        if not status.told.poll:
            return None
        votes = sum(count for _, count in status.told.poll)
        return {
            "id": str(int(status.id) + 50),
            "expires_at": _when(status.created + timedelta(days=7)),
            "expired": self.district.now > status.created + timedelta(days=7),
            "multiple": False,
            "votes_count": votes,
            "voters_count": votes,
            "options": [{"title": title, "votes_count": count} for title, count in status.told.poll],
            "emojis": [],
        }

    def _faces(self, person: Person) -> Json:
        seed = 100 + list(_PERSONS).index(person.username)
        face, banner = f"{self.base}/media/{seed}/original.png", f"{self.base}/media/{seed + 100}/original.png"
        return {"avatar": face, "avatar_static": face, "header": banner, "header_static": banner}


def _when(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def _paragraphs(text: str, before: str = "", link: Callable[[re.Match[str]], str] = lambda found: found[0]) -> str:
    # Quotes stay as they are: a numeric entity would look like a hashtag.
    parts = escape(text, quote=False).split("\n\n") if text else []
    linked = [_TAG.sub(link, part) for part in parts]
    return "".join(f"<p>{before if place == 0 else ''}{part}</p>" for place, part in enumerate(linked))
