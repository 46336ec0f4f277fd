"""What may be asked on behalf of an archived post: the public internet, and nothing nearer."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.errors import PlatformDown, Refused
from archiver.model import Cause
from archiver.polling.guard import Guard, next_hop, objection
from tests.polling.names import spelled_out


def words(text: str) -> list[str]:
    """The words of a text."""
    return text.split()


REFUSED = words("""
http://127.0.0.1/ http://127.0.0.2/ http://127.255.255.254/ http://127.1/ http://127.0.1/ http://127.1:8080/
http://0177.0.0.1/ http://0x7f.0.0.1/ http://0x7f000001/ http://0X7F000001/ http://2130706433/ http://017700000001/
http://127.0.0.1./ http://0/ http://0.0.0.0/ http://0.1.2.3/ http://localhost/ http://LOCALHOST/ http://localhost./
http://localhost.localdomain/ http://localhost:9200/_search http://[::1]/ http://[::]/ http://[0:0:0:0:0:0:0:1]/
http://[::ffff:127.0.0.1]/ http://[::ffff:7f00:1]/ http://[::ffff:93.184.215.14]/ http://[::127.0.0.1]/
http://[::7f00:1]/ http://[64:ff9b::7f00:1]/ http://[64:ff9b::10.0.0.1]/ http://[64:ff9b:1::1]/ http://nat64.example/
http://[2002:7f00:1::]/ http://[2002:a00:1::1]/ http://[2001::1]/ http://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/
http://[2001:db8::1]/ http://[2001:10::1]/ http://[3fff::1]/ http://[3ffe::1]/ http://[fc00::1]/ http://[fd12:3456::1]/
http://[fe80::1]/ http://[fe80::1%25eth0]/ http://[fec0::1]/ http://[ff02::1]/ http://[100::1]/ http://[5f00::1]/
http://[4000::1]/ http://[2620:4f:8000::1]/ http://10.0.0.1/ http://10.255.255.255/ http://012.0.0.1/ http://167772161/
http://172.16.0.1/ http://172.31.255.255/ http://192.168.0.1/ http://192.168.1.1:8443/ http://0xc0a80001/
http://169.254.169.254/latest/meta-data/ http://169.254.0.1/ http://2852039166/ http://0xa9fea9fe/
http://metadata.google.internal/computeMetadata/v1/ http://100.64.0.1/ http://100.127.255.255/ http://192.0.0.1/
http://192.0.2.1/ http://192.88.99.1/ http://198.18.0.1/ http://198.19.255.255/ http://198.51.100.7/ http://203.0.113.9/
http://224.0.0.1/ http://239.255.255.250/ http://240.0.0.1/ http://255.255.255.255/ http://4294967295/
http://printer.school.internal/ http://two-faces.example/ http://seven.example/ http://broken.example/
http://public.example:22/ http://public.example:25/ http://public.example:0/ http://public.example:99999/
http://public.example:x/ http://user@public.example/ http://user:pw@public.example/ http://public.example@127.0.0.1/
http://127.0.0.1#@public.example/ http://127.0.0.1\\@public.example/ http://public.example\\@127.0.0.1/
http://127.0.0.1%2f@public.example/ http://127.0.0.1%00.public.example/ http://%31%32%37.0.0.1/ http:///path http://
https://10.0.0.1/ ftp://public.example/ file:///etc/passwd gopher://public.example/ data:text/plain,x
javascript:alert(1) ws://public.example/ //public.example/ public.example dict://127.0.0.1:11211/ ldap://127.0.0.1/
http:127.0.0.1
""")

ALLOWED = words("""
http://public.example/ https://public.example/a.jpg https://public.example:443/ http://public.example:8080/
https://PUBLIC.example./x?y=http://127.0.0.1/ https://six.example/ https://93.184.215.14/
https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/ http://172.15.0.1/ http://172.32.0.1/ http://100.63.255.255/
http://100.128.0.1/ http://192.167.0.1/ http://198.17.0.1/ http://198.20.0.1/ http://223.255.255.255/ http://11.0.0.1/
http://126.255.255.255/ http://128.0.0.1/
""")


def vet(guard: Guard, url: str) -> tuple[str, ...]:
    """What a guarded request does before it connects."""
    guard.check_url(url)
    parts = urlsplit(url)
    return guard.addresses(parts.hostname or "", parts.port or 80)


def test_the_table_is_long_enough() -> None:
    """At least eighty addresses are tried."""
    assert len(set(REFUSED)) >= 80


@pytest.mark.parametrize("url", REFUSED)
def test_no_address_nearer_than_the_internet_is_asked(url: str) -> None:
    """Loopback, private, shared, link-local, disguised, tunnelled, reserved, malformed: refused, with that cause."""
    with pytest.raises(Refused) as raised:
        vet(Guard(resolver=spelled_out), url)
    assert raised.value.cause is Cause.GUARD


@pytest.mark.parametrize("url", ALLOWED)
def test_public_addresses_are_asked(url: str) -> None:
    """The neighbours of every refused range, and names that lead to public addresses only, pass."""
    assert vet(Guard(resolver=spelled_out), url)


def test_loopback_is_asked_only_where_it_was_allowed() -> None:
    """The setting for a server on this host opens loopback itself, and no other near address."""
    guard = Guard(allow_loopback=True, resolver=spelled_out)
    assert vet(guard, "http://localhost:8080/") == ("127.0.0.1", "::1")
    for url in ("http://10.0.0.1/", "http://[::ffff:127.0.0.1]/", "http://169.254.169.254/", "http://0.0.0.0/"):
        with pytest.raises(Refused):
            vet(guard, url)


def test_a_name_without_an_address_is_a_network_failure() -> None:
    """A name that cannot be resolved is not our refusal."""
    with pytest.raises(PlatformDown) as raised:
        vet(Guard(resolver=spelled_out), "http://nowhere.example/")
    assert raised.value.cause is Cause.NETWORK


def test_the_hosts_own_resolver_is_the_default() -> None:
    """Without another resolver the system's is asked; a name that no name can be is just not found."""
    assert "127.0.0.1" in Guard(allow_loopback=True).addresses("127.0.0.1", 80)
    with pytest.raises(PlatformDown):
        Guard().addresses("a" * 70 + ".example", 80)


