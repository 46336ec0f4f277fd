"""The host: configuration, clock and zone, disk, who may read the archive."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from archiver.checks.seen import Patient, Seen, error, ok, warning
from archiver.errors import Exit
from archiver.model.text import some
from archiver.storage import standing

_WINDOW_DAYS = 30
_FORECAST_DAYS = 90
_TEN_YEARS = 3652


def configuration(patient: Patient) -> Iterator[Seen]:
    """The file, and that nobody else may change it."""
    origin = patient.config.origin
    if origin is None:
        yield ok("config", "There is no configuration file; the defaults hold.")
    elif origin.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        what = f"{origin} can be changed by other users of this host."
        yield error("config", what, f"chmod go-w {origin}", Exit.CONFIG)
    else:
        yield ok("config", f"{origin} can be used.")


def clock(patient: Patient) -> Iterator[Seen]:
    """The zone is known, and time has not gone back behind what was captured."""
    zone = patient.config.agency.time_zone
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        yield error("clock", f"The time zone {zone} is not known here.", "Install tzdata, or correct it.", Exit.CONFIG)
        return
    newest = standing.newest_capture(patient.archive.database.connection())
    now = patient.clock.now()
    if newest is not None and newest > now + timedelta(minutes=5):
        what = f"The clock says {now:%Y-%m-%d %H:%M} UTC, but the newest capture is of {newest:%Y-%m-%d %H:%M} UTC."
        yield error("clock", what, "Set the host's clock by NTP: timedatectl set-ntp true", Exit.FAULT)
    else:
        yield ok("clock", f"The clock is behind no capture; days are counted in {zone}.")


def disk(patient: Patient) -> Iterator[Seen]:
    """What is free, what is kept in reserve, and for how long it lasts at the pace of the last month."""
    free = shutil.disk_usage(patient.archive.directory).free
    reserve = patient.config.archive.reserve_megabytes << 20
    if free < reserve:
        what = f"Only {free >> 20} MiB are free, less than the reserve of {reserve >> 20}: capturing stops."
        yield error("disk", what, "Free space, or move the archive to a larger disk.", Exit.DISK)
        return
    since = patient.clock.now() - timedelta(days=_WINDOW_DAYS)
    daily = standing.bytes_since(patient.archive.database.connection(), since) / _WINDOW_DAYS
    days = int((free - reserve) / daily) if daily else None
    lasts = f", enough for {_days(days)} at the pace of the last {_WINDOW_DAYS}" if days is not None else ""
    said = f"{free >> 20:,} MiB are free{lasts}."
    if days is not None and days < _FORECAST_DAYS:
        yield warning("disk", said, "Plan for a larger disk.")
    else:
        yield ok("disk", said)


def _days(days: int) -> str:
    return some(days, "day") if days < _TEN_YEARS else "more than ten years"


def permissions(patient: Patient) -> Iterator[Seen]:
    """Nobody else may look into the archive, and this user may write there."""
    folder = patient.archive.directory
    mode = folder.stat().st_mode
    if mode & 0o077:
        what = f"{folder} is open to other users of this host (mode {stat.S_IMODE(mode):o})."
        yield warning("permissions", what, f"chmod 700 {folder}")
    elif not os.access(folder, os.W_OK):
        yield error("permissions", f"This user may not write in {folder}.", "Run as the archive's user.", Exit.DISK)
    elif wrong := _not_ours(folder):
        what = f"{wrong} belongs to another user than the archive does."
        yield error("permissions", what, f"chown -R --reference={folder} {folder}", Exit.DISK)
    else:
        yield ok("permissions", "Only the archive's user can look into it.")


def _not_ours(folder: Path) -> Path | None:
    owner = folder.stat().st_uid
    return next((path for path in sorted(folder.iterdir()) if path.lstat().st_uid != owner), None)


CHECKS = (configuration, clock, disk, permissions)
