"""The connectors, and each account: can it be polled, is it, and who does it turn out to be."""

from __future__ import annotations

from collections.abc import Iterator

from archiver.checks.seen import Patient, Seen, error, ok, warning
from archiver.checks.status import AccountStanding, standing_of
from archiver.errors import AuthError, Exit
from archiver.model import Account
from archiver.model.account import AccountState
from archiver.polling.credentials import secret_of
from archiver.polling.rationing import plans


def connectors(patient: Patient) -> Iterator[Seen]:
    """Those that do not work are named; the others go on."""
    for broken in patient.registry.broken:
        what = f"The connector {broken.name} ({broken.target}) does not work: {broken.reason}."
        yield error("connectors", what, "Repair or remove the package it comes from.", Exit.CONFIG)
    if not patient.registry.broken:
        yield ok("connectors", f"Connectors: {', '.join(patient.registry.connectors)}.")


def accounts(patient: Patient) -> Iterator[Seen]:
    """Each account that is not retired, with the first thing that stands in its way."""
    found = standing_of(patient.archive, patient.config, patient.clock.now())
    standing = {gap.account_id for gap in found.gaps if gap.subject is None}
    if not found.polled:
        yield warning("accounts", "No account is registered to be polled.", "archiver accounts add --help")
    for one in found.polled:
        trouble = _unusable(patient, one.account) or _not_polled(one)
        name = f"account {one.account.id}"
        if trouble:
            yield trouble
        elif one.account.id in standing:
            yield warning(name, "A gap of a whole stream stands open.", f"archiver gaps {one.account.id}")
        elif one.account.platform_id is None:
            what = "It was captured, but no reply said whose it is: a stranger's would not be noticed."
            yield warning(name, what, f"Check its address: archiver accounts show {one.account.id}")
        else:
            yield ok(name, f"Captured completely at {one.last_success:%Y-%m-%d %H:%M} UTC.")


def _unusable(patient: Patient, account: Account) -> Seen | None:
    name = f"account {account.id}"
    if account.platform not in patient.registry.connectors:
        what = f"There is no connector for {account.platform}."
        return error(name, what, "Install the package that brings it.", Exit.CONFIG)
    try:
        secret_of(account, patient.environ)
    except AuthError as problem:
        return error(name, problem.what, problem.do, Exit.AUTH)
    return None


def _not_polled(one: AccountStanding) -> Seen | None:
    name, why = f"account {one.account.id}", one.trouble.rstrip(".") or "nobody has polled it"
    if one.account.state is AccountState.STOPPED:
        fix = f"Put it right, then: archiver accounts resume {one.account.id}"
        return error(name, f"It is stopped: {why}.", fix, Exit.GAPS)
    if one.late:
        since = f"since {one.last_success:%Y-%m-%d %H:%M} UTC" if one.last_success else "ever"
        return error(
            name, f"It was not captured completely {since}: {why}.", "archiver poll, or start the daemon", Exit.GAPS
        )
    return None


def units(patient: Patient) -> Iterator[Seen]:
    """Where a platform counts by its day: whether the polls still to come have enough left."""
    db = patient.archive.database.connection()
    for plan in plans(db, patient.registry.connectors, patient.clock.now()):
        spent = f"{plan.spent:,} of the day's {plan.units:,} {plan.of} spent"
        said = f"{spent}, {plan.reserved:,} needed for polls to come."
        if plan.spent + plan.reserved <= plan.units:
            yield ok(f"units {plan.platform}", said)
        else:
            fix = f"Poll less often, or wait: the day ends {plan.ends:%Y-%m-%d %H:%M} UTC."
            yield warning(f"units {plan.platform}", f"Too few are left: {said}", fix)


CHECKS = (connectors, accounts, units)