@given(st.integers(0, 2**32 - 1))
def test_what_python_calls_not_global_is_never_asked(number: int) -> None:
    """The table is no looser than the standard library's view of IPv4."""
    address = ipaddress.IPv4Address(number)
    assert address.is_global or objection(address)


@given(st.integers(0, 2**128 - 1))
def test_what_python_calls_not_global_is_never_asked_over_ipv6(number: int) -> None:
    """The table is no looser than the standard library's view of IPv6."""
    address = ipaddress.IPv6Address(number)
    assert address.is_global or objection(address)


@given(st.integers(0, 2**32 - 1), st.sampled_from(["::ffff:0:0", "::", "64:ff9b::", "2002::"]))
def test_no_ipv4_address_passes_in_disguise(number: int, prefix: str) -> None:
    """IPv4 inside IPv6 is refused in each of its forms, whatever the IPv4 address."""
    shift = 80 if prefix == "2002::" else 0
    assert objection(ipaddress.IPv6Address(int(ipaddress.IPv6Address(prefix)) + (number << shift)))


@pytest.mark.parametrize(
    ("url", "location", "target"),
    [
        ("https://a.example/x/y", "/z", "https://a.example/z"),
        ("https://a.example/x/y", "z?q=1", "https://a.example/x/z?q=1"),
        ("https://a.example/", "//b.example/", "https://b.example/"),
        ("http://a.example/", "https://a.example/", "https://a.example/"),
        ("http://a.example/", " http://b.example/ ", "http://b.example/"),
    ],
)
def test_a_redirect_leads_where_it_says(url: str, location: str, target: str) -> None:
    """Relative and absolute targets are resolved against the address asked."""
    assert next_hop(url, location) == target


@pytest.mark.parametrize(
    "location",
    [
        "http://a.example/",
        "file:///etc/passwd",
        "data:text/html,x",
        "ftp://a.example/",
        "javascript:alert(1)",
        "https://user:pw@a.example/",
        "https://a.example\\@b.example/",
        "https://[bad/",
    ],
)
def test_a_redirect_out_of_bounds_is_refused(location: str) -> None:
    """Back to plain http, to other schemes, with a user name, or unreadable: not followed."""
    with pytest.raises(Refused):
        next_hop("https://a.example/page", location)
