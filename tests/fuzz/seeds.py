"""What mutation begins with: golden cases of the connectors, recorded replies where they are at hand, our own files."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from archiver.model import Truncated
from archiver.storage.ledger import signed_note
from archiver.storage.ledger.checkpoints import Checkpoint
from archiver.storage.ledger.leaves import SALT_BYTES, Leaf
from archiver.storage.ledger.proof_text import Proof
from archiver.storage.ledger.signed_note import Signature, SignedNote
from tests.connectors.cases import NAMES, case
from tests.storage.warc_samples import IMAGE_HEAD, NOON, exchange, no_waiting_for_the_disk, segment

_PROJECT = Path(__file__).parents[2]
_RECORDED = _PROJECT.parent / "shared" / "fixtures"
_LARGEST = 9_000  # of a seed; larger ones only make each input slower
_FOLDERS = {"x": "twitter", "feed": "blogs-feeds"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """Bytes to change, and what they are given to their reader with."""

    data: bytes
    given: Any = None


def replies(platform: str, *, suffixes: Sequence[str] = (".json",), made: Sequence[str] = ("",)) -> tuple[Seed, ...]:
    """Every golden reply of a platform with its request, and recorded bodies with one request after another.

    `made` are the ends of the golden cases' names to take; `suffixes` those of the recorded files.
    """
    cases = [case(name) for name in NAMES if name.startswith(f"{platform}/") and name.endswith(tuple(made))]
    golden = [Seed(data=found.reply.body, given=found) for found in cases if len(found.reply.body) <= _LARGEST]
    bodies = _recorded(_FOLDERS.get(platform, platform), tuple(suffixes))
    recorded = tuple(Seed(data=body, given=cases[at % len(cases)]) for at, body in enumerate(bodies))
    return (*golden * max(1, 2 * len(recorded) // len(golden)), *recorded)  # the golden ones fit their requests


@cache
def _recorded(folder: str, suffixes: tuple[str, ...]) -> tuple[bytes, ...]:
    """The small files of a folder of recordings, the smallest first; none where the folder is not at hand."""
    files = sorted((_RECORDED / folder).rglob("*")) if (_RECORDED / folder).is_dir() else []
    read = [path.read_bytes() for path in files if path.suffix in suffixes and path.is_file()]
    return tuple(sorted({body for body in read if len(body) <= _LARGEST}, key=lambda body: (len(body), body))[:200])


def wire() -> tuple[Seed, ...]:
    """HTTP replies as they go over the wire: every framing and coding."""
    body = b'{"posts": [{"id": 1, "text": "Snow day: schools open two hours late."}]}'
    packed, flat = gzip.compress(body, 1, mtime=0), zlib.compress(body)
    heads = {
        b"Content-Length: %d" % len(body): body,
        b"Content-Length: %d\r\nContent-Encoding: gzip" % len(packed): packed,
        b"Content-Length: %d\r\nContent-Encoding: deflate" % len(flat): flat,
        b"Content-Length: %d\r\nContent-Encoding: gzip, deflate" % len(zlib.compress(packed)): zlib.compress(packed),
        b"Transfer-Encoding: chunked": b"10\r\n" + body[:16] + b"\r\n3;x=y\r\nabc\r\n0\r\nTrailer: 1\r\n\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Encoding: gzip": b"%x\r\n%b\r\n0\r\n\r\n" % (len(packed), packed),
        b"Connection: close": body,
    }
    starts = (b"HTTP/1.1 200 OK", b"HTTP/1.0 404 Not Found", b"HTTP/1.1 103 Early\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK")
    more = b"\r\nDate: Mon, 05 Jan 2026 08:00:00 GMT\r\nServer: \xe9\r\nX-A: one\r\n two\r\n"
    return tuple(Seed(data=b"%b%b%b\r\n\r\n%b" % (line, more, head, heads[head])) for line in starts for head in heads)


CODINGS = ((), ("gzip",), ("x-gzip",), ("deflate",), ("gzip", "gzip"), ("deflate", "gzip"), ("br",), ("gzip",) * 4)


def coded() -> tuple[Seed, ...]:
    """Bodies under content codings, and what the headers said of them: the truth, or not."""
    body = b"The board meets on the second Tuesday. " * 40
    raw = zlib.compressobj(wbits=-15)
    packed = [
        body,
        gzip.compress(body, mtime=0),
        gzip.compress(b"", mtime=0),
        gzip.compress(body[:90], mtime=0) + gzip.compress(body[90:], mtime=0),
        gzip.compress(gzip.compress(body, mtime=0), mtime=0),
        zlib.compress(body),
        raw.compress(body) + raw.flush(),
        gzip.compress(zlib.compress(body), mtime=0),
        gzip.compress(bytes(1 << 20), mtime=0),
    ]
    return tuple(Seed(data=data, given=codings) for data in packed for codings in CODINGS)


@cache
def warc_file() -> bytes:
    """A WARC file of ours: replies in several framings, a file that was cut off, the notes of a run and of a gap."""
    heads = [seed.data.partition(b"\r\n\r\n") for seed in wire()[::5]]
    made = [exchange(number, body, head=head + mark) for number, (head, mark, body) in enumerate(heads, 1)]
    cut = exchange(9, b"\x89PNG" + bytes(40), head=IMAGE_HEAD, truncated=Truncated.LENGTH, masked=("env:TOKEN",))
    with TemporaryDirectory() as folder, no_waiting_for_the_disk():
        with segment(Path(folder), [*made, cut]) as written:
            written.append_note({"record": "run", "run": "run-1", "unchanged": [], "gaps": []}, "run-1", NOON)
            written.append_note({"record": "gap", "gap": {"id": "g1", "cause": "network"}}, "g1", NOON)
        return written.path.read_bytes()


def notes() -> tuple[Seed, ...]:
    """What our records say of an exchange, of a run and of a gap."""
    noon = "2026-11-20T12:00:00Z"
    counted = {"at": noon, "same": "capture-1", "counters": {"post:1": {"likes": 1}}, "status": 200}
    file = {"media_id": "m", "sha256": "0" * 64, "size": 1, "media_type": "image/png", "truncated": ""}
    missing = {"at": noon, "key": "k", "missing": {"media_id": "m", "reason": "gone"}}
    run = {
        "archiver": 1, "record": "run", "run": "r", "depth": "poll", "begun": noon, "ended": noon, "outcome": "done",
        "streams": [{"stream": "posts", "since": None}, {"stream": "posts", "since": noon}],
        "unchanged": [counted, counted | {"media": file, "token": "m", "what": "media"}, missing],
    }  # fmt: skip
    known = {"id": "g", "stream": "posts", "cause": "network", "detail": "", "opened": noon, "repair": ""}
    gap = {"record": "gap", "gap": known}
    made = exchange(truncated=Truncated.LENGTH, masked=("env:TOKEN",), flags=("length-unknown",)).to_json()
    said = {"run": run, "gap": gap, "exchange": made}
    return tuple(Seed(data=json.dumps(one).encode(), given=kind) for kind, one in said.items())


LOG = "archiver/7d1f"
_PRIVATE = [Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32) for number in (1, 2)]
KEYS = tuple(signed_note.public(key, LOG) for key in _PRIVATE)


def signed_notes() -> tuple[Seed, ...]:
    """Checkpoints, and another text, each signed by one key or by two; given with all that was ever signed."""
    roots = [bytes([number]) * 32 for number in (3, 4)]
    texts = [str(Checkpoint(origin=LOG, size=size, root=root)) for size, root in zip((0, 12_345), roots, strict=True)]
    texts.append("A text\n\nwith a blank line\n")
    true = frozenset(text.encode() for text in texts)
    return tuple(
        Seed(data=bytes(SignedNote(text=text, signatures=_signatures(text, keys))), given=true)
        for text in texts
        for keys in (_PRIVATE[:1], _PRIVATE)
    )


def _signatures(text: str, keys: Sequence[Ed25519PrivateKey]) -> tuple[Signature, ...]:
    return tuple(signed_note.signed(text, key, LOG) for key in keys)


def proofs() -> tuple[Seed, ...]:
    """Proofs of a leaf, with ways of several lengths."""
    leaf = Leaf(salt=bytes(SALT_BYTES), entry={"leaf": "act", "actor": "Rhea Quist", "at": "2026-11-20T12:00:00Z"})
    note = signed_note.parse(signed_notes()[2].data)
    made = [Proof(leaf=leaf, index=7, steps=(bytes(32),) * steps, checkpoint=note) for steps in (0, 3, 14)]
    return tuple(Seed(data=bytes(one)) for one in made)


def public_keys() -> tuple[Seed, ...]:
    """The lines of our public keys."""
    return tuple(Seed(data=str(key).encode()) for key in KEYS)


def config_files() -> tuple[Seed, ...]:
    """The example configuration, and a short one."""
    short = b'[agency]\nname = "A"\ntime_zone = "America/Los_Angeles"\n[archive]\ndirectory = "x"\n[requests]\n'
    short += b'closures = [2026-12-24]\n[retention]\nrules = "rules.json"\n[polling]\nthreads = 4\nmedia = true\n'
    example = (_PROJECT / "config.example.toml").read_bytes()
    plain = b"\n".join(line.removeprefix(b"# ") for line in example.split(b"\n") if b"=" in line or b"[" in line)
    return (Seed(data=short), Seed(data=example), Seed(data=plain))


def authority_files() -> tuple[Seed, ...]:
    """A schedule of one authority, and the first of the built-in ones."""
    built_in = json.loads((_PROJECT / "retention" / "authorities.json").read_bytes())
    some = [built_in | {"authorities": built_in["authorities"][at : at + 3]} for at in range(0, 9, 3)]
    own = {
        "dan": "GS50-99-01", "schedule": "Own", "source": "the agency", "retrieved": "2026-11-21", "status": "adopted",
        "verified_fields": [], "title": "Posts", "period": "2 years", "counts_from": "received-or-provided",
    }  # fmt: skip
    return tuple(Seed(data=json.dumps(one).encode()) for one in (built_in | {"authorities": [own]}, *some))


def rule_files() -> tuple[Seed, ...]:
    """Two files of rules."""
    first = {"id": "a", "reason": "why", "dan": "GS50-01-12", "levels": ["executive"], "kinds": ["post"]}
    second = {"id": "b", "reason": "why", "candidates": ["GS50-01-12"], "accounts": ["social"], "context": True}
    files = [{"format": "archiver-rules/1", "rules": rules} for rules in ([first], [first, second])]
    return tuple(Seed(data=json.dumps(one).encode()) for one in files)
