"""What the Graph API's two platforms share: times, errors, and listings whose next page carries the token."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tests.platforms.told import PER_PAGE, paged
from tests.platforms.wire import Asked, Said


def graph_time(moment: datetime) -> str:
    """A time as the Graph API writes it."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}+0000"


def graph_error(code: int, message: str, status: int = 400, **more: Any) -> Said:
    """An error of the Graph API."""
    return Said(status=status, value={"error": {"message": message, "type": "OAuthException", "code": code} | more})


GRAPH_ERRORS: Mapping[str, Said] = {
    "dead": graph_error(190, "Error validating access token", error_subcode=463),
    "slow": graph_error(32, "Page request limit reached"),
    "forbidden": graph_error(10, "This endpoint requires the permission"),
    "missing": graph_error(100, "Unsupported get request. Object does not exist", error_subcode=33),
}


def listing(asked: Asked, rows: list[Any], address: str, token: str, size: int = PER_PAGE) -> Any:
    """One page of an edge; `address` is that of the edge, and `token` stands in the address of the next page."""
    part, after = paged(rows, asked.query.get("after"), size)
    if not after:
        return {"data": part}
    following = f"{address}?access_token={token}&limit=100&after={after}"
    return {"data": part, "paging": {"cursors": {"before": "0", "after": after}, "next": following}}


def bearer(asked: Asked) -> str:
    """The token a request is signed with."""
    return asked.headers.get("authorization", "").removeprefix("Bearer ")
