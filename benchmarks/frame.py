"""What every benchmark shares: interleaved rounds, ratios within one run, and figures that stand beside their floor."""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field

Way = Callable[[], object]
_CLOCK = [time.perf_counter]
Times = Mapping[str, Sequence[float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured value, what it must reach (`at_least` or `at_most`; neither: told only), and what was beside it.

    `name` is stable: `BENCHMARK/WHAT`. `beside` are the other figures of the same run, in the unit their names tell.
    """

    name: str
    what: str
    value: float
    unit: str
    at_least: float | None = None
    at_most: float | None = None
    beside: Mapping[str, float] = field(default_factory=dict)

    @property
    def met(self) -> bool | None:
        """Whether the goal was reached; None where there is none."""
        if self.at_least is None and self.at_most is None:
            return None
        return (self.at_least is None or self.value >= self.at_least) and (
            self.at_most is None or self.value <= self.at_most
        )

    def to_json(self) -> dict[str, object]:
        """The figure as JSON values."""
        return asdict(self) | {"beside": dict(self.beside), "met": self.met}


Measure = Callable[[argparse.Namespace], Iterable[Figure]]
Options = Callable[[argparse.ArgumentParser], object]


def interleaved(ways: Mapping[str, Way], rounds: int, *, warm: bool = True) -> dict[str, list[float]]:
    """Seconds of each way in each round, all ways within each round, so that a busy machine slows all of them.

    `warm` runs every way once before, uncounted. A way that gives a float is timed by itself: that is its seconds.
    """
    times: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds + warm):
        for name, way in ways.items():
            took = seconds(way)
            if number >= warm:
                times[name].append(took)
    return times


def now() -> float:
    """Seconds of the clock that the options ask for: time that passes, or processor time of this process alone."""
    return _CLOCK[0]()


def seconds(way: Way) -> float:
    """How long it took; by its own account where it gives one."""
    began = now()
    said = way()
    return said if isinstance(said, float) else now() - began


def ratio(times: Times, over: str, under: str) -> float:
    """The median over the rounds of one way's time divided by another's."""
    return statistics.median(a / b for a, b in zip(times[over], times[under], strict=True))


def medians(times: Times, *, scale: float = 1.0, digits: int = 4) -> dict[str, float]:
    """The median time of each way, times `scale`."""
    return {name: round(statistics.median(each) * scale, digits) for name, each in times.items()}


def quantiles(values: Sequence[float]) -> tuple[float, float]:
    """The median and the 95th percentile (the highest of fewer than 20 values)."""
    ordered = sorted(values)
    return statistics.median(ordered), ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]


def tell(line: str) -> None:
    """Progress, on standard error."""
    print(line, file=sys.stderr, flush=True)


def main(description: str | None, measure: Measure, options: Options | None = None) -> None:
    """Measure and print the figures: as JSON with --json, else a line each. The exit code says nothing of goals."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--quick", action="store_true", help="small sizes and few rounds: does it run, and roughly how")
    parser.add_argument("--tiny", action="store_true", help="the smallest sizes: only whether it runs")
    parser.add_argument("--json", action="store_true", help="figures as JSON on standard output")
    parser.add_argument("--big", action="store_true", help="five million items where the default is one million")
    parser.add_argument("--processor", action="store_true", help="processor time of this process: for busy machines")
    if options:
        options(parser)
    chosen = parser.parse_args()
    _CLOCK[0] = time.process_time if chosen.processor else time.perf_counter
    figures = list(measure(chosen))
    if chosen.json:
        print(json.dumps([figure.to_json() for figure in figures]))
        return
    for figure in figures:
        beside = ", ".join(f"{name} {value:g}" for name, value in figure.beside.items())
        print(f"{figure.name:32} {figure.value:10.3f} {figure.unit:14} {figure.what} ({beside})")


def pick(chosen: argparse.Namespace, full: int, quick: int, tiny: int, big: int | None = None) -> int:
    """The size that the options ask for."""
    if chosen.tiny:
        return tiny
    if chosen.quick:
        return quick
    return big if chosen.big and big is not None else full
