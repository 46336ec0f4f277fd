"""Makes the catalogue anew from the WARC files; what people did is carried over from the old one."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path

from archiver.checks.replay import AccountReplay, Damage
from archiver.checks.warc_files import WarcFile, account_from_files, size_of, warc_files
from archiver.clock import Clock
from archiver.config import Config
from archiver.errors import ConfigError, DiskError, VerificationError
from archiver.model import Account, Connector
from archiver.polling.capturing import capturing
from archiver.polling.engine import Engine
from archiver.polling.replaying import Replayer
from archiver.polling.writer import Work
from archiver.storage import frontier, replacing, run_rows, schedule, soundness, walks
from archiver.storage.accounts import account_called, account_numbers, add_account, all_accounts
from archiver.storage.archive import CATALOGUE, Archive
from archiver.storage.database import Connection, Database
from archiver.storage.ledger.checkpoints import origin_of
from archiver.storage.ledger.given_back import GivenBack, give_back
from archiver.storage.places import places_of

LOG = logging.getLogger(__name__)

Progress = Callable[[int, int], None]  # bytes done, bytes in all


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """What a rebuild read and wrote.

    `registered` are accounts that no catalogue knew any more; `damages` and `missing` (captures and notes of the old
    catalogue, with the names of their files) are what could not be read, or is not what was written. `carried_over`
    is false where the old catalogue is lost; `given_back` is then what the ledger's files held of leaves and acts.
    """

    accounts: int
    files: int
    exchanges: int
    items: int
    carried_over: bool
    given_back: GivenBack = field(default_factory=GivenBack)
    registered: tuple[str, ...] = ()
    damages: tuple[Damage, ...] = ()
    missing: tuple[tuple[str, str], ...] = ()
    quarantined: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether everything there was is there again."""
        return self.carried_over and not self.damages and not self.missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What a rebuild works with. `despite_damage`: go on behind what is damaged or missing, and say so."""

    config: Config
    connectors: Mapping[str, Connector]
    clock: Clock
    despite_damage: bool = False
    from_warc_alone: bool = False
    progress: Progress = lambda _done, _total: None


def rebuild(directory: Path, tools: Tools) -> Rebuilt:
    """Make the catalogue of this archive anew.

    Raises Locked while another process captures or has the catalogue open; VerificationError where something is
    damaged or missing; DiskError where the old catalogue cannot be carried over. After any of them, and after a
    crash, the old catalogue is as it was.
    """
    catalogue = directory / CATALOGUE
    carry_over = catalogue.exists() and not tools.from_warc_alone
    if carry_over:
        end_open_runs(directory, tools)
    aside = Database(directory / replacing.ASIDE)
    archive = Archive.open(directory, places=places_of(tools.config), database=aside)
    with archive.only_writer():
        return _made_anew(archive, catalogue, tools, carry_over=carry_over)


def _made_anew(archive: Archive, catalogue: Path, tools: Tools, *, carry_over: bool) -> Rebuilt:
    archive.database = new = replacing.begin_aside(archive.directory)
    try:
        files = warc_files(archive)
        given = _begun(archive, new, catalogue if carry_over else None, tools.clock.now())
        registered = _register(new, archive, files, tools.clock.now())
        _require_connectors(new, files, tools.connectors)
        replays = _replayed(archive, files, tools)
        done = Rebuilt(
            accounts=len(files),
            files=sum(len(held) for held in files.values()),
            exchanges=sum(replay.exchanges for replay in replays),
            items=soundness.count(new.connection(), "items"),
            carried_over=carry_over,
            given_back=given,
            registered=tuple(account.id for account in registered),
            damages=tuple(damage for replay in replays for damage in replay.damages),
            missing=replacing.records_not_in(new, catalogue) if carry_over else (),
            quarantined=tuple(name for replay in replays for name in replay.quarantined),
        )
        _require_counts(new, done)
        if not tools.despite_damage:
            _require_whole(done)
        _put_in_place(archive, catalogue, tools.clock.now(), done, registered)
    finally:
        new.close()
        replacing.discard_aside(archive.directory)
    return done


def end_open_runs(directory: Path, tools: Tools) -> None:
    """Have the runs that are under way end on record, in part: what they found unchanged stands nowhere else yet."""
    if not soundness.is_sound(directory / CATALOGUE):
        LOG.warning("the catalogue is damaged: replies that showed nothing new in runs under way are not on record")
        return
    with closing(Archive.open(directory, places=places_of(tools.config))) as archive:
        db = archive.database.connection()
        numbers = account_numbers(db)
        waiting = [account for account, number in numbers.items() if run_rows.open_run(db, number)]
        if not waiting:
            return
        try:
            with capturing(archive, tools.config, tools.clock, connectors=tools.connectors, environ={}) as engine:
                for account in waiting:
                    _end_run(engine, account, numbers[account])
        except (VerificationError, DiskError) as error:  # told again, and in full, by the rebuild itself
            LOG.warning("runs under way could not be ended on record: %s", error.what)


def _end_run(engine: Engine, account_id: str, number: int) -> None:
    db = engine.archive.database.connection()
    while run := run_rows.open_run(db, number):
        note = run_rows.run_note(db, run, account_id, ended=engine.clock.now(), outcome="in part", streams=[])
        then = partial(_end_rows, number=number, run_id=run.id)
        engine.writer.submit(Work(account=account_called(db, account_id), notes=(note,), then=then)).result()


def _end_rows(writing: Connection, number: int, run_id: str) -> None:
    walks.end_walks(writing, run_id)
    frontier.clear(writing, number, run_id)


def _begun(archive: Archive, new: Database, catalogue: Path | None, now: datetime) -> GivenBack:
    """The registers and the leaves that rows are to refer to: as the old catalogue has them, or the ledger's files."""
    given = GivenBack()
    if catalogue is not None:
        replacing.copy_accounts(new, catalogue)
    else:
        with new.transaction() as db:
            given = give_back(db, archive.directory / "ledger", origin_of(archive.id))
            for number in account_numbers(db).values():
                schedule.make_due(db, number, now)
    replacing.seek_leaves(new, catalogue)
    return given


