"""The real servers start, take content through their own API, and give it back."""

from __future__ import annotations

import pytest
import requests

from archiver.demo.images import picture
from tests.real.snac import Snac
from tests.real.wordpress import WordPress

pytestmark = pytest.mark.real


def test_wordpress_keeps_posts_edits_and_revisions(wordpress: WordPress) -> None:
    """A post is read back, an edit moves its modified time and leaves a revision, the trash hides it."""
    made = wordpress.post("Snow day", "<p>Schools are closed.</p>", date_gmt="2026-01-05T12:00:00")
    path = f"posts/{made['id']}"
    wordpress.edit(path, content="<p>Schools open at ten.</p>")
    shown = wordpress.get(path)
    assert (shown["title"]["rendered"], shown["content"]["rendered"].strip()) == (
        "Snow day",
        "<p>Schools open at ten.</p>",
    )
    assert shown["modified_gmt"] > shown["date_gmt"] == "2026-01-05T12:00:00"
    assert len(wordpress.get(f"{path}/revisions")) >= 1
    assert wordpress.trash(path)["status"] == "trash"
    assert requests.get(f"{wordpress.url}/wp-json/wp/v2/{path}", timeout=30).status_code == 401


def test_wordpress_threads_comments(wordpress: WordPress) -> None:
    """A comment and its reply name each other; a comment in the trash is in the public list no more."""
    post = wordpress.post("Levy", "<p>Vote by Tuesday.</p>")["id"]
    first = wordpress.comment(post, "Where is the drop box?", author="Quill Marchbank")
    reply = wordpress.comment(post, "At the library.", author="Odessa Fennimore", parent=first["id"])
    wordpress.edit(f"comments/{first['id']}", content="Where are the drop boxes?")
    rows = wordpress.get("comments", post=post, order="asc")
    assert [(row["id"], row["parent"], row["author_name"]) for row in rows] == [
        (first["id"], 0, "Quill Marchbank"),
        (reply["id"], first["id"], "Odessa Fennimore"),
    ]
    assert "drop boxes" in rows[0]["content"]["rendered"]
    wordpress.trash(f"comments/{reply['id']}")
    assert [row["id"] for row in wordpress.get("comments", post=post)] == [first["id"]]


def test_wordpress_serves_media_pages_and_feeds(wordpress: WordPress) -> None:
    """An upload comes back byte for byte with its alt text; page, post and both feeds have addresses of this site."""
    post = wordpress.post("Picture day", "<p>Thursday.</p>")
    page = wordpress.page("About us", "<p>A sample.</p>")
    made = wordpress.upload("class.png", picture(5), "image/png", alt="Stripes", post=post["id"])
    wordpress.edit(f"posts/{post['id']}", featured_media=made["id"])
    assert (made["alt_text"], made["post"], made["mime_type"]) == ("Stripes", post["id"], "image/png")
    assert requests.get(made["source_url"], timeout=30).content == picture(5)
    for address in (post["link"], page["link"]):
        assert (address.startswith(wordpress.url), requests.get(address, timeout=30).status_code) == (True, 200)
    for feed in ("/feed/", "/feed/atom/"):
        reply = requests.get(wordpress.url + feed, timeout=30)
        assert ("Picture day" in reply.text, "ETag" in reply.headers) == (True, True)


def test_snac_keeps_statuses_replies_and_edits(snac: Snac) -> None:
    """A status and the reply to it are read back through the API; an edit changes the text and says when."""
    mayor, citizen = snac.users["mayor"], snac.users["citizen"]
    post = mayor.post("The levy passed.")
    citizen.post("@mayor Thank you!", reply_to=post["id"])
    (reply,) = snac.wait_for_replies(mayor, post["id"], 1)
    assert (reply["account"]["username"], reply["in_reply_to_id"]) == ("citizen", post["id"])
    edited = mayor.edit(post["id"], "The levy passed by nine votes.")
    shown = mayor.get(f"statuses/{edited['id']}")
    assert ("nine votes" in shown["content"], bool(shown["edited_at"])) == (True, True)


def test_snac_serves_media_and_removals(snac: Snac) -> None:
    """A picture comes back with its description; a removed status is not found and not listed."""
    mayor = snac.users["mayor"]
    medium = mayor.upload("roof.png", picture(3), "image/png", alt="A blue roof")
    post = mayor.post("The new roof.", media=[medium])
    (shown,) = mayor.get(f"statuses/{post['id']}")["media_attachments"]
    assert shown["description"] == "A blue roof"
    assert requests.get(shown["url"], timeout=10).content == picture(3)
    mayor.remove(post)
    account = mayor.get("accounts/verify_credentials")["id"]
    assert post["id"] not in [one["id"] for one in mayor.get(f"accounts/{account}/statuses")]
    with pytest.raises(requests.HTTPError, match="404"):
        mayor.get(f"statuses/{post['id']}")
