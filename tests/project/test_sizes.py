"""Files of one idea and short functions."""

from __future__ import annotations

import statistics

from tests.project.tree import PACKAGES, body_lines, functions, modules, name_of

LONGEST_FILE = 300
LONGER = {"archiver/verifier/verify_bundle.py": 500}  # one file on purpose: it travels alone, in each bundle
MEDIAN_FUNCTION = 8
NINTH_DECILE = 30


def test_no_file_is_longer_than_one_idea() -> None:
    """Every file of the four packages and of the tests has at most 300 lines."""
    long = {
        name_of(path): lines
        for path, _ in modules(*PACKAGES, "tests", "benchmarks")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > LONGER.get(name_of(path), LONGEST_FILE)
    }

    assert long == {}


def test_functions_are_short() -> None:
    """The median function body has at most 8 lines, and nine in ten have at most 30; the longest are named."""
    sizes = {
        f"{name_of(path)}:{function.lineno} {function.name}": body_lines(function)
        for path, tree in modules(*PACKAGES)
        for function in functions(tree)
    }
    longest = sorted(sizes.items(), key=lambda named: -named[1])[:10]

    assert statistics.median(sizes.values()) <= MEDIAN_FUNCTION, longest
    assert statistics.quantiles(sizes.values(), n=10)[8] <= NINTH_DECILE, longest
