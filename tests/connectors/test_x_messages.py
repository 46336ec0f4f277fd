"""Direct messages of X: their files, what is shared in them, and that their absence means nothing."""

from __future__ import annotations

from archiver.model import Kind
from connectors.x import CONNECTOR
from tests.connectors.test_x import ACCOUNT, also, parts_of, post, read, ref


def test_a_post_shared_in_a_message_is_kept_where_it_is_told_whole() -> None:
    """What comes along with messages brings no files, with posts it does: else each poll would see two versions."""
    shared = {"id": "1", "event_type": "MessageCreate", "referenced_tweets": [{"id": "61"}]}
    for files, expected in (([], ["dm:1", "61"]), (["3_1"], ["dm:1"])):
        node = post(61, by="77", attachments={"media_keys": files})
        page = read({"data": [shared], "includes": {"tweets": [node]}}, fetch=also()["messages"])
        assert [item.remote_id for item in page.items] == expected


def test_a_file_of_a_message_is_asked_for_where_the_credential_may_go() -> None:
    """The address that is told takes another kind of log-in; the API has the same file."""
    item = CONNECTOR.read(*parts_of("x/messages")).items[0]
    assert [(file.id, file.url.partition("/2/")[0], file.alt) for file in item.media] == [
        ("3_2000", "https://api.x.com", "Cracked planks")
    ]


def test_a_message_that_is_not_listed_is_not_looked_for() -> None:
    """The platform forgets messages after 30 days: that it is not there would mean nothing."""
    assert CONNECTOR.check(ACCOUNT, ref("dm:5", kind=Kind.MESSAGE)) is None
    assert CONNECTOR.read(*parts_of("x/messages")).walked is False
