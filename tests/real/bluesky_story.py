"""A story on a real Bluesky network: a repository and the answers to it, polled, changed in every way, polled again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from archiver.demo.images import picture
from archiver.model import Account, DisclosedItem, Gap
from tests.real import bluesky_truth
from tests.real.bluesky import POST, Bluesky, Json, Person, now
from tests.real.keeping import Keeping, Told, keeping

MAYOR, VISITOR, PLAIN = "mayor", "visitor", "plain"
FILL, OLD = 130, 4  # more than one page of the connector's 100; and posts of years ago
NOTICE = "org.example.notice"
SIGNS = "234567abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One poll: what the servers said at that time, and what was kept. By the address of each record."""

    records: dict[str, str]
    posts: dict[str, Told]
    others: dict[str, Told]
    kept: dict[str, DisclosedItem]
    open_kept: dict[str, DisclosedItem]


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What was done on the network between two polls, and what is known of it."""

    mayor: Person
    citizen: Person
    made: dict[str, Json]
    before: Stage
    after: Stage
    absent: set[str]
    open_absent: set[str]
    gaps: tuple[Gap, ...]
    open_gaps: tuple[Gap, ...]
    covered: set[str]
    asked_when_idle: tuple[int, int]
    captures_when_idle: tuple[int, int]
    chat_asked: set[tuple[str, str]]


@contextmanager
def told_story(network: Bluesky, directory: Path) -> Iterator[Story]:
    """The whole story, kept in an archive in this directory."""
    mayor, citizen = network.people["mayor"], network.people["citizen"]
    made = _written(network, mayor, citizen)
    _talked(network, mayor, citizen, made)
    environ = {"MAYOR": f"{mayor.handle}:{mayor.chat_password}"}
    with keeping(directory, *accounts(network, mayor), environ=environ) as kept:
        kept.poll(MAYOR, VISITOR)
        before = _stage(network, kept, made)
        _changed(network, mayor, citizen, made)
        kept.poll(MAYOR, VISITOR)
        after = _stage(network, kept, made)
        kept.poll(MAYOR, VISITOR)  # what a notification told of is asked for once more
        captures = kept.captures()
        asked = tuple(polled.asked for polled in kept.poll(MAYOR, VISITOR))
        yield Story(
            mayor=mayor,
            citizen=citizen,
            made=made,
            before=before,
            after=after,
            absent=kept.absent(MAYOR),
            open_absent=kept.absent(VISITOR),
            gaps=kept.gaps(MAYOR),
            open_gaps=kept.gaps(VISITOR),
            covered=kept.covered(MAYOR),
            asked_when_idle=(asked[0], asked[1]),
            captures_when_idle=(captures, kept.captures()),
            chat_asked={(str(one["iss"]), str(one["lxm"])) for one in network.chat.asked},
        )


def accounts(network: Bluesky, person: Person) -> tuple[Account, Account]:
    """The account with its credential, and as a visitor sees it."""
    options = {"chat_service": network.chat_service}
    signed = Account(
        id=MAYOR, platform="bluesky", handle=person.handle, url=network.pds, credential="env:MAYOR", options=options
    )
    return signed, replace(signed, id=VISITOR, credential=None, options={"app_view": network.view})


def _stage(network: Bluesky, kept: Keeping, made: Mapping[str, Json]) -> Stage:
    mayor = network.people["mayor"]
    foreign = [one["uri"] for one in made.values() if mayor.did not in one["uri"]]
    return Stage(
        records={uri: record["cid"] for uri, record in bluesky_truth.records(mayor).items()},
        posts=bluesky_truth.posts(mayor),
        others=bluesky_truth.shown(network, *foreign),
        kept=kept.items(MAYOR),
        open_kept=kept.items(VISITOR),
    )


def _written(network: Bluesky, mayor: Person, citizen: Person) -> dict[str, Json]:
    """Posts and records of every kind, and a conversation below one of them; what they are called below."""
    face = mayor.upload(picture(1), "image/png")
    mayor.put("app.bsky.actor.profile", {"displayName": "The mayor", "description": "News", "avatar": face}, key="self")
    _filled(mayor)
    roof = {"image": mayor.upload(picture(2), "image/png"), "alt": "A blue roof"}
    film = {
        "$type": "app.bsky.embed.video",
        "video": mayor.upload(b"\x00\x00\x00\x18ftypmp42" + bytes(500), "video/mp4"),
        "alt": "Bells ring",
        "captions": [{"lang": "en", "file": mayor.upload(b"WEBVTT\n\n00:00.000 --> 00:01.000\nBells\n", "text/vtt")}],
    }
    card = {"uri": "https://town.example/report", "title": "Report", "description": "All of it"}
    snow = mayor.post("Snow day 🏫: see the list", facets=[_link("Snow day 🏫: see the list", "list")])
    made = {
        "snow": snow,
        "roof": mayor.post("The new roof", embed={"$type": "app.bsky.embed.images", "images": [roof]}),
        "film": mayor.post("Listen", embed=film),
        "card": mayor.post("Read", embed={"$type": "app.bsky.embed.external", "external": card}),
        "notice": mayor.put(
            NOTICE, {"title": "Road closed", "where": {"street": "Elm", "from": 3}, "createdAt": now()}
        ),
        "wish": citizen.post("@mayor.test a bench, please", facets=[_mention(mayor)]),
    }
    thumb = {"image": citizen.upload(picture(4), "image/png"), "alt": "A thumb up"}
    images = {"$type": "app.bsky.embed.images", "images": [thumb]}
    made["thanks"] = citizen.reply("Thank you", snow, snow, embed=images)
    made["welcome"] = mayor.reply("You are welcome", snow, made["thanks"])
    made["also"] = citizen.reply("And the buses?", snow, made["welcome"])
    made["rude"] = citizen.reply("Rude words", snow, snow)
    made["cited"] = citizen.quote("See what the mayor says", snow)
    made["agreed"] = mayor.quote("I agree", made["wish"])
    made["answer"] = mayor.reply("In spring", made["wish"], made["wish"])
    gate = {"post": snow["uri"], "hiddenReplies": [made["rude"]["uri"]], "createdAt": now()}
    made["gate"] = mayor.put("app.bsky.feed.threadgate", gate, key=snow["uri"].rpartition("/")[2])
    for kind in ("repost", "like"):
        subject = {name: made["wish"][name] for name in ("uri", "cid")}
        made[kind] = mayor.put(f"app.bsky.feed.{kind}", {"subject": subject, "createdAt": now()})
    _await(network, made["snow"]["uri"], replies=2, quotes=1)
    _await(network, made["wish"]["uri"], replies=1, quotes=1)
    _await(network, made["welcome"]["uri"], replies=1)
    return made


def _filled(person: Person) -> None:
    """Posts of today, and of years ago with keys of that time, in one write."""
    value: Json = {"$type": POST, "langs": ["en"]}
    writes: list[Json] = [{"value": value | {"text": f"Filler {n}", "createdAt": now()}} for n in range(FILL)]
    for n in range(OLD):
        moment = datetime(2021, 5, 1 + n, tzinfo=UTC)
        said = value | {"text": f"Old {n}", "createdAt": moment.isoformat()}
        writes.append({"value": said, "rkey": _key(moment)})
    create = {"$type": "com.atproto.repo.applyWrites#create", "collection": POST}
    written = {"repo": person.did, "writes": [create | write for write in writes], "validate": False}
    person.send("POST", "com.atproto.repo.applyWrites", json=written)


def _talked(network: Bluesky, mayor: Person, citizen: Person, made: Mapping[str, Json]) -> None:
    """A conversation of more than one page."""
    chat = network.chat
    chat.open("c1", (mayor.did, mayor.handle), (citizen.did, citizen.handle))
    first = chat.say("c1", citizen.did, "Is the office open?", "2026-01-05T08:00:00.000Z")
    answer = {"$type": "chat.bsky.convo.defs#messageView", "id": first, "text": "Is the office open?"}
    chat.say("c1", mayor.did, "Until five.", "2026-01-05T08:01:00.000Z", replyTo=answer)
    for n in range(3):
        chat.say("c1", citizen.did, f"Note {n}", f"2026-01-05T09:0{n}:00.000Z")


def _changed(network: Bluesky, mayor: Person, citizen: Person, made: dict[str, Json]) -> None:
    """Edits, removals and additions, old and new, by everybody."""
    old = {
        text: _address(mayor, _key(datetime(2021, 5, day, tzinfo=UTC))) for text, day in (("edited", 1), ("gone", 2))
    }
    made |= {f"old {name}": {"uri": uri} for name, uri in old.items()}
    mayor.edit(made["snow"], "Snow day: schools open at ten")
    mayor.edit(made["old edited"], "Old, and better")
    mayor.remove(made["old gone"])
    mayor.remove(made["card"])
    mayor.remove(made["like"])
    mayor.remove(made["notice"])
    citizen.edit(made["thanks"], "Thank you so much")
    citizen.remove(made["also"])
    made["later"] = citizen.reply("One more thing", made["snow"], made["snow"])
    made["deeper"] = citizen.reply("I meant it", made["snow"], made["thanks"])
    chat = network.chat
    chat.delete("c1", chat.convos["c1"]["messages"][2]["id"])
    chat.say("c1", mayor.did, "Noted.", "2026-01-05T10:00:00.000Z")
    network.wait_for(lambda: network.shown(made["card"]["uri"]) is None, "a removal")
    network.wait_for(lambda: network.shown(made["also"]["uri"]) is None, "a removal by the citizen")
    _await(network, made["snow"]["uri"], replies=3)
    _await(network, made["thanks"]["uri"], replies=2, text="Thank you so much")
    network.wait_for(lambda: made["later"]["uri"] in _notified(mayor), "a notification")


def _notified(person: Person) -> set[str]:
    asked = person.get("app.bsky.notification.listNotifications", limit=100)
    return {one["uri"] for one in asked["notifications"]}


def _await(network: Bluesky, uri: str, *, replies: int = 0, quotes: int = 0, text: str = "") -> None:
    def seen() -> bool:
        node = network.shown(uri) or {}
        counts = (node.get("replyCount", -1), node.get("quoteCount", -1))
        return counts >= (replies, quotes) and text in node["record"]["text"]

    network.wait_for(seen, f"{uri} in the application view")


def _key(moment: datetime) -> str:
    """A record key as software makes it: microseconds and ten bits of a clock id, in 13 signs."""
    number, signs = int(moment.timestamp() * 1e6) << 10, ""
    for _ in range(13):
        number, sign = divmod(number, 32)
        signs = SIGNS[sign] + signs
    return signs


def _address(person: Person, key: str) -> str:
    return f"at://{person.did}/{POST}/{key}"


def _link(text: str, words: str) -> Json:
    feature = {"$type": "app.bsky.richtext.facet#link", "uri": "https://town.example/snow"}
    return {"index": _span(text, words), "features": [feature]}


def _mention(person: Person) -> Json:
    feature = {"$type": "app.bsky.richtext.facet#mention", "did": person.did}
    return {"index": _span("@mayor.test", "@mayor.test"), "features": [feature]}


def _span(text: str, words: str) -> Json:
    start = len(text[: text.index(words)].encode())
    return {"byteStart": start, "byteEnd": start + len(words.encode())}
