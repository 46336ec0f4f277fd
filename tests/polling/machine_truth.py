"""The state machine of polling: what the archive must hold, told from the platform's own ledger of its replies."""

from __future__ import annotations

import hashlib
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from tests.polling.desk import Desk
from tests.polling.platform import Said


@dataclass(slots=True)
class Known:
    """What is known of the platform by what it showed: change by change, each once."""

    versions: dict[str, list[tuple[str, str]]] = field(default_factory=dict)  # text and visibility
    likes: dict[str, list[int]] = field(default_factory=dict)
    seen: dict[str, str] = field(default_factory=dict)  # what the last look at each item showed
    files: dict[str, str] = field(default_factory=dict)  # digests by id

    def learn(self, said: Said, files: dict[str, bytes]) -> None:
        """Take in one reply."""
        looked = _looked_at(said)
        if said.shown is None:
            if looked in self.versions and (verdict := _verdict(said)):
                self.seen[looked] = verdict
        elif "file" in said.shown:
            name = said.shown["file"]
            self.files[name] = hashlib.sha256(files[name]).hexdigest()
        elif said.asked.path == "/profile":
            self._show({"id": f"account:{said.shown['id']}", "text": said.shown["name"]})
        else:
            for item in said.shown["items"]:
                self._show(item)

    def _show(self, item: Any) -> None:
        if not isinstance(item, dict):
            return
        name, visibility = item["id"], item.get("visibility", "public")
        if "likes" in item:  # an earlier version is told with what is counted now
            _note(self.likes.setdefault(name, []), item["likes"])
        if item.get("historic"):
            return
        self.seen[name] = "hidden" if visibility == "hidden" else "present"
        _note(self.versions.setdefault(name, []), (item["text"], visibility))
        for reply in item.get("replies", ()):
            self._show(reply)


def held_by(desk: Desk, *, likes: bool) -> Known:
    """What the archive holds. Not `likes`: of times that lie before others, no order of counts can be told."""
    held = Known()
    for remote, text, visibility in desk.rows(
        "SELECT i.remote_id, v.text, v.visibility FROM versions v JOIN items i ON i.id = v.item"
        " WHERE v.historic = 0 ORDER BY i.remote_id, v.number"
    ):
        held.versions.setdefault(remote, []).append((text, visibility))
    if likes:
        for remote, value in desk.rows(
            "SELECT i.remote_id, c.value FROM counters c JOIN items i ON i.id = c.item ORDER BY i.remote_id, c.at"
        ):
            held.likes.setdefault(remote, []).append(value)
    held.seen = dict(desk.rows("SELECT remote_id, seen FROM items"))
    held.files = dict(desk.rows("SELECT media_id, sha256 FROM item_media WHERE sha256 IS NOT NULL"))
    return held


class Truth:
    """Learns what was shown to the archive, and compares it with what the archive holds."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.known = Known()
        self.in_order = True  # until the clock is set back
        self._read = 0

    def acknowledge(self) -> list[Said]:
        """What was said since the last time. The archive came to the end of its work: it must hold all of it."""
        new = self._new()
        for said in new:
            self.known.learn(said, self.desk.platform.files)
        self.compare()
        return new

    def after_a_kill(self) -> list[Said]:
        """The last reply may or may not have reached the disk; all others have."""
        new = self._new()
        for said in new[:-1]:
            self.known.learn(said, self.desk.platform.files)
        without = deepcopy(self.known)
        for said in new[-1:]:
            self.known.learn(said, self.desk.platform.files)
        if self._held() == self._comparable(without):
            self.known = without
        self.compare()
        return new

    def compare(self) -> None:
        """Nothing lost, nothing doubled, nothing made up."""
        held, known = self._held(), self._comparable(self.known)
        assert held.versions == known.versions
        assert held.seen == known.seen
        assert held.likes == known.likes
        assert held.files == known.files

    def require_everything(self) -> None:
        """After everything worked and was asked for: what is held now is what there is now."""
        platform = self.desk.platform
        texts, truth = self.desk.texts(), platform.truth()
        assert {item: texts.get(item) for item in truth} == truth
        for post in platform.posts:
            if post.id in self.known.seen:
                there = "hidden" if post.visibility == "hidden" else "present"
                assert self.known.seen[post.id] == ("absent" if post.removed else there), post
            for media_id, name in () if post.removed else post.files:
                assert self.known.files.get(media_id) == hashlib.sha256(platform.files[name]).hexdigest(), post

    def _new(self) -> list[Said]:
        new = self.desk.platform.ledger[self._read :]
        self._read += len(new)
        return new

    def _held(self) -> Known:
        return held_by(self.desk, likes=self.in_order)

    def _comparable(self, known: Known) -> Known:
        likes = known.likes if self.in_order else {}
        return Known(versions=known.versions, likes=likes, seen=known.seen, files=known.files)


def _note(changes: list[Any], value: Any) -> None:
    if not changes or changes[-1] != value:
        changes.append(value)


def _looked_at(said: Said) -> str:
    """The item that this was a direct look at; empty for other requests."""
    match said.asked.path.strip("/").split("/"):
        case ["posts" | "comments", item]:
            return item
    return ""


def _verdict(said: Said) -> str:
    """What a direct look that showed nothing says of the item; empty where it says nothing."""
    return {"": "absent", "403": "refused", "revoked": "refused"}.get(said.wrong, "")
