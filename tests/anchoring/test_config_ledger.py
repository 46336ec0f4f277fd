"""What the configuration may say of places outside, and what is told of mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest

from archiver.config import parse
from archiver.config_ledger import Authority, Mailbox, Witness
from archiver.errors import ConfigError

KEY = "w.example+64e98f36+BKW/0GCVf10b3c5NGGqM7pWgnhYnNBqoNXSnpEhtTziJ"
WHOLE = f"""
[[ledger.authorities]]
name = "one"
url = "http://tsa.example.org/tsr"
certificates = "one.pem"
[[ledger.witnesses]]
name = "esd"
url = "https://w.example.org"
key = "{KEY}"
local_network = true
[[ledger.mailboxes]]
name = "officer"
server = "mail.example.org:465"
sender = "archiver@example.org"
to = "records@example.org"
security = "tls"
user = "archiver"
credential = "env:MAIL"
every_minutes = 60
"""


def test_places_are_read_with_their_defaults() -> None:
    """Paths from the file's folder, as everywhere."""
    found = parse(WHOLE, Path("/srv")).ledger

    assert found.authorities == (
        Authority(name="one", url="http://tsa.example.org/tsr", certificates=Path("/srv/one.pem"), every_minutes=60),
    )
    assert found.witnesses == (Witness(name="esd", url="https://w.example.org", key=KEY, local_network=True),)
    assert found.mailboxes == (
        Mailbox(
            name="officer",
            server="mail.example.org:465",
            sender="archiver@example.org",
            to="records@example.org",
            security="tls",
            user="archiver",
            credential="env:MAIL",
            every_minutes=60,
        ),
    )


@pytest.mark.parametrize(
    ("was", "becomes", "told"),
    [
        ('name = "one"', 'name = "../one"', "as name in each table a short name"),
        ('name = "one"\n', "", "in each table name too"),
        ('certificates = "one.pem"\n', "", "in each table certificates too"),
        ('url = "http://tsa', 'url = "ftp://tsa', "as url in each table an address"),
        ("http://tsa", "http://user:canary@tsa", "as url in each table an address"),
        (KEY, "canary", "as key in each table a public key"),
        ('credential = "env:MAIL"', 'password = "canary"', "secrets only by reference"),
        ('credential = "env:MAIL"', 'credential = "canary"', "as credential in each table a reference"),
        ('credential = "env:MAIL"\n', "", "user and credential together"),
        ('security = "tls"', 'security = "none"', "a credential only with security"),
        ('to = "records@example.org"', 'to = "a@b.example\\nBcc: canary@c"', "as to in each table one mail address"),
        ('server = "mail.', 'server = "https://mail.', "as server in each table a host"),
        ("every_minutes = 60", "every_minutes = 0", "as every_minutes in each table a whole number"),
        ("[[ledger.witnesses]]", "[ledger.witnesses]", "a list of witnesses"),
    ],
)
def test_a_mistake_is_told_without_the_value(was: str, becomes: str, told: str) -> None:
    """It may be a secret."""
    assert was in WHOLE
    with pytest.raises(ConfigError) as error:
        parse(WHOLE.replace(was, becomes, 1), Path("/srv"))
    said = "\n".join(error.value.lines())

    assert told in said
    assert "canary" not in said


def test_two_of_the_same_name_are_refused() -> None:
    """Their files would be mixed up."""
    again = WHOLE + WHOLE.partition("[[ledger.witnesses]]")[0]
    with pytest.raises(ConfigError) as error:
        parse(again, Path("/srv"))
    assert "a name of its own" in error.value.do
