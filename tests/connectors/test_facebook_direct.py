"""Direct looks at items of a Facebook Page: which can be made, how, and what the answer is read as."""

from __future__ import annotations

import pytest

from archiver.model import ItemRef, Kind
from connectors.facebook import CONNECTOR
from tests.connectors.test_facebook import PINNED, only, read, ref


@pytest.mark.parametrize(
    "item",
    [
        ref(Kind.REVIEW, "8123"),
        ref(Kind.STORY, "story:4001"),
        ref(Kind.MEDIA, "captions:702"),
        ref(Kind.PROFILE, "blocked:205"),
        ref(Kind.COMMENT, "odd:1", thread="205_1"),
    ],
)
def test_what_has_no_address_of_its_own_is_not_looked_at(item: ItemRef) -> None:
    """Reviews and lists are only listed; a story ends by itself."""
    assert CONNECTOR.check(PINNED, item) is None


@pytest.mark.parametrize(
    ("item", "path", "hint", "kind"),
    [
        (ref(Kind.POST, "205_1"), "205_1", "post", Kind.POST),
        (ref(Kind.SHARE, "205_1"), "205_1", "post", Kind.POST),
        (ref(Kind.POST, "880"), "880", "reel", Kind.POST),
        (ref(Kind.MEDIA, "701"), "701", "photo", Kind.MEDIA),
        (ref(Kind.MESSAGE, "m_a-b/c", thread="t_7"), "m_a-b%2Fc", "message t_7", Kind.MESSAGE),
        (ref(Kind.COMMENT, "1_5", "205_1"), "1_5", "comment 205_1", Kind.COMMENT),
        (ref(Kind.PROFILE, "page:205"), "205", "page", Kind.PROFILE),
    ],
)
def test_a_direct_look_asks_for_the_item_by_its_id(item: ItemRef, path: str, hint: str, kind: Kind) -> None:
    """And reads the answer as what it is."""
    check = CONNECTOR.check(PINNED, item)
    assert check is not None
    assert (check.stream, check.url, check.hint) == ("item", f"https://graph.facebook.com/v26.0/{path}", hint)
    shown = only(read(check, {"id": item.remote_id.removeprefix("page:")}))
    assert (shown.kind, shown.remote_id) == (kind, item.remote_id)
