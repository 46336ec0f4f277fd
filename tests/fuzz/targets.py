"""Everything that reads what strangers or people hand in: what it is tried with, and which errors it may raise."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random

from archiver.errors import ArchiverError, ConfigError, Unreadable, VerificationError
from tests.fuzz import changed_bytes, changed_json, changed_lines, changed_markup, changed_warc, reading, seeds
from tests.fuzz.seeds import Seed

Change = Callable[[Random, bytes, Sequence[bytes]], bytes]
Read = Callable[[Seed, bytes], None]

_HTTP = (
    b"Content-Length: -1\r", b"Content-Length: 1, 2\r", b"Content-Length: 999999999999999999\r", b"\xff: \x00\r",
    b" x\r",
    b"Content-Encoding: br\r", b"Content-Encoding: gzip, gzip, gzip, gzip\r", b"Transfer-Encoding: chunked, gzip\r",
    b"Content-Encoding: gzip\r", b"Transfer-Encoding: chunked\r", b"HTTP/9 20000\r", b"HTTP/1.1 099 x\r", b"\r",
    b"HTTP/1.1 101 x\r", b"X: " + b"y" * 70_000 + b"\r", b"FFFFFFFFFFFFFFFF\r", b"ffffffffffffffffff\r",
    b"-5\r", b"0\r",
)  # fmt: skip
_TOML = (
    b"[agency]", b"[[agency]]", b"agency = 1", b"x = " + b"[" * 3000, b"a" + b".a" * 900 + b" = 1", b"name = 1",
    b"threads = " + b"9" * 5000, b"threads = 1e999", b"threads = -0", b"media = nan", b"closures = [2026-02-30]",
    b"closures = [2026-12-24T00:00:00]", b"closures = 2026-12-24", b'time_zone = "../../etc/passwd"', b"time_zone = ''",
    b'time_zone = "' + b"x" * 5000 + b'"', b'directory = "\\u0000"', b'directory = "~/x"', b'directory = ""', b'"""',
    b'rules = "\\uD800"', b"access_token = 'x'", b"threads = 2026-12-24", b"threads = 00", b"\x00", b"=",
    b"true = true",
    b'user_agent = "\\r\\nX: y"', b'user_agent = "\xc3\xa9"', b"directory = [[[]]]", b"[polling.threads]",
    b"polling = {}",
)  # fmt: skip
_NOTE = (
    b"", b"0", b"00", b"-1", b"9" * 30, b"\xe2\x80\x94", b"\xe2\x80\x94 x AAAA", b"\xe2\x80\x94 archiver/7d1f ====",
    b"\xe2\x80\x94  AAAAAAAAAAAA", b"\r", b"\x00", b"index 01", b"index 18446744073709551616", b"extra ", b"extra e30=",
    b"extra W10=", b"extra " + b"W1tb" * 3000, b"A" * 44, b"A" * 43 + b"=", b"A" * 42 + b"B=", b"=" * 9,
    b"archiver/7d1e",
    b"c2sp.org/tlog-proof@v2", b"archiver/7d1f+00000000+AQ==", b"+", b"\xc2\xa0", b"\xe2\x80\xa8", b"2" * 5000,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One reader: seeds, a way to change them, the reader itself, and the errors that are its documented answer."""

    seeds: Callable[[], tuple[Seed, ...]]
    change: Change
    read: Read
    may_raise: type[ArchiverError]


def _recovering(seed: Seed, data: bytes) -> None:
    reading.recovery(seed, data, _folder())


def _folder() -> Path:
    """A folder in memory where there is one: this is not about durability."""
    global _made
    if _made is None:
        _made = tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None)
    return Path(_made.name)


_made: tempfile.TemporaryDirectory[str] | None = None


def _replies(platform: str) -> Target:
    return Target(
        seeds=partial(seeds.replies, platform),
        change=changed_json.changed,
        read=reading.a_reply,
        may_raise=Unreadable,
    )


def _note(made: Callable[[], tuple[Seed, ...]], read: Read) -> Target:
    return Target(seeds=made, change=partial(changed_lines.changed, odd=_NOTE), read=read, may_raise=VerificationError)


def _warc_seeds() -> tuple[Seed, ...]:
    return (Seed(data=seeds.warc_file()),)


TARGETS: dict[str, Target] = {
    "feed-xml": Target(
        seeds=partial(seeds.replies, "feed", suffixes=(".xml",), made=("rss", "atom", "broken")),
        change=changed_markup.changed,
        read=reading.a_reply,
        may_raise=Unreadable,
    ),
    "feed-json": Target(
        seeds=partial(seeds.replies, "feed", made=("json_feed",)),
        change=changed_json.changed,
        read=reading.a_reply,
        may_raise=Unreadable,
    ),
    **{
        platform: _replies(platform)
        for platform in ("bluesky", "facebook", "instagram", "mastodon", "wordpress", "x", "youtube")
    },
    "http": Target(
        seeds=seeds.wire,
        change=partial(changed_lines.changed, odd=_HTTP),
        read=reading.http,
        may_raise=Unreadable,
    ),
    "coded": Target(seeds=seeds.coded, change=changed_bytes.changed, read=reading.coded, may_raise=Unreadable),
    "warc-members": Target(
        seeds=_warc_seeds, change=changed_warc.changed, read=reading.members, may_raise=VerificationError
    ),
    "warc-recovery": Target(
        seeds=_warc_seeds, change=changed_warc.changed, read=_recovering, may_raise=VerificationError
    ),
    "warc-notes": Target(
        seeds=seeds.notes, change=changed_json.changed, read=reading.note, may_raise=VerificationError
    ),
    "signed-note": _note(seeds.signed_notes, reading.signed),
    "checkpoint": _note(seeds.signed_notes, reading.checkpoint),
    "proof": _note(seeds.proofs, reading.proof),
    "public-key": _note(seeds.public_keys, reading.key),
    "config": Target(
        seeds=seeds.config_files,
        change=partial(changed_lines.changed, odd=_TOML),
        read=reading.config,
        may_raise=ConfigError,
    ),
    "authorities": Target(
        seeds=seeds.authority_files, change=changed_json.changed, read=reading.authorities, may_raise=ConfigError
    ),
    "rules": Target(seeds=seeds.rule_files, change=changed_json.changed, read=reading.rules, may_raise=ConfigError),
}
