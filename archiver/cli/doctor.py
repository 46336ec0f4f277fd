"""`archiver doctor`: is the installation fit to keep records?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from archiver.cli.session import Session, pass_session
from archiver.cli.terminal import line

if TYPE_CHECKING:
    from archiver.checks.seen import Seen


@click.command()
@click.option("--offline", is_flag=True, help="Ask no platform; takes a few seconds at most.")
@pass_session
def doctor(session: Session, *, offline: bool) -> int:
    """Look over configuration, host, archive, connectors and accounts; what is wrong comes first, with its remedy.

    Exit code of the first error's cause; 0 where there are only warnings.
    """
    from archiver.checks.doctor import exit_code, looked_over
    from archiver.checks.seen import Patient
    from archiver.polling.registry import registry

    patient = Patient(
        archive=session.archive,
        config=session.config,
        registry=registry(),
        clock=session.clock,
        environ=session.environ,
        offline=offline,
    )
    seen = looked_over(patient)
    code = exit_code(seen)
    answer = {"fit": int(code) == 0, "checks": [asdict(one) | {"exit": int(one.exit)} for one in seen]}
    session.show(answer, _lines(seen))
    return int(code)


def _lines(seen: Sequence[Seen]) -> Iterator[str]:
    for one in seen:
        yield f"{one.severity.upper():<8} {one.id}: {line(one.what)}"
        if one.fix:
            yield f"         {line(one.fix)}"
    errors = sum(one.severity == "error" for one in seen)
    warnings = sum(one.severity == "warning" for one in seen)
    yield f"{len(seen)} checks: {errors} errors, {warnings} warnings."
