"""How fast the planner plans: `python -m tests.bench_planner`.

Two audiences, each invitation due and undecided (the worst minute of the year): workshops of forty
families, and meetings of one family each, where every invitation has an event of its own.
"""

from __future__ import annotations

import gc
import math
import resource
import statistics
import sys
from datetime import UTC, date, datetime, time, timedelta
from time import process_time

from bot.gate import Hours
from bot.households import Guardian
from bot.messages import About
from bot.plans import default_steps
from bot.wallclock import at_wall_clock
from scheduler.planner import Household, State, Subject, plan

AUDIENCES = (  # kind of event, families at each, invitations
    ("workshop", 40, (10_000, 100_000, 1_000_000)),
    ("meeting", 1, (10_000, 100_000, 1_000_000)),
)
RUNS = 3
ZONE = "Europe/Paris"
HOURS = Hours(ZONE)
NOW = at_wall_clock(date(2026, 6, 11), time(12), ZONE)
CREATED_AT = datetime(2026, 1, 5, tzinfo=UTC)


def household(family_id: int) -> Household:
    """A family with two guardians, invited by nobody so far."""
    guardians = (
        Guardian(family_id * 2, 1, (family_id * 2,)),
        Guardian(family_id * 2 + 1, 2, (family_id * 2 + 1,)),
    )
    return Household(family_id, guardians, None, None, None, None, CREATED_AT)


def state(invitations: int, families_per_event: int, kind: str) -> State:
    """Events over the next days, all of them inviting at `NOW`."""
    subjects = []
    for event_id, first in enumerate(range(0, invitations, families_per_event)):
        on = date(2026, 6, 12) + timedelta(days=event_id % 6)
        at = time(9 + event_id % 10, 15 * (event_id % 4))
        subjects.append(
            Subject(
                about=About(event_id=event_id),
                centre_id=event_id % 180,
                version=1,
                cancelled=False,
                on=on,
                at=at,
                hours=HOURS,
                starts_at=at_wall_clock(on, at, ZONE),
                created_at=CREATED_AT,
                steps=default_steps(kind),
                households=tuple(
                    household(family_id)
                    for family_id in range(first, min(first + families_per_event, invitations))
                ),
            )
        )
    return State(tuple(subjects), (), frozenset())


def seconds(planned: State, expected: int) -> float:
    """The median time of one plan; the processor's time, so that neighbours do not count."""
    times = []
    for _ in range(RUNS):
        gc.collect()
        start = process_time()
        intents = plan(planned, NOW)
        times.append(process_time() - start)
        assert len(intents) == expected
        del intents
    return statistics.median(times)


def growth(times: dict[int, float]) -> float:
    """The exponent of time against size, by least squares on logarithms; 1 is linear."""
    sizes, spent = [math.log(n) for n in times], [math.log(t) for t in times.values()]
    return statistics.linear_regression(sizes, spent).slope


def main() -> None:
    """Print one line per size and one per audience."""
    for kind, families_per_event, sizes in AUDIENCES:
        times = {}
        for size in sizes:
            times[size] = seconds(state(size, families_per_event, kind), size)
            rate = size / times[size]
            sys.stdout.write(f"{kind:9} {size:>9,} {times[size]:8.3f} s {rate:>9,.0f} intents/s\n")
        sys.stdout.write(f"{kind:9} growth exponent {growth(times):.2f}\n")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(f"peak memory {peak:,.0f} MB, the audience included\n")


if __name__ == "__main__":
    main()
