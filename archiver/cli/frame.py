"""What every command shares: loading on demand, the global options, and the one way to fail."""

from __future__ import annotations

import difflib
import importlib
import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import click

from archiver import __version__
from archiver.cli.failing import INTERRUPTED, report
from archiver.cli.session import Session
from archiver.cli.table import COMMANDS
from archiver.errors import UsageError


class LazyGroup(click.Group):
    """The command `archiver`: imports a command's module only when that command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - as click calls it
        """The names, in alphabetical order."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        """The command of this name, with the options that every command takes; None where there is none."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(COMMANDS[cmd_name][0])
        found: click.Command = getattr(module, cmd_name)
        _take_common_options(found)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands for --help, from the table."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in self.list_commands(ctx)])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is asked for. Raises click's usage error, with near names."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            near = difflib.get_close_matches(args[0], COMMANDS, n=3)
            hint = f" Did you mean {' or '.join(near)}?" if near else ""
            ctx.fail(f"There is no command {args[0]!r}.{hint}")
        return super().resolve_command(ctx, args)

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        *_: Any,
        obj: Session | None = None,
        **extra: Any,
    ) -> NoReturn:
        """Run, report what went wrong in its one way, and leave with the exit code of the cause."""
        session = obj or Session()
        extra["standalone_mode"] = False
        words = list(sys.argv[1:] if args is None else args)
        session.json = "--json" in words  # known before parsing, so that a usage error is told as JSON too
        try:
            code = self._called(words, prog_name or "archiver", session, extra)
        except KeyboardInterrupt:  # while it was closing: what it did is done
            code = INTERRUPTED
        sys.exit(code if isinstance(code, int) else 0)

    def _called(self, words: list[str], name: str, session: Session, extra: dict[str, Any]) -> Any:
        try:
            _require_text(words)
            return super().main(words, name, obj=session, **extra)
        except Exception as error:  # noqa: BLE001 - the one place where nothing may pass
            return report(error, session)
        finally:
            session.close()


def _require_text(words: Sequence[str]) -> None:
    """Refuse bytes that are no text in any word: they could neither be recorded nor be shown. Raises UsageError."""
    for number, word in enumerate(words, start=1):
        if not word.isprintable() and any("\ud800" <= one <= "\udfff" for one in word):
            raise UsageError(
                f"Word {number} of the command is not UTF-8 text.",
                means="Nothing was done.",
                do="Type it in a UTF-8 terminal, or rename the file.",
            )


def _set(name: str) -> Callable[[click.Context, click.Parameter, Any], None]:
    """Remember an option in the session, wherever on the line it was given."""

    def remember(ctx: click.Context, _: click.Parameter, value: Any) -> None:
        if value is not None and isinstance(ctx.obj, Session):
            setattr(ctx.obj, name, value)

    return remember


def _common(*names: str, field: str, hidden: bool = False, **more: Any) -> click.Option:
    return click.Option(names, callback=_set(field), expose_value=False, hidden=hidden, default=None, **more)


def _common_options(*, hidden: bool) -> list[click.Parameter]:
    return [
        _common("--config", field="config_path", metavar="PATH", help="The configuration file.", hidden=hidden),
        _common("--archive", field="directory", metavar="DIR", help="The archive's directory.", hidden=hidden),
        _common("--actor", field="given_actor", metavar="NAME", help="Who acts (you).", hidden=hidden),
        _common("--no-color", field="no_color", flag_value=True, is_flag=True, help="No colour.", hidden=hidden),
        _common("--json", field="json", flag_value=True, is_flag=True, help="The answer as JSON on standard output."),
    ]


def _take_common_options(command: click.Command) -> None:
    """Let a command and all below it take the global options too; all but --json are left out of its help."""
    known = {name for parameter in command.params for name in parameter.opts}
    command.params += [option for option in _common_options(hidden=True) if not known & set(option.opts)]
    for inner in command.commands.values() if isinstance(command, click.Group) else ():
        _take_common_options(inner)


@click.group(
    cls=LazyGroup,
    params=_common_options(hidden=False),
    context_settings={"help_option_names": ["--help", "-h"], "max_content_width": 100},
    epilog="Exit codes and every command: docs/commands.md",
)
@click.version_option(__version__, prog_name="archiver")
def archiver() -> None:
    """Keeps the social media of Washington's public agencies as public records.

    Begin with: archiver init, archiver accounts add, archiver poll.
    """
