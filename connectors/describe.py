"""The page of documentation a connector's declaration makes: docs/platforms/NAME.md."""

from __future__ import annotations

from archiver.model import (
    Auth,
    Basic,
    Bearer,
    Connector,
    HeaderKey,
    NoAuth,
    Pace,
    Prolonged,
    Proved,
    Refreshed,
    Session,
    Stream,
)


def describe(connector: Connector) -> str:
    """What a connector captures, and what not, as Markdown."""
    head = [
        f"# {connector.title}",
        "",
        f"<!-- Made from the declaration in the `{connector.platform}` connector; change it there. -->",
        "",
        f"- Platform name: `{connector.platform}`, as `archiver accounts add` asks for it",
        f"- Credential: {_credential(connector.auth)}",
        _pace(connector.pace),
        f"- Version of the reading rules: {connector.version}",
    ]
    return "\n".join([*head, *(line for stream in connector.streams for line in _section(stream))]) + "\n"


def _pace(pace: Pace) -> str:
    if pace.day is None:
        return f"- At most {pace.requests} {pace.of} in {pace.seconds} seconds to one server"
    return (
        f"- At most {pace.requests} {pace.of} a day to one server, shared by all accounts that are asked there; the "
        f"day ends at {pace.day.words}. What the polls still to come that day need is kept for them: {pace.day.a_poll} "
        f"{pace.of} each, or more where polls have taken more on average. Longer walks (the first one, and those for "
        "edits and removals) use only the rest, lie still when it is used up, and go on the next day. A poll that "
        "finds too few left waits for that, too, and is a gap."
    )


def _section(stream: Stream) -> list[str]:
    lines = [
        "",
        f"## {stream.name}",
        "",
        f"- Holds: {stream.holds}.",
        f"- How far back: {stream.history}.",
        f"- Changes: {stream.changes}.",
    ]
    lines += [f"- Costs: {stream.costs}."] if stream.costs else []
    return [*lines, f"- **Not captured:** {stream.not_captured}."] if stream.not_captured else lines


def _credential(auth: Auth) -> str:
    match auth:
        case NoAuth():
            return "none"
        case Bearer():
            return "optional; an access token that may read, sent as `Authorization: Bearer`"
        case Proved():
            return (
                "an access token that may read, sent as `Authorization: Bearer`; for apps that ask for a proof with "
                f"each request (`{auth.name}`) JSON of `access_token` and `app_secret`"
            )
        case Basic():
            return "optional; `user:application password`, sent as `Authorization: Basic`"
        case HeaderKey():
            return f"a key that may read, sent as `{auth.name}`"
        case Session():
            return "optional; `name:application password`, with which the archive logs in for a session"
        case Refreshed():
            return "`client_id`, `client_secret` and `refresh_token` as JSON, with which access tokens are got"
        case Prolonged():
            return (
                f"an access token in a file; it is exchanged for a newer one {auth.days_before} days before it lapses"
            )