def _register(
    new: Database, archive: Archive, files: Mapping[str, tuple[WarcFile, ...]], now: datetime
) -> list[Account]:
    """Register the accounts that only the files know."""
    known = account_numbers(new.connection())
    unknown = [account_from_files(archive, account, files[account]) for account in files if account not in known]
    with new.transaction() as db:
        for account in unknown:
            schedule.make_due(db, add_account(db, account), now)
    return unknown


def _require_connectors(
    new: Database, files: Mapping[str, tuple[WarcFile, ...]], connectors: Mapping[str, Connector]
) -> None:
    for account in all_accounts(new.connection()):
        if account.id in files and account.platform not in connectors:
            raise ConfigError(
                f"No connector for {account.platform} is installed, so the files of {account.id} cannot be read.",
                means="The old catalogue stays in use; nothing was changed.",
                do="Install the package that brings the connector (archiver doctor names broken ones).",
            )


def _replayed(archive: Archive, files: Mapping[str, tuple[WarcFile, ...]], tools: Tools) -> list[AccountReplay]:
    counted = _Counted(
        total=sum(size_of(archive, file) for held in files.values() for file in held), progress=tools.progress
    )
    db, now = archive.database.connection(), tools.clock.now()
    numbers = account_numbers(db)
    replayer = Replayer(archive=archive, connectors=tools.connectors)
    replays = []
    for account_id, held in files.items():
        replay = AccountReplay(archive, replayer, account_called(db, account_id), numbers[account_id], now)
        replay.replay(held, counted.add)
        replays.append(replay)
    return replays


@dataclass(slots=True, kw_only=True)
class _Counted:
    """Progress, added up."""

    total: int
    progress: Progress
    done: int = 0

    def add(self, size: int) -> None:
        """So many bytes more were read."""
        self.done += size
        self.progress(self.done, self.total)


def _require_counts(new: Database, done: Rebuilt) -> None:
    kept = soundness.count(new.connection(), "captures")
    if kept != done.exchanges:
        raise VerificationError(
            f"{done.exchanges} exchanges were read, but {kept} are in the new catalogue.",
            means="The old catalogue stays in use; nothing was changed.",
            do="Please report this.",
        )


def _require_whole(done: Rebuilt) -> None:
    unchanged = "The old catalogue stays in use; nothing was changed."
    go_on = "Restore the file from a backup. Without one: archiver rebuild --despite-damage"
    for damage in done.damages:
        what = f"{damage.file.name} is damaged from offset {damage.start} on: {damage.why}"
        raise VerificationError(what, means=unchanged, do=go_on)
    for capture, name in done.missing:
        count = f"{len(done.missing)} captures or notes of the catalogue"
        what = f"{count} are not in the WARC files as they were, the first ({capture}) from {name}."
        raise VerificationError(what, means=unchanged, do=go_on)


def _put_in_place(
    archive: Archive, catalogue: Path, now: datetime, done: Rebuilt, registered: Sequence[Account]
) -> None:
    if catalogue.exists() and not done.carried_over:
        replacing.set_aside(catalogue, archive.quarantine / f"{CATALOGUE}.{now:%Y%m%dT%H%M%SZ}")
    told = {
        "files": done.files,
        "exchanges": done.exchanges,
        "items": done.items,
        "carried over": done.carried_over,
        "registered again": list(done.registered),
        "given back": asdict(done.given_back),
        "damaged": [f"{damage.file.name} at {damage.start}" for damage in done.damages],
        "missing": len(done.missing),
    }
    anew = replacing.Anew(at=now, told=told, registered=registered)
    replacing.take_place(archive.database, catalogue, anew, carry_over=done.carried_over)
