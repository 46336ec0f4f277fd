"""A parameter that stands for the credential: filled in as it is sent, masked in what is kept."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from archiver.model import CREDENTIAL, Bearer
from archiver.polling.credentials import Secret
from tests.exact_server import ExactServer
from tests.polling.exchanges import ask, make_transport, reply, wire_of

TOKEN = "EAAGm0PX4ZCps/BAKd+oh=42"
SECRET = Secret(TOKEN, reference="env:PAGE_TOKEN")


def test_a_parameter_may_stand_for_the_credential(tmp_path: Path) -> None:
    """The platform gets the token in its parameter; the kept request has filler of the same length there."""
    transport = make_transport(tmp_path)
    coded = quote(TOKEN, safe="")
    with ExactServer([reply(b"{}")]) as server:
        params = (("input_token", CREDENTIAL), ("fields", "id"))
        answer = ask(transport, f"{server.url}/debug_token", auth=Bearer(), secret=SECRET, params=params)
        assert f"debug_token?input_token={coded}&fields=id ".encode() in server.requests[0]
    assert b"debug_token?input_token=" + b"*" * len(coded) + b"&fields=id " in answer.request_head
    assert TOKEN.encode() not in answer.request_head
    wire_of(answer)
    transport.close()


def test_without_a_credential_the_parameter_goes_as_it_is_written(tmp_path: Path) -> None:
    """To another origin no credential goes, in no parameter either."""
    transport = make_transport(tmp_path)
    with ExactServer([reply(b"{}")]) as server:
        wire_of(ask(transport, f"{server.url}/debug_token", params=(("input_token", CREDENTIAL),)))
        assert b"debug_token?input_token=%7Bcredential%7D " in server.requests[0]
    transport.close()
