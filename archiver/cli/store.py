"""`archiver store`: where sealed files are kept beside this machine's disk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from archiver.cli.session import Session, pass_session
from archiver.cli.terminal import line, when
from archiver.errors import Exit, UsageError
from archiver.model import iso
from archiver.model.text import some

if TYPE_CHECKING:
    from archiver.storage.keeping import PlaceStanding

_NONE = "Sealed files are kept in the archive's own folder alone; no [second_store] is configured."


@click.group()
def store() -> None:
    """Where sealed files are kept: copies, locks, what waits."""


@store.command()
@pass_session
def show(session: Session) -> None:
    """What each place has, what waits for it, what stands in the way, and until when files are locked. Asks nobody."""
    from archiver.storage.keeping import standings

    found = standings(session.archive)
    session.show({"places": [place_json(one) for one in found]}, _shown(session, found))


@store.command()
@pass_session
def copy(session: Session) -> int:
    """Copy now what waits, renew locks, set and end holds. The daemon does it by itself.

    Exit code 4 where a place could not be looked after.
    """
    from archiver.storage.keeping import keep_places, standings

    kept = keep_places(session.archive, session.now, patient=False)
    found = standings(session.archive)
    answer = {"copied": {one.role: one.put for one in kept}, "places": [place_json(one) for one in found]}
    told = [f"{one.role}: copied {some(one.put, 'file')}." for one in kept]
    session.show(answer, [*told, *_shown(session, found)])
    return int(Exit.DISK if any(one.trouble for one in kept) else Exit.OK)


@store.command()
@pass_session
def begin(session: Session) -> None:
    """Make the folder of [second_store] a store, once, when its disk is mounted. No empty folder is taken for one.

    A bucket needs nothing of the kind.
    """
    from archiver.storage.stores import DiskStore

    second = session.config.second_store
    if second.kind != "disk" or second.directory is None:
        raise UsageError(
            "[second_store] names no folder.",
            means="Nothing was changed.",
            do='Write kind = "disk" and directory = "..." under [second_store] in the configuration.',
        )
    DiskStore.create(second.directory)
    lines = [f"{second.directory} is the store of second copies now. To fill it: archiver store copy"]
    session.show({"directory": str(second.directory)}, lines)


def place_line(session: Session, place: PlaceStanding) -> str:
    """One place in a sentence."""
    has = f"{place.role} has {some(place.files, 'file')}" + (f", {place.waiting:,} wait" if place.waiting else "")
    if place.asked_to_lock:
        ends = f" until {when(place.locked_until, session.zone)} at least" if place.locked_until else ""
        has += f", {place.locked:,} are locked{ends}, {place.held:,} held"
    return f"{has}." + (f" {line(place.trouble)}" if place.trouble else "")


def place_json(place: PlaceStanding) -> dict[str, Any]:
    """One place as JSON values."""
    return asdict(place) | {
        "last": iso(place.last) if place.last else None,
        "locked_until": iso(place.locked_until) if place.locked_until else None,
    }


def _shown(session: Session, places: tuple[PlaceStanding, ...]) -> Iterator[str]:
    if not places:
        yield _NONE
    for place in places:
        yield place_line(session, place)
