"""The credential of an account: found when needed, sent to one origin only."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, MutableMapping
from pathlib import Path

from archiver.errors import AuthError, Refused
from archiver.model import Account, Auth, Basic, Fetch, HeaderKey, NoAuth, origin_of
from archiver.polling.guard import check_plain
from archiver.references import Secret as Secret
from archiver.references import credentials_folder, resolved

_MEANS = "The account cannot be polled until this is put right; a gap is on record meanwhile."


def secret_of(account: Account, environ: Mapping[str, str]) -> Secret | None:
    """The secret an account refers to, looked for anew, so that a renewed one counts at once; None: it refers to none.

    Raises AuthError. `environ` also tells where systemd keeps the credentials of this process.
    """
    if not account.credential:
        return None
    return resolve(account.credential, environ, credentials_folder(environ))


def resolve(reference: str, environ: Mapping[str, str], credentials_directory: Path | None) -> Secret:
    """The secret that `env:NAME`, `file:/path` or `systemd:NAME` refers to. Raises AuthError, never with its value."""
    return resolved(reference, environ, credentials_directory, means=_MEANS)


def may_carry(account: Account, fetch: Fetch) -> bool:
    """Whether a fetch goes to the account's own origin, the only place its credential is sent to."""
    try:
        check_plain(fetch.url)
        return origin_of(fetch.url) == account.origin
    except (Refused, ValueError):
        return False


def authorize(headers: MutableMapping[str, str], auth: Auth, secret: Secret | None) -> None:
    """Add the credential to `headers` as the platform wants it; nothing without one. Raises AuthError if unsendable."""
    if isinstance(auth, NoAuth) or secret is None:
        return
    value = secret.reveal()
    if isinstance(auth, Basic):
        if ":" not in value:
            raise _missing(f"The credential {secret.reference} has no user name.", "Write it as user:password.")
        headers["Authorization"] = "Basic " + base64.b64encode(value.encode()).decode()
        return
    if not re.fullmatch(r"[\x21-\x7e]+", value):
        raise _missing(
            f"The credential {secret.reference} holds characters that no token has.",
            "Store the token again, alone, without blanks or line breaks in it.",
        )
    if isinstance(auth, HeaderKey):
        headers[auth.name] = value
    else:
        headers["Authorization"] = f"Bearer {value}"


def _missing(what: str, do: str) -> AuthError:
    return AuthError(what, means=_MEANS, do=do)
