"""The state machine of polling: runs parts of it, and counts what each of them really did."""

from __future__ import annotations

import os
from collections.abc import Callable, Set
from functools import wraps
from math import ceil
from typing import Any

import pytest
from hypothesis import Phase, settings, stateful
from hypothesis.stateful import RuleBasedStateMachine, rule

# How often the whole is done: once in CI, a part of it on a desk, or as often as is said by hand.
TIMES = float(os.environ.get("MACHINE_TIMES") or (1 if os.environ.get("CI") else 0.05))

# It also draws constants of whatever modules other tests of the process have loaded: with them no run is like another.
PROVIDER = "hypothesis.internal.conjecture.providers.HypothesisProvider"


def step(**drawn: Any) -> Callable[[Callable[..., None]], Any]:
    """A rule whose steps are counted by name."""

    def counted(act: Callable[..., None]) -> Any:
        @wraps(act)
        def taken(machine: Any, **given: Any) -> None:
            machine.taken[act.__name__] += 1
            act(machine, **given)

        return rule(**drawn)(taken)

    return counted


def run(machine: Any, *, examples: int, at_least: int, must_meet: Set[str]) -> None:
    """Run one part of the whole: `examples` of at most 100 steps. It must come to so many steps, and meet all this."""
    machine.taken.clear()
    machine.met.clear()
    run_examples(machine, ceil(examples * TIMES))
    if TIMES >= 1:
        assert machine.taken.total() >= at_least * TIMES, machine.taken
        assert machine.taken.keys() == {each.function.__name__ for each in machine.setup_state().rules}, machine.taken
        assert not must_meet - machine.met.keys(), machine.met


def run_examples(machine: type[RuleBasedStateMachine], examples: int) -> None:
    """So many examples, which are not made smaller where one fails: that would take longer than a test may."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(f"{PROVIDER}._maybe_draw_constant", lambda *_asked, **_how: None)
        stateful.run_state_machine_as_test(  # type: ignore[no-untyped-call]
            machine,
            settings=settings(
                max_examples=examples,
                deadline=None,
                stateful_step_count=100,
                phases=[Phase.explicit, Phase.reuse, Phase.generate],
                print_blob=True,
            ),
        )
