"""Reads one input as the product would, with what must hold of the result; anything else that is raised is a fault."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from archiver.checks.record_check import plainly_read
from archiver.config import parse as parse_config
from archiver.config import settings
from archiver.errors import VerificationError
from archiver.model import Account, CaptureNote, Connector, DispositionAuthority, Judging, Page, Priced
from archiver.model.connector import Itemised, Pacing
from archiver.polling.registry import connectors
from archiver.storage.accounts import add_account
from archiver.storage.captures import columns_of
from archiver.storage.coverage_rows import apply_gap
from archiver.storage.database import Database
from archiver.storage.http_coding import decoded
from archiver.storage.http_message import parse_response
from archiver.storage.ingest import tidied_page
from archiver.storage.ledger import checkpoints, proof_text, signed_note
from archiver.storage.members import read_record, walk
from archiver.storage.note_shape import require_shape
from archiver.storage.recovery import recover
from archiver.storage.run_rows import touch
from archiver.storage.units import end_of, units
from connectors.conformance import page_findings
from connectors.golden import Case
from retention.authorities import read_authorities
from retention.rule_file import read_rules
from retention.rules import check_rules
from tests.fuzz.seeds import KEYS, LOG, Seed, authority_files

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
_STATUSES = (200, 200, 200, 400, 401, 403, 404, 410, 429, 500)
_LOOKED_INTO = 3  # of so many pages one is held against the conformance suite, which takes longer than reading it
_DECODED_LIMIT = 1 << 20


class WrongResult(Exception):
    """It was read, as something that it is not."""


def a_reply(seed: Seed, data: bytes) -> None:
    """A connector reads a body, judges it under other statuses, and tells what it costs."""
    found: Case = seed.given
    connector = connectors()[found.account.platform]
    _judge(connector, replace(found, reply=replace(found.reply, body=data)), _STATUSES[len(data) % len(_STATUSES)])
    reply = replace(found.reply, body=data)
    page = connector.read(found.account, found.fetch, reply)
    if len(data) % _LOOKED_INTO == 0 and (wrong := list(page_findings(connector, found.fetch, reply, page))):
        raise WrongResult(wrong[0])
    _count(connector, found, tidied_page(page))


def _judge(connector: Connector, found: Case, status: int) -> None:
    if isinstance(connector, Judging):
        connector.judge(found.account, found.fetch, replace(found.reply, status=status))
    if isinstance(connector, Pacing):
        connector.pause(found.reply)


def _count(connector: Connector, found: Case, page: Page) -> None:
    for item in page.items:
        _ = item.digest, item.content_digest
    if isinstance(connector, Priced):
        connector.price(found.fetch, page)
    if isinstance(connector, Itemised):
        connector.bill(found.fetch, page)


def http(_seed: Seed, data: bytes) -> None:
    """A response is parsed from its wire bytes."""
    found = parse_response(data, method="HEAD" if len(data) % 7 == 0 else "GET", decoded_limit=_DECODED_LIMIT)
    if len(found.body) > _DECODED_LIMIT or not 100 <= found.status <= 999:
        raise WrongResult("a body beyond the limit, or no status")


def coded(seed: Seed, data: bytes) -> None:
    """A body is taken out of its content codings, in blocks of any size."""
    size = 1 + len(data) % 3000
    blocks = (data[at : at + size] for at in range(0, len(data), size))
    if sum(len(block) for block in decoded(blocks, seed.given, limit=_DECODED_LIMIT)) > _DECODED_LIMIT:
        raise WrongResult("more came out than the limit allows")


def members(_seed: Seed, data: bytes) -> None:
    """Every member is walked over; what is called whole can be read again, by both readers alike."""
    file, end = io.BytesIO(data), 0
    for member in list(walk(file, keep_notes=True)):
        if member.offset != end:
            raise WrongResult("bytes between two members")
        end = member.offset + member.length
        plain = plainly_read(memoryview(data)[member.offset : end])
        try:
            read_record(file, member.offset, member.length, sha256=member.sha256)
        except VerificationError:
            if not member.problem:
                raise WrongResult("a member is whole in a walk, and not when it is read") from None
        if plain is not None and member.problem:
            raise WrongResult("the quick reader takes what the strict one does not")
    if end != len(data):
        raise WrongResult("bytes behind the last member")


def recovery(_seed: Seed, data: bytes, folder: Path) -> None:
    """What a crash left: whole units stay, every other byte goes to quarantine, and doing it again changes nothing."""
    path, quarantine = folder / "segment.warc.gz", folder / "quarantine"
    path.write_bytes(data)
    found = recover(path, 0, quarantine, NOON)
    tail = found.quarantined.read_bytes() if found.quarantined else b""
    if path.read_bytes() + tail != data:
        raise WrongResult("bytes were lost")
    with path.open("rb") as file:
        if [end_of(unit) for unit in units(file)] != [end_of(unit) for unit in found.units]:
            raise WrongResult("what was kept is not what was found")
    if found.quarantined:
        found.quarantined.unlink()


def note(seed: Seed, data: bytes) -> None:
    """What our own record says of a run, gap or exchange: of the right shape it becomes rows, else it is refused."""
    try:
        said = json.loads(data)
        if seed.given == "exchange":
            columns_of(CaptureNote.from_json(said))
            return
        require_shape(said)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise VerificationError(f"none of ours: {error!r}") from error
    db = _catalogue().connection()
    db.execute("BEGIN")
    try:
        for shown in said.get("unchanged", ()):
            touch(db, 1, said["run"], shown)
        if said["record"] == "gap":
            apply_gap(db, 1, said)
    finally:
        db.execute("ROLLBACK")


@cache
def _catalogue() -> Database:
    """A catalogue with one account."""
    database = Database.create(Path(mkdtemp()) / "catalogue.sqlite")
    with database.transaction() as db:
        add_account(db, Account(id="office", platform="mastodon", handle="@office", url="https://schools.example"))
    return database


def signed(seed: Seed, data: bytes) -> None:
    """A signed note: what is read is written as it was; what is taken as signed says what was signed."""
    found = signed_note.parse(data)
    if bytes(found) != data:
        raise WrongResult("a note that is written in two ways")
    signed_note.signers(found, KEYS)
    if found.text.encode() not in seed.given:
        raise WrongResult("a text that nobody signed")


def key(_seed: Seed, data: bytes) -> None:
    """A public key on a line."""
    if str(signed_note.parse_key(_text(data))) != _text(data):
        raise WrongResult("a key that is written in two ways")


def checkpoint(seed: Seed, data: bytes) -> None:
    """A checkpoint of our log, signed with a key of ours."""
    found, note = checkpoints.opened(data, KEYS, origin=LOG)
    if str(found).encode() not in seed.given or str(found) != note.text:
        raise WrongResult("a checkpoint that nobody signed")


def proof(_seed: Seed, data: bytes) -> None:
    """A proof: what is read is written as it was."""
    found = proof_text.parse(data)
    if bytes(found) != data:
        raise WrongResult("a proof that is written in two ways")


def config(_seed: Seed, data: bytes) -> None:
    """A configuration file."""
    settings(parse_config(_text(data), Path("/archive")))


def authorities(_seed: Seed, data: bytes) -> None:
    """A file of schedules."""
    read_authorities(_text(data), name="authorities.json")


def rules(_seed: Seed, data: bytes) -> None:
    """A file of rules, checked against a schedule."""
    check_rules(read_rules(_text(data), name="rules.json"), _schedule())


@cache
def _schedule() -> Mapping[str, DispositionAuthority]:
    """The authorities that the seeds name."""
    return read_authorities(authority_files()[1].data.decode(), name="authorities.json")


def _text(data: bytes) -> str:
    """The bytes as those that read files hand them on; undecodable ones are refused before (tests/faults)."""
    return data.decode("utf-8", "replace")
