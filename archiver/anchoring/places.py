"""The places a checkpoint is shown to, as the configuration names them: authorities, witnesses, mailboxes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

from requests.utils import DEFAULT_CA_BUNDLE_PATH

from archiver.anchoring import mailing, printed, time_stamp, witnessing
from archiver.anchoring.failing import BAD_ANSWER, CREDENTIAL, HOST, REJECTED, Unanchored
from archiver.anchoring.mailing import Post
from archiver.anchoring.posting import Posted, Poster
from archiver.anchoring.time_stamp import Query, Stamped
from archiver.clock import Clock
from archiver.config import Config
from archiver.config_ledger import Authority, Mailbox, Witness
from archiver.errors import ArchiverError, AuthError, PlatformDown, VerificationError
from archiver.model import iso
from archiver.polling.guard import Guard
from archiver.polling.wire import tls_context
from archiver.references import credentials_folder, resolved
from archiver.storage import anchor_files
from archiver.storage.anchors import AnchorKind
from archiver.storage.archive import Archive
from archiver.storage.ledger import checkpoints, merkle
from archiver.storage.ledger.tiles import Tiles

SECONDS = 30.0  # for one exchange with one place
_QUERY, _REPLY = "application/timestamp-query", "application/timestamp-reply"


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """The checkpoint that is shown, and the archive it is of."""

    archive: Archive
    size: int
    note: bytes

    @property
    def ledger(self) -> Path:
        """The folder of the ledger's files."""
        return ledger_of(self.archive)


def ledger_of(archive: Archive) -> Path:
    """The folder of an archive's ledger."""
    return archive.directory / "ledger"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One place, how often it is shown something, and how. `take` raises ArchiverError where it did not take it."""

    kind: AnchorKind
    name: str
    every: timedelta
    take: Callable[[Showing], None]

    def cause_of(self, error: ArchiverError) -> str:
        """What a gap by this error is called."""
        if isinstance(error, Unanchored):
            return error.why
        if isinstance(error, AuthError):
            return CREDENTIAL
        return str(error.cause) if isinstance(error, PlatformDown) else HOST


@dataclass(frozen=True, slots=True, kw_only=True)
class _Means:
    """What places are reached by."""

    poster: Poster
    config: Config
    clock: Clock
    environ: Mapping[str, str]


@contextmanager
def places(archive: Archive, config: Config, clock: Clock, environ: Mapping[str, str]) -> Iterator[tuple[Place, ...]]:
    """Every place the configuration names, in its order; connections are let go of at the end."""
    network = config.network
    poster = Poster(
        clock=clock,
        directory=ledger_of(archive),
        ca_bundle=network.ca_bundle,
        allow_loopback=network.allow_loopback,
        seconds=min(SECONDS, network.total_seconds),
    )
    try:
        yield tuple(_named(_Means(poster=poster, config=config, clock=clock, environ=environ)))
    finally:
        poster.close()


def _named(means: _Means) -> Iterator[Place]:
    ledger = means.config.ledger
    for authority in ledger.authorities:
        yield _place(AnchorKind.AUTHORITY, authority, partial(_stamp, means, authority))
    for witness in ledger.witnesses:
        yield _place(AnchorKind.WITNESS, witness, partial(_show, means, witness))
    for mailbox in ledger.mailboxes:
        yield _place(AnchorKind.MAILBOX, mailbox, partial(_mail, means, mailbox))


def _place(kind: AnchorKind, one: Authority | Witness | Mailbox, take: Callable[[Showing], None]) -> Place:
    return Place(kind=kind, name=one.name, every=timedelta(minutes=one.every_minutes), take=take)


def _stamp(means: _Means, authority: Authority, showing: Showing) -> None:
    asked = time_stamp.query(showing.note)
    posted = means.poster.post(authority.url, asked.der, type_=_QUERY, local_network=authority.local_network)
    if posted.status != 200 or posted.type != _REPLY:
        raise Unanchored(f"The authority answered with status {posted.status} and no time stamp.", why=BAD_ANSWER)
    try:
        stamped = time_stamp.checked(asked, posted.body, authority.certificates)
    except Unanchored as error:
        if error.why in (BAD_ANSWER, REJECTED):
            anchor_files.keep_refused(showing.ledger, authority.name, showing.size, posted.body)
        raise
    said = _said(authority, asked, posted, stamped)
    anchor_files.keep_stamp(showing.ledger, authority.name, showing.size, posted.body, said)


def _said(authority: Authority, asked: Query, posted: Posted, stamped: Stamped) -> dict[str, str]:
    return {
        "url": authority.url.partition("?")[0],
        "asked": iso(posted.asked),
        "answered": iso(posted.answered),
        "asserted": iso(stamped.asserted),
        "query": asked.der.hex(),
        "nonce": str(asked.nonce),
        "library": _words(stamped.library),
        "openssl": _words(stamped.openssl),
    }


def _words(opinion: time_stamp.Opinion) -> str:
    return f"{opinion.verdict}: {opinion.why}" if opinion.why else opinion.verdict


def _show(means: _Means, witness: Witness, showing: Showing) -> None:
    ledger = showing.ledger
    prove = partial(_proof, ledger)
    known = anchor_files.newest_cosigned(ledger, witness.name)
    lines = witnessing.witnessed(witness, showing.note, known, prove, means.poster)
    anchor_files.keep_witness(ledger, witness.name, showing.size, lines)


def _proof(ledger: Path, old: int, new: int) -> tuple[bytes, ...]:
    """The steps from one size to another, out of the tiles of the newest: those of an older one may be gone."""
    newest = checkpoints.sizes(ledger)[-1]
    try:
        return merkle.consistency_proof(Tiles(ledger, newest).node, old, new)
    except VerificationError:
        if checkpoints.sizes(ledger)[-1] == newest:
            raise
    return _proof(ledger, old, new)  # another checkpoint was made meanwhile


def _mail(means: _Means, mailbox: Mailbox, showing: Showing) -> None:
    secret = None
    if mailbox.credential:
        folder = credentials_folder(means.environ)
        said = "Checkpoints cannot be sent to this mailbox; a gap is on record."
        secret = resolved(mailbox.credential, means.environ, folder, means=said)
    now, network = means.clock.now(), means.config.network
    sheet = printed.Sheet(
        agency=showing.archive.agency, printed=f"{now:%Y-%m-%d %H:%M} UTC", note=showing.note.decode()
    )
    mail = mailing.message(
        mailbox, showing.note, size=showing.size, origin=sheet.checkpoint.origin, told=printed.as_text(sheet), at=now
    )
    post = Post(
        guard=Guard(allow_loopback=network.allow_loopback, allow_private=mailbox.local_network),
        context=tls_context(str(network.ca_bundle or Path(DEFAULT_CA_BUNDLE_PATH))),
        seconds=min(SECONDS, network.total_seconds),
    )
    receipt = mailing.sent(mailbox, mail, secret, post, now)
    anchor_files.keep_witness(showing.ledger, mailbox.name, showing.size, receipt)
