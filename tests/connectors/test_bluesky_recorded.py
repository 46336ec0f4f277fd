"""What others recorded of the AT Protocol, and its own lexicons, against the Bluesky connector."""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from archiver.errors import Unreadable
from archiver.model import Fetch
from connectors.bluesky import CONNECTOR
from connectors.bluesky.asks import DECLARED, REASONS, address
from connectors.conformance import read_findings
from connectors.times import read_time
from tests.connectors.bluesky_replies import ACCOUNT, OURS, POST, answer, asks, read

ROOT = Path(__file__).parents[3] / "shared" / "fixtures" / "bluesky"
LEXICONS = ROOT / "bluesky-social--atproto" / "lexicons"
SYNTAX = ROOT / "bluesky-social--atproto" / "interop-test-files" / "syntax"
NOT_ANSWERS = {
    "lexicons": "a description of methods and records; compared below",
    "syntax": "a list of identifiers or times; read below",
    ".car": "a repository file, which this connector does not read",
    ".cbor": "a binary record, which this connector does not read",
    "commit": "a commit or its proof, which this connector does not read",
    "identity": "a DID document alone",
    "example_keys": "a list of keys of a search tree",
    "car-file": "parts of repository files",
    "data-model": "values of the data model; read below",
}
ANSWERS = {
    "did_doc": "com.atproto.repo.describeRepo",
    "thread_view_post_with_embed_media": "app.bsky.feed.getPostThread",
}

pytestmark = pytest.mark.skipif(not ROOT.is_dir(), reason="no recorded files: bluesky is not beside this project")


def files() -> list[Path]:
    """Every recorded file."""
    return sorted(path for path in ROOT.rglob("*") if path.is_file())


def reason(path: Path) -> str:
    """Why a file is no answer of a server; empty where it is one."""
    place = str(path.relative_to(ROOT))
    return next((why for mark, why in NOT_ANSWERS.items() if mark in place), "")


def test_every_recorded_answer_is_read(capsys: pytest.CaptureFixture[str]) -> None:
    """Everything else is counted with its reason."""
    found: Counter[str] = Counter(why for path in files() if (why := reason(path)))
    answers = [path for path in files() if not reason(path)]
    for path in answers:
        fetch = asks(ANSWERS.get(path.stem, "com.atproto.repo.getRecord"))
        page = read(json.loads(path.read_text()), fetch=fetch, account=replace(ACCOUNT, platform_id=None))
        found += {"answers read": 1, "items": len(page.items), "parts refused": len(page.unread)}
    with capsys.disabled():
        sys.stdout.write(f"\nbluesky: {', '.join(f'{number} {what}' for what, number in sorted(found.items()))}\n")
    assert (found["answers read"], found["items"], found["parts refused"]) == (6, 6, 1)  # one answer names no record
    assert sum(found.values()) - found["items"] - found["parts refused"] == len(files()) >= 138


def test_no_recorded_file_is_a_crash() -> None:
    """Whatever it is, taken for whatever answer: read, or refused with a reason."""
    methods = ("com.atproto.repo.listRecords", "com.atproto.repo.getRecord", "app.bsky.feed.getPostThread")
    for path in files():
        for fetch in map(asks, methods):
            reply = replace(answer({}, fetch), body=path.read_bytes())
            assert read_findings(CONNECTOR, ACCOUNT, fetch, reply) == []
            try:
                CONNECTOR.read(ACCOUNT, fetch, reply)
            except Unreadable as error:
                assert error.what


def test_any_value_of_the_data_model_may_stand_in_a_record() -> None:
    """Of kinds that nobody knows; each becomes an item with its plain fields."""
    path = ROOT / "bluesky-social--indigo" / "atproto" / "atdata" / "testdata" / "data-model-valid.json"
    values = [one["json"] for one in json.loads(path.read_text())]
    records = [{"uri": f"at://did:plc:x/org.example.any/{n}", "cid": "c", "value": one} for n, one in enumerate(values)]
    page = read({"records": records}, fetch=asks("com.atproto.repo.listRecords"))
    assert (len(page.items), page.unread, page.drift) == (len(values), (), {"record org.example.any": len(values)})


