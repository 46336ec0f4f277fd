"""How the units of platforms that count by the day are planned, in lines and as JSON."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any

from archiver.cli.session import Session
from archiver.cli.terminal import line, when
from archiver.model import iso
from archiver.model.text import some
from archiver.storage import day_units

if TYPE_CHECKING:
    from archiver.polling.rationing import Plan


def units_planned(session: Session) -> tuple[Plan, ...]:
    """How each platform's day stands now of which units were spent; no other connectors are loaded."""
    platforms = day_units.platforms(session.db)
    if not platforms:
        return ()
    from archiver.polling.rationing import plans
    from archiver.polling.registry import GROUP, load

    counted = load(point for point in entry_points(group=GROUP) if point.name in platforms)
    return plans(session.db, counted.connectors, session.now())


def plan_line(session: Session, plan: Plan) -> str:
    """One day of a platform, in a line."""
    walks = f"; walks under way: {line(', '.join(plan.waiting))}" if plan.waiting else ""
    return (
        f"Units:       {plan.platform}: {plan.spent:,} of {plan.units:,} spent, {plan.reserved:,} reserved for "
        f"{some(plan.polls, 'poll')}, {plan.left:,} left for longer walks until "
        f"{when(plan.ends, session.zone)}{walks}"
    )


def plan_json(plan: Plan) -> dict[str, Any]:
    """One day of a platform, as JSON."""
    return {
        "platform": plan.platform,
        "server": plan.origin,
        "units": plan.units,
        "spent": plan.spent,
        "polls": plan.polls,
        "reserved": plan.reserved,
        "left": plan.left,
        "ends": iso(plan.ends),
        "walks_under_way": list(plan.waiting),
    }
