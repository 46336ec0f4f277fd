"""Which addresses may be asked: media and redirects lead to the public internet only, each hop checked anew."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable, Sequence
from urllib.parse import urljoin, urlsplit

from archiver.errors import PlatformDown, Refused
from archiver.model.coverage import Cause

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolver = Callable[[str, int], Sequence[str]]

_ORDINARY_PORTS = (80, 443)
_FIRST_FREE_PORT = 1024
_UNPLAIN = re.compile(r"[\x00-\x20\x7f\\]")
_LOOPBACK = tuple(ipaddress.ip_network(text) for text in ("127.0.0.0/8", "::1/128"))
_PRIVATE = tuple(ipaddress.ip_network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"))
_PUBLIC_IPV6 = ipaddress.ip_network("2000::/3")

# Special-purpose addresses (IANA registries of RFC 6890). A table of our own: what Python calls private differs
# between its versions, and it takes ::ffff:127.0.0.1, 100.64.0.1 and 64:ff9b::7f00:1 for ordinary ones in some.
_SPECIAL = tuple(
    (ipaddress.ip_network(text), why)
    for text, why in (
        ("0.0.0.0/8", "unspecified"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "shared by a carrier"),
        ("127.0.0.0/8", "loopback"),
        ("169.254.0.0/16", "link-local"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "reserved"),
        ("192.0.2.0/24", "for documentation"),
        ("192.31.196.0/24", "reserved"),
        ("192.52.193.0/24", "reserved"),
        ("192.88.99.0/24", "a 6to4 relay"),
        ("192.168.0.0/16", "private"),
        ("192.175.48.0/24", "reserved"),
        ("198.18.0.0/15", "for measurements"),
        ("198.51.100.0/24", "for documentation"),
        ("203.0.113.0/24", "for documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
        ("::1/128", "loopback"),
        ("::/128", "unspecified"),
        ("::ffff:0:0/96", "an IPv4 address in disguise"),
        ("::/96", "an IPv4 address in disguise"),
        ("64:ff9b::/96", "translated to IPv4"),
        ("64:ff9b:1::/48", "translated to IPv4"),
        ("2001::/32", "a Teredo tunnel"),
        ("2001::/23", "reserved"),
        ("2001:db8::/32", "for documentation"),
        ("2002::/16", "a 6to4 tunnel"),
        ("2620:4f:8000::/48", "reserved"),
        ("3ffe::/16", "reserved"),
        ("3fff::/20", "for documentation"),
        ("fc00::/7", "private"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "private"),
        ("ff00::/8", "multicast"),
    )
)


class Guard:
    """Vets URLs and the addresses their names lead to.

    `allow_loopback` is for a server on this very host, `allow_private` for one that the configuration itself places in
    the agency's own network.
    """

    def __init__(
        self, *, allow_loopback: bool = False, allow_private: bool = False, resolver: Resolver | None = None
    ) -> None:
        self._allowed = (*(_LOOPBACK if allow_loopback else ()), *(_PRIVATE if allow_private else ()))
        self._resolver = resolver or _resolve

    def check_url(self, url: str) -> None:
        """Raise Refused unless the URL is a plain http or https one at an ordinary port."""
        check_plain(url)
        port = urlsplit(url).port
        if port is not None and port not in _ORDINARY_PORTS and port < _FIRST_FREE_PORT:
            raise _refused(f"Port {port} serves something else than the web.")

    def addresses(self, host: str, port: int) -> tuple[str, ...]:
        """The addresses of a host, resolved once; connect to these and to nothing else.

        Raises Refused where any of them is not public: a name with two faces is not to be trusted with either.
        """
        found = tuple(self._resolver(host, port))
        if not found:
            raise _unresolved(host)
        for text in found:
            why = self._objection(text)
            if why:
                raise _refused(f"{host[:255]!r} leads to an address that is {why}.")
        return found

    def _objection(self, text: str) -> str:
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            return "not readable"
        if any(address in network for network in self._allowed):
            return ""
        return objection(address)


def objection(address: Address) -> str:
    """Why an address is not one of the public internet; empty where it is."""
    for network, why in _SPECIAL:
        if address in network:
            return why
    if isinstance(address, ipaddress.IPv6Address) and (address.scope_id or address not in _PUBLIC_IPV6):
        return "not on the public internet"
    return ""


def check_plain(url: str) -> None:
    """Raise Refused for a URL that two readers could take for two places, or that is not http or https."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise _refused("The address cannot be read as a URL.") from None
    if parts.scheme not in ("http", "https"):
        raise _refused(f"Addresses of the scheme {parts.scheme[:20]!r} are not asked.")
    if _UNPLAIN.search(url) or not host or "%" in host or port == 0:
        raise _refused("The address is written in a way that hides where it leads.")
    if "@" in parts.netloc:
        raise _refused("The address carries a user name.")


def next_hop(url: str, location: str) -> str:
    """Where a redirect leads. Raises Refused for other schemes, and for a step from https back to http.

    The caller counts the hops, asks with a guard, and adds a credential only for the account's own origin.
    """
    try:
        target = urljoin(url, location.strip())
    except ValueError:
        raise _refused("The redirect leads to something that is no URL.") from None
    check_plain(target)
    if urlsplit(url).scheme == "https" and urlsplit(target).scheme != "https":
        raise _refused("The redirect leads from a secure address to an insecure one.")
    return target


def _refused(what: str) -> Refused:
    return Refused(what, do="If the address is right, ask your IT staff; archived posts may name any address.")


def _unresolved(host: str) -> PlatformDown:
    return PlatformDown(
        f"The name {host[:255]!r} cannot be resolved.",
        cause=Cause.NETWORK,
        do="Check the account's address and this host's DNS; the archiver tries again by itself.",
    )


def _resolve(host: str, port: int) -> Sequence[str]:
    try:
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return ()
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))
