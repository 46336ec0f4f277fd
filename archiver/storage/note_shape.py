"""What the note of a run or of a gap must look like before it becomes rows: a forged or damaged one never does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archiver.model import Cause, parse_iso, storable
from archiver.storage.coverage_rows import GAP_COLUMNS

_IN_EVERY_GAP = frozenset({"id", "stream", "cause", "detail", "opened", "repair"})
_TIMES = frozenset({"opened", "start", "end", "closed"})
_RUN = ("run", "depth", "begun", "ended", "outcome")
_MEDIA = {"sha256": str, "size": int, "media_type": str, "truncated": str}


def require_shape(said: Mapping[str, Any]) -> None:
    """Raises KeyError, TypeError or ValueError where a note is none of ours."""
    kind = said["record"]
    if kind == "gap":
        _gap(_of(dict, said["gap"]))
    elif kind == "run":
        _run(said)
    else:
        raise ValueError("a note of a kind that is not known")


def _gap(said: Mapping[str, Any]) -> None:
    if not said.keys() <= set(GAP_COLUMNS):  # they become names of columns
        raise ValueError("a gap with a field that is not known")
    if not said.keys() >= _IN_EVERY_GAP:
        raise KeyError("a gap with a field missing")
    for value in said.values():
        _of(str, value)
    Cause(said["cause"])
    for name in _TIMES & said.keys():
        parse_iso(said[name])


def _run(said: Mapping[str, Any]) -> None:
    for name in _RUN:
        _of(str, said[name])
    for name in ("begun", "ended"):
        parse_iso(said[name])
    for walked in _of(list, said["streams"]):
        _of(str, walked["stream"])
        if walked["since"]:
            parse_iso(walked["since"])
    for note in _of(list, said["unchanged"]):
        _unchanged(note)


def _unchanged(note: Mapping[str, Any]) -> None:
    parse_iso(_of(str, note["at"]))
    if "missing" in note:
        _fields(note["missing"], {"media_id": str, "reason": str})
        return
    _of(str, note["same"])
    if note.get("token") is not None:
        _ = _of(str, note["token"]), _of(str, note["what"])
    if "media" in note:
        _fields({name: value for name, value in _of(dict, note["media"]).items() if name != "media_id"}, _MEDIA)
    for remote_id, counters in _of(dict, note.get("counters", {})).items():
        for name, number in _of(dict, counters).items():
            _ = _of(str, remote_id), _of(str, name)
            if not -(2**63) <= _of(int, number) < 2**63:
                raise ValueError("a counter that no database holds")


def _fields(said: Any, kinds: Mapping[str, type]) -> None:
    if _of(dict, said).keys() != kinds.keys():
        raise ValueError("fields that are not those of a file")
    for name, kind in kinds.items():
        _of(kind, said[name])


def _of(kind: type, value: Any) -> Any:
    if type(value) is not kind:
        raise TypeError(f"a {type(value).__name__} where a {kind.__name__} belongs")
    if isinstance(value, str) and storable(value)[1]:
        raise ValueError("a text that no database holds")
    return value
