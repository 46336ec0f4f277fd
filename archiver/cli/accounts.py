"""`archiver accounts`: the register of accounts the agency answers for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from archiver.acts import fields, registration
from archiver.cli.session import Session, pass_session
from archiver.cli.terminal import line, table, when
from archiver.errors import UsageError
from archiver.model import Account, Level, iso
from archiver.model.account import AccountState
from archiver.storage import schedule
from archiver.storage.accounts import account_called, account_numbers, all_accounts
from archiver.storage.acts import acts_on
from archiver.storage.coverage_rows import gaps_of

_DETAILS = (
    click.option("--unit", metavar="TEXT", help="School, department or program it belongs to."),
    click.option("--purpose", metavar="TEXT", help="What it is for."),
    click.option("--audience", metavar="TEXT", help="Whom it addresses (default: public)."),
    click.option("--owner", metavar="NAME", help="Who answers for it."),
    click.option("--deputy", metavar="NAME", help="Who stands in for the owner."),
    click.option("--level", type=click.Choice([str(level) for level in Level]), help="The office it speaks for."),
    click.option("--credential", metavar="REFERENCE", help="Where its secret is: env:NAME, file:/path, systemd:NAME."),
    click.option("--interval", type=int, metavar="MINUTES", help="How often it is polled."),
    click.option("--option", "options", multiple=True, metavar="NAME=VALUE", help="A setting of the connector."),
)


def _details(command: Any) -> Any:
    for option in reversed(_DETAILS):
        command = option(command)
    return command


@click.group()
def accounts() -> None:
    """The register of accounts: add, show, list, change, retire, resume."""


@accounts.command()
@click.argument("platform")
@click.option("--url", metavar="ADDRESS", help="Where its API or feed is asked; made from user@host where it is so.")
@click.option("--handle", metavar="NAME", help="Its name on the platform (default: host and path of the address).")
@click.option("--id", "id_", metavar="ID", default="", help="What you call it (default: platform and handle).")
@_details
@pass_session
def add(session: Session, /, *, platform: str, url: str | None, handle: str | None, id_: str, **details: Any) -> None:
    """Register an account; it is polled from now on.

    \b
    archiver accounts add feed --url https://www.example.org/feed.xml
    archiver accounts add mastodon --handle lakeside@social.example --level executive
    """
    from archiver.polling.registry import connector

    known = connector(platform)
    address, name = _address_and_handle(url, handle)
    account = Account(
        id=fields.account_id(id_) if id_ else "",
        platform=platform,
        handle=fields.handle(name),
        url=fields.url(address),
        **{"interval_minutes": session.config.polling.interval_minutes} | _checked(details),
    )
    made = registration.register(session.archive, account, known, who=session.actor, now=session.now())
    warnings = [] if made.level is not Level.UNKNOWN else ["Its level is not registered: nothing of it becomes due."]
    for warning in warnings:
        session.tell(f"{warning} Set it: archiver accounts change {made.id} --level other|executive|...")
    lines = [f"Registered {made.id}: {line(made.handle)} on {made.platform}.", f"Next: archiver poll {made.id}"]
    session.show({"account": registration.as_json(made)}, lines)


@accounts.command("list")
@pass_session
def list_(session: Session) -> None:
    """List every account ever registered."""
    db = session.db
    dues = {due.account_id: due for due in schedule.all_due(db)}
    told, rows = [], []
    for account in all_accounts(db):
        due = dues.get(account.id)
        open_gaps = len(gaps_of(db, account.id, standing=True))
        told.append(registration.as_json(account) | _polling_json(due, account) | {"standing_gaps": open_gaps})
        last = when(due.last_success if due else None, session.zone)
        rows.append((account.id, account.platform, account.handle, account.state, account.level, last, str(open_gaps)))
    headings = ("ID", "PLATFORM", "HANDLE", "STATE", "LEVEL", "LAST COMPLETE POLL", "GAPS")
    none = ["No account is registered. Register one: archiver accounts add --help"]
    session.show({"accounts": told}, table(headings, rows) if rows else none)


@accounts.command()
@click.argument("account_id", metavar="ACCOUNT")
@pass_session
def show(session: Session, *, account_id: str) -> None:
    """Show one account: who answers for it, how it is polled, its history."""
    account = account_called(session.db, account_id)
    answer = _shown(session, account)
    session.show(answer, _show_lines(session, account))


@accounts.command()
@click.argument("account_id", metavar="ACCOUNT")
@click.option("--url", metavar="ADDRESS", help="Another address of its API or feed.")
@click.option("--handle", metavar="NAME", help="Another name on the platform.")
@_details
@click.option(
    "--repin/--keep-pin",
    default=None,
    help="Drop the pinned platform id, so that the next reply pins anew; or keep it under a new address or name.",
)
@pass_session
def change(
    session: Session, /, *, account_id: str, url: str | None, handle: str | None, repin: bool | None, **details: Any
) -> None:
    """Change what is registered of an account; its platform and id stay."""
    from archiver.polling.registry import connector

    old = account_called(session.db, account_id)
    new = _checked(details)
    if url is not None:
        new["url"] = fields.url(url)
    if handle is not None:
        new["handle"] = fields.handle(handle)
    if "options" in new:
        new["options"] = {**old.options, **new["options"]}
    changed = registration.change(
        session.archive,
        account_id,
        new,
        connector=connector(old.platform),
        repin=repin,
        who=session.actor,
        now=session.now(),
    )
    session.show({"account": registration.as_json(changed)}, [f"Changed {changed.id}; the change is on record."])


@accounts.command()
@click.argument("account_id", metavar="ACCOUNT")
@click.option("--reason", default="", metavar="TEXT", help="Why; kept with the act.")
@pass_session
def retire(session: Session, *, account_id: str, reason: str) -> None:
    """End the polling of an account; everything kept of it stays."""
    said = fields.text("reason", reason)
    account = registration.retire(session.archive, account_id, reason=said, who=session.actor, now=session.now())
    lines = [f"{account.id} is no longer polled. Everything kept of it stays, and its retention goes on."]
    session.show({"account": registration.as_json(account)}, lines)


@accounts.command()
@click.argument("account_id", metavar="ACCOUNT")
@click.option("--reason", default="", metavar="TEXT", help="Why; kept with the act.")
@pass_session
def resume(session: Session, *, account_id: str, reason: str) -> None:
    """Poll a stopped or retired account again."""
    said = fields.text("reason", reason)
    account = registration.resume(session.archive, account_id, reason=said, who=session.actor, now=session.now())
    lines = [f"{account.id} is polled again, from now on."]
    if account.platform_id:
        lines.append(f"It is pinned to {line(account.platform_id)}; if another account answers, it stops again.")
    session.show({"account": registration.as_json(account)}, lines)


def _address_and_handle(url: str | None, handle: str | None) -> tuple[str, str]:
    """An address from user@host, or a handle from the address, where only one of them is given."""
    if url is None and handle is not None and "@" in handle.removeprefix("@"):
        return f"https://{handle.rpartition('@')[2]}", handle
    if url is None:
        raise UsageError(
            "There is no address to ask at.", means="Nothing was registered.", do="Give one: --url https://..."
        )
    return url, handle if handle is not None else _from_address(url)


def _from_address(url: str) -> str:
    return fields.url(url).partition("://")[2].partition("?")[0].rstrip("/")


def _checked(details: dict[str, Any]) -> dict[str, Any]:
    """The details that were given, each checked, under the names of the account's fields."""
    given = {name: value for name, value in details.items() if value not in (None, ())}
    found: dict[str, Any] = {}
    for name, value in given.items():
        match name:
            case "level":
                found["level"] = Level(value)
            case "credential":
                found["credential"] = fields.credential(value)
            case "interval":
                found["interval_minutes"] = fields.interval(value)
            case "options":
                found["options"] = fields.options(value)
            case _:
                found[name] = fields.text(name, value)
    return found