@pytest.mark.parametrize("syntax", ["aturi_syntax_valid.txt", "aturi_syntax_invalid.txt"])
def test_addresses_are_taken_apart_where_they_name_a_record(syntax: str) -> None:
    """Those without DID, collection or key name none; unusual keys are kept as they are."""
    for uri in lines(syntax):
        did, collection, key = address(uri)
        assert uri == f"at://{did}/{collection}/{key}" if did else (collection, key) == ("", "")
        assert bool(did) == (uri.startswith("at://did:") and uri.count("/") == 4 and not uri.endswith("/"))


def test_times_are_read_or_kept_as_written() -> None:
    """All that are valid, but for years in which nobody posted; none that is not a time."""
    unread = [said for said in lines("datetime_syntax_valid.txt") if read_time(said)[0] is None]
    assert [said[:2] for said in unread] == ["09", "01", "00"]
    assert [said for said in lines("datetime_parse_invalid.txt") if read_time(said) != (None, said)] == []


def lines(name: str) -> list[str]:
    """The lines of a list, without remarks."""
    return [line for line in (SYNTAX / name).read_text().splitlines() if line and not line.startswith("#")]


def lexicon(nsid: str) -> Any:
    """The description of a method or record."""
    return json.loads((LEXICONS / f"{nsid.replace('.', '/')}.json").read_text())["defs"]


def test_the_fields_of_posts_are_those_of_the_lexicon() -> None:
    """What comes beyond them is drift."""
    told = set(lexicon(POST)["main"]["record"]["properties"])
    assert told | {"$type"} == DECLARED.known["post"]
    embeds = lexicon(POST)["main"]["record"]["properties"]["embed"]["refs"]
    assert {name.removeprefix("app.bsky.embed.") for name in embeds} == DECLARED.known["embed"]


def test_the_methods_and_parameters_asked_for_are_described() -> None:
    """As far as their lexicons are here."""
    asked = [
        *CONNECTOR.first(replace(ACCOUNT, credential="env:X")),
        *every({"did": ACCOUNT.platform_id, "collections": []}, "com.atproto.repo.describeRepo"),
        *every({"did": ACCOUNT.platform_id}, "com.atproto.server.getSession"),
        *every({"records": [{"uri": OURS, "cid": "c", "value": {}}]}, "com.atproto.repo.listRecords", stream="posts"),
        *every({"posts": [post()]}, "app.bsky.feed.getPosts"),
        *every({"convos": [{"id": "1", "rev": "1"}]}, "chat.bsky.convo.listConvos", stream="messages"),
    ]
    known = 0
    for fetch in asked:
        nsid = fetch.url.rpartition("/")[2]
        if (LEXICONS / f"{nsid.replace('.', '/')}.json").is_file():
            known += 1
            params = lexicon(nsid)["main"].get("parameters", {}).get("properties", {})
            assert {name for name, _ in fetch.params} <= set(params), nsid
            assert all(
                int(value) <= params[name]["maximum"] for name, value in fetch.params if name in ("limit", "depth")
            )
    assert known >= 9


def every(value: Any, method: str, *, stream: str = "profile") -> tuple[Fetch, ...]:
    """What an answer leads to."""
    account = replace(ACCOUNT, credential="env:X")
    return read(value, fetch=replace(asks(method), stream=stream, hint=POST), account=account).also


def post() -> Any:
    """A post that was answered and quoted."""
    who = {"did": ACCOUNT.platform_id}
    return {"uri": OURS, "cid": "c", "author": who, "record": {"text": ""}, "replyCount": 1, "quoteCount": 1}


def test_the_notifications_asked_for_exist() -> None:
    """By the names of the lexicon."""
    known = lexicon("app.bsky.notification.listNotifications")["notification"]["properties"]["reason"]["knownValues"]
    assert set(REASONS) <= set(known)
