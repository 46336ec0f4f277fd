"""How a command fails: three lines on standard error and the exit code of the cause, never a traceback."""

from __future__ import annotations

import json
import os
import tempfile
import traceback

import click

from archiver.cli.session import SCHEMA, Session
from archiver.cli.terminal import safe
from archiver.errors import ArchiverError, DiskError, Exit, UsageError

INTERRUPTED = 130  # as the shell has it for SIGINT


def report(error: Exception, session: Session) -> int:
    """Tell what went wrong, in three lines or as JSON; the exit code is returned."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(error.format_message(), err=True)
        return int(Exit.USAGE)
    if isinstance(error, click.Abort):
        click.echo("Stopped. What was captured before is kept.", err=True)
        return INTERRUPTED
    known = _known(error)
    _show(known, session)
    return int(known.exit)


def _known(error: Exception) -> ArchiverError:
    if isinstance(error, ArchiverError):
        return error
    if isinstance(error, click.ClickException):
        return _usage(error)
    if isinstance(error, OSError) and error.strerror:
        return _disk(error)
    if type(error).__name__ in ("OperationalError", "DatabaseError"):  # SQLite's; naming its module would load it
        return DiskError(
            f"The catalogue cannot be used: {error}.",
            means="Nothing was changed. The WARC files hold everything captured.",
            do="Run: archiver doctor",
        )
    if isinstance(error, RuntimeError) and str(error) == "can't start new thread":
        return DiskError(
            "This host cannot start another thread.",
            means="The command was not carried out to its end; what was kept before is not affected.",
            do="Let the process have more (TasksMax=, ulimit -u), free memory, or lower [polling] threads.",
        )
    return _fault(error)


def _usage(error: click.ClickException) -> UsageError:
    context = error.ctx if isinstance(error, click.UsageError) else None
    what = error.format_message().strip()
    return UsageError(
        what if what.endswith((".", "?", "!")) else f"{what}.",
        means="Nothing was done.",
        do=f"See: {context.command_path if context else 'archiver'} --help",
    )


def _disk(error: OSError) -> DiskError:
    where = f"{error.filename} cannot be used" if error.filename else "A file or disk cannot be used"
    return DiskError(
        f"{where}: {error.strerror}.",
        means="The command was not carried out; what was kept before is not affected.",
        do="Check the disk, and that this user may read and write there.",
    )


def _fault(error: Exception) -> ArchiverError:
    handle, name = tempfile.mkstemp(prefix="archiver-fault-", suffix=".txt")
    with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.writelines(traceback.format_exception(error))
    return ArchiverError(
        f"A fault in Archiver itself ({type(error).__name__}).",
        means="The command was not carried out to its end; what was kept before is not affected.",
        do=f"Report it, with the file {name}",
    )


def _show(error: ArchiverError, session: Session) -> None:
    if session.json:
        said = {"what": error.what, "means": error.means, "do": error.do, "exit": int(error.exit)}
        click.echo(json.dumps({"schema": SCHEMA, "error": said}, ensure_ascii=False), err=True)
        return
    for line in error.lines():
        click.echo(safe(line), err=True)