def _polling_json(due: schedule.Due | None, account: Account) -> dict[str, Any]:
    polled = account.state is AccountState.ACTIVE
    return {
        "last_success": iso(due.last_success) if due and due.last_success else None,
        "next_due": iso(due.next_due) if due and polled else None,
        "trouble": due.trouble if due else "",
    }


def _shown(session: Session, account: Account) -> dict[str, Any]:
    db = session.db
    due = schedule.due_of(db, account_numbers(db, (account.id,))[account.id])
    gaps = gaps_of(db, account.id, standing=True)
    return {
        "account": registration.as_json(account) | _polling_json(due, account),
        "levels": [
            {"level": str(one.level), "since": iso(one.since), "by": one.by}
            for one in registration.level_history(db, account.id)
        ],
        "standing_gaps": [
            {"id": gap.id, "stream": gap.stream, "cause": str(gap.cause), "opened": iso(gap.opened)} for gap in gaps
        ],
        "acts": [
            {"at": iso(act.at), "actor": act.actor, "act": act.act, "detail": act.detail}
            for act in acts_on(db, account.id)
        ],
    }


def _show_lines(session: Session, account: Account) -> Iterator[str]:
    db, zone = session.db, session.zone
    due = schedule.due_of(db, account_numbers(db, (account.id,))[account.id])
    gaps = gaps_of(db, account.id, standing=True)
    yield f"{account.id}: {line(account.handle)} on {account.platform}, {account.state}"
    said = (
        ("Why", account.state_reason),
        ("Address", account.url.partition("?")[0]),
        ("Unit", account.unit),
        ("Purpose", account.purpose),
        ("Audience", account.audience),
        ("Owner", account.owner),
        ("Deputy", account.deputy),
        ("Level", str(account.level)),
        ("Credential", account.credential or "none"),
        ("Platform id", account.platform_id or "not pinned yet: the first reply that names the account pins it"),
        ("Last complete poll", when(due.last_success if due else None, zone)),
        ("Next poll", _next_poll(session, account, due)),
        ("In the way", due.trouble if due else ""),
        ("Standing gaps", f"{len(gaps)} (archiver gaps {account.id})" if gaps else "none"),
    )
    yield from (f"  {name + ':':<20}{line(value)}" for name, value in said if value)
    yield "History:"
    for act in acts_on(db, account.id):
        yield f"  {when(act.at, zone)}  {line(act.act)} by {line(act.actor)}{_what_changed(act.detail)}"


def _next_poll(session: Session, account: Account, due: schedule.Due | None) -> str:
    if account.state is not AccountState.ACTIVE or due is None:
        return "none"
    return f"{when(due.next_due, session.zone)}, every {account.interval_minutes} minutes"


def _what_changed(detail: Any) -> str:
    if "from" in detail and "to" in detail:
        pairs = (f"{name} {detail['from'][name]!s} → {new!s}" for name, new in detail["to"].items())
        return ": " + line("; ".join(pairs))
    return f": {line(detail['reason'])}" if detail.get("reason") else ""
