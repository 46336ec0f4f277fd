"""The demo server: the sample school district on loopback, with a log of what it was asked."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType

from archiver.demo import blog, mastodon_api, profile
from archiver.demo.district import TOKEN, District
from archiver.demo.faults import Faults
from archiver.demo.images import picture
from archiver.demo.loopback import LoopbackServer
from archiver.demo.messages import Answer, Asked, conditional, html_page
from archiver.demo.posts import DISTRICT
from archiver.model import iso

_SECRET = ("authorization", "cookie", "proxy-authorization")


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """One request that was answered; `signed` says that it carried a token, which is not kept."""

    method: str
    path: str
    params: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    signed: bool
    status: int


class DemoDistrict:
    """The sample district as a running server: `with DemoDistrict(start) as demo: demo.mastodon_url ...`.

    Its content lies in the two years before `start`. `district` is what it shows and how that is changed, `faults`
    what is to go wrong. It answers on 127.0.0.1 only. `rate_limit` requests are answered until `new_rate_window`.
    """

    def __init__(self, start: datetime, *, token: str = TOKEN, rate_limit: int = 7500) -> None:
        self.district = District(start, token)
        self.faults = Faults()
        self.token = token
        self.handle = DISTRICT.username
        self._rate_limit = rate_limit
        self._spent = 0
        self._log: list[Logged] = []
        self._lock = threading.Lock()
        self._http = LoopbackServer(self.answer)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), name="archiver-demo")

    def __enter__(self) -> DemoDistrict:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._http.hang_up()
        self._http.server_close()
        self._thread.join()

    @property
    def mastodon_url(self) -> str:
        """The origin of the Mastodon API."""
        return self._http.base

    @property
    def blog_feed_url(self) -> str:
        """The Atom feed."""
        return self.mastodon_url + blog.FEED_PATH

    @property
    def requests(self) -> tuple[Logged, ...]:
        """What was asked so far, in the order of the answers."""
        with self._lock:
            return tuple(self._log)

    def forget_requests(self) -> None:
        """Begin the log anew."""
        with self._lock:
            self._log.clear()

    def new_rate_window(self) -> None:
        """All requests of the rate limit are there again."""
        with self._lock:
            self._spent = 0

    def answer(self, method: str, asked: Asked) -> Answer:
        """The answer to a request, with its faults, as it is sent but for compression; written to the log."""
        with self.district.lock:
            honest = self._limited(asked)
        said = self.faults.apply(asked, conditional(asked, honest))
        with self._lock:
            self._log.append(_logged(asked, method, said.status))
        return said

    def _limited(self, asked: Asked) -> Answer:
        if not asked.path.startswith("/api/"):
            return self._page(asked)
        with self._lock:
            left = self._rate_limit - self._spent
            self._spent += 1
        refused = Answer(
            status=429, headers={"Content-Type": "application/json"}, body=b'{"error":"Too many requests"}'
        )
        said = mastodon_api.answer(self.district, asked) if left > 0 else refused
        reset = iso(self.district.start + timedelta(minutes=5))
        return said.having(
            X_RateLimit_Limit=str(self._rate_limit),
            X_RateLimit_Remaining=str(max(left - 1, 0)),
            X_RateLimit_Reset=reset,
        )

    def _page(self, asked: Asked) -> Answer:
        if asked.path.startswith("/blog"):
            return blog.answer(self.district, asked)
        if asked.path.startswith("/media/"):
            return _media(asked.path)
        if asked.path.startswith("/@"):
            return profile.answer(self.district, asked)
        if asked.path == "/":
            return html_page("Tamarack Hollow", f'<p><a href="/@{self.handle}">Posts</a> <a href="/blog/">Blog</a></p>')
        return html_page("Not found", "<h1>Page not found</h1>", 404)


def _media(path: str) -> Answer:
    seed = path.removeprefix("/media/").removesuffix("/original.png")
    if not seed.isdecimal():
        return html_page("Not found", "<h1>Page not found</h1>", 404)
    return Answer(headers={"Content-Type": "image/png", "ETag": f'"{seed}"'}, body=picture(int(seed)))


def _logged(asked: Asked, method: str, status: int) -> Logged:
    return Logged(
        method=method,
        path=asked.path,
        params=asked.params,
        headers={name: value for name, value in asked.headers.items() if name not in _SECRET},
        signed="authorization" in asked.headers,
        status=status,
    )
