"""Finding the connectors of this program and of others."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from archiver.errors import UsageError
from archiver.polling import registry
from archiver.polling.registry import BrokenConnector, load
from connectors.feed import CONNECTOR as FEED

FEED_POINT = EntryPoint(name="feed", value="connectors.feed:CONNECTOR", group=registry.GROUP)


def foreign(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, code: str) -> EntryPoint:
    """An entry point of another package, whose module holds this code."""
    (folder / "a_package.py").write_text(code)
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(sys.modules, "a_package", raising=False)
    return EntryPoint(name=name, value="a_package:CONNECTOR", group=registry.GROUP)


def test_the_connectors_of_this_program_are_found_by_their_platform() -> None:
    """They are registered like those of others."""
    assert {"feed", "mastodon", "wordpress"} <= set(registry.connectors())
    assert registry.connector("feed") is FEED


@pytest.mark.parametrize(
    ("asked", "do"),
    [("mastadon", "Did you mean 'mastodon'?"), ("Feeds", "Did you mean 'feed'?"), ("zzz", "Known platforms: feed.")],
)
def test_an_unknown_platform_is_answered_with_the_closest_names(asked: str, do: str) -> None:
    """A slip of the finger costs no search."""
    points = [FEED_POINT, EntryPoint(name="mastodon", value="connectors.mastodon:CONNECTOR", group=registry.GROUP)]
    with pytest.raises(UsageError) as caught:
        load(points[:1] if asked == "zzz" else points).connector(asked)
    assert (caught.value.what, caught.value.do) == (f"There is no connector for '{asked}'.", do)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("raise RuntimeError('no licence file')", "RuntimeError: no licence file"),
        ("import surely_not_installed", "ModuleNotFoundError: No module named 'surely_not_installed'"),
        ("X = 1", "AttributeError: module 'a_package' has no attribute 'CONNECTOR'"),
        ("CONNECTOR = object()", "it lacks what a connector declares (docs/new-connector.md)"),
        ("from connectors.feed import Feed as CONNECTOR", "it is a class where a connector, made from it, belongs"),
        ("from connectors.feed import CONNECTOR", "it calls itself 'feed'"),
    ],
)
def test_a_broken_connector_is_named_and_stops_no_other(
    code: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Accounts of the other platforms are polled as usual; asking for this one tells what is wrong with it."""
    found = load([foreign(tmp_path, monkeypatch, "third", code), FEED_POINT])
    assert found.connector("feed") is FEED
    assert found.broken == (BrokenConnector(name="third", target="a_package:CONNECTOR", reason=reason),)
    with pytest.raises(UsageError) as caught:
        found.connector("third")
    assert caught.value.what == f"The connector 'third' (a_package:CONNECTOR) does not work: {reason}."


def test_another_package_cannot_take_the_place_of_a_connector_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the order of the packages, the built-in one is used, and the other is named."""
    other = foreign(tmp_path, monkeypatch, "feed", "from connectors.feed import Feed\nCONNECTOR = Feed()")
    for points in ([other, FEED_POINT], [FEED_POINT, other]):
        found = load(points)
        assert found.connector("feed") is FEED
        assert [broken.reason for broken in found.broken] == ["another package already gives a connector of this name"]


def test_a_broken_connector_is_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The operator reads of it without asking."""
    broken = foreign(tmp_path, monkeypatch, "third", "CONNECTOR = None")
    monkeypatch.setattr(registry, "entry_points", lambda group: [broken])
    assert registry.registry.__wrapped__().connectors == {}
    assert "connector not usable name=third target=a_package:CONNECTOR" in caplog.text
