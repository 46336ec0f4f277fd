"""Ways in which a platform misbehaves, to be switched on for the next replies under a path."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from archiver.demo.messages import Answer, Asked, html_page, json_answer

Change = Callable[[Asked, Answer], Answer]


@dataclass(slots=True, kw_only=True)
class Fault:
    """A change to the next `times` answers to paths that begin with `prefix`."""

    prefix: str
    times: int
    change: Change


class Faults:
    """What is to go wrong, in the order in which it was asked for. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []

    def add(self, prefix: str, change: Change, *, times: int = 1) -> None:
        """The next `times` answers under `prefix` are what `change` makes of the honest ones."""
        with self._lock:
            self._waiting.append(Fault(prefix=prefix, times=times, change=change))

    def reply(self, prefix: str, answer: Answer, *, times: int = 1) -> None:
        """The next `times` answers under `prefix` are this one."""
        self.add(prefix, lambda _asked, _answer: answer, times=times)

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        with self._lock:
            self._waiting.clear()

    def apply(self, asked: Asked, answer: Answer) -> Answer:
        """The answer, changed by the first fault that waits for this path."""
        fault = self._take(asked.path)
        return fault.change(asked, answer) if fault else answer

    def _take(self, path: str) -> Fault | None:
        with self._lock:
            fault = next((one for one in self._waiting if path.startswith(one.prefix)), None)
            if fault:
                fault.times -= 1
                self._waiting = [one for one in self._waiting if one.times > 0]
            return fault


def too_many_requests(retry_after: int) -> Answer:
    """429 as Mastodon says it, with Retry-After in seconds."""
    return json_answer({"error": "Too many requests"}, 429).having(Retry_After=str(retry_after))


def server_error() -> Answer:
    """500 with a page, as a broken Mastodon sends it."""
    return html_page("We are sorry", "<h1>Something went wrong on our end.</h1>", 500)


def unauthorized() -> Answer:
    """401 for a token that is no longer good."""
    return json_answer({"error": "The access token is invalid"}, 401)


def login_page() -> Answer:
    """A sign-in page with status 200 in place of what was asked for."""
    return html_page("Sign in", '<form method="post"><input name="user"><input type="password" name="word"></form>')


def cut_short(_asked: Asked, answer: Answer) -> Answer:
    """Half of the body that was announced, and then the connection is closed."""
    return replace(answer, cut=True)


def next_is_itself(asked: Asked, answer: Answer) -> Answer:
    """A page whose `next` link points at itself."""
    return _with_next(answer, asked, dict(asked.params))


def empty_with_next(asked: Asked, _answer: Answer) -> Answer:
    """An empty page that still names a next one, which begins where this one should have."""
    return _with_next(json_answer([]), asked, {**dict(asked.params), "after_empty": "1"})


def _with_next(answer: Answer, asked: Asked, params: Mapping[str, str]) -> Answer:
    query = f"?{urlencode(params)}" if params else ""
    return answer.having(Link=f'<{asked.base}{asked.path}{query}>; rel="next"')
