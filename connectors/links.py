"""Paging links (RFC 8288), which parameters a link may bring along, and what addresses are made of."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import parse_qsl, quote, unquote_plus, urljoin, urlsplit

from archiver.model import Fetch, Reply, storable

CREDENTIAL_NAMES = frozenset(
    {
        "access_token", "accesstoken", "api_key", "apikey", "appsecret_proof", "auth", "auth_token", "authorization",
        "bearer", "client_secret", "cookie", "hash", "id_token", "jwt", "key", "oauth_signature", "oauth_token",
        "passwd", "password", "private_token", "proxy-authorization", "pwd", "refresh_token", "secret", "session",
        "session_id", "sessionid", "set-cookie", "sig", "signature", "sso", "token", "x-api-key", "x-auth-token",
    }
)  # fmt: skip
"""Names of parameters and headers that carry a credential on some platform, lower case."""

_LINK = re.compile(r"<([^<>]*)>((?:\s*;\s*[^\s;,=]+(?:\s*=\s*(?:\"[^\"]*\"|[^\s;,\"]*))?)*)")
_REL = re.compile(r";\s*rel\s*=\s*(?:\"([^\"]*)\"|([^\s;,\"]+))", re.IGNORECASE)


def link_target(reply: Reply, rel: str) -> str | None:
    """The address of the first `Link` header of this relation, as written."""
    for name, value in reply.headers:
        if name.lower() == "link":
            for target, parameters in _LINK.findall(value):
                if any(rel in (quoted or plain).lower().split() for quoted, plain in _REL.findall(parameters)):
                    return str(target)
    return None


def next_page(fetch: Fetch, reply: Reply, *, rel: str = "next") -> Fetch | None:
    """The same request with the parameters of the paging link; None where there is no link or it leads nowhere new.

    Only the parameters are taken: servers behind a proxy write a wrong scheme or host, and no credential must go there.
    """
    target = link_target(reply, rel)
    if target is None:
        return None
    page = replace(fetch, params=query_params(target))
    return page if page.key != fetch.key else None


def query_params(url: str) -> tuple[tuple[str, str], ...]:
    """The parameters of an address, without those that could carry a credential."""
    try:
        found = parse_qsl(urlsplit(url).query, keep_blank_values=True, max_num_fields=100)
    except ValueError:
        return ()
    return tuple(
        (storable(name)[0], storable(value)[0]) for name, value in found if name.lower() not in CREDENTIAL_NAMES
    )


def followed(base: str, target: str) -> str:
    """`target` as an absolute address to ask, without parameters that could carry a credential; empty for none."""
    url = web_address(base, target)
    query = urlsplit(url).query
    kept = [part for part in query.split("&") if unquote_plus(part.partition("=")[0]).lower() not in CREDENTIAL_NAMES]
    return url.replace(f"?{query}", f"?{'&'.join(kept)}".removesuffix("?"), 1) if query else url


def web_address(base: str, target: str) -> str:
    """`target` as an absolute http or https address; empty where it is none."""
    if not target.strip():
        return ""
    try:
        url = urljoin(base, storable(target)[0].strip())
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in ("http", "https") and parts.netloc else ""


def part(remote_id: str) -> str:
    """An id as one part of a path, whatever it holds."""
    return quote(remote_id, safe="")


def without_scheme(url: str) -> str:
    """An address as an identity: no scheme, query or trailing slash, the host in lower case."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return url.strip()
    return (parts.netloc.lower() + parts.path).rstrip("/")
