"""Finds the connectors: those of this program and those of other packages, by their entry points."""

from __future__ import annotations

import difflib
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType

from archiver.errors import ConfigError, UsageError
from archiver.model import Account, Connector

GROUP = "archiver.connectors"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenConnector:
    """An entry point that did not give a connector, and why."""

    name: str
    target: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """The connectors by platform, and the entry points that gave none."""

    connectors: Mapping[str, Connector]
    broken: tuple[BrokenConnector, ...] = ()

    def connector(self, platform: str) -> Connector:
        """The connector of a platform. Raises UsageError with the closest names."""
        found = self.connectors.get(platform)
        if found is not None:
            return found
        fault = next((broken for broken in self.broken if broken.name == platform), None)
        if fault is not None:
            raise UsageError(f"The connector '{platform}' ({fault.target}) does not work: {fault.reason}.", do=_REPAIR)
        raise UsageError(f"There is no connector for '{platform}'.", do=_suggestion(platform, self.connectors))


@cache
def registry() -> Registry:
    """All installed connectors, looked for once per process; a broken one is logged and does not stop the others."""
    found = load(entry_points(group=GROUP))
    for broken in found.broken:
        log.error("connector not usable name=%s target=%s reason=%s", broken.name, broken.target, broken.reason)
    return found


def connectors() -> Mapping[str, Connector]:
    """All usable connectors by platform."""
    return registry().connectors


def connector(platform: str) -> Connector:
    """The connector of a platform. Raises UsageError with the closest names."""
    return registry().connector(platform)


def connector_of(known: Mapping[str, Connector], account: Account) -> Connector:
    """The connector an account needs. Raises ConfigError where it is not installed."""
    found = known.get(account.platform)
    if found is None:
        raise ConfigError(
            f"No connector for {account.platform!r} is installed; the account {account.id} needs it.",
            means="This account is not polled. What was kept of it stays.",
            do="Install the package that brings it: archiver platforms",
        )
    return found


def load(points: Iterable[EntryPoint]) -> Registry:
    """The connectors that entry points lead to. Those of this program go before others of the same name."""
    good: dict[str, Connector] = {}
    broken: list[BrokenConnector] = []
    for point in sorted(points, key=lambda point: (not point.value.startswith("connectors."), point.name, point.value)):
        loaded = _loaded(point, taken=point.name in good)
        if isinstance(loaded, str):
            broken.append(BrokenConnector(name=point.name, target=point.value, reason=loaded))
        else:
            good[point.name] = loaded
    return Registry(connectors=MappingProxyType(dict(sorted(good.items()))), broken=tuple(broken))


_REPAIR = "Repair or remove the package it comes from; accounts of other platforms are polled as usual."


def _loaded(point: EntryPoint, *, taken: bool) -> Connector | str:
    """The connector, or why there is none."""
    if taken:
        return "another package already gives a connector of this name"
    try:
        found = point.load()
    except Exception as error:  # noqa: BLE001 - code of others runs here, and may fail in any way
        return f"{type(error).__name__}: {error}"
    if isinstance(found, type):
        return "it is a class where a connector, made from it, belongs"
    if not isinstance(found, Connector):
        return "it lacks what a connector declares (docs/new-connector.md)"
    if found.platform != point.name:
        return f"it calls itself '{found.platform}'"
    return found


def _suggestion(platform: str, known: Iterable[str]) -> str:
    names = sorted(known)
    close = difflib.get_close_matches(platform.lower(), names, n=3)
    if close:
        return "Did you mean " + " or ".join(f"'{name}'" for name in close) + "?"
    return "Known platforms: " + ", ".join(names) + "."
