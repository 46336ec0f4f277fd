"""Looks over an installation: every check has an id, a verdict, what it saw, and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from archiver.checks import (
    doctor_accounts,
    doctor_anchors,
    doctor_host,
    doctor_ledger,
    doctor_online,
    doctor_storage,
    doctor_store,
)
from archiver.checks.seen import Patient, Seen, Severity
from archiver.errors import Exit

Check = Callable[[Patient], Iterator[Seen]]

_OFFLINE: tuple[Check, ...] = (
    *doctor_host.CHECKS,
    *doctor_storage.CHECKS,
    *doctor_store.OFFLINE,
    *doctor_ledger.CHECKS,
    *doctor_anchors.CHECKS,
    *doctor_accounts.CHECKS,
)
_WORST_FIRST = (Severity.ERROR, Severity.WARNING, Severity.OK)


def looked_over(patient: Patient) -> tuple[Seen, ...]:
    """What every check saw, the worst first."""
    checks = _OFFLINE if patient.offline else (*_OFFLINE, *doctor_store.ONLINE, *doctor_online.CHECKS)
    seen = [found for check in checks for found in check(patient)]
    return tuple(sorted(seen, key=lambda found: _WORST_FIRST.index(found.severity)))


def exit_code(seen: tuple[Seen, ...]) -> Exit:
    """The code of the first error's cause; 0 where there are only warnings."""
    return next((found.exit for found in seen if found.severity is Severity.ERROR), Exit.OK)
