"""Every benchmark runs at its smallest size, and says what it measured in one form; no time is judged here."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks.frame import Figure, interleaved, main, medians, now, quantiles, ratio
from benchmarks.run import NAMES, ROOT, lines, summary

KEYS = {"name", "what", "value", "unit", "at_least", "at_most", "beside", "met"}


@pytest.mark.parametrize("name", NAMES)
def test_a_benchmark_says_each_figure_beside_others_of_its_run(name: str) -> None:
    """The figures are numbers with a name, a unit and words; at least one stands beside what it is compared with."""
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{name}", "--tiny", "--json"], cwd=ROOT, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stderr[-2000:]
    figures = json.loads(done.stdout)
    assert [set(figure) for figure in figures] == [KEYS] * len(figures)
    assert all(math.isfinite(figure["value"]) and figure["unit"] and figure["what"] for figure in figures)
    assert len({figure["name"] for figure in figures}) == len(figures)
    assert any(figure["beside"] for figure in figures)


def test_one_command_runs_them_and_writes_their_figures(tmp_path: Path) -> None:
    """The table names the machine and each figure; the file holds the same."""
    told = tmp_path / "figures.json"

    done = subprocess.run(
        [sys.executable, "benchmarks/run.py", "--tiny", "--only", "idle", "--json", str(told)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr[-2000:]
    said = json.loads(told.read_text())
    assert set(said) == {"machine", "figures", "failed", "options"}
    assert [figure["name"] for figure in said["figures"]] == ["idle/feed", "idle/social"]
    assert {"machine", "Python", "SQLite", "zlib", "isal", "load average"} <= set(said["machine"])
    assert all(figure["name"] in done.stdout for figure in said["figures"])


def _figure(value: float, **goal: float) -> Figure:
    return Figure(name="a/b", what="something", value=value, unit="x", beside={"floor, s": 2.0}, **goal)


def test_a_goal_is_met_at_its_bound_and_missed_beyond_it() -> None:
    """At least and at most are both reached by the bound itself; without a goal there is no verdict."""
    assert [_figure(value, at_least=0.7).met for value in (0.69, 0.7, 0.71)] == [False, True, True]
    assert [_figure(value, at_most=2.5).met for value in (2.4, 2.5, 2.6)] == [True, True, False]
    assert _figure(1.0).met is None


def test_a_ratio_is_the_median_of_the_ratios_of_each_round() -> None:
    """Two ways are compared round by round, so that a slow round slows both."""
    times = {"ours": [2.0, 20.0, 3.0], "floor": [1.0, 10.0, 1.0]}

    assert ratio(times, "ours", "floor") == 2.0
    assert medians(times, scale=1000) == {"ours": 3000.0, "floor": 1000.0}
    assert quantiles([float(number) for number in range(100)]) == (49.5, 95.0)


def test_processor_time_leaves_out_what_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """By --processor a way is timed by what this process computes, else by the time that passes."""
    monkeypatch.setattr("sys.argv", ["a benchmark", "--processor", "--json"])
    took: list[float] = []

    def measure(_: object) -> list[Figure]:
        took.append(now() - time.process_time())
        return []

    main("", measure)
    monkeypatch.setattr("sys.argv", ["a benchmark", "--json"])
    main("", measure)

    assert abs(took[0]) < 1 < abs(took[1] - took[0])


def test_every_way_runs_once_in_each_round() -> None:
    """The ways take turns; the first turn is not counted; what times itself is believed."""
    order: list[str] = []

    def one() -> float:
        order.append("one")
        return 7.0

    times = interleaved({"one": one, "two": lambda: order.append("two")}, 2)

    assert order == ["one", "two"] * 3
    assert (times["one"], len(times["two"])) == ([7.0, 7.0], 2)


def test_the_table_says_what_was_missed() -> None:
    """A figure's line has its goal and verdict, what was beside it below; the end names the missed ones."""
    rows = [_figure(0.5, at_least=0.7).to_json(), _figure(0.5).to_json()]

    first = " ".join(next(lines(rows)).split())
    assert first == "a/b 0.5 x MISSED (goal >= 0.7) something"
    assert list(summary({"figures": rows, "failed": []})) == ["0 of 1 goals met", "missed: a/b"]
