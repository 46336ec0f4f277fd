"""The demo district goes wrong when it is told to, logs what it was asked, and bears many clients."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
import requests

from archiver.demo import faults
from archiver.demo.posts import Told
from archiver.demo.server import DemoDistrict
from archiver.demo.statuses import Done
from archiver.model import iso
from tests.demo.asking import API, START, get, statuses_path


def test_faults_come_as_often_as_asked(demo: DemoDistrict) -> None:
    """A fault changes so many replies under its prefix, and no others."""
    path = f"{API}/accounts/lookup?acct={demo.handle}"
    demo.faults.reply(f"{API}/accounts", faults.too_many_requests(7), times=2)
    replies = [get(demo, path) for _ in range(3)]
    assert [reply.status_code for reply in replies] == [429, 429, 200]
    assert replies[0].headers["Retry-After"] == "7"
    demo.faults.reply("/blog", faults.server_error())
    assert (get(demo, path).status_code, get(demo, "/blog/").status_code, get(demo, "/blog/").status_code) == (
        200,
        500,
        200,
    )
    demo.faults.reply(API, faults.unauthorized(), times=9)
    assert get(demo, path).status_code == 401
    demo.faults.clear()
    assert get(demo, path).status_code == 200


def test_a_login_page_has_status_200(demo: DemoDistrict) -> None:
    """A sign-in page in place of JSON looks like success until it is read."""
    demo.faults.reply(API, faults.login_page())
    reply = get(demo, statuses_path(demo))
    assert (reply.status_code, reply.headers["Content-Type"], "password" in reply.text) == (
        200,
        "text/html; charset=utf-8",
        True,
    )


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_a_cut_body_ends_too_soon(demo: DemoDistrict, encoding: str) -> None:
    """Half of the announced bytes arrive; the next reply is whole again."""
    demo.faults.add(API, faults.cut_short)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        get(demo, statuses_path(demo), headers={"Accept-Encoding": encoding})
    whole = get(demo, statuses_path(demo), headers={"Accept-Encoding": encoding})
    assert (len(whole.json()), whole.headers.get("Content-Encoding", "identity")) == (20, encoding)


def test_paging_goes_wrong_on_demand(demo: DemoDistrict) -> None:
    """A next link that points at its own page, and an empty page that has a next one."""
    path, url = f"{statuses_path(demo)}?limit=5", f"{demo.mastodon_url}{statuses_path(demo)}?limit=5"
    demo.faults.add(API, faults.next_is_itself)
    assert get(demo, path).links["next"]["url"] == url
    demo.faults.add(API, faults.empty_with_next)
    empty = get(demo, path)
    assert (empty.json(), len(requests.get(empty.links["next"]["url"], timeout=10).json())) == ([], 5)


def test_another_account_can_answer_for_the_handle(demo: DemoDistrict) -> None:
    """After the handle changed hands it names another id, and the old id is not found."""
    old = demo.district.account_id(demo.handle)
    new = demo.district.give_handle_to_another()
    assert get(demo, f"{API}/accounts/lookup", params={"acct": demo.handle}).json()["id"] == new
    assert (new != old, get(demo, f"{API}/accounts/{old}").status_code) == (True, 404)


def test_a_revoked_token_is_refused_everywhere(demo: DemoDistrict, client: requests.Session) -> None:
    """After revocation the token is refused even where none is needed."""
    demo.district.revoke_token()
    assert client.get(demo.mastodon_url + statuses_path(demo), timeout=10).status_code == 401
    assert get(demo, statuses_path(demo)).status_code == 200


def test_the_rate_limit_counts_down_and_is_kept() -> None:
    """Each API reply says how many requests are left; after the last one the answer is 429 until a new window."""
    with DemoDistrict(START, rate_limit=2) as demo:
        replies = [get(demo, f"{API}/accounts/lookup", params={"acct": demo.handle}) for _ in range(3)]
        said = [(reply.status_code, reply.headers["X-RateLimit-Remaining"]) for reply in replies]
        assert said == [(200, "1"), (200, "0"), (429, "0")]
        assert replies[0].headers["X-RateLimit-Reset"] == iso(START + timedelta(minutes=5))
        demo.new_rate_window()
        assert get(demo, f"{API}/accounts/lookup", params={"acct": demo.handle}).status_code == 200


def test_the_log_keeps_no_secret(demo: DemoDistrict, client: requests.Session) -> None:
    """The log says what was asked and that it was signed, never with what."""
    client.get(demo.mastodon_url + statuses_path(demo), params={"limit": "3"}, timeout=10)
    (logged,) = demo.requests
    assert (logged.method, logged.path, logged.params) == ("GET", statuses_path(demo), (("limit", "3"),))
    assert (logged.status, logged.signed, demo.token in repr(logged)) == (200, True, False)
    demo.forget_requests()
    assert demo.requests == ()


def test_many_clients_at_once_lose_nothing(demo: DemoDistrict) -> None:
    """Clients that publish through the district and read from it at the same time see whole answers."""
    told = Told(key="many", days=0, text="One of many.")
    done: list[Done] = []
    codes: list[int] = []

    def work() -> None:
        for _ in range(5):
            done.append(demo.district.publish(told))
            codes.append(get(demo, statuses_path(demo)).status_code)

    workers = [threading.Thread(target=work) for _ in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert (len({one.id for one in done}), codes) == (30, [200] * 30)
    assert [one["id"] for one in get(demo, statuses_path(demo), params={"limit": 30}).json()] == sorted(
        (one.id for one in done), key=int, reverse=True
    )


def test_closing_does_not_wait_for_idle_clients() -> None:
    """A client that keeps its connection open does not keep the server."""
    with requests.Session() as client:
        with DemoDistrict(START) as demo:
            client.get(demo.blog_feed_url, timeout=10)
        with pytest.raises(requests.exceptions.ConnectionError):
            client.get(demo.blog_feed_url, timeout=10)
