"""An archive with everything in it that can be tampered with, and a checkpoint of it that was kept outside."""

from __future__ import annotations

import hashlib
import shutil
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from archiver.acts.bundling import Wanted, make_bundle
from archiver.acts.proving import Prover
from archiver.acts.requests import Opening, open_request
from archiver.anchoring.cosignature import cosigned
from archiver.checks.against import Outside, verify_against
from archiver.checks.findings import Finding
from archiver.checks.rebuild import Tools
from archiver.checks.verify import Scope
from archiver.clock import SetClock
from archiver.config import Config
from archiver.model import Kind, Selector, iso
from archiver.polling.registry import connectors
from archiver.storage import anchor_files
from archiver.storage.anchors import Anchored, AnchorGap, AnchorKind, note_anchored, note_failed
from archiver.storage.archive import Archive
from archiver.storage.ledger import signed_note
from archiver.storage.ledger.custody import place_of
from archiver.storage.ledger.making import make
from tests.checks.scenes import Scene, scene

WHO = "Rhea Quist"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The archive's directory, the checkpoint somebody else kept, and an older copy of the whole directory."""

    directory: Path
    outside: bytes
    older: Path
    config: Config
    clock: SetClock

    def copied(self, folder: Path) -> Kept:
        """A copy of its own."""
        shutil.copytree(self.directory, folder / "archive")
        config = replace(self.config, archive=replace(self.config.archive, directory=folder / "archive"))
        return replace(self, directory=folder / "archive", config=config)

    def findings(self) -> tuple[Finding, ...]:
        """What `archiver verify --against` finds."""
        with closing(Archive.open(self.directory)) as archive:
            tools = Tools(config=self.config, connectors=connectors(), clock=self.clock)
            place = place_of(archive, "", {})
            return verify_against(archive, Outside(data=self.outside), place, Scope(deep=True), tools).findings


def kept(folder: Path) -> Kept:
    """Accounts registered, polled, edited, a request, a bundle, a checkpoint kept outside; then some more of it all."""
    with scene(folder / "archive") as told:
        told.demo.faults.reply("/media/4/", told_error(), times=10_000)
        _polled(told, 9)
        _asked(told, "R1")
        shutil.copytree(told.archive.directory, folder / "older")
        told.demo.district.edit_a_post()
        told.demo.district.remove_a_comment()
        _polled(told, 1)
        for _ in range(3):
            told.clock.move(timedelta(hours=25))
            _polled(told, 8)
        _bundled(told, "R1")
        outside = make(told.archive, place_of(told.archive, "", {}), at=told.clock.now())
        _anchored(told, outside.checkpoint.size, bytes(outside.note))
        told.demo.district.add_a_comment()
        told.clock.move(timedelta(hours=25))
        _polled(told, 9)
        _asked(told, "R2")
        make(told.archive, place_of(told.archive, "", {}), at=told.clock.now())
        return Kept(
            directory=told.archive.directory,
            outside=bytes(outside.note),
            older=folder / "older",
            config=told.config,
            clock=SetClock(told.clock.now()),
        )


def _anchored(told: Scene, size: int, note: bytes) -> None:
    """An authority and a witness took the checkpoint; a mailbox did not, and did later."""
    ledger, now = told.archive.directory / "ledger", told.clock.now()
    anchor_files.keep_stamp(ledger, "one", size, b"an answer", {"time": iso(now)})
    signature = cosigned(signed_note.parse(note).text, Ed25519PrivateKey.generate(), "esd.example/w", now)
    anchor_files.keep_witness(ledger, "esd", size, str(signature).encode())
    digest = hashlib.sha256(note).hexdigest()
    gap = AnchorGap(
        kind=AnchorKind.MAILBOX,
        name="officer",
        size=size,
        cause="network",
        detail="It did not answer.",
        since=now,
        tries=1,
        last_try=now,
        next_try=now,
    )
    with told.archive.database.transaction() as db:
        for kind, name in ((AnchorKind.AUTHORITY, "one"), (AnchorKind.WITNESS, "esd")):
            note_anchored(db, Anchored(kind=kind, name=name, size=size, digest=digest, at=now))
        note_failed(db, gap)


def told_error() -> object:
    """A file that is never had: there is a gap."""
    from archiver.demo import faults

    return faults.server_error()


def _polled(told: Scene, times: int) -> None:
    with told.engine() as engine:
        for _ in range(times):
            told.poll(engine)
        engine.writer.seal_finished()


def _asked(told: Scene, request: str) -> None:
    now = told.clock.now()
    opening = Opening(received=now, text="Posts", selector=Selector(kinds=(Kind.POST,)), id=request)
    open_request(told.archive, opening, closures=(), who=WHO, now=now)


def _bundled(told: Scene, request: str) -> None:
    now = told.clock.now().replace(microsecond=0)
    prover = Prover(place=place_of(told.archive, "", {}))
    wanted = Wanted(
        request_id=request,
        agency="Tamarack Hollow",
        records_officer=WHO,
        zone=ZoneInfo("America/Los_Angeles"),
        made_at=now,
        prover=prover,
    )
    make_bundle(told.archive, wanted, who=WHO, now=now)
